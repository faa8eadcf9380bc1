//! Many patterns in one pass (Aho and Corasick 1975). Of several that end at one place only the
//! longest is told: it covers the others, and so neither time nor memory depends on how patterns
//! lie in each other.

use super::work::Work;

/// A trie in breadth-first order: the children of a state are neighbours, sorted by their byte.
pub(super) struct Patterns {
    /// `[states]`: the byte that leads to it.
    bytes: Vec<u8>,
    /// `[states + 1]`: where its children begin.
    children: Vec<u32>,
    /// `[states]`: the state of the longest proper suffix.
    fallback: Vec<u32>,
    /// `[states]`: the value of the longest pattern that ends here; 0 for none.
    ends: Vec<u32>,
}

/// What has been read, as far as it matters.
pub(super) type State = u32;

impl Patterns {
    pub const START: State = 0;

    /// Patterns that are not empty, each with a value above 0.
    pub fn new(mut patterns: Vec<(Vec<u8>, u32)>) -> Self {
        patterns.sort_unstable();
        patterns.dedup_by(|next, last| next.0 == last.0);
        let mut new =
            Self { bytes: vec![0], children: Vec::new(), fallback: vec![0], ends: Vec::new() };
        // For each state the patterns that go through it, and the state before it.
        let mut open = std::collections::VecDeque::from([(0, patterns.len(), 0, 0)]);
        while let Some((mut at, end, depth, before)) = open.pop_front() {
            let state = new.ends.len();
            if depth > 1 {
                new.fallback[state] = new.step(new.fallback[before], new.bytes[state]);
            }
            let own = patterns.get(at).filter(|(bytes, _)| at < end && bytes.len() == depth);
            at += usize::from(own.is_some());
            let longest_suffix = new.ends.get(new.fallback[state] as usize).copied();
            let ends = own.map_or(longest_suffix.unwrap_or(0), |(_, value)| *value);
            new.ends.push(ends);
            new.children.push(new.bytes.len() as u32);
            while at < end {
                let byte = patterns[at].0[depth];
                let same = patterns[at..end].iter().take_while(|(bytes, _)| bytes[depth] == byte);
                let next = at + same.count();
                new.bytes.push(byte);
                new.fallback.push(0);
                open.push_back((at, next, depth + 1, state));
                at = next;
            }
        }
        new.children.push(new.bytes.len() as u32);
        new
    }

    fn step(&self, mut state: State, byte: u8) -> State {
        loop {
            match self.child(state, byte) {
                Some(next) => return next,
                None if state == Self::START => return state,
                None => state = self.fallback[state as usize],
            }
        }
    }

    fn child(&self, state: State, byte: u8) -> Option<State> {
        let from = self.children[state as usize];
        let to = self.children[state as usize + 1];
        let bytes = &self.bytes[from as usize..to as usize];
        let at = match bytes {
            [] => return None,
            [only] => (*only == byte).then_some(0),
            several => several.binary_search(&byte).ok(),
        };
        at.map(|at| from + at as u32)
    }

    /// The state after one more byte. Falling back costs no more than was read before.
    pub fn read(&self, state: State, byte: u8, work: &Work) -> State {
        work.spend(1);
        self.step(state, byte)
    }

    /// The value of the longest pattern that ends here.
    pub fn ended(&self, state: State) -> Option<u32> {
        Some(self.ends[state as usize]).filter(|value| *value > 0)
    }
}
