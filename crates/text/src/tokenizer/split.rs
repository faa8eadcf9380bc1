//! Cutting text into words before byte-level BPE, as `tokenizer.ggml.pre` says.
//!
//! The rules are published as regular expressions, quoted below. They are written out here as
//! scanners: in one pass, without backtracking that a hostile text could blow up. Tests hold them
//! against the expressions and against the reference's own vocabularies.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// How a family of models cuts text, and what else `tokenizer.ggml.pre` settles.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    cut: Cut,
    /// A word that is a token is taken whole, without merging.
    pub whole_words: bool,
    /// Whether a prompt begins with the beginning-of-text token unless the file says otherwise.
    pub add_bos: bool,
}

#[derive(Clone, Copy)]
enum Cut {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    Gpt2,
    /// Each `\p{N}` alone, then as GPT-2.
    DigitsThenGpt2,
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
    /// `\s*[\r\n]+|\s+(?!\S)|\s+`, with at most D digits a word. With `marks`, `\p{M}` counts as
    /// `\p{L}` in words.
    Llama3 { digits: usize, marks: bool },
    /// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|`
    /// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}|`
    /// ` ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    Tekken,
    /// For files that name no rules: runs of punctuation, then as GPT-2, then numbers, then
    /// groups of three digits.
    Default,
}

/// The rules that a value of `tokenizer.ggml.pre` names; `None` for a family not known here.
pub(super) fn rules(pre: &str) -> Option<Rules> {
    let plain = |cut| Rules { cut, whole_words: false, add_bos: false };
    let llama3 = |digits| Cut::Llama3 { digits, marks: false };
    Some(match pre {
        "" | "default" => plain(Cut::Default),
        "llama3" | "llama-v3" | "llama-bpe" | "falcon3" | "lfm2" | "pixtral" | "midm-2.0" => {
            Rules { cut: llama3(3), whole_words: true, add_bos: true }
        }
        "dbrx" | "smaug-bpe" | "chatglm-bpe" => plain(llama3(3)),
        "glm4" => Rules { cut: llama3(3), whole_words: true, add_bos: false },
        "qwen2" | "deepseek-r1-qwen" | "megrez" | "stablelm2" | "hunyuan" | "grok-2" => {
            plain(llama3(1))
        }
        "tekken" => Rules { cut: Cut::Tekken, whole_words: true, add_bos: true },
        "qwen35" => plain(Cut::Llama3 { digits: 1, marks: true }),
        "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" | "exaone" | "minerva-7b" => {
            plain(Cut::DigitsThenGpt2)
        }
        "gpt-2" | "gpt2" | "phi-2" | "mpt" | "olmo" | "jais" | "trillion" | "gigachat"
        | "exaone4" | "mellum" => plain(Cut::Gpt2),
        _ => return None,
    })
}

impl Rules {
    /// Calls `each` with every word of the text, in order; together they are the text.
    pub fn split<'a>(&self, text: &'a str, each: &mut dyn FnMut(&'a str)) {
        match self.cut {
            Cut::Gpt2 => cut(text, gpt2, each),
            Cut::DigitsThenGpt2 => {
                cut(text, one_digit_or_none, &mut |part| cut(part, gpt2, each));
            }
            Cut::Llama3 { digits, marks } => cut(text, |rest| llama3(rest, digits, marks), each),
            Cut::Tekken => cut(text, tekken, each),
            Cut::Default => cut(text, punctuation_or_none, &mut |part| {
                cut(part, gpt2, &mut |part| {
                    cut(part, number_or_none, &mut |part| cut(part, three_digits, each));
                });
            }),
        }
    }
}

/// Cuts text into pieces whose lengths `next` gives, from the start of what is left.
fn cut<'a>(text: &'a str, next: impl Fn(&str) -> usize, each: &mut dyn FnMut(&'a str)) {
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(next(rest));
        each(piece);
        rest = after;
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

fn llama3(text: &str, digits: usize, marks: bool) -> usize {
    let in_word = |c| is_letter(c) || (marks && MARKS.contains(c));
    let other = |c| is_other(c) && !in_word(c);
    if let Some(len) = contraction(text, true) {
        return len;
    }
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return 0 };
    let second = chars.next();
    if in_word(first) {
        return run(text, 0, in_word);
    }
    if !matches!(first, '\r' | '\n') && !first.is_numeric() && second.is_some_and(in_word) {
        return run(text, first.len_utf8(), in_word);
    }
    no_word(text, digits, other, &['\r', '\n'])
}

fn tekken(text: &str) -> usize {
    let body = text.chars().next().map_or(0, |first| {
        let before = !matches!(first, '\r' | '\n') && !is_letter(first) && !first.is_numeric();
        if before { first.len_utf8() } else { 0 }
    });
    let upper = |c| UPPER.contains(c);
    let lower = |c| LOWER.contains(c);
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
    word.unwrap_or_else(|| no_word(text, 1, is_other, &['\r', '\n', '/']))
}

/// `\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[ends]*|\s*[\r\n]+|\s+(?!\S)|\s+`
fn no_word(text: &str, digits: usize, other: impl Fn(char) -> bool, ends: &[char]) -> usize {
    if text.starts_with(char::is_numeric) {
        let number = text.chars().take(digits).take_while(|c| c.is_numeric());
        return number.map(char::len_utf8).sum();
    }
    let body = usize::from(text.starts_with(' '));
    if text[body..].starts_with(&other) {
        return run(text, run(text, body, other), |c| ends.contains(&c));
    }
    // `\s*[\r\n]+` gives back what follows the last line break of the run.
    let spaces = &text[..run(text, 0, char::is_whitespace)];
    spaces.rfind(['\r', '\n']).map_or_else(|| whitespace(text), |at| at + 1)
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

/// `\s+(?!\S)|\s+`: a run of spaces leaves its last one to the word that follows.
fn whitespace(text: &str) -> usize {
    let end = run(text, 0, char::is_whitespace);
    let last = text[..end].chars().next_back().map_or(0, char::len_utf8);
    if end == text.len() || end == last { end } else { end - last }
}

fn one_digit_or_none(text: &str) -> usize {
    match text.chars().next() {
        Some(c) if c.is_numeric() => c.len_utf8(),
        _ => run(text, 0, |c| !c.is_numeric()),
    }
}

fn number_or_none(text: &str) -> usize {
    let numeric = text.starts_with(char::is_numeric);
    run(text, 0, |c| c.is_numeric() == numeric)
}

/// `[\p{P}\$\+<=>\^~\|]+`, or what is not of it.
fn punctuation_or_none(text: &str) -> usize {
    let of_it =
        |c| matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '~' | '|') || PUNCTUATION.contains(c);
    let first = text.starts_with(of_it);
    run(text, 0, |c| of_it(c) == first)
}

/// `[0-9][0-9][0-9]`, or what comes before the next such group.
fn three_digits(text: &str) -> usize {
    let group = |three: &[u8]| three.iter().all(u8::is_ascii_digit);
    match text.as_bytes().windows(3).position(group) {
        Some(0) => 3,
        Some(at) => at,
        None => text.len(),
    }
}

/// Where the run of such characters that begins at `from` ends.
fn run(text: &str, from: usize, of_it: impl Fn(char) -> bool) -> usize {
    text[from..].find(|c| !of_it(c)).map_or(text.len(), |len| from + len)
}

/// `\p{L}`
fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { LETTERS.contains(c) }
}

/// `[^\s\p{L}\p{N}]`; `is_numeric` is exactly `\p{N}`, and `is_whitespace` exactly `\s`.
fn is_other(c: char) -> bool {
    !c.is_whitespace() && !is_letter(c) && !c.is_numeric()
}

static LETTERS: LazyLock<CharSet> = LazyLock::new(|| CharSet::of(r"\p{L}"));
static UPPER: LazyLock<CharSet> = LazyLock::new(|| CharSet::of(r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"));
static LOWER: LazyLock<CharSet> = LazyLock::new(|| CharSet::of(r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"));
static MARKS: LazyLock<CharSet> = LazyLock::new(|| CharSet::of(r"\p{M}"));
static PUNCTUATION: LazyLock<CharSet> = LazyLock::new(|| CharSet::of(r"\p{P}"));

/// A set of characters, one bit each.
struct CharSet(Vec<u64>);

impl CharSet {
    /// The characters of a class such as `\p{L}`.
    fn of(class: &str) -> Self {
        let hir = regex_syntax::parse(class).expect("the classes are written above");
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
            unreachable!("a class in Unicode mode is a class of characters")
        };
        let mut bits = vec![0; (char::MAX as usize >> 6) + 1];
        for range in class.ranges() {
            for code in range.start() as usize..=range.end() as usize {
                bits[code >> 6] |= 1u64 << (code & 63);
            }
        }
        Self(bits)
    }

    fn contains(&self, c: char) -> bool {
        self.0[c as usize >> 6] >> (c as usize & 63) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<'a>(pre: &str, text: &'a str) -> Vec<&'a str> {
        let mut words = Vec::new();
        rules(pre).unwrap().split(text, &mut |word| words.push(word));
        words
    }

    #[test]
    fn digits_group_as_the_family_learnt_them() {
        assert_eq!(words("llama-bpe", "12345"), ["123", "45"]);
        assert_eq!(words("qwen2", "123"), ["1", "2", "3"]);
        assert_eq!(words("smollm", "a 12"), ["a", " ", "1", "2"]);
        assert_eq!(words("gpt-2", "a 12345"), ["a", " 12345"]);
        assert_eq!(words("default", "a 12345"), ["a", " ", "123", "45"]);
    }

    #[test]
    fn contractions_are_words_and_their_case_matters_where_it_did() {
        assert_eq!(words("qwen2", "I'Ll we'd"), ["I", "'Ll", " we", "'d"]);
        assert_eq!(words("gpt-2", "I'll I'LL"), ["I", "'ll", " I", "'", "LL"]);
        assert_eq!(words("qwen2", "'quote"), ["'quote"]);
    }

    #[test]
    fn a_run_of_spaces_leaves_one_to_the_next_word() {
        assert_eq!(words("gpt-2", "a   b  "), ["a", "  ", " b", "  "]);
        assert_eq!(words("qwen2", "a   b  "), ["a", "  ", " b", "  "]);
        assert_eq!(words("gpt-2", "\tx"), ["\t", "x"]);
        assert_eq!(words("qwen2", "\tx"), ["\tx"]);
    }

    #[test]
    fn line_breaks_end_words() {
        assert_eq!(words("qwen2", "a.\n\n  b"), ["a", ".\n\n", " ", " b"]);
        assert_eq!(words("qwen2", "a \n \n  b"), ["a", " \n \n", " ", " b"]);
    }

    #[test]
    fn marks_end_words_except_where_the_family_joins_them() {
        let devanagari = "क\u{94d}ष";
        assert_eq!(words("qwen2", devanagari), ["क", "\u{94d}ष"]);
        assert_eq!(words("qwen35", devanagari), [devanagari]);
    }

    #[test]
    fn capitals_begin_words_in_tekken() {
        assert_eq!(words("tekken", "HTTPServer's a/b/"), ["HTTPServer", "'s", " a", "/b", "/"]);
        assert_eq!(words("tekken", "camelCase 漢字 X"), ["camel", "Case", " 漢字", " X"]);
        assert_eq!(words("tekken", "ABC漢DE"), ["ABC漢", "DE"]);
    }

    /// Words that Python's `regex` module found with the expressions above, one case a line:
    /// rules, text, words, all as JSON.
    #[test]
    #[ignore = "needs a file of cases in HEARTH_SPLIT_GOLDENS"]
    fn scanners_are_their_expressions() {
        let path = std::env::var_os("HEARTH_SPLIT_GOLDENS").unwrap();
        let cases = std::fs::read_to_string(path).unwrap();
        for case in cases.lines() {
            let (pre, text, expected): (String, String, Vec<String>) =
                serde_json::from_str(case).unwrap();
            assert_eq!(words(&pre, &text), expected, "{pre}: {text:?}");
        }
    }

    #[test]
    fn an_unknown_family_has_no_rules() {
        assert!(rules("kimi-k2").is_none());
    }

    #[test]
    fn words_are_together_the_text() {
        let text = "Ünïcode 漢字 🦙\r\n\t'Sx ''ll 1²Ⅷ\u{a0}\u{3000}end  \n ";
        for pre in ["gpt-2", "qwen2", "qwen35", "llama-bpe", "tekken", "smollm", "default"] {
            assert_eq!(words(pre, text).concat(), text, "{pre}");
        }
    }
}
