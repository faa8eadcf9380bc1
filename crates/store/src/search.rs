use std::collections::HashSet;

use rusqlite::params;

use crate::{Error, Found, Store, conversations};

/// Chats that a search returns at most, and matches it looks at to find them.
const MOST_CHATS: usize = 100;
const MOST_MATCHES: usize = 1000;

/// Every word becomes a quoted prefix: `caf"é cr` turns into `"caf""é"* "cr"*`, so that nothing
/// the user types is query syntax. `None` when there is no word to look for.
fn prefixes(typed: &str) -> Option<String> {
    // FTS5 reads the query as a C string, which a NUL would cut.
    let words = typed.split(|c: char| c.is_whitespace() || c == '\0');
    let terms: Vec<String> = words
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    (!terms.is_empty()).then(|| terms.join(" "))
}

impl Store {
    /// The chats, or those in the trash, whose title or one of whose messages has a word
    /// beginning with each word of `typed`, whatever the case and the accents. Titles first,
    /// then the best matching messages.
    pub fn search(&self, typed: &str, trashed: bool) -> Result<Vec<Found>, Error> {
        let Some(terms) = prefixes(typed) else { return Ok(Vec::new()) };
        let columns = conversations::COLUMNS;
        let titles = format!(
            "SELECT {columns}, snippet(title_search, 0, char(2), char(3), '…', 24) AS snippet \
             FROM title_search JOIN conversation ON conversation.seq = title_search.rowid \
             WHERE title_search MATCH ?1 AND (trashed_ms IS NOT NULL) = ?2 AND trashed_ms IS NOT 0 \
             ORDER BY updated_ms DESC LIMIT ?3"
        );
        let texts = format!(
            "SELECT {columns}, snippet(message_search, 0, char(2), char(3), '…', 16) AS snippet \
             FROM message_search JOIN message ON message.seq = message_search.rowid \
             JOIN conversation ON conversation.id = message.conversation \
             WHERE message_search MATCH ?1 AND (trashed_ms IS NOT NULL) = ?2 AND trashed_ms IS NOT 0 \
             ORDER BY message_search.rank LIMIT ?3"
        );
        self.read(|connection| {
            let mut seen = HashSet::new();
            let mut found = Vec::new();
            for sql in [titles, texts] {
                let mut query = connection.prepare_cached(&sql)?;
                let mut rows = query.query(params![terms, trashed, MOST_MATCHES as i64])?;
                while let Some(row) = rows.next()? {
                    let conversation = conversations::from_row(row)?;
                    if seen.insert(conversation.id.clone()) {
                        found.push(Found { conversation, snippet: row.get("snippet")? });
                    }
                    if found.len() == MOST_CHATS {
                        return Ok(found);
                    }
                }
            }
            Ok(found)
        })
    }
}
