//! Prompt lookup: what followed the last words when they stood in the text before (Saxena 2023).

/// Fewer equal tokens than this are a coincidence.
const SHORTEST: usize = 2;
/// More equal tokens than this make a guess no surer.
pub const LONGEST: usize = 31;

/// What may come next because it did before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat<'a> {
    /// Tokens at the end of the text that stand there a second time.
    pub matched: usize,
    /// What followed the first time.
    pub next: &'a [u32],
}

/// Looks for the end of the text in the text before it: the longest match, and of those the
/// latest. `next` has at most `most` tokens.
pub fn repeat(text: &[u32], most: usize) -> Option<Repeat<'_>> {
    let (last, before) = text.split_last()?;
    let mut best: Option<(usize, usize)> = None;
    for (at, _) in before.iter().enumerate().rev().filter(|(_, token)| *token == last) {
        let pairs = text[..=at].iter().rev().zip(text.iter().rev());
        let matched = pairs.take(LONGEST).take_while(|(a, b)| a == b).count();
        if matched > best.map_or(SHORTEST - 1, |(longest, _)| longest) {
            best = Some((matched, at + 1));
        }
        if matched == LONGEST {
            break;
        }
    }
    let (matched, start) = best?;
    let next = &text[start..text.len().min(start + most)];
    (!next.is_empty()).then_some(Repeat { matched, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_repeat_wins_and_of_equals_the_latest() {
        let text = [1, 2, 3, 7, 2, 3, 8, 9, 2, 3, 5, 1, 2, 3];
        assert_eq!(repeat(&text, 3), Some(Repeat { matched: 3, next: &[7, 2, 3] }));
        assert_eq!(repeat(&text[1..], 2), Some(Repeat { matched: 2, next: &[5, 1] }));
    }

    #[test]
    fn a_text_that_goes_round_in_a_circle_is_continued_up_to_its_end() {
        assert_eq!(repeat(&[4, 5, 4, 5], 9), Some(Repeat { matched: 2, next: &[4, 5] }));
    }

    #[test]
    fn one_equal_token_is_no_repeat() {
        assert_eq!(repeat(&[1, 2, 3, 1], 4), None);
        assert_eq!(repeat(&[1], 4), None);
        assert_eq!(repeat(&[], 4), None);
        assert_eq!(repeat(&[1, 2, 9, 1, 2], 0), None);
    }
}
