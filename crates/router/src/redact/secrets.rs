//! Passwords, keys and tokens: by their issuers' prefixes, by the words before them, and by being
//! too random for anything else.

use std::sync::LazyLock;

use super::{
    detect::{joined, words},
    patterns::Patterns,
    work::{Ahead, Work},
};

/// Prefix, and the length from which it is a key (issuers' documentation).
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 20),
    ("sk_live_", 20),
    ("sk_test_", 20),
    ("rk_live_", 20),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xapp-", 20),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 35),
    ("hf_", 20),
    ("npm_", 30),
    ("pypi-", 30),
    ("SG.", 30),
    ("ya29.", 20),
    ("dop_v1_", 30),
    ("AGE-SECRET-KEY-", 30),
];

/// A value follows one of these, then `:`, `=`, "is" or "ist".
const LABELS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "passwort",
    "kennwort",
    "secret",
    "api_key",
    "api-key",
    "apikey",
    "api key",
    "access_key",
    "access_token",
    "auth_token",
    "bearer",
    "pin code",
];

/// Signs that end a sentence or enclose a value more often than they are its last character.
const TRAILING: &str = ".,;)!?'\"`<>*}]";

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Signs that part one setting from the next.
const SEPARATORS: [char; 8] = [',', ';', '&', '<', '>', '"', '\'', '`'];

/// The value is the label's number from 1 on. No label ends in another.
static LABELLED: LazyLock<Patterns> = LazyLock::new(|| {
    let numbered = LABELS.iter().zip(1..);
    Patterns::new(numbered.map(|(label, n)| (label.as_bytes().to_vec(), n)).collect())
});

/// Ranges of a text. Together they are no longer than a few times the text.
#[derive(Default)]
pub(super) struct Secrets {
    /// In order, and apart from each other.
    pub ranges: Vec<(usize, usize)>,
    /// What is to be known again: each secret, and what it is in a list of settings.
    pub worth_knowing: Vec<(usize, usize)>,
}

pub(super) fn find(text: &str, work: &Work) -> Secrets {
    let mut found = Secrets::default();
    let (keys, marked) = (private_keys(text, work), prefixed(text, work));
    let (credentials, passwords) = credentials_in_addresses(text, work);
    let Labelled { values, pieces, tokens } = labelled(text, work);
    let values = joined(values);
    for ranges in [&keys, &marked, &credentials, &tokens, &values] {
        found.ranges.extend(ranges);
    }
    found.worth_knowing.extend(&found.ranges);
    found.worth_knowing.extend(passwords.into_iter().chain(pieces));
    found.ranges = joined(found.ranges);
    found
}

fn private_keys(text: &str, work: &Work) -> Vec<(usize, usize)> {
    let line_end = |rest: &str| rest.find('\n');
    let (mut heads, mut tails) =
        (Ahead::new(text, work, line_end), Ahead::new(text, work, line_end));
    let mut names = Ahead::new(text, work, |rest| rest.find("PRIVATE KEY"));
    let mut lasts = Ahead::new(text, work, |rest| rest.find("-----END "));
    work.spend(text.len());
    let begun = text.match_indices("-----BEGIN ").map(|(start, _)| start);
    let named = begun.filter(|start| names.end(*start) < heads.end(*start));
    // One that was cut off is a secret to its end.
    let whole = named.map(|start| (start, tails.end(lasts.end(start))));
    joined(whole.collect())
}

fn prefixed(text: &str, work: &Work) -> Vec<(usize, usize)> {
    words(text, work, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '=')
    })
    .filter_map(|(start, word)| {
        // `key=sk-…` is one word; the key begins after the last `=` that has something behind.
        let value = word.trim_end_matches(['.', '=']);
        let begin = value.rfind('=').map_or(0, |at| at + 1);
        let value = &value[begin..];
        let known =
            PREFIXES.iter().any(|(prefix, n)| value.len() >= *n && value.starts_with(prefix));
        (known || is_json_web_token(value) || is_random(value))
            .then_some((start + begin, start + begin + value.len()))
    })
    .collect()
}

fn is_json_web_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() > 40 && word.matches('.').count() == 2
}

/// At least 32 characters of all three kinds with more than 4 bits each: hashes in hexadecimal,
/// words joined by hyphens and file paths have fewer.
fn is_random(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.bytes().any(|byte| kind(&byte));
    if word.len() < 32 || word.contains('/') && word.matches('/').count() > 2 {
        return false;
    }
    let mixed =
        has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    let mut counts = [0_u32; 128];
    for byte in word.bytes() {
        counts[usize::from(byte) % 128] += 1;
    }
    let n = word.len() as f64;
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / n);
    let bits: f64 = shares.map(|share| -share * share.log2()).sum();
    mixed && bits > 4.0
}

type Range = (usize, usize);

/// `user:password@` in addresses, and the passwords alone.
fn credentials_in_addresses(text: &str, work: &Work) -> (Vec<Range>, Vec<Range>) {
    let (mut found, mut passwords) = (Vec::new(), Vec::new());
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        // Another address can only begin behind its end.
        let authority =
            &rest[..rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len())];
        work.spend(authority.len());
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((name, _)) = user.split_once(':')
        {
            found.push((start, start + user.len()));
            passwords.push((start + name.len() + 1, start + user.len()));
        }
    }
    work.spend(text.len());
    (found, passwords)
}

/// What follows labels. Values may overlap: one can hold the next label.
#[derive(Default)]
struct Labelled {
    values: Vec<(usize, usize)>,
    /// Each value up to what parts it from the next setting; without those that hold another.
    pieces: Vec<(usize, usize)>,
    /// Behind `Bearer`.
    tokens: Vec<(usize, usize)>,
}

fn labelled(text: &str, work: &Work) -> Labelled {
    let mut found = Labelled::default();
    let mut ends = Ends::new(text, work);
    let mut separators = Ahead::new(text, work, |rest| rest.find(SEPARATORS));
    let mut state = Patterns::START;
    for (at, byte) in text.bytes().enumerate() {
        state = LABELLED.read(state, byte.to_ascii_lowercase(), work);
        let Some(number) = LABELLED.ended(state) else { continue };
        let label = LABELS[number as usize - 1];
        let behind = at + 1;
        if label == "bearer" {
            found.tokens.extend(bearer_token(text, behind, work));
        }
        let Some((sign, from)) = value_after(text, behind, work) else { continue };
        let several_words = label == "passphrase" && [":", "="].contains(&sign);
        let (start, end) = ends.quoted(from).unwrap_or_else(|| ends.bare(from, several_words));
        let value = &text[start..end];
        if value.chars().nth(3).is_some() && !value.starts_with("[[") {
            found.values.push((start, end));
            // Only the last of those that hold each other.
            found.pieces.pop_if(|(_, end)| start < *end);
            found.pieces.push((start, separators.end(start).min(end)));
        }
    }
    found
}

/// The sign that says that a value follows the label that ends at `at`, and where the value begins.
fn value_after(text: &str, at: usize, work: &Work) -> Option<(&'static str, usize)> {
    let rest = text[at..].trim_start_matches(['"', '\'', '`', '*']).trim_start_matches([' ', '\t']);
    let signs = [":", "=", "is ", "ist ", "lautet "];
    let sign = signs.into_iter().find(|sign| rest.starts_with(sign));
    let rest =
        sign.map_or(rest, |sign| rest[sign.len()..].trim_start_matches(['=', ':', '*', ' ', '\t']));
    let from = text.len() - rest.len();
    work.spend(from - at);
    Some((sign?, from))
}

/// Where values end, for values in the order in which they begin.
struct Ends<'a> {
    text: &'a str,
    work: &'a Work,
    lines: Finder<'a>,
    spaces: Finder<'a>,
    /// Quotes that close something, of each of [`QUOTES`].
    closing: [Finder<'a>; 3],
    /// For words and for lines: an end, and how far its trailing signs reach back.
    trimmed: [(usize, usize); 2],
}

type Find = dyn Fn(&str) -> Option<usize>;
type Finder<'a> = Ahead<'a, Box<Find>>;

impl<'a> Ends<'a> {
    fn new(text: &'a str, work: &'a Work) -> Self {
        let ahead = |find: Box<Find>| Ahead::new(text, work, find);
        Self {
            text,
            work,
            lines: ahead(Box::new(|rest| rest.find('\n'))),
            spaces: ahead(Box::new(|rest| rest.find(char::is_whitespace))),
            closing: QUOTES.map(|quote| ahead(Box::new(move |rest| closing(rest, quote)))),
            trimmed: [(usize::MAX, 0); 2],
        }
    }

    /// The value between a quote and the same quote in its line.
    fn quoted(&mut self, from: usize) -> Option<(usize, usize)> {
        let rest = &self.text[from..];
        let kind = QUOTES.iter().position(|quote| rest.starts_with(*quote))?;
        // The search takes the sign before along, which may be a backslash.
        let end = self.closing[kind].next(from)? + 1;
        if end >= self.lines.end(from + 1) {
            return None;
        }
        // Three quotes in a row are one sign, and not an empty value.
        (end > from + 1 || !rest[2..].starts_with(QUOTES[kind])).then_some((from + 1, end))
    }

    /// A value without quotes: one word, or the rest of the line.
    fn bare(&mut self, from: usize, several_words: bool) -> (usize, usize) {
        let value = self.text[from..].trim_start_matches(QUOTES);
        let start = self.text.len() - value.len();
        let ends = if several_words { &mut self.lines } else { &mut self.spaces };
        let end = ends.end(start);
        let (known, trimmed) = &mut self.trimmed[usize::from(several_words)];
        if *known != end {
            let trailing = |c: char| c.is_whitespace() || TRAILING.contains(c);
            let kept = self.text[start..end].trim_end_matches(trailing).len();
            self.work.spend(end - start - kept);
            (*known, *trimmed) = (end, start + kept);
        }
        self.work.spend(start - from);
        (start, start.max(*trimmed))
    }
}

/// The byte before the first quote that closes something. An apostrophe within a word and a quote
/// behind a backslash close nothing.
fn closing(rest: &str, quote: char) -> Option<usize> {
    let bytes = rest.as_bytes();
    let closes = |at: &usize| {
        *at > 0 && bytes[at - 1] != b'\\' && !rest[at + 1..].starts_with(char::is_alphanumeric)
    };
    rest.match_indices(quote).map(|(at, _)| at).find(closes).map(|at| at - 1)
}

/// `Bearer` and a token (RFC 6750, section 2.1), long and with a digit: "bearer of" is none.
fn bearer_token(text: &str, behind: usize, work: &Work) -> Option<(usize, usize)> {
    let token =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '=');
    let rest = text[behind..].trim_start();
    let start = text.len() - rest.len();
    if start == behind {
        return None;
    }
    let value = &rest[..rest.find(|c| !token(c)).unwrap_or(rest.len())];
    work.spend(start - behind + value.len());
    let value = value.trim_end_matches('.');
    let real = value.len() >= 16 && value.bytes().any(|byte| byte.is_ascii_digit());
    real.then_some((start, start + value.len()))
}
