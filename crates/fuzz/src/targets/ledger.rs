//! A ledger that someone changed behind Hearth's back: whatever was done to its rows is found.

use std::cell::RefCell;
use std::path::PathBuf;

use hearth_router::{Limits, NanoUsd, Place};
use hearth_store::{Intended, Intent, Leave, Settlement, Store};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use crate::scratch;

const COLUMNS: [&str; 9] =
    ["seq", "entry", "at_ms", "event", "provider", "amount", "message", "detail", "mac"];

type Row = Vec<Value>;

struct Ledger {
    store: Store,
    /// The same file, not through Hearth.
    raw: Connection,
    head: PathBuf,
    rows: Vec<Row>,
    head_text: Vec<u8>,
}

thread_local! {
    static LEDGER: RefCell<Option<Ledger>> = const { RefCell::new(None) };
}

pub fn run(bytes: &[u8]) {
    LEDGER.with_borrow_mut(|ledger| {
        let ledger = ledger.get_or_insert_with(Ledger::new);
        ledger.change(bytes);
        ledger.judge();
        ledger.put_back();
    });
}

impl Ledger {
    /// Requests that ended in each way, and one that is open.
    fn new() -> Self {
        let path = scratch::path("hearth.db");
        let store = Store::open(&path).expect("a history opens");
        for end in 0..4 {
            let Intended::Noted(id) = store.ledger_intend(intent(), unlimited()).expect("noted")
            else {
                panic!("no limit is set")
            };
            let settlement =
                Settlement { tokens: None, cost: NanoUsd(30), bytes_sent: 10, bytes_received: 20 };
            match end {
                0 => store.ledger_sent(id).and_then(|()| store.ledger_settle(id, settlement)),
                1 => store
                    .ledger_sent(id)
                    .and_then(|()| store.ledger_abort(id, settlement, "cut".into())),
                2 => store.ledger_block(id, "no connection".into()),
                _ => Ok(()),
            }
            .expect("noted");
        }
        let raw = Connection::open(&path).expect("the file opens");
        let head = path.with_extension("ledger-head");
        let head_text = std::fs::read(&head).expect("there is a checkpoint");
        let rows = rows(&raw);
        Self { store, raw, head, rows, head_text }
    }

    /// Each change is four bytes and what they ask for: what to do, to which row and column, and how
    /// many bytes of value follow. What the table itself refuses changes nothing.
    fn change(&self, mut bytes: &[u8]) {
        self.raw.execute_batch("BEGIN").expect("a transaction begins");
        while let Some((&[what, row, column, len], rest)) = bytes.split_first_chunk::<4>() {
            let (value, rest) = rest.split_at(usize::from(len).min(rest.len()));
            bytes = rest;
            let seq = i64::from(row) % (self.rows.len() as i64 + 2);
            let column = COLUMNS[usize::from(column) % COLUMNS.len()];
            let number = || {
                let mut eight = [0; 8];
                value.iter().zip(&mut eight).for_each(|(from, to)| *to = *from);
                i64::from_le_bytes(eight)
            };
            let set = |expression: &str, value: Value| {
                let change = format!("UPDATE outgoing SET {column} = {expression} WHERE seq = ?2");
                let _ = self.raw.execute(&change, params_from_iter([value, Value::Integer(seq)]));
            };
            match what % 8 {
                0 => set("?1", Value::Integer(number())),
                1 => set("?1", Value::Text(String::from_utf8_lossy(value).into_owned())),
                2 => set("?1", Value::Blob(value.to_vec())),
                // Text that is none: SQLite keeps it, and whoever reads it must say so.
                3 => set("CAST(?1 AS TEXT)", Value::Blob(value.to_vec())),
                4 => set("?1", Value::Null),
                5 => drop(self.raw.execute("DELETE FROM outgoing WHERE seq = ?1", [seq])),
                6 => {
                    let copy = "INSERT INTO outgoing SELECT ?1, entry, at_ms, event, provider, amount, \
                                message, detail, mac FROM outgoing WHERE seq = ?2";
                    let _ = self.raw.execute(copy, [number(), seq]);
                }
                _ => scratch::write(&self.head, value),
            }
        }
        self.raw.execute_batch("COMMIT").expect("a transaction ends");
    }

    fn judge(&self) {
        let rows_are_whole = rows(&self.raw) == self.rows;
        let head_is_whole = std::fs::read(&self.head).is_ok_and(|head| head == self.head_text);
        let verdict = self.store.ledger_verify(None).expect("any ledger can be judged");
        if rows_are_whole && head_is_whole {
            let verified = verdict.expect("what nobody changed is whole");
            assert_eq!((verified.rows, verified.entries), (self.rows.len() as i64, 4));
        } else if !rows_are_whole {
            assert!(verdict.is_err(), "rows were changed, and it was not seen");
        }
        // What can be read of it is read, whatever it is worth.
        let _ = self.store.ledger_entries(i64::MIN, 100);
        let _ = self.store.ledger_of_message("answer");
        let _ = self.store.spent();
        let _ = self.store.ledger_export(&scratch::path("ledger.jsonl"));
    }

    fn put_back(&self) {
        self.raw.execute_batch("BEGIN; DELETE FROM outgoing").expect("rows can be deleted");
        let mut insert = self
            .raw
            .prepare_cached("INSERT INTO outgoing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
            .expect("rows can be inserted");
        for row in &self.rows {
            insert.execute(params_from_iter(row)).expect("rows can be inserted");
        }
        self.raw.execute_batch("COMMIT").expect("a transaction ends");
        scratch::write(&self.head, &self.head_text);
    }
}

fn rows(raw: &Connection) -> Vec<Row> {
    let query = format!("SELECT {} FROM outgoing ORDER BY seq", COLUMNS.join(", "));
    let mut query = raw.prepare_cached(&query).expect("the table is there");
    let rows = query.query_map([], |row| (0..COLUMNS.len()).map(|at| value(row, at)).collect());
    rows.and_then(Iterator::collect).expect("rows can be read")
}

/// As it is stored; text that is none, by its bytes.
fn value(row: &rusqlite::Row, at: usize) -> rusqlite::Result<Value> {
    let stored = row.get_ref(at)?;
    if let ValueRef::Text(bytes) = stored
        && std::str::from_utf8(bytes).is_err()
    {
        return Ok(Value::Blob(bytes.to_vec()));
    }
    row.get(at)
}

fn intent() -> Intent {
    Intent {
        provider: "p".into(),
        origin: "https://api.example.com".into(),
        place: Place::Cloud,
        model: "m".into(),
        message: Some("answer".into()),
        body_sha256: "00".into(),
        body_bytes: 10,
        worst_case: NanoUsd(100),
        leave: Leave::Consent,
        reasons: Vec::new(),
        replaced: 0,
    }
}

fn unlimited() -> Limits {
    Limits { message: None, day: None, month: None, ..Limits::default() }
}
