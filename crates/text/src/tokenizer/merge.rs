use std::cmp::Reverse;
use std::collections::BinaryHeap;

const NONE: u32 = u32::MAX;

/// A run of text that is one token so far: bytes `start..end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol {
    pub start: u32,
    pub end: u32,
    /// `None` for a character that no token stands for.
    pub id: Option<u32>,
    prev: u32,
    next: u32,
}

/// A pair that can become one token, while both of its halves still are what they were.
/// The order of the fields is the order of merging: lowest rank first, then leftmost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rank: u32,
    left: u32,
    right: u32,
    left_end: u32,
    right_end: u32,
    id: u32,
}

/// Merges neighbours, lowest rank first, until no pair has a rank: in n log n steps for n symbols,
/// so that a long word without spaces costs no more than text. Keeps its memory between words.
#[derive(Default)]
pub(super) struct Merger {
    symbols: Vec<Symbol>,
    queue: BinaryHeap<Reverse<Candidate>>,
}

impl Merger {
    pub fn clear(&mut self) {
        self.symbols.clear();
    }

    /// Appends a symbol that reaches from the last one's end to `end`.
    pub fn push(&mut self, end: usize, id: Option<u32>) {
        let at = self.symbols.len() as u32;
        let start = self.symbols.last().map_or(0, |last| last.end);
        if let Some(last) = self.symbols.last_mut() {
            last.next = at;
        }
        let prev = at.checked_sub(1).unwrap_or(NONE);
        self.symbols.push(Symbol { start, end: end as u32, id, prev, next: NONE });
    }

    /// `rank_of` gives the rank and the token of two neighbours that can be one.
    pub fn merge(&mut self, rank_of: impl Fn(&Symbol, &Symbol) -> Option<(u32, u32)>) {
        self.queue.clear();
        for right in 1..self.symbols.len() as u32 {
            self.consider(right - 1, right, &rank_of);
        }
        while let Some(Reverse(pair)) = self.queue.pop() {
            let right = self.symbols[pair.right as usize];
            let left = &mut self.symbols[pair.left as usize];
            let unchanged = left.end == pair.left_end && right.end == pair.right_end;
            if !unchanged || left.next != pair.right {
                continue;
            }
            left.end = right.end;
            left.id = Some(pair.id);
            left.next = right.next;
            let (before, after) = (left.prev, left.next);
            // An empty symbol matches no candidate.
            self.symbols[pair.right as usize].end = right.start;
            if after != NONE {
                self.symbols[after as usize].prev = pair.left;
                self.consider(pair.left, after, &rank_of);
            }
            if before != NONE {
                self.consider(before, pair.left, &rank_of);
            }
        }
    }

    fn consider(
        &mut self,
        left: u32,
        right: u32,
        rank_of: impl Fn(&Symbol, &Symbol) -> Option<(u32, u32)>,
    ) {
        let (a, b) = (&self.symbols[left as usize], &self.symbols[right as usize]);
        if let Some((rank, id)) = rank_of(a, b) {
            let (left_end, right_end) = (a.end, b.end);
            self.queue.push(Reverse(Candidate { rank, left, right, left_end, right_end, id }));
        }
    }

    /// What is left, in order.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        let first = self.symbols.first();
        std::iter::successors(first, |symbol| self.symbols.get(symbol.next as usize))
    }
}
