//! Every connection is a row on the Privacy page, from before it is made.

use std::{collections::HashMap, sync::Mutex};

use hearth_egress::{ConnectionId, ConnectionLog, ConnectionStart, End, Purpose, Traffic};
use hearth_store::Store;

use crate::{Assistant, Error, history::History, lock};

impl Assistant {
    /// An error where the rows of connections would be gone with this process. For a face that has
    /// no place to say so while it goes on.
    pub fn check_connections_noted(&self) -> Result<(), Error> {
        self.history().check_noted()
    }
}

/// Writes rows into the history.
pub(crate) struct Log {
    history: History,
    /// Where each open connection has its row: the history may change from disk to memory and back.
    open: Mutex<HashMap<ConnectionId, Store>>,
}

impl Log {
    pub fn new(history: History) -> Self {
        Self { history, open: Mutex::default() }
    }
}

impl ConnectionLog for Log {
    fn opened(&self, start: &ConnectionStart) -> Result<ConnectionId, String> {
        let (host, purpose) = (start.host.clone(), word(start.purpose));
        let noted = self
            .history
            .note_here(move |store| Ok((store.open_connection(&host, purpose)?, store.clone())));
        let (row, store) = noted.map_err(|error| error.to_string())?;
        lock(&self.open).insert(row, store);
        Ok(row)
    }

    fn progress(&self, id: ConnectionId, traffic: Traffic) {
        let Some(store) = lock(&self.open).get(&id).cloned() else { return };
        if let Err(error) = store.note_traffic(id, traffic.sent, traffic.received) {
            tracing::warn!(%error, "the traffic of a connection was not noted");
        }
    }

    fn closed(&self, id: ConnectionId, traffic: Traffic, _: End) {
        self.progress(id, traffic);
        lock(&self.open).remove(&id);
    }
}

fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::ModelDownload => "model_download",
        Purpose::CatalogCheck => "catalog_check",
        Purpose::CloudAnswer => "cloud_answer",
        Purpose::OwnServerAnswer => "own_server_answer",
        Purpose::KeyCheck => "key_check",
    }
}
