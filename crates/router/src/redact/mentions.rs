//! Whole words and phrases wherever they stand, whatever their case.

use super::{
    patterns::{Patterns, State},
    work::Work,
};

/// Bytes that are in no UTF-8: where a word may begin, and where one may end.
const BEGINS: u8 = 0xff;
const ENDS: u8 = 0xfe;

/// Phrases to look for, all in one pass.
pub(super) struct Mentions {
    /// Their value is the number of places in them where a word may begin.
    patterns: Patterns,
    /// A power of two that no value is above.
    most: usize,
}

impl Mentions {
    /// `None` where there is nothing to look for.
    pub fn of<'a>(phrases: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let marked: Vec<_> = phrases.into_iter().filter_map(pattern).collect();
        let most = marked.iter().map(|(_, begins)| *begins as usize).max()?;
        Some(Self { patterns: Patterns::new(marked), most: most.next_power_of_two() })
    }

    /// Where they stand, in order; those that overlap as one.
    pub fn find(&self, text: &str, work: &Work) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        // The last places where a word may begin.
        let (mut begins, mut count) = (vec![0; self.most], 0);
        let mut state: State = Patterns::START;
        marked(text, |byte, at| {
            state = self.patterns.read(state, byte, work);
            if byte == BEGINS {
                begins[count & (self.most - 1)] = at;
                count += 1;
            } else if byte == ENDS
                && let Some(words) = self.patterns.ended(state)
            {
                let mut start = begins[(count - words as usize) & (self.most - 1)];
                while let Some((before, _)) = found.pop_if(|(_, end)| start < *end) {
                    start = start.min(before);
                }
                found.push((start, at));
            }
            state != Patterns::START
        });
        found
    }
}

fn pattern(phrase: &str) -> Option<(Vec<u8>, u32)> {
    let (mut bytes, mut begins) = (Vec::new(), 0);
    marked(phrase.trim(), |byte, _| {
        bytes.push(byte);
        begins += u32::from(byte == BEGINS);
        true
    });
    (begins > 0).then_some((bytes, begins))
}

/// What becomes of `İ` beside `i`. Alone of all that letters become it is no letter.
const DOT_ABOVE: char = '\u{307}';

/// `text` in lower case with marks between its characters, and where each mark stands: a word may
/// begin where no letter or digit is before, and end where none follows. `feed` says whether the
/// rest of this word matters.
fn marked(text: &str, mut feed: impl FnMut(u8, usize) -> bool) {
    let in_word = |c: char| c.is_alphanumeric() || c == DOT_ABOVE;
    let (mut before, mut matters) = (None, true);
    for (start, c) in text.char_indices() {
        let inside = in_word(c);
        if !matters && inside && before == Some(true) {
            continue;
        }
        if !inside && before.is_some() {
            feed(ENDS, start);
        }
        if before != Some(true) {
            feed(BEGINS, start);
        }
        before = Some(inside);
        let mut one = |folded: char| {
            for byte in folded.encode_utf8(&mut [0; 4]).bytes() {
                matters = feed(byte, start);
            }
        };
        // Most characters are what they become.
        match c.is_ascii() || c.is_lowercase() {
            true => one(c.to_ascii_lowercase()),
            false => c.to_lowercase().for_each(one),
        }
    }
    if before.is_some() {
        feed(ENDS, text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(phrases: &[&str], text: &'a str) -> Vec<&'a str> {
        let mentions = Mentions::of(phrases.iter().copied()).unwrap();
        let ranges = mentions.find(text, &Work::on(text));
        ranges.into_iter().map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn only_whole_words_count_whatever_their_case() {
        assert_eq!(found(&["Straße 4"], "STRAßE 4, Straße 41, xstraße 4"), ["STRAßE 4"]);
        assert_eq!(found(&["-k9-"], "a -K9- x-k9-"), ["-K9-"]);
        assert_eq!(found(&["i̇x"], "an İX"), ["İX"], "one character that becomes two");
        assert!(Mentions::of([" "]).is_none());
    }

    #[test]
    fn of_phrases_within_phrases_the_longest_counts_and_overlaps_are_one() {
        let nested = ["b", "a b", "x a b", "a b c", "c d"];
        assert_eq!(found(&nested, "x a b"), ["x a b"]);
        assert_eq!(found(&nested, "(a b c d) c"), ["a b c d"]);
        assert_eq!(found(&nested, "xx a b"), ["a b"]);
    }
}
