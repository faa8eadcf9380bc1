//! Answers that were paid for once. The key is everything that was sent and where to, so only the
//! very same question to the very same model finds one. Kept in memory, until Hearth ends.

use std::{collections::HashMap, sync::Mutex};

use hearth_cloud::Prepared;
use sha2::{Digest, Sha256};

use crate::lock;

/// The oldest make room.
const MOST: usize = 200;

#[derive(Default)]
pub(crate) struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    answers: HashMap<[u8; 32], (u64, String)>,
    next: u64,
}

impl Cache {
    pub fn find(&self, question: &Prepared) -> Option<String> {
        lock(&self.kept).answers.get(&key(question)).map(|(_, text)| text.clone())
    }

    /// Only a whole answer may be kept.
    pub fn keep(&self, question: &Prepared, answer: String) {
        let mut kept = lock(&self.kept);
        let number = kept.next;
        kept.next += 1;
        kept.answers.insert(key(question), (number, answer));
        kept.answers.retain(|_, (at, _)| *at + MOST as u64 > number);
    }

    pub fn forget(&self) {
        lock(&self.kept).answers.clear();
    }
}

fn key(question: &Prepared) -> [u8; 32] {
    let mut hash = Sha256::new();
    let to = question.address();
    hash.update((to.len() as u64).to_le_bytes());
    hash.update(to);
    hash.update(question.body());
    hash.finalize().into()
}
