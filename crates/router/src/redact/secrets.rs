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

pub(super) fn find(text: &str) -> Vec<(usize, usize)> {
    let mut found = private_keys(text);
    found.extend(prefixed(text));
    found.extend(credentials_in_addresses(text));
    found.extend(labelled(text));
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
            let after = at + label.len();
            let Some(begin) = value_after(&text[after..]) else { continue };
            let start = after + begin;
            let value = &text[start..];
            let end = value
                .find(|c: char| c.is_whitespace() || "\"'`,;<>".contains(c))
                .unwrap_or(value.len());
            let value = value[..end].trim_end_matches(['.', ')', '!', '?']);
            if value.chars().count() >= 4 && !value.starts_with("[[") {
                found.push((start, start + value.len()));
            }
        }
    }
    found
}

/// Where the value begins behind a label, if what stands between says that there is one.
fn value_after(rest: &str) -> Option<usize> {
    let quotes = |c: char| "\"'`*".contains(c);
    let trimmed = rest.trim_start_matches(quotes).trim_start_matches([' ', '\t']);
    let signs = [":", "=", "is ", "ist ", "lautet "];
    let sign = signs.iter().find(|sign| trimmed.starts_with(**sign))?;
    let trimmed = trimmed[sign.len()..].trim_start_matches(['=', ':', ' ', '\t']);
    let trimmed = trimmed.trim_start_matches(quotes);
    Some(rest.len() - trimmed.len())
}
