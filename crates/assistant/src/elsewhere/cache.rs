//! Answers that were paid for once. The key is everything that was sent, where to, and what stood
//! behind its placeholders, so only the very same question to the very same model finds one. Kept
//! in memory, until Hearth ends.

use std::{collections::HashMap, sync::Mutex};

use sha2::{Digest, Sha256};

use super::Draft;
use crate::lock;

/// The oldest make room.
const MOST: usize = 200;

#[derive(Default)]
pub(crate) struct Cache {
    kept: Mutex<Kept>,
}

/// A question in all that it depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Question([u8; 32]);

impl Question {
    pub fn of(draft: &Draft) -> Self {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(draft.prepared.address().as_bytes());
        add(draft.prepared.body());
        for redaction in &draft.redactions {
            add(redaction.placeholder.as_bytes());
            add(redaction.original.as_bytes());
        }
        Self(hash.finalize().into())
    }
}

#[derive(Default)]
struct Kept {
    answers: HashMap<Question, (u64, String)>,
    next: u64,
}

impl Cache {
    pub fn find(&self, question: Question) -> Option<String> {
        lock(&self.kept).answers.get(&question).map(|(_, text)| text.clone())
    }

    /// Only a whole answer may be kept.
    pub fn keep(&self, question: Question, answer: String) {
        let mut kept = lock(&self.kept);
        let number = kept.next;
        kept.next += 1;
        kept.answers.insert(question, (number, answer));
        kept.answers.retain(|_, (at, _)| *at + MOST as u64 > number);
    }

    pub fn forget(&self) {
        lock(&self.kept).answers.clear();
    }
}
