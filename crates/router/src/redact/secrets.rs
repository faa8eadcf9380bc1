//! Passwords, keys and tokens: by their issuers' prefixes, by the words before them, and by being
//! too random for anything else.

use super::detect::words;

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

/// In no order; some may overlap.
pub(super) fn find(text: &str) -> Vec<(usize, usize)> {
    let mut found = private_keys(text);
    found.extend(prefixed(text));
    found.extend(credentials_in_addresses(text));
    found.extend(labelled(text));
    found.extend(bearer_tokens(text));
    found
}

fn private_keys(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("-----BEGIN ") {
        let head = text[start..].lines().next().unwrap_or_default();
        if !head.contains("PRIVATE KEY") {
            continue;
        }
        // One that was cut off is a secret to its end.
        let end = text[start..].find("-----END ").map_or(text.len(), |at| {
            let line = start + at;
            text[line..].find('\n').map_or(text.len(), |length| line + length)
        });
        found.push((start, end));
    }
    found
}

fn prefixed(text: &str) -> Vec<(usize, usize)> {
    words(text, |c| c.is_ascii_alphanumeric() || "_-.+/=".contains(c))
        .filter_map(|(start, word)| {
            // `key=sk-…` is one word; the key begins after the last `=` that has something behind.
            let value = word.trim_end_matches(['.', '=']);
            let begin = value.rfind('=').map_or(0, |at| at + 1);
            let value = &value[begin..];
            let known =
                PREFIXES.iter().any(|(prefix, n)| value.starts_with(prefix) && value.len() >= *n);
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

/// `user:password@` in an address.
fn credentials_in_addresses(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        let authority =
            &rest[..rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len())];
        if let Some((user, _)) = authority.rsplit_once('@')
            && user.contains(':')
        {
            found.push((start, start + user.len()));
        }
    }
    found
}

fn labelled(text: &str) -> Vec<(usize, usize)> {
    // Lower case of ASCII alone keeps every byte at its place.
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for label in LABELS {
        for (at, _) in lower.match_indices(label) {
            let Some((sign, rest)) = value_after(&text[at + label.len()..]) else { continue };
            let several_words = *label == "passphrase" && [":", "="].contains(&sign);
            let start = text.len() - rest.len();
            let (begin, end) = quoted(rest).unwrap_or_else(|| bare(rest, several_words));
            let value = &rest[begin..end];
            if value.chars().count() >= 4 && !value.starts_with("[[") {
                found.push((start + begin, start + end));
            }
        }
    }
    found
}

/// The sign that says that a value follows the label, and the text from the value on.
fn value_after(rest: &str) -> Option<(&'static str, &str)> {
    let rest = rest.trim_start_matches(['"', '\'', '`', '*']).trim_start_matches([' ', '\t']);
    let signs = [":", "=", "is ", "ist ", "lautet "];
    let sign = signs.into_iter().find(|sign| rest.starts_with(sign))?;
    Some((sign, rest[sign.len()..].trim_start_matches(['=', ':', '*', ' ', '\t'])))
}

/// The value between a quote and the same quote in its line. An apostrophe within a word and a
/// quote behind a backslash close nothing.
fn quoted(rest: &str) -> Option<(usize, usize)> {
    let quote = rest.chars().next().filter(|c| QUOTES.contains(c))?;
    let line = rest[1..].lines().next()?;
    let closes = |at: &usize| {
        !line[..*at].ends_with('\\') && !line[at + 1..].starts_with(char::is_alphanumeric)
    };
    let end = line.match_indices(quote).map(|(at, _)| at).find(closes)?;
    // Three quotes in a row are one sign, and not an empty value.
    (end > 0 || !line[1..].starts_with(quote)).then_some((1, 1 + end))
}

/// A value without quotes: one word, or the rest of the line.
fn bare(rest: &str, several_words: bool) -> (usize, usize) {
    let value = rest.trim_start_matches(QUOTES);
    let begin = rest.len() - value.len();
    let ends = |c: char| if several_words { c == '\n' } else { c.is_whitespace() };
    let value = &value[..value.find(ends).unwrap_or(value.len())];
    let value = value.trim_end_matches(|c: char| c.is_whitespace() || TRAILING.contains(c));
    (begin, begin + value.len())
}

/// `Bearer` and a token (RFC 6750, section 2.1), long and with a digit: "bearer of" is none.
fn bearer_tokens(text: &str) -> Vec<(usize, usize)> {
    let token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    text.to_ascii_lowercase()
        .match_indices("bearer")
        .filter_map(|(at, label)| {
            let after = &text[at + label.len()..];
            let rest = after.trim_start();
            let value = &rest[..rest.find(|c| !token(c)).unwrap_or(rest.len())];
            let value = value.trim_end_matches('.');
            let start = text.len() - rest.len();
            let real = rest.len() < after.len()
                && value.len() >= 16
                && value.bytes().any(|byte| byte.is_ascii_digit());
            real.then_some((start, start + value.len()))
        })
        .collect()
}
