//! Guesses at people's names, for the preview. Capital letters are a poor sign: in a test on real
//! prompts, five of six such findings were something else. They are marked as guesses.

use super::detect::words;

const TITLES: &[&str] =
    &["Mr", "Mrs", "Ms", "Miss", "Dr", "Prof", "Professor", "Herr", "Herrn", "Frau", "Sir"];

/// The words before a name that a person introduces.
const INTRODUCTIONS: &[&str] = &[
    "my name is ",
    "i am called ",
    "mein name ist ",
    "ich heiße ",
    "my wife ",
    "my husband ",
    "my son ",
    "my daughter ",
    "my boss ",
    "my friend ",
    "my neighbour ",
    "my neighbor ",
    "mein chef ",
    "meine frau ",
    "mein mann ",
    "signed, ",
    "regards, ",
];

/// Words that begin sentences and titles, and no names.
const COMMON: &[&str] = &[
    "The",
    "A",
    "An",
    "I",
    "It",
    "In",
    "On",
    "At",
    "Is",
    "Are",
    "What",
    "Who",
    "When",
    "Where",
    "Why",
    "How",
    "Which",
    "Can",
    "Could",
    "Please",
    "Write",
    "Dear",
    "Hello",
    "Hi",
    "My",
    "Our",
    "Your",
    "This",
    "That",
    "These",
    "If",
    "And",
    "But",
    "Or",
    "We",
    "You",
    "He",
    "She",
    "They",
    "Do",
    "Does",
    "Translate",
    "Give",
    "Tell",
    "Summarize",
    "Explain",
    "United",
    "New",
    "North",
    "South",
    "East",
    "West",
    "Der",
    "Die",
    "Das",
    "Ein",
    "Eine",
    "Ich",
    "Wir",
    "Sie",
    "Bitte",
    "Wie",
    "Was",
    "Wer",
];

pub(super) fn find(text: &str) -> Vec<(usize, usize)> {
    let tokens: Vec<(usize, &str)> =
        words(text, |c| c.is_alphanumeric() || "'’-".contains(c)).collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let (start, word) = tokens[i];
        let run = capitalised_run(text, &tokens[i..]);
        let titled = i > 0 && TITLES.contains(&tokens[i - 1].1);
        let introduced = is_introduced(&text[..start]);
        let enough = if titled || introduced { 1 } else { 2 };
        let plain = TITLES.contains(&word) || COMMON.contains(&word);
        if run >= enough && !plain {
            let (last, name) = tokens[i + run - 1];
            found.push((start, last + name.len()));
            i += run;
        } else {
            i += 1;
        }
    }
    found
}

/// How many of the first tokens, three at most, are capitalised words with one space between.
fn capitalised_run(text: &str, tokens: &[(usize, &str)]) -> usize {
    let mut end = None;
    tokens
        .iter()
        .take(3)
        .take_while(|(start, word)| {
            let follows = end.is_none_or(|end| text[end..*start] == *" ");
            end = Some(start + word.len());
            follows && is_capitalised(word)
        })
        .count()
}

fn is_capitalised(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && word.chars().count() > 1
        && letters.all(|c| c.is_lowercase() || c.is_uppercase() || "'’-".contains(c))
        && word.chars().any(char::is_lowercase)
}

fn is_introduced(before: &str) -> bool {
    let tail: Vec<char> = before.chars().rev().take(24).collect();
    let tail: String = tail.into_iter().rev().collect::<String>().to_lowercase();
    INTRODUCTIONS.iter().any(|words| tail.ends_with(words))
}
