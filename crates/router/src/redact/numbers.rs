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

/// Payment cards: 13 to 19 digits that pass Luhn's check (ISO/IEC 7812). Among other digits only
/// in the groups that cards are printed in.
pub(super) fn cards(text: &str) -> Vec<(usize, usize)> {
    numbers(text, " -", |part| {
        let printed = matches!(part.lengths()[..], [_] | [4, 4, 4, 4] | [4, 6, 5]);
        let digits = part.digits();
        (part.whole || printed)
            && !part.plus()
            && (13..=19).contains(&digits.len())
            && luhn(&digits)
    })
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

/// Telephone numbers: international, with a leading 0, or in the groups 3-3-4. Among other digits
/// the last two must look more like one: an area code before the rest, a hyphen before the last four.
pub(super) fn phones(text: &str) -> Vec<(usize, usize)> {
    numbers(text, " -/()", |part| {
        let (digits, lengths) = (part.digits(), part.lengths());
        let n = digits.len();
        let international = part.plus() && (8..=15).contains(&n);
        let national = if part.whole {
            digits[0] == 0 && (9..=14).contains(&n)
        } else {
            // 0755 0644 and 0001 0002 count something, and what opens a parenthesis is a remark.
            let zero = |at: usize| digits.get(at) == Some(&0);
            let area = lengths.len() == 1 || (3..=5).contains(&lengths[0]);
            let remark = (1..lengths.len()).any(|group| part.gap_before(group).contains('('));
            zero(0) && !zero(1) && area && !zero(lengths[0]) && !remark && (9..=12).contains(&n)
        };
        let american = lengths == [3, 3, 4] && (part.whole || part.gap_before(2) == "-");
        international || national || american
    })
    .into_iter()
    .map(|(start, end)| (start - usize::from(text[..start].ends_with('+')), end))
    .collect()
}

/// No number that is looked for has more groups: the longest card has 19 digits.
const MOST_GROUPS: usize = 19;

/// A stretch of a run of digits.
struct Part<'a> {
    text: &'a str,
    /// Start and end of each group.
    groups: &'a [(usize, usize)],
    /// The run holds nothing else.
    whole: bool,
}

impl Part<'_> {
    fn range(&self) -> (usize, usize) {
        (self.groups[0].0, self.groups[self.groups.len() - 1].1)
    }

    /// A `+` stands before.
    fn plus(&self) -> bool {
        self.text[..self.range().0].ends_with('+')
    }

    fn lengths(&self) -> Vec<usize> {
        self.groups.iter().map(|(start, end)| end - start).collect()
    }

    fn digits(&self) -> Vec<u8> {
        let (start, end) = self.range();
        let bytes = self.text[start..end].bytes();
        bytes.filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect()
    }

    fn gap_before(&self, group: usize) -> &str {
        &self.text[self.groups[group - 1].1..self.groups[group].0]
    }
}

/// The parts of runs of digits that `is_one` accepts, the longest first where two overlap.
fn numbers(text: &str, separators: &str, is_one: impl Fn(&Part) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for run in runs(text, separators) {
        let mut taken = vec![false; run.groups.len()];
        for length in (1..=run.groups.len().min(MOST_GROUPS)).rev() {
            let whole = length == run.groups.len() && !run.cut;
            for (first, groups) in run.groups.windows(length).enumerate() {
                let taken = &mut taken[first..first + length];
                let part = Part { text, groups, whole };
                if !taken.contains(&true) && is_one(&part) {
                    taken.fill(true);
                    found.push(part.range());
                }
            }
        }
    }
    found
}

/// Groups of digits with separators between them.
struct Run {
    groups: Vec<(usize, usize)>,
    /// Letters follow on the last group, which is left out.
    cut: bool,
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
            let mut groups = vec![(at, at)];
            let mut gap = 0;
            while at < bytes.len() {
                if bytes[at].is_ascii_digit() {
                    match groups.last_mut() {
                        Some((_, end)) if gap == 0 => *end = at + 1,
                        _ => groups.push((at, at + 1)),
                    }
                    gap = 0;
                } else if separators.as_bytes().contains(&bytes[at]) && gap < 2 {
                    gap += 1;
                } else {
                    break;
                }
                at += 1;
            }
            let cut = groups.pop_if(|(_, end)| !boundary_after(text, *end)).is_some();
            if !groups.is_empty() {
                return Some(Run { groups, cut });
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
