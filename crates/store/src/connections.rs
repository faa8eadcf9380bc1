//! The network connections that the application made: who, why, when and how much.

use rusqlite::params;

use crate::{Error, Store, now_ms};

impl Store {
    /// Notes a connection that is about to be made; returns the name of its row.
    pub fn open_connection(&self, host: &str, purpose: &str) -> Result<i64, Error> {
        let (host, purpose) = (host.to_owned(), purpose.to_owned());
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO connection (at_ms, host, purpose, bytes_sent, bytes_received) \
                 VALUES (?1, ?2, ?3, 0, 0)",
                params![now_ms(), host, purpose],
            )?;
            Ok(tx.last_insert_rowid())
        })
    }

    /// What has gone over a connection so far.
    pub fn note_traffic(&self, row: i64, sent: u64, received: u64) -> Result<(), Error> {
        let count = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let (sent, received) = (count(sent), count(received));
        self.write(move |tx| {
            tx.execute(
                "UPDATE connection SET bytes_sent = ?2, bytes_received = ?3 WHERE seq = ?1",
                params![row, sent, received],
            )?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_notes_its_connections_in_the_same_history() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        assert!(Store::open_beside(&path).is_err(), "there is no history yet");
        let first = Store::open(&path).unwrap();
        let second = Store::open_beside(&path).unwrap();
        let own = first.open_connection("first.example", "cloud_answer").unwrap();
        let row = second.open_connection("second.example", "model_download").unwrap();
        second.note_traffic(row, 30, 9).unwrap();
        first.note_traffic(own, 7, 1).unwrap();
        drop(second);
        assert_eq!(first.connections(9).unwrap().len(), 2);
        assert_eq!(first.bytes_sent_today().unwrap(), 37);
    }

    #[test]
    fn a_connection_is_noted_before_it_is_made_and_counted_while_it_lasts() {
        let store = Store::in_memory().unwrap();
        let row = store.open_connection("example.org", "cloud_answer").unwrap();
        assert_eq!(store.connections(9).unwrap()[0].bytes_sent, 0);
        store.note_traffic(row, 300, 9).unwrap();
        let noted = store.connections(9).unwrap().remove(0);
        assert_eq!((noted.bytes_sent, noted.bytes_received), (300, 9));
        assert_eq!(store.bytes_sent_today().unwrap(), 300);
    }
}
