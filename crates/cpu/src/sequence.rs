//! Sequences of tokens with their KV caches, kept from one request to the next.

use crate::kv::{Kv, Shape};

/// Tokens and their keys and values, which are always equally many.
pub struct Sequence {
    pub tokens: Vec<u32>,
    pub kv: Kv,
}

impl Sequence {
    pub fn new(shape: Shape) -> Self {
        Self { tokens: Vec::new(), kv: Kv::new(shape) }
    }

    /// Keeps the first `len` tokens, or none where the cache cannot go back there.
    pub fn truncate(&mut self, len: usize) {
        let left = self.kv.truncate(len);
        self.tokens.truncate(left);
    }

    /// How many of the tokens it begins with, as far as it can go back.
    fn common(&self, tokens: &[u32]) -> usize {
        self.kv.reaches(self.tokens.iter().zip(tokens).take_while(|(a, b)| a == b).count())
    }
}

/// The sequences that no request is working on, the longest unused first.
pub struct Idle {
    sequences: Vec<Sequence>,
    /// Most bytes that their KV caches may take, together with those that requests work on.
    budget: usize,
}

impl Idle {
    pub fn new(budget: usize) -> Self {
        Self { sequences: Vec::new(), budget }
    }

    /// A sequence that holds as much of the prompt's beginning as any here does, but not its
    /// last token: someone has to compute the logits.
    ///
    /// A sequence that goes on with this prompt is taken as it is. One that only begins like it,
    /// such as another chat with the same instructions, stays, and its beginning is copied.
    pub fn take(&mut self, prompt: &[u32], shape: Shape) -> Sequence {
        let reusable = &prompt[..prompt.len().saturating_sub(1)];
        let common = |s: &Sequence| s.common(reusable);
        // Of equals the last used wins.
        let best = (0..self.sequences.len()).max_by_key(|i| common(&self.sequences[*i]));
        let Some((index, common)) =
            best.map(|i| (i, common(&self.sequences[i]))).filter(|(_, common)| *common > 0)
        else {
            return Sequence::new(shape);
        };
        let other = &self.sequences[index];
        if common * 2 < other.tokens.len() {
            let copy = other.kv.beginning(common);
            return Sequence { tokens: other.tokens[..common].to_vec(), kv: copy };
        }
        let mut sequence = self.sequences.remove(index);
        sequence.truncate(common);
        sequence
    }

    /// Keeps a sequence for later, and forgets the longest unused where the budget is exceeded.
    pub fn keep(&mut self, sequence: Sequence) {
        if sequence.tokens.is_empty() {
            return;
        }
        self.sequences.push(sequence);
        self.make_room(0);
    }

    /// Forgets the longest unused, so that `active` bytes more stay within the budget.
    pub fn make_room(&mut self, active: usize) {
        let mut bytes = self.bytes() + active;
        while bytes > self.budget && !self.sequences.is_empty() {
            bytes -= self.sequences.remove(0).kv.bytes();
        }
    }

    pub fn bytes(&self) -> usize {
        self.sequences.iter().map(|s| s.kv.bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernels::attention::Heads,
        kv::{BLOCK, Layer},
    };

    fn shape() -> Shape {
        Shape::new([Layer { heads: Heads { query: 1, kv: 1, dim: 16 }, window: None }])
    }

    fn sequence(tokens: impl IntoIterator<Item = u32>) -> Sequence {
        let tokens: Vec<u32> = tokens.into_iter().collect();
        let mut kv = Kv::new(shape());
        kv.extend(tokens.len());
        Sequence { tokens, kv }
    }

    #[test]
    fn the_next_turn_takes_its_own_conversation() {
        let mut idle = Idle::new(usize::MAX);
        idle.keep(sequence(0..100));
        idle.keep(sequence((0..50).chain(200..260)));
        let prompt: Vec<u32> = (0..120).collect();
        let taken = idle.take(&prompt, shape());
        assert_eq!(taken.tokens, (0..100).collect::<Vec<_>>());
        assert_eq!(taken.kv.len(), 100);
        assert_eq!(idle.sequences.len(), 1);
    }

    #[test]
    fn a_shared_beginning_is_copied_and_the_other_conversation_kept() {
        let mut idle = Idle::new(usize::MAX);
        idle.keep(sequence(0..100));
        let prompt: Vec<u32> = (0..10).chain(500..520).collect();
        let taken = idle.take(&prompt, shape());
        assert_eq!((taken.tokens.len(), taken.kv.len()), (10, 10));
        assert_eq!(idle.sequences[0].tokens.len(), 100);
    }

    #[test]
    fn the_last_token_of_a_prompt_is_always_computed() {
        let mut idle = Idle::new(usize::MAX);
        idle.keep(sequence(0..100));
        let prompt: Vec<u32> = (0..100).collect();
        assert_eq!(idle.take(&prompt, shape()).tokens.len(), 99);
    }

    #[test]
    fn the_longest_unused_sequence_makes_room() {
        let mut idle = Idle::new(2 * shape().block_bytes());
        idle.keep(sequence(0..BLOCK as u32));
        idle.keep(sequence(1000..1010));
        idle.keep(sequence(2000..2010));
        let firsts: Vec<u32> = idle.sequences.iter().map(|s| s.tokens[0]).collect();
        assert_eq!(firsts, [1000, 2000]);
        assert!(idle.bytes() <= 2 * shape().block_bytes());
    }

    #[test]
    fn an_answer_that_grows_displaces_what_is_kept() {
        let mut idle = Idle::new(2 * shape().block_bytes());
        idle.keep(sequence(1000..1010));
        idle.keep(sequence(2000..2010));
        idle.make_room(shape().block_bytes());
        assert_eq!(idle.sequences.len(), 1);
        assert_eq!(idle.sequences[0].tokens[0], 2000);
        idle.make_room(5 * shape().block_bytes());
        assert_eq!(idle.bytes(), 0, "an answer larger than the budget is not refused here");
    }
}
