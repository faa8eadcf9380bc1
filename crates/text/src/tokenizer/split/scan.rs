use super::classes::{self, CharSet, Set};

/// Finds the words of one expression in a text. The alternatives of the expressions are written
/// as one pass from left to right, each character looked at a bounded number of times.
#[derive(Clone, Copy)]
pub(super) enum Scan {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    Gpt2,
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|`
    /// ` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    Llama3(Llama3),
    /// With U for `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` and l for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`:
    /// `[^\r\n\p{L}\p{N}]?U*l+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|`
    /// `[^\r\n\p{L}\p{N}]?U+l*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|`
    /// ` ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    Gpt4o(Gpt4o),
    /// `[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|`
    /// ` ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    DeepSeek3,
    /// The same, with ` ?[\p{P}\p{S}]+|[\r\n]` in place of what takes line breaks along.
    Spark,
    /// `[…]+`: a run of a class.
    Run(&'static Set),
    /// `[…]+|[…]+|…`: runs of several classes that share no character.
    Runs(&'static [&'static Set]),
    /// `[…]`: each character of a class.
    Each(&'static Set),
    /// ` ?[…]+`
    SpaceAndRun(&'static Set),
    /// `\s?[…]+`
    AnySpaceAndRun(&'static Set),
    /// `\s+$`
    SpacesAtTheEnd,
    /// `[^\n]+|[\n]+`
    Lines,
    /// `\p{N}{1,D}`
    Numbers(usize),
    /// Groups of three counted from the end of a run of a class, as `(?=(\d{3})+(?!\d))` cuts one
    /// of digits.
    ThreesFromTheEnd(&'static Set),
    /// `\d{1,3}(?=(?:\d{3})*\b)`: the same where no letter follows.
    ThreesBeforeNoWord,
    /// `[0-9][0-9][0-9]`
    ThreeDigits,
    /// `<sentinel:[0-9]+>`
    Sentinel,
    /// `(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z`
    Picture,
    /// `[\t\n]|    |  `
    Indent,
}

/// What of Llama 3's expression a family has otherwise.
#[derive(Clone, Copy)]
pub(super) struct Llama3 {
    /// `'s` and its like are words, whatever comes before them.
    pub contractions: bool,
    pub letters: Letters,
    /// Most digits of a word.
    pub digits: usize,
    /// What may follow punctuation in its word.
    pub ends: Ends,
    /// In place of `\s+(?!\S)|\s+` a run of spaces falls into powers of two:
    /// `\s{512}(?!\S)|\s{256}(?!\S)|…|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}`.
    pub powers: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Letters {
    /// `\p{L}+`
    Alone,
    /// `[\p{L}\p{M}]+`
    WithMarks,
    /// `(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+`
    AcrossSpaces,
}

#[derive(Clone, Copy)]
pub(super) enum Ends {
    Nothing,
    /// `[\r\n]*`
    LineBreaks,
    /// `[\r\n/]?`
    LineBreak,
    /// `[\r\n/]*`
    LineBreaksAndSlashes,
}

/// What of GPT-4o's expression a family has otherwise.
#[derive(Clone, Copy)]
pub(super) struct Gpt4o {
    /// `'s` and its like end a word.
    pub contractions: bool,
    pub digits: usize,
    pub ends: Ends,
    /// Chinese characters are words by themselves, `\p{Han}+`, and no letters of others.
    pub han_apart: bool,
}

/// What a scan says of the text before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    /// A word of so many bytes, at least one.
    Word(usize),
    /// So many bytes of digits, which are words by threes, counted from their end.
    Threes(usize),
    /// No word begins within the next bytes, at least one.
    Nothing(usize),
}

use Found::{Nothing, Threes, Word};

impl Scan {
    /// Calls `each` with every word of the text and with what is between words.
    pub fn split<'a>(self, text: &'a str, each: &mut dyn FnMut(&'a str)) {
        let mut each = |part: &'a str| {
            if !part.is_empty() {
                each(part);
            }
        };
        let (mut between, mut at) = (0, 0);
        while at < text.len() {
            let found = self.find(&text[at..]);
            let (Word(len) | Threes(len) | Nothing(len)) = found;
            let end = at + len;
            if found != Nothing(len) {
                each(&text[between..at]);
                match found {
                    Threes(_) => each_three(&text[at..end], &mut each),
                    _ => each(&text[at..end]),
                }
                between = end;
            }
            at = end;
        }
        each(&text[between..]);
    }

    fn find(self, text: &str) -> Found {
        match self {
            Scan::Gpt2 => Word(gpt2(text)),
            Scan::Llama3(rules) => Word(llama3(text, rules)),
            Scan::Gpt4o(rules) => Word(gpt4o(text, rules)),
            Scan::DeepSeek3 => deepseek3(text, true),
            Scan::Spark => deepseek3(text, false),
            Scan::Run(set) => run_of(text, set),
            Scan::Runs(sets) => {
                let first = first(text);
                let set = sets.iter().find(|set| set.contains(first));
                set.map_or(Nothing(first.len_utf8()), |set| run_of(text, set))
            }
            Scan::Each(set) => match run(text, 0, |c| !set.contains(c)) {
                0 => Word(first(text).len_utf8()),
                others => Nothing(others),
            },
            Scan::SpaceAndRun(set) => after_a_space(text, set, |c| c == ' '),
            Scan::AnySpaceAndRun(set) => after_a_space(text, set, char::is_whitespace),
            Scan::SpacesAtTheEnd => match text.trim_end().len() {
                0 => Word(text.len()),
                before => Nothing(before),
            },
            Scan::Lines => {
                let breaks = text.starts_with('\n');
                Word(run(text, 0, |c| (c == '\n') == breaks))
            }
            Scan::Numbers(most) => match number(text, most) {
                0 => Nothing(run(text, 0, |c| !c.is_numeric())),
                len => Word(len),
            },
            Scan::ThreesFromTheEnd(set) => threes(text, set, |_| true),
            Scan::ThreesBeforeNoWord => threes(text, &classes::DIGITS, |after| {
                !after.starts_with(|c| classes::WORD.contains(c))
            }),
            Scan::ThreeDigits => three_digits(text),
            Scan::Sentinel => sentinel(text).map_or_else(|| not_before(text, '<'), Word),
            Scan::Picture => picture(text).map_or_else(|| not_before(text, 'I'), Word),
            Scan::Indent => match text.as_bytes() {
                [b'\t' | b'\n', ..] => Word(1),
                [b' ', b' ', b' ', b' ', ..] => Word(4),
                [b' ', b' ', ..] => Word(2),
                _ => Nothing(first(text).len_utf8()),
            },
        }
    }
}

fn gpt2(text: &str) -> usize {
    if let Some(len) = contraction(text, false) {
        return len;
    }
    let body = usize::from(text.starts_with(' '));
    match text[body..].chars().next() {
        Some(c) if is_letter(c) => run(text, body, is_letter),
        Some(c) if c.is_numeric() => run(text, body, char::is_numeric),
        Some(c) if is_other(c) => run(text, body, is_other),
        _ => whitespace(text),
    }
}

fn llama3(text: &str, rules: Llama3) -> usize {
    let marks = matches!(rules.letters, Letters::WithMarks);
    let in_word = |c| is_letter(c) || (marks && classes::MARKS.contains(c));
    let word = |from: usize| match rules.letters {
        Letters::AcrossSpaces => letters_across_spaces(text, from),
        Letters::Alone | Letters::WithMarks => run(text, from, in_word),
    };
    if rules.contractions
        && let Some(len) = contraction(text, true)
    {
        return len;
    }
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return 0 };
    let second = chars.next();
    if in_word(first) {
        return word(0);
    }
    if !matches!(first, '\r' | '\n') && !first.is_numeric() && second.is_some_and(in_word) {
        return word(first.len_utf8());
    }
    let other = |c| is_other(c) && !in_word(c);
    number_or_other(text, rules.digits, other, rules.ends).unwrap_or_else(|| {
        line_breaks(text)
            .unwrap_or_else(|| if rules.powers { power_of_spaces(text) } else { whitespace(text) })
    })
}

/// `(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+` from a letter on.
fn letters_across_spaces(text: &str, from: usize) -> usize {
    let mut end = from;
    loop {
        end = run(text, end, |c| classes::LETTERS_AND_MARKS.contains(c));
        let after = text[end..].strip_prefix(' ').and_then(|after| after.chars().next());
        match after.filter(|c| is_letter(*c)) {
            Some(letter) => end += 1 + letter.len_utf8(),
            None => return end,
        }
    }
}

fn gpt4o(text: &str, rules: Gpt4o) -> usize {
    let han = |c| rules.han_apart && classes::HAN.contains(c);
    let first = first(text);
    if han(first) {
        return run(text, 0, han);
    }
    let before = !matches!(first, '\r' | '\n') && !is_letter(first) && !first.is_numeric();
    let body = if before { first.len_utf8() } else { 0 };
    let upper = |c| classes::UPPER.contains(c) && !han(c);
    let lower = |c| classes::LOWER.contains(c) && !han(c);
    // Letters without case, and marks, are both: where no small letter follows the capitals,
    // the last of these ends the word in its place.
    let ends_small = |from: usize| {
        let capitals = run(text, from, upper);
        let end = run(text, capitals, lower);
        if end > capitals {
            return Some(end);
        }
        let last = text[from..capitals].char_indices().rfind(|(_, c)| lower(*c));
        last.map(|(at, c)| from + at + c.len_utf8())
    };
    let capitals_only = |from: usize| Some(run(text, from, upper)).filter(|end| *end > from);
    let word = ends_small(body)
        .or_else(|| ends_small(0))
        .or_else(|| capitals_only(body))
        .or_else(|| capitals_only(0));
    if let Some(end) = word {
        let suffix = contraction(&text[end..], true).filter(|_| rules.contractions);
        return end + suffix.unwrap_or(0);
    }
    number_or_other(text, rules.digits, is_other, rules.ends)
        .unwrap_or_else(|| line_breaks(text).unwrap_or_else(|| whitespace(text)))
}

fn deepseek3(text: &str, takes_line_breaks: bool) -> Found {
    let first = first(text);
    let letters = |from| run(text, from, |c| c.is_ascii_alphabetic());
    if first.is_ascii_punctuation() && letters(1) > 1 {
        return Word(letters(1));
    }
    let in_word = |c| classes::LETTERS_AND_MARKS.contains(c);
    let in_signs = |c| classes::PUNCTUATION_AND_SYMBOLS.contains(c);
    let before = !matches!(first, '\r' | '\n') && !is_letter(first) && !in_signs(first);
    let body = if before { first.len_utf8() } else { 0 };
    if text[body..].starts_with(in_word) || text.starts_with(in_word) {
        return Word(run(text, body, in_word));
    }
    let space = usize::from(first == ' ');
    if text[space..].starts_with(in_signs) {
        let end = run(text, space, in_signs);
        return Word(if takes_line_breaks { run(text, end, is_line_break) } else { end });
    }
    if !first.is_whitespace() {
        return Nothing(first.len_utf8());
    }
    if takes_line_breaks {
        return Word(line_breaks(text).unwrap_or_else(|| whitespace(text)));
    }
    Word(if is_line_break(first) { 1 } else { whitespace(text) })
}

/// `\p{N}{1,D}| ?[^\s\p{L}\p{N}]+` and what ends it.
fn number_or_other(
    text: &str,
    digits: usize,
    other: impl Fn(char) -> bool,
    ends: Ends,
) -> Option<usize> {
    let number = number(text, digits);
    if number > 0 {
        return Some(number);
    }
    let body = usize::from(text.starts_with(' '));
    if !text[body..].starts_with(&other) {
        return None;
    }
    let end = run(text, body, other);
    Some(match ends {
        Ends::Nothing => end,
        Ends::LineBreaks => run(text, end, is_line_break),
        Ends::LineBreaksAndSlashes => run(text, end, |c| is_line_break(c) || c == '/'),
        Ends::LineBreak => end + usize::from(text[end..].starts_with(is_line_break)),
    })
}

/// `\s*[\r\n]+`, which gives back what follows the last line break of the run.
fn line_breaks(text: &str) -> Option<usize> {
    let spaces = &text[..run(text, 0, char::is_whitespace)];
    spaces.rfind(is_line_break).map(|at| at + 1)
}

/// `\s+(?!\S)|\s+`: a run of spaces leaves its last one to the word that follows.
fn whitespace(text: &str) -> usize {
    let end = run(text, 0, char::is_whitespace);
    let last = text[..end].chars().next_back().map_or(0, char::len_utf8);
    if end == text.len() || end == last { end } else { end - last }
}

/// `\s{512}(?!\S)|\s{256}(?!\S)|…|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}`
fn power_of_spaces(text: &str) -> usize {
    const MOST: usize = 512;
    let ends: Vec<usize> = text
        .char_indices()
        .take(MOST + 1)
        .take_while(|(_, c)| c.is_whitespace())
        .map(|(at, c)| at + c.len_utf8())
        .collect();
    let fits = |count: usize| {
        count < ends.len() || (count == ends.len() && ends.last() == Some(&text.len()))
    };
    let powers = std::iter::successors(Some(MOST), |count| Some(count / 2));
    let count = powers.take_while(|count| *count > 1).find(|count| fits(*count)).unwrap_or(1);
    ends[count - 1]
}

/// `'s|'t|'re|'ve|'m|'ll|'d` at the start of the text.
fn contraction(text: &str, any_case: bool) -> Option<usize> {
    let rest = text.strip_prefix('\'')?.as_bytes();
    ["s", "t", "re", "ve", "m", "ll", "d"].iter().find_map(|end| {
        let begins = rest.get(..end.len())?;
        let same = if any_case {
            begins.eq_ignore_ascii_case(end.as_bytes())
        } else {
            begins == end.as_bytes()
        };
        same.then_some(1 + end.len())
    })
}

/// `\p{N}{1,D}`; 0 where the text begins with no number.
fn number(text: &str, most: usize) -> usize {
    text.chars().take(most).take_while(|c| c.is_numeric()).map(char::len_utf8).sum()
}

/// A run of digits, where what is after it is right.
fn threes(text: &str, set: &CharSet, right: impl Fn(&str) -> bool) -> Found {
    let end = run(text, 0, |c| set.contains(c));
    if end == 0 {
        return Nothing(run(text, 0, |c| !set.contains(c)));
    }
    if right(&text[end..]) { Threes(end) } else { Nothing(end) }
}

/// The first of these words has what is beyond a multiple of three.
fn each_three<'a>(digits: &'a str, each: &mut dyn FnMut(&'a str)) {
    let mut rest = digits;
    let mut len = digits.chars().count() % 3;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(number(rest, len));
        each(word);
        (rest, len) = (after, 3);
    }
}

fn three_digits(text: &str) -> Found {
    let group = |three: &[u8]| three.iter().all(u8::is_ascii_digit);
    match text.as_bytes().windows(3).position(group) {
        Some(0) => Word(3),
        Some(at) => Nothing(at),
        None => Nothing(text.len()),
    }
}

fn sentinel(text: &str) -> Option<usize> {
    const BEGINS: &str = "<sentinel:";
    let rest = text.strip_prefix(BEGINS)?;
    let digits = run(rest, 0, |c| c.is_ascii_digit());
    (digits > 0 && rest[digits..].starts_with('>')).then_some(BEGINS.len() + digits + 1)
}

fn picture(text: &str) -> Option<usize> {
    const BEGINS: &str = "IMGIMG";
    let rest = text.strip_prefix(BEGINS)?;
    let letters = rest.bytes().take(5).take_while(|byte| matches!(byte, b'A'..=b'I')).count();
    ((1..=4).contains(&letters) && rest[letters..].starts_with('Z'))
        .then_some(BEGINS.len() + letters + 1)
}

/// What cannot begin a word that begins with this character, where none begins here.
fn not_before(text: &str, begins: char) -> Found {
    let first = first(text).len_utf8();
    Nothing(text[first..].find(begins).map_or(text.len(), |at| first + at))
}

fn after_a_space(text: &str, set: &CharSet, space: impl Fn(char) -> bool) -> Found {
    let first = first(text);
    let body = if space(first) { first.len_utf8() } else { 0 };
    if text[body..].starts_with(|c| set.contains(c)) {
        return Word(run(text, body, |c| set.contains(c)));
    }
    // The class may have the space too.
    if set.contains(first) { Word(first.len_utf8()) } else { Nothing(first.len_utf8()) }
}

fn run_of(text: &str, set: &CharSet) -> Found {
    match run(text, 0, |c| set.contains(c)) {
        0 => Nothing(run(text, 0, |c| !set.contains(c))),
        len => Word(len),
    }
}

/// Where the run of such characters that begins at `from` ends.
fn run(text: &str, from: usize, of_it: impl Fn(char) -> bool) -> usize {
    text[from..].find(|c| !of_it(c)).map_or(text.len(), |len| from + len)
}

fn first(text: &str) -> char {
    text.chars().next().expect("a scan is asked while there is text")
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\r' | '\n')
}

/// `\p{L}`
fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { classes::LETTERS.contains(c) }
}

/// `[^\s\p{L}\p{N}]`; `is_numeric` is exactly `\p{N}`, and `is_whitespace` exactly `\s`.
fn is_other(c: char) -> bool {
    !c.is_whitespace() && !is_letter(c) && !c.is_numeric()
}
