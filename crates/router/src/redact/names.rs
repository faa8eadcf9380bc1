//! Guesses at people's names, for the preview. Capital letters are a poor sign: in a test on real
//! prompts, five of six such findings were something else. They are marked as guesses.

use std::collections::VecDeque;

use super::{detect::words, work::Work};

const TITLES: &[&str] =
    &["Mr", "Mrs", "Ms", "Miss", "Dr", "Prof", "Professor", "Herr", "Herrn", "Frau", "Sir"];

/// The words before a name that a person introduces; a space follows.
const INTRODUCTIONS: &[&str] = &[
    "my name is",
    "i am called",
    "mein name ist",
    "ich heiße",
    "my wife",
    "my husband",
    "my son",
    "my daughter",
    "my boss",
    "my friend",
    "my neighbour",
    "my neighbor",
    "mein chef",
    "meine frau",
    "mein mann",
    "signed,",
    "regards,",
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

pub(super) fn find(text: &str, work: &Work) -> Vec<(usize, usize)> {
    let mut tokens = words(text, work, |c| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-'));
    let mut found = Vec::new();
    let mut before = "";
    let mut next: VecDeque<(usize, &str)> = tokens.by_ref().take(LONGEST_RUN).collect();
    while let Some(&(start, word)) = next.front() {
        let run = capitalised_run(text, &next, work);
        let enough = |run| match run {
            0 => false,
            1 => TITLES.contains(&before) || is_introduced(&text[..start]),
            _ => true,
        };
        let plain = || TITLES.contains(&word) || COMMON.contains(&word);
        let taken = if enough(run) && !plain() {
            let (last, name) = next[run - 1];
            found.push((start, last + name.len()));
            run
        } else {
            1
        };
        for _ in 0..taken {
            before = next.pop_front().map_or("", |(_, word)| word);
            next.extend(tokens.next());
        }
    }
    found
}

const LONGEST_RUN: usize = 3;

/// How many of the first tokens are capitalised words with one space between.
fn capitalised_run(text: &str, tokens: &VecDeque<(usize, &str)>, work: &Work) -> usize {
    let mut end = None;
    tokens
        .iter()
        .take_while(|(start, word)| {
            let follows = end.is_none_or(|end| text[end..*start] == *" ");
            end = Some(start + word.len());
            work.spend(word.len());
            follows && is_capitalised(word)
        })
        .count()
}

fn is_capitalised(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && word.chars().count() > 1
        && letters.all(|c| c.is_lowercase() || c.is_uppercase() || matches!(c, '\'' | '’' | '-'))
        && word.chars().any(char::is_lowercase)
}

fn is_introduced(before: &str) -> bool {
    let Some(before) = before.strip_suffix(' ') else { return false };
    let last = before.chars().next_back().and_then(|c| c.to_lowercase().next());
    INTRODUCTIONS.iter().filter(|words| words.chars().next_back() == last).any(|words| {
        let mut tail = before.chars().rev().flat_map(char::to_lowercase);
        words.chars().rev().all(|c| tail.next() == Some(c))
    })
}
