use std::net::{IpAddr, Ipv4Addr};

use unicode_normalization::UnicodeNormalization;

use super::{Kind, names, numbers, secrets};
use crate::Findings;

/// A finding, in bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// All findings, in order and apart from each other. `terms` is the user's own list of words.
pub fn detect(text: &str, terms: &[String]) -> Vec<Span> {
    detect_with(text, terms, &[])
}

/// The same; `known` are secrets that are found wherever they stand.
pub(super) fn detect_with(text: &str, terms: &[String], known: &[String]) -> Vec<Span> {
    let (ibans, cards, phones) =
        (numbers::ibans(text), numbers::cards(text), numbers::phones(text));
    let (emails, addresses) = (emails(text), addresses(text));
    let certain = || [&ibans, &cards, &emails, &addresses, &phones].into_iter().flatten();
    // A secret that is a part of a number or an address takes the whole of it along.
    let whole = |(start, end): (usize, usize)| {
        let touched = certain().filter(|other| start < other.1 && other.0 < end);
        touched.fold((start, end), |all, other| (all.0.min(other.0), all.1.max(other.1)))
    };
    let mut secrets = secrets::find(text);
    secrets.extend(known.iter().flat_map(|secret| mentions(text, secret)).map(whole));
    let mut found = Spans::default();
    // What comes first wins where two overlap.
    found.all(Kind::Secret, joined(secrets));
    found.all(Kind::Literal, placeholders(text));
    found.all(Kind::Iban, ibans);
    found.all(Kind::Card, cards);
    found.all(Kind::Email, emails);
    found.all(Kind::IpAddress, addresses);
    found.all(Kind::Term, terms.iter().flat_map(|term| mentions(text, term)).collect());
    found.all(Kind::Phone, phones);
    found.all(Kind::PossibleName, names::find(text));
    found.spans.sort_by_key(|span| span.start);
    found.spans
}

/// What a text holds, counting also what characters of no width or unusual shape would hide.
pub fn findings(text: &str, terms: &[String]) -> Findings {
    findings_with(text, terms, &[])
}

/// The same; `known` as in [`detect_with`].
pub(super) fn findings_with(text: &str, terms: &[String], known: &[String]) -> Findings {
    let plain = count(detect_with(text, terms, known));
    let unmasked = count(detect_with(&normalised(text), terms, known));
    Findings {
        secrets: plain.secrets.max(unmasked.secrets),
        personal: plain.personal.max(unmasked.personal),
        possible_names: plain.possible_names.max(unmasked.possible_names),
    }
}

fn count(spans: Vec<Span>) -> Findings {
    let mut count = Findings::default();
    for span in spans {
        match span.kind {
            Kind::Secret => count.secrets += 1,
            Kind::PossibleName => count.possible_names += 1,
            Kind::Literal => {}
            _ => count.personal += 1,
        }
    }
    count
}

/// One spelling for all that look the same: compatibility forms joined, invisible characters gone.
pub(super) fn normalised(text: &str) -> String {
    let invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    text.nfkc().filter(|c| !invisible(*c)).collect()
}

#[derive(Default)]
struct Spans {
    spans: Vec<Span>,
}

impl Spans {
    fn all(&mut self, kind: Kind, ranges: Vec<(usize, usize)>) {
        for (start, end) in ranges {
            if self.spans.iter().all(|span| end <= span.start || span.end <= start) {
                self.spans.push(Span { start, end, kind });
            }
        }
    }
}

/// Overlapping ranges as one, so that nothing of a secret stays.
fn joined(mut ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    ranges.sort_unstable();
    ranges.dedup_by(|next, last| {
        let overlap = next.0 < last.1;
        if overlap {
            last.1 = last.1.max(next.1);
        }
        overlap
    });
    ranges
}

/// `[[WORD_1]]` written by the user, which would be taken for a placeholder on the way back.
fn placeholders(text: &str) -> Vec<(usize, usize)> {
    super::restore::placeholders(text).map(|found| (found.start, found.end)).collect()
}

fn emails(text: &str) -> Vec<(usize, usize)> {
    let local = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    let domain = |c: char| c.is_alphanumeric() || ".-".contains(c);
    text.match_indices('@')
        .filter_map(|(at, _)| {
            let before = text[..at].trim_end_matches(local).len();
            let after = &text[at + 1..];
            let host = &after[..after.len() - after.trim_start_matches(domain).len()];
            let host = host.trim_end_matches(['.', '-']);
            let (_, top) = host.rsplit_once('.')?;
            let real =
                before < at && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
            real.then_some((before, at + 1 + host.len()))
        })
        .collect()
}

fn addresses(text: &str) -> Vec<(usize, usize)> {
    words(text, |c| c.is_alphanumeric() || ".:".contains(c))
        .flat_map(|(start, word)| {
            let word = word.trim_end_matches(['.', ':']);
            match word.parse().ok().or_else(|| without_port(word)) {
                Some(address) => vec![(start, word, address)],
                None => between_colons(start, word),
            }
        })
        .filter(|(_, word, address)| {
            // `::` alone and times such as 12:30 are no addresses.
            word.len() >= 7 && !address.is_loopback() && !address.is_unspecified()
        })
        .map(|(start, word, _)| (start, start + word.len()))
        .collect()
}

/// `addr:192.168.1.5`, where `word` begins at `start`.
fn between_colons(start: usize, word: &str) -> Vec<(usize, &str, IpAddr)> {
    let mut next = start;
    let pieces = word.split(':').filter_map(|piece| {
        let at = next;
        next += piece.len() + 1;
        Some((at, piece, IpAddr::V4(piece.parse::<Ipv4Addr>().ok()?)))
    });
    pieces.collect()
}

fn without_port(word: &str) -> Option<IpAddr> {
    let (address, port) = word.split_once(':')?;
    port.parse::<u16>().ok()?;
    address.parse().ok()
}

/// Whole words of `text` that are `term`, whatever their case.
pub(super) fn mentions(text: &str, term: &str) -> Vec<(usize, usize)> {
    let wanted: Vec<char> = term.trim().chars().flat_map(char::to_lowercase).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut found = Vec::new();
    for (start, _) in text.char_indices() {
        if !boundary(text[..start].chars().next_back()) {
            continue;
        }
        let mut left = wanted.as_slice();
        for (at, c) in text[start..].char_indices() {
            let folded: Vec<char> = c.to_lowercase().collect();
            let Some(rest) = left.strip_prefix(&folded[..]) else { break };
            left = rest;
            let end = start + at + c.len_utf8();
            if left.is_empty() {
                if boundary(text[end..].chars().next()) {
                    found.push((start, end));
                }
                break;
            }
        }
    }
    found
}

/// Runs of characters that `belongs` accepts, with the byte where each begins.
pub(super) fn words(
    text: &str,
    belongs: impl Fn(char) -> bool + Copy,
) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let skipped = text[at..].find(belongs)?;
        let start = at + skipped;
        let length = text[start..].find(|c| !belongs(c)).unwrap_or(text.len() - start);
        at = start + length;
        Some((start, &text[start..at]))
    })
}
