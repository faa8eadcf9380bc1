use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
};

use super::{
    Kind,
    mentions::Mentions,
    names, numbers,
    secrets::{self, Secrets},
    visible::normalised,
    work::Work,
};
use crate::Findings;

/// A finding, in bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// What is looked for beside what a form gives away.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    /// The user's own list of words.
    pub terms: Option<&'a Mentions>,
    /// Secrets that are found wherever they stand.
    pub secrets: Option<&'a Mentions>,
}

/// All findings, in order and apart from each other. `terms` is the user's own list of words.
pub fn detect(text: &str, terms: &[String]) -> Vec<Span> {
    let (work, terms) = (Work::on(text), Mentions::of(terms.iter().map(String::as_str)));
    let wanted = Wanted { terms: terms.as_ref(), secrets: None };
    detect_with(text, wanted, secrets::find(text, &work), &work)
}

/// The same, where the secrets that have a form are known already.
pub(super) fn detect_with(text: &str, wanted: Wanted, secrets: Secrets, work: &Work) -> Vec<Span> {
    let (ibans, cards) = (numbers::ibans(text, work), numbers::cards(text, work));
    let (emails, phones) = (emails(text, work), numbers::phones(text, work));
    let addresses = addresses(text, work);
    let mut all = secrets.ranges;
    if let Some(known) = wanted.secrets {
        let certain = [&ibans, &cards, &emails, &addresses, &phones].into_iter().flatten();
        let certain = joined(certain.copied().collect());
        all.extend(whole(known.find(text, work), &certain));
    }
    let terms = wanted.terms.map(|terms| terms.find(text, work)).unwrap_or_default();
    // What comes first wins where two overlap.
    let found = [
        (Kind::Secret, all),
        (Kind::Literal, placeholders(text, work)),
        (Kind::Iban, ibans),
        (Kind::Card, cards),
        (Kind::Email, emails),
        (Kind::IpAddress, addresses),
        (Kind::Term, terms),
        (Kind::Phone, phones),
        (Kind::PossibleName, names::find(text, work)),
    ];
    found.into_iter().fold(Vec::new(), |spans, (kind, ranges)| {
        work.spend(spans.len() + ranges.len());
        with(spans, kind, joined(ranges))
    })
}

/// What a text holds, counting also what characters of no width or unusual shape would hide.
pub fn findings(text: &str, terms: &[String]) -> Findings {
    let (work, terms) = (Work::on(text), Mentions::of(terms.iter().map(String::as_str)));
    findings_with(text, Wanted { terms: terms.as_ref(), secrets: None }, &work)
}

/// The same; `wanted` as in [`detect_with`].
pub(super) fn findings_with(text: &str, wanted: Wanted, work: &Work) -> Findings {
    let spans = detect_with(text, wanted, secrets::find(text, work), work);
    findings_of(text, &spans, wanted, work)
}

/// The same, where `spans` are what was found in the text as it is written.
pub(super) fn findings_of(text: &str, spans: &[Span], wanted: Wanted, work: &Work) -> Findings {
    let plain = count(spans);
    work.spend(2 * text.len());
    let unmasked = match normalised(text) {
        Some(Cow::Borrowed(_)) => return plain,
        Some(Cow::Owned(read)) => {
            work.spend(read.len());
            count(&detect_with(&read, wanted, secrets::find(&read, work), work))
        }
        // Nobody can say what that hides.
        None => Findings { secrets: 1, ..Findings::default() },
    };
    Findings {
        secrets: plain.secrets.max(unmasked.secrets),
        personal: plain.personal.max(unmasked.personal),
        possible_names: plain.possible_names.max(unmasked.possible_names),
    }
}

fn count(spans: &[Span]) -> Findings {
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

/// `spans` and those of `ranges` that touch none of them. All are in order.
fn with(spans: Vec<Span>, kind: Kind, ranges: Vec<(usize, usize)>) -> Vec<Span> {
    let mut all = Vec::with_capacity(spans.len() + ranges.len());
    let mut before = spans.into_iter().peekable();
    for (start, end) in ranges {
        while let Some(span) = before.next_if(|span| span.start < end) {
            all.push(span);
        }
        if all.last().is_none_or(|span: &Span| span.end <= start) {
            all.push(Span { start, end, kind });
        }
    }
    all.extend(before);
    all
}

/// A secret that is a part of a number or an address takes the whole of it along. Both are in
/// order and apart from each other.
fn whole(secrets: Vec<(usize, usize)>, others: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut others = others.iter().peekable();
    let widened = secrets.into_iter().map(|(start, end)| {
        let (mut all_start, mut all_end) = (start, end);
        while let Some(other) = others.peek().filter(|other| other.0 < end) {
            if start < other.1 {
                (all_start, all_end) = (all_start.min(other.0), all_end.max(other.1));
            }
            if other.1 > end {
                // The next secret may be in it as well.
                break;
            }
            others.next();
        }
        (all_start, all_end)
    });
    widened.collect()
}

/// Overlapping ranges as one, so that nothing of a secret stays.
pub(super) fn joined(mut ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    ranges.sort();
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
fn placeholders(text: &str, work: &Work) -> Vec<(usize, usize)> {
    work.spend(2 * text.len());
    super::restore::placeholders(text).map(|found| (found.start, found.end)).collect()
}

fn emails(text: &str, work: &Work) -> Vec<(usize, usize)> {
    let local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    work.spend(text.len());
    let found = text.match_indices('@').filter_map(|(at, _)| {
        // Neither side reaches beyond another `@`.
        let before = text[..at].trim_end_matches(local).len();
        let after = &text[at + 1..];
        let host = &after[..after.len() - after.trim_start_matches(domain).len()];
        work.spend(at - before + 2 * host.len());
        let host = host.trim_end_matches(['.', '-']);
        let (_, top) = host.rsplit_once('.')?;
        let real =
            before < at && top.chars().nth(1).is_some() && top.chars().all(char::is_alphabetic);
        real.then_some((before, at + 1 + host.len()))
    });
    joined(found.collect())
}

fn addresses(text: &str, work: &Work) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, word) in words(text, work, |c| c.is_alphanumeric() || matches!(c, '.' | ':')) {
        let word = word.trim_end_matches(['.', ':']);
        if word.len() < SHORTEST_ADDRESS || !word.contains(['.', ':']) {
            continue;
        }
        work.spend(2 * word.len());
        match word.parse().ok().or_else(|| without_port(word)) {
            Some(address) => found.extend(real_address(start, word, address)),
            None => found.extend(between_colons(start, word)),
        }
    }
    found
}

/// `::` alone and times such as 12:30 are no addresses.
const SHORTEST_ADDRESS: usize = 7;

fn real_address(start: usize, word: &str, address: IpAddr) -> Option<(usize, usize)> {
    let real =
        word.len() >= SHORTEST_ADDRESS && !address.is_loopback() && !address.is_unspecified();
    real.then_some((start, start + word.len()))
}

/// `addr:192.168.1.5`, where `word` begins at `start`.
fn between_colons(start: usize, word: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut next = start;
    word.split(':').filter_map(move |piece| {
        let at = next;
        next += piece.len() + 1;
        let address = (piece.len() >= SHORTEST_ADDRESS).then(|| piece.parse::<Ipv4Addr>());
        real_address(at, piece, IpAddr::V4(address?.ok()?))
    })
}

fn without_port(word: &str) -> Option<IpAddr> {
    let (address, port) = word.split_once(':')?;
    port.parse::<u16>().ok()?;
    address.parse().ok()
}

/// Runs of characters that `belongs` accepts, with the byte where each begins.
pub(super) fn words<'a>(
    text: &'a str,
    work: &Work,
    belongs: impl Fn(char) -> bool + Copy,
) -> impl Iterator<Item = (usize, &'a str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(belongs)?;
        let end = text[start..].find(|c| !belongs(c)).map_or(text.len(), |length| start + length);
        work.spend(end - at);
        at = end;
        Some((start, &text[start..end]))
    })
}
