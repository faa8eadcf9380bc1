use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::Key;

/// HMAC-SHA256.
pub(crate) type Seal = [u8; 32];

/// Before the first row.
pub(super) const START: Seal = [0; 32];

/// A row as it is stored, and as its seal covers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub seq: i64,
    pub entry: i64,
    pub at_ms: i64,
    pub event: String,
    pub provider: String,
    pub amount: i64,
    pub message: Option<String>,
    pub detail: String,
}

impl Row {
    /// Every field with its length before it, so that none can lend bytes to its neighbour.
    pub fn seal(&self, key: &Key, before: &Seal) -> Seal {
        let numbers = [self.seq, self.entry, self.at_ms, self.amount].map(i64::to_be_bytes);
        let mut fields: Vec<&[u8]> = vec![b"hearth-ledger-v1", before];
        fields.extend(numbers.iter().map(<[u8; 8]>::as_slice));
        fields.extend([self.event.as_bytes(), self.provider.as_bytes(), self.detail.as_bytes()]);
        let message = self.message.as_deref();
        fields.push(if message.is_some() { b"1" } else { b"0" });
        fields.push(message.unwrap_or_default().as_bytes());
        seal(key, &fields)
    }
}

/// The end of the chain at some moment. Kept beside the database and in every export: a chain alone
/// does not show that its last rows are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Rows up to then.
    pub rows: i64,
    /// Seal of the last one, in hexadecimal.
    pub last: String,
    seal: String,
}

impl Checkpoint {
    pub(super) fn of(key: &Key, rows: i64, last: &Seal) -> Self {
        let last = hex::encode(last);
        let seal = hex::encode(seal(
            key,
            &[b"hearth-checkpoint-v1", &rows.to_be_bytes(), last.as_bytes()],
        ));
        Self { rows, last, seal }
    }

    pub(super) fn is_genuine(&self, key: &Key) -> bool {
        let Ok(last) = hex::decode(&self.last) else { return false };
        let Ok(last) = Seal::try_from(last) else { return false };
        *self == Self::of(key, self.rows, &last)
    }
}

fn seal(key: &Key, fields: &[&[u8]]) -> Seal {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes any length");
    for field in fields {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    mac.finalize().into_bytes().into()
}
