//! What was used and what left, for the Usage and Privacy pages.

use std::cmp::Reverse;

use crate::{
    Assistant, Error,
    api::{ConnectionView, UsageDay},
    view,
};

/// A Privacy page that listed more would not be read.
const CONNECTIONS_SHOWN: u32 = 1000;

impl Assistant {
    /// The last `days` local days, oldest first, today included.
    pub async fn usage_days(&self, days: u32) -> Result<Vec<UsageDay>, Error> {
        let rows = self.history().read(move |store| store.usage_days(days)).await?;
        Ok(rows.into_iter().map(view::usage_day).collect())
    }

    /// The latest connections that the app made, newest first.
    pub async fn privacy_connections(&self) -> Result<Vec<ConnectionView>, Error> {
        let rows = self.history().read_each(|store| store.connections(CONNECTIONS_SHOWN)).await?;
        let mut rows = rows.concat();
        rows.sort_by_key(|row| Reverse(row.at_ms));
        rows.truncate(CONNECTIONS_SHOWN as usize);
        Ok(rows.into_iter().map(view::connection).collect())
    }
}
