use std::collections::BTreeMap;

use super::chain::{Checkpoint, Row, START, Seal};
use super::read::each_row;
use super::{Key, State};
use crate::{Error, Store};

/// A ledger in which every row is as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub rows: i64,
    /// Requests.
    pub entries: i64,
}

/// A ledger that was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The first row that is not as it was written, counted from 1.
    pub at: i64,
    pub fault: Fault,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its content is not what was sealed, or it is not where it was.
    Changed,
    /// A row is missing before it.
    Missing,
    /// Rows at the end are missing.
    Truncated,
    /// The checkpoint beside the database is missing or not ours, so rows may be missing at the end.
    NoCheckpoint,
}

impl Store {
    /// Goes through the whole chain, and compares its end with the checkpoint beside the database
    /// and, where given, with one from an export.
    pub fn ledger_verify(
        &self,
        exported: Option<&Checkpoint>,
    ) -> Result<Result<Verified, Broken>, Error> {
        let key = self.ledger_key()?;
        self.read(|connection| {
            let mut walk = Walk::new(&key);
            each_row(connection, |row, seal| {
                walk.step(&row, &seal);
                Ok(())
            })?;
            Ok(walk.end(exported))
        })
    }
}

/// The same over rows that were read before.
#[cfg(test)]
pub(super) fn verify(key: &Key, rows: &[(Row, Seal)]) -> Result<Verified, Broken> {
    let mut walk = Walk::new(key);
    rows.iter().for_each(|(row, seal)| walk.step(row, seal));
    walk.end(None)
}

struct Walk<'a> {
    key: &'a Key,
    before: Seal,
    rows: i64,
    seals: Vec<Seal>,
    states: BTreeMap<i64, State>,
    broken: Option<Broken>,
}

impl<'a> Walk<'a> {
    fn new(key: &'a Key) -> Self {
        Self {
            key,
            before: START,
            rows: 0,
            seals: vec![START],
            states: BTreeMap::new(),
            broken: None,
        }
    }

    fn step(&mut self, row: &Row, seal: &Seal) {
        if self.broken.is_some() {
            return;
        }
        self.rows += 1;
        if row.seq != self.rows {
            self.broken = Some(Broken { at: self.rows, fault: Fault::Missing });
        } else if row.seal(self.key, &self.before) != *seal || !self.follows(row) {
            self.broken = Some(Broken { at: self.rows, fault: Fault::Changed });
        }
        self.before = *seal;
        self.seals.push(*seal);
    }

    /// Whether the event may come where its entry stands.
    fn follows(&mut self, row: &Row) -> bool {
        let Some(state) = State::from_word(&row.event) else { return false };
        let known = self.states.insert(row.entry, state);
        match known {
            None => row.entry == row.seq && state == State::Intended,
            Some(known) => known.is_open() && state > known,
        }
    }

    fn end(self, exported: Option<&Checkpoint>) -> Result<Verified, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let at = self.rows + 1;
        match self.key.head() {
            Ok(Some(head)) => self.reaches(&head)?,
            Ok(None) => {}
            Err(()) => return Err(Broken { at, fault: Fault::NoCheckpoint }),
        }
        match exported {
            Some(checkpoint) if checkpoint.is_genuine(self.key) => self.reaches(checkpoint)?,
            Some(_) => return Err(Broken { at, fault: Fault::NoCheckpoint }),
            None => {}
        }
        Ok(Verified { rows: self.rows, entries: self.states.len() as i64 })
    }

    fn reaches(&self, checkpoint: &Checkpoint) -> Result<(), Broken> {
        let seal = usize::try_from(checkpoint.rows).ok().and_then(|rows| self.seals.get(rows));
        match seal {
            None => Err(Broken { at: self.rows + 1, fault: Fault::Truncated }),
            Some(seal) if hex::encode(seal) != checkpoint.last => {
                Err(Broken { at: checkpoint.rows, fault: Fault::Changed })
            }
            Some(_) => Ok(()),
        }
    }
}
