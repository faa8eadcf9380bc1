//! Numbers that carry a checksum, and telephone numbers, which do not.

/// International bank account numbers (ISO 13616), in groups or not.
pub(super) fn ibans(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    for (start, _) in text.char_indices() {
        if start < from || !boundary_before(text, start) {
            continue;
        }
        if let Some(end) = iban_at(text, start) {
            found.push((start, end));
            from = end;
        }
    }
    found
}

fn iban_at(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(start..)?;
    let country = bytes.get(..4)?;
    if !country[..2].iter().all(u8::is_ascii_alphabetic)
        || !country[2..].iter().all(u8::is_ascii_digit)
    {
        return None;
    }
    // The longest run that could be one; single spaces or hyphens may stand between.
    let (mut code, mut ends) = (Vec::new(), Vec::new());
    let mut gap = false;
    for (at, byte) in bytes.iter().enumerate() {
        if byte.is_ascii_alphanumeric() && code.len() < 34 {
            code.push(byte.to_ascii_uppercase());
            ends.push(start + at + 1);
            gap = false;
        } else if (*byte == b' ' || *byte == b'-') && !gap {
            gap = true;
        } else {
            break;
        }
    }
    (15..=code.len())
        .rev()
        .find(|length| boundary_after(text, ends[length - 1]) && iban_checks(&code[..*length]))
        .map(|length| ends[length - 1])
}

/// Country and check digits to the end, letters as two digits, modulo 97 is 1 (ISO 7064).
fn iban_checks(code: &[u8]) -> bool {
    let turned = code[4..].iter().chain(&code[..4]);
    let remainder = turned.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    remainder == 1
}

/// Payment cards: 13 to 19 digits that pass Luhn's check (ISO/IEC 7812).
pub(super) fn cards(text: &str) -> Vec<(usize, usize)> {
    runs(text, " -")
        .filter(|run| (13..=19).contains(&run.digits.len()) && luhn(&run.digits) && !run.plus)
        .map(|run| (run.start, run.end))
        .collect()
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            let doubled = u32::from(*digit) * if i % 2 == 1 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != digits[0])
}

/// Telephone numbers: international, with a leading 0, or in the groups 3-3-4.
pub(super) fn phones(text: &str) -> Vec<(usize, usize)> {
    runs(text, " -/()")
        .filter(|run| {
            let n = run.digits.len();
            let international = run.plus && (8..=15).contains(&n);
            let national = run.digits.first() == Some(&0) && (9..=14).contains(&n);
            let groups: Vec<usize> = text[run.start..run.end]
                .split(|c: char| !c.is_ascii_digit())
                .map(str::len)
                .filter(|length| *length > 0)
                .collect();
            international || national || groups == [3, 3, 4]
        })
        .map(|run| (run.start, run.end))
        .collect()
}

/// Digits with separators between them.
struct Run {
    start: usize,
    end: usize,
    digits: Vec<u8>,
    /// A `+` stands before.
    plus: bool,
}

fn runs<'a>(text: &'a str, separators: &'a str) -> impl Iterator<Item = Run> + 'a {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let starts = bytes[at].is_ascii_digit() && boundary_before(text, at);
            if !starts {
                at += 1;
                continue;
            }
            let mut run = Run { start: at, end: at, digits: Vec::new(), plus: false };
            if at > 0 && bytes[at - 1] == b'+' {
                (run.start, run.plus) = (at - 1, true);
            }
            let mut gap = 0;
            while at < bytes.len() {
                if bytes[at].is_ascii_digit() {
                    run.digits.push(bytes[at] - b'0');
                    run.end = at + 1;
                    gap = 0;
                } else if separators.as_bytes().contains(&bytes[at]) && gap < 2 {
                    gap += 1;
                } else {
                    break;
                }
                at += 1;
            }
            if boundary_after(text, run.end) {
                return Some(run);
            }
        }
        None
    })
}

fn boundary_before(text: &str, at: usize) -> bool {
    text.is_char_boundary(at) && text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric())
}

fn boundary_after(text: &str, at: usize) -> bool {
    text.is_char_boundary(at) && text[at..].chars().next().is_none_or(|c| !c.is_alphanumeric())
}
