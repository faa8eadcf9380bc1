//! How much a scan looked at, counted in steps instead of seconds: a step is about a byte.

use std::cell::Cell;

/// What the scans of one text may look at in all: several times what the worst that is known takes.
const MOST_PER_BYTE: u64 = 200;

/// A short text may always be looked at.
const ALWAYS: u64 = 1 << 16;

pub(super) struct Work {
    steps: Cell<u64>,
    most: u64,
}

impl Work {
    pub fn on(text: &str) -> Self {
        Self { steps: Cell::new(0), most: ALWAYS + MOST_PER_BYTE * text.len() as u64 }
    }

    pub fn spend(&self, steps: usize) {
        self.steps.set(self.steps.get() + steps as u64);
    }

    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// More was looked at than any honest text needs.
    pub fn is_over(&self) -> bool {
        self.steps() > self.most
    }
}

/// The next of something in a text, for questions that only go forward: whatever their number,
/// no byte is searched twice.
pub(super) struct Ahead<'a, F> {
    text: &'a str,
    work: &'a Work,
    find: F,
    /// The last one found, `usize::MAX` where there is no more; `None` before the first question.
    known: Option<usize>,
}

impl<'a, F: Fn(&str) -> Option<usize>> Ahead<'a, F> {
    /// `find` says where in a text the first one begins.
    pub fn new(text: &'a str, work: &'a Work, find: F) -> Self {
        Self { text, work, find, known: None }
    }

    /// Where the first one at `at` or behind it begins; the end of the text where none does.
    pub fn end(&mut self, at: usize) -> usize {
        self.next(at).unwrap_or(self.text.len())
    }

    /// The same; `None` where none does.
    pub fn next(&mut self, at: usize) -> Option<usize> {
        let known = match self.known {
            Some(known) if known >= at => known,
            _ => {
                let found = (self.find)(&self.text[at..]).map(|found| at + found);
                self.work.spend(found.unwrap_or(self.text.len()) - at + 1);
                found.unwrap_or(usize::MAX)
            }
        };
        self.known = Some(known);
        (known < usize::MAX).then_some(known)
    }
}
