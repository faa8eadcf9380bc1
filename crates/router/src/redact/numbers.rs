//! Numbers that carry a checksum, and telephone numbers, which do not.

use super::work::Work;

/// International bank account numbers (ISO 13616), in groups or not.
pub(super) fn ibans(text: &str, work: &Work) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    work.spend(text.len());
    for (start, first) in text.as_bytes().windows(4).enumerate() {
        let begins = first[..2].iter().all(u8::is_ascii_alphabetic)
            && first[2..].iter().all(u8::is_ascii_digit);
        if begins
            && start >= from
            && boundary_before(text, start)
            && let Some(end) = iban_at(text, start, work)
        {
            found.push((start, end));
            from = end;
        }
    }
    found
}

/// Where the number ends that begins at `start` with a country and check digits.
fn iban_at(text: &str, start: usize, work: &Work) -> Option<usize> {
    let bytes = &text.as_bytes()[start..];
    let (mut length, mut rest, mut gap) = (0, 0, false);
    let mut longest = None;
    // The longest run that could be one; single spaces or hyphens may stand between.
    for (at, byte) in bytes.iter().enumerate() {
        if byte.is_ascii_alphanumeric() && length < 34 {
            length += 1;
            if length > 4 {
                rest = appended(rest, *byte);
            }
            gap = false;
            let end = start + at + 1;
            if length >= 15 && boundary_after(text, end) && checks(rest, &bytes[..4]) {
                longest = Some(end);
            }
        } else if (*byte == b' ' || *byte == b'-') && !gap {
            gap = true;
        } else {
            break;
        }
        work.spend(1);
    }
    longest
}

/// Country and check digits at the end, letters as two digits, modulo 97 is 1 (ISO 7064). `rest` is
/// the remainder of what comes before.
fn checks(rest: u32, first: &[u8]) -> bool {
    first.iter().fold(rest, |rest, byte| appended(rest, *byte)) == 1
}

fn appended(rest: u32, byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    }
}

/// Payment cards: 13 to 19 digits that pass Luhn's check (ISO/IEC 7812). Among other digits only
/// in the groups that cards are printed in.
pub(super) fn cards(text: &str, work: &Work) -> Vec<(usize, usize)> {
    let begins = |group: &Part| matches!(group.count, 4 | 13..=19);
    let is_one = |part: &Part| {
        let printed = || match part.groups.len() {
            1 => true,
            3 => part.has_lengths([4, 6, 5]),
            4 => part.has_lengths([4; 4]),
            _ => false,
        };
        (13..=19).contains(&part.count) && (part.whole || printed()) && !part.plus() && luhn(part)
    };
    numbers(text, " -", work, begins, is_one)
}

fn luhn(part: &Part) -> bool {
    let sum: u32 = part
        .digits()
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            let doubled = u32::from(digit) * if i % 2 == 1 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    let mut digits = part.digits();
    let first = digits.next();
    sum.is_multiple_of(10) && digits.any(|digit| Some(digit) != first)
}

/// Telephone numbers: international, with a leading 0, or in the groups 3-3-4. Among other digits
/// the last two must look more like one: an area code before the rest, a hyphen before the last four.
pub(super) fn phones(text: &str, work: &Work) -> Vec<(usize, usize)> {
    let begins = |group: &Part| {
        let area = (3..=5).contains(&group.count) || group.count >= 9;
        group.plus() || group.count == 3 || (area && group.starts_with_zero(0))
    };
    let is_one = |part: &Part| {
        let (n, groups) = (part.count, part.groups.len());
        let first = part.groups[0].1 - part.groups[0].0;
        let international = part.plus() && (8..=15).contains(&n);
        let national = || {
            if part.whole {
                return part.starts_with_zero(0) && (9..=14).contains(&n);
            }
            // 0755 0644 and 0001 0002 count something, and what opens a parenthesis is a remark.
            let second = part.digits().nth(1) == Some(0);
            let area = groups == 1 || ((3..=5).contains(&first) && !part.starts_with_zero(1));
            let remark = || (1..groups).any(|group| part.gap_before(group).contains('('));
            part.starts_with_zero(0) && !second && area && (9..=12).contains(&n) && !remark()
        };
        let american = || {
            groups == 3 && part.has_lengths([3, 3, 4]) && (part.whole || part.gap_before(2) == "-")
        };
        international || national() || american()
    };
    numbers(text, " -/()", work, begins, is_one)
        .into_iter()
        .map(|(start, end)| (start - usize::from(text[..start].ends_with('+')), end))
        .collect()
}

/// No number that is looked for has more digits, and so none has more groups.
const MOST_DIGITS: usize = 19;

/// A stretch of a run of digits.
struct Part<'a> {
    text: &'a str,
    /// Start and end of each group.
    groups: &'a [(usize, usize)],
    /// How many digits that are.
    count: usize,
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

    fn has_lengths<const N: usize>(&self, lengths: [usize; N]) -> bool {
        self.groups.iter().map(|(start, end)| end - start).eq(lengths)
    }

    fn starts_with_zero(&self, group: usize) -> bool {
        self.groups.get(group).is_some_and(|(start, _)| self.text.as_bytes()[*start] == b'0')
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = u8> {
        let (start, end) = self.range();
        let bytes = self.text[start..end].bytes();
        bytes.filter(u8::is_ascii_digit).map(|byte| byte - b'0')
    }

    fn gap_before(&self, group: usize) -> &str {
        &self.text[self.groups[group - 1].1..self.groups[group].0]
    }
}

/// The parts of runs of digits that `is_one` accepts, the longest first where two overlap. Unless it
/// is the whole of a run, a part begins with a group that `begins` accepts.
fn numbers(
    text: &str,
    separators: &str,
    work: &Work,
    begins: impl Fn(&Part) -> bool,
    is_one: impl Fn(&Part) -> bool,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for run in runs(text, separators, work) {
        let mut parts = Vec::new();
        for first in 0..run.groups.len() {
            let mut part =
                Part { text, groups: &run.groups[first..=first], count: 0, whole: false };
            part.count = part.range().1 - part.range().0;
            work.spend(1);
            if first > 0 && !begins(&part) {
                continue;
            }
            for last in first..run.groups.len() {
                let (start, end) = run.groups[last];
                part.count += if last > first { end - start } else { 0 };
                if part.count > MOST_DIGITS {
                    break;
                }
                part.groups = &run.groups[first..=last];
                part.whole = part.groups.len() == run.groups.len() && !run.cut;
                work.spend(last - first + 1);
                if is_one(&part) {
                    parts.push((last - first, first));
                }
            }
        }
        parts.sort_unstable_by_key(|(more, first)| (std::cmp::Reverse(*more), *first));
        let mut taken = vec![false; if parts.is_empty() { 0 } else { run.groups.len() }];
        for (more, first) in parts {
            let taken = &mut taken[first..=first + more];
            if !taken.contains(&true) {
                taken.fill(true);
                found.push((run.groups[first].0, run.groups[first + more].1));
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

fn runs<'a>(text: &'a str, separators: &'a str, work: &Work) -> impl Iterator<Item = Run> {
    let bytes = text.as_bytes();
    work.spend(text.len());
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
