use std::thread;

use hearth_chat::Role;
use hearth_router::{Limits, NanoUsd, Place, Reason};
use proptest::prelude::*;

use super::chain::{Row, Seal};
use super::*;
use crate::{Error, NewConversation, Route, Store};

fn intent(worst_case: u64) -> Intent {
    Intent {
        provider: "p".into(),
        origin: "https://api.example.com".into(),
        place: Place::Cloud,
        model: "m".into(),
        message: Some("answer".into()),
        body_sha256: "00".into(),
        body_bytes: 10,
        worst_case: NanoUsd(worst_case),
        leave: Leave::Consent,
        reasons: vec![Reason::YouAsked],
        replaced: 0,
    }
}

fn unlimited() -> Limits {
    Limits { message: None, day: None, month: None, ..Limits::default() }
}

fn noted(store: &Store, worst_case: u64) -> i64 {
    match store.ledger_intend(intent(worst_case), unlimited()).unwrap() {
        Intended::Noted(id) => id,
        Intended::OverBudget(reason) => panic!("{reason:?}"),
    }
}

fn settlement(cost: u64) -> Settlement {
    let tokens = Some(Tokens { input: 3, output: 4, ..Tokens::default() });
    Settlement { tokens, cost: NanoUsd(cost), bytes_sent: 10, bytes_received: 20 }
}

/// A ledger with entries in every state.
fn some_entries(store: &Store) {
    for n in 0..4 {
        let id = noted(store, 100 + n);
        store.ledger_sent(id).unwrap();
        store.ledger_settle(id, settlement(30)).unwrap();
        let cut = noted(store, 200 + n);
        store.ledger_sent(cut).unwrap();
        store.ledger_abort(cut, settlement(200 + n), "cut".into()).unwrap();
        store.ledger_block(noted(store, 300), "no connection".into()).unwrap();
    }
    store.ledger_blocked(intent(1), "it holds a secret".into()).unwrap();
    noted(store, 7);
}

#[test]
fn an_entry_goes_from_intent_to_settlement_and_is_charged_what_it_cost() {
    let store = Store::in_memory().unwrap();
    let id = noted(&store, 100);
    assert_eq!(store.spent().unwrap().day, NanoUsd(100), "reserved");
    store.ledger_sent(id).unwrap();
    store.ledger_settle(id, settlement(30)).unwrap();
    assert_eq!(store.spent().unwrap().day, NanoUsd(30), "charged");
    let entry = store.ledger_of_message("answer").unwrap().remove(0);
    assert_eq!((entry.id, entry.state, entry.amount), (id, State::Settled, NanoUsd(30)));
    assert_eq!(entry.settlement, Some(settlement(30)));
    assert_eq!(entry.intent, Some(intent(100)));
    assert_eq!(store.ledger_entries(0, 10).unwrap(), [entry]);
}

#[test]
fn an_abort_is_never_free_and_what_never_left_is() {
    let store = Store::in_memory().unwrap();
    let cut = noted(&store, 100);
    store.ledger_sent(cut).unwrap();
    store.ledger_abort(cut, settlement(100), "cut".into()).unwrap();
    let blocked = noted(&store, 50);
    store.ledger_block(blocked, "no connection".into()).unwrap();
    assert_eq!(store.spent().unwrap().month, NanoUsd(100));
}

#[test]
fn an_entry_that_ended_does_not_go_on() {
    let store = Store::in_memory().unwrap();
    let id = noted(&store, 1);
    store.ledger_settle(id, settlement(1)).unwrap();
    for again in [
        store.ledger_sent(id),
        store.ledger_settle(id, settlement(0)),
        store.ledger_block(id, String::new()),
    ] {
        assert!(matches!(again, Err(Error::LedgerOrder { .. })));
    }
    assert!(matches!(store.ledger_sent(99), Err(Error::NotFound { .. })));
}

#[test]
fn a_hundred_at_once_never_pass_a_limit() {
    let store = Store::in_memory().unwrap();
    let limits = Limits { day: Some(NanoUsd(1000)), ..unlimited() };
    let noted: usize = thread::scope(|scope| {
        let asking: Vec<_> = (0..100)
            .map(|_| {
                let (store, limits) = (store.clone(), limits.clone());
                scope.spawn(move || match store.ledger_intend(intent(70), limits).unwrap() {
                    Intended::Noted(_) => 1,
                    Intended::OverBudget(reason) => {
                        assert_eq!(reason, Reason::OverDayBudget);
                        0
                    }
                })
            })
            .collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).sum()
    });
    assert_eq!(noted, 14, "14 x 70 is the most below 1000");
    assert_eq!(store.spent().unwrap().day, NanoUsd(980));
    assert!(store.ledger_verify(None).unwrap().is_ok());
}

#[test]
fn what_a_crash_left_open_counts_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hearth.db");
    let store = Store::open(&path).unwrap();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    let question = store.add_message(&chat, None, Role::User, "Hello?").unwrap().id;
    let route = Route { place: Place::Cloud, model: "m".into(), reasons: Vec::new() };
    let [sent, kept] = [true, false].map(|sent| {
        let answer = store.begin_answer(&chat, &question, route.clone()).unwrap().id;
        let intent = Intent { message: Some(answer.clone()), ..intent(100) };
        let Intended::Noted(id) = store.ledger_intend(intent, unlimited()).unwrap() else {
            panic!("there is no limit");
        };
        if sent {
            store.ledger_sent(id).unwrap();
        }
        answer
    });
    drop(store);

    let store = Store::open(&path).unwrap();
    assert_eq!(store.ledger_entries(0, 9).unwrap()[0].state, State::Aborted);
    assert_eq!(store.spent().unwrap().day, NanoUsd(200));
    let bytes_of = |answer: &str| store.message(answer).unwrap().answer.unwrap().bytes_sent;
    assert_eq!((bytes_of(&sent), bytes_of(&kept)), (10, 0), "what may have left counts whole");
    assert!(store.ledger_verify(None).unwrap().is_ok());
}

#[test]
fn a_damaged_key_stops_what_leaves_and_hides_no_chat() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hearth.db");
    let store = Store::open(&path).unwrap();
    noted(&store, 1);
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    drop(store);
    std::fs::write(folder.path().join("hearth.ledger-key"), "short").unwrap();
    let store = Store::open(&path).unwrap();
    assert!(store.conversation(&chat).is_ok());
    let refused = store.ledger_intend(intent(1), Limits::default());
    assert!(matches!(refused, Err(Error::LedgerKey { .. })), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn the_key_is_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("hearth.db")).unwrap();
    noted(&store, 1);
    for name in ["hearth.ledger-key", "hearth.ledger-head"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn an_export_shows_later_that_rows_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hearth.db");
    let store = Store::open(&path).unwrap();
    some_entries(&store);
    let export = folder.path().join("ledger.jsonl");
    let rows = store.ledger_export(&export).unwrap();
    let text = std::fs::read_to_string(&export).unwrap();
    assert_eq!(text.lines().count() as u64, rows + 1);
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let checkpoint: Checkpoint = serde_json::from_value(last["checkpoint"].clone()).unwrap();
    assert!(store.ledger_verify(Some(&checkpoint)).unwrap().is_ok());

    // Someone with the key too: rows cut off, and a fitting checkpoint beside the database.
    let key = store.ledger_key().unwrap();
    let kept = store
        .write(|tx| {
            tx.execute("DELETE FROM outgoing WHERE seq > 5", [])?;
            Ok(tx.query_row("SELECT mac FROM outgoing WHERE seq = 5", [], |row| row.get(0))?)
        })
        .unwrap();
    key.note_head(5, &kept).unwrap();
    assert!(store.ledger_verify(None).unwrap().is_ok(), "the chain alone cannot know");
    let broken = store.ledger_verify(Some(&checkpoint)).unwrap().unwrap_err();
    assert_eq!(broken, Broken { at: 6, fault: Fault::Truncated });
}

#[test]
fn changes_in_the_file_are_found_at_their_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("hearth.db")).unwrap();
    some_entries(&store);
    let rows = store.ledger_verify(None).unwrap().unwrap().rows;
    let tamper = |sql: &'static str| {
        store.write(move |tx| Ok(tx.execute(sql, [])?)).unwrap();
        store.ledger_verify(None).unwrap().unwrap_err()
    };
    store.write(|tx| Ok(tx.execute_batch("CREATE TABLE kept AS SELECT * FROM outgoing")?)).unwrap();
    let restore = || {
        let sql = "DELETE FROM outgoing; INSERT INTO outgoing SELECT * FROM kept;";
        store.write(move |tx| Ok(tx.execute_batch(sql)?)).unwrap();
        assert!(store.ledger_verify(None).unwrap().is_ok());
    };
    let found = tamper("UPDATE outgoing SET amount = 0 WHERE seq = 6");
    assert_eq!(found, Broken { at: 6, fault: Fault::Changed });
    restore();
    let found = tamper("DELETE FROM outgoing WHERE seq = 3");
    assert_eq!(found, Broken { at: 3, fault: Fault::Missing });
    restore();
    let found = tamper("DELETE FROM outgoing WHERE seq >= 20");
    assert_eq!(found, Broken { at: 20, fault: Fault::Truncated });
    restore();
    let found = tamper("DELETE FROM outgoing");
    assert_eq!(found, Broken { at: 1, fault: Fault::Truncated });
    restore();
    std::fs::remove_file(folder.path().join("hearth.ledger-head")).unwrap();
    let found = store.ledger_verify(None).unwrap().unwrap_err();
    assert_eq!(found, Broken { at: rows + 1, fault: Fault::NoCheckpoint });
}

#[test]
fn an_emptied_ledger_is_found_also_when_its_checkpoint_is_gone_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hearth.db");
    let store = Store::open(&path).unwrap();
    let empty = store.ledger_verify(None).unwrap();
    assert_eq!(empty.unwrap().rows, 0, "a ledger in which nothing was ever written is intact");
    let head = folder.path().join("hearth.ledger-head");
    for empty in [true, false] {
        if !empty {
            some_entries(&store);
            store.write(|tx| Ok(tx.execute("DELETE FROM outgoing", [])?)).unwrap();
        }
        std::fs::remove_file(&head).unwrap();
        let found = store.ledger_verify(None).unwrap().unwrap_err();
        assert_eq!(found, Broken { at: 1, fault: Fault::NoCheckpoint });
        // Also by the next run.
        let again = Store::open_beside(&path).unwrap();
        assert!(again.ledger_verify(None).unwrap().is_err());
        drop(again);
        store.ledger_key().unwrap().note_head(0, &[0; 32]).unwrap();
    }
}

#[test]
fn an_empty_ledger_from_before_it_had_a_checkpoint_is_intact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hearth.db");
    drop(crate::file::open_writer_of(&path, 3).unwrap());
    std::fs::write(folder.path().join("hearth.ledger-key"), [7; 32]).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.ledger_verify(None).unwrap().unwrap().rows, 0);
    drop(store);
    std::fs::remove_file(folder.path().join("hearth.ledger-head")).unwrap();
    let store = Store::open(&path).unwrap();
    assert!(store.ledger_verify(None).unwrap().is_err(), "and from then on it must be there");
}

#[test]
fn a_row_that_cannot_be_read_is_shown_as_such_and_the_check_names_it() {
    let store = Store::in_memory().unwrap();
    for _ in 0..3 {
        store.ledger_sent(noted(&store, 100)).unwrap();
    }
    for (sql, at) in [
        ("UPDATE outgoing SET detail = '{}' WHERE seq = 1", 1),
        ("UPDATE outgoing SET detail = CAST(x'ff' AS TEXT) WHERE seq = 1", 1),
        ("UPDATE outgoing SET provider = CAST(x'ff' AS TEXT) WHERE seq = 1", 1),
        ("UPDATE outgoing SET event = 'lost', detail = '7' WHERE seq = 2", 2),
    ] {
        store
            .write(|tx| Ok(tx.execute_batch("CREATE TABLE kept AS SELECT * FROM outgoing")?))
            .unwrap();
        store.write(move |tx| Ok(tx.execute(sql, [])?)).unwrap();
        let broken = store.ledger_verify(None).unwrap().unwrap_err();
        assert_eq!(broken, Broken { at, fault: Fault::Changed }, "{sql}");
        let entries = store.ledger_entries(0, 9).unwrap();
        assert_eq!(entries.len(), 3, "{sql}");
        assert_eq!(entries[2].amount, NanoUsd(100), "what can be read is shown: {sql}");
        assert_eq!(entries[2].intent.is_some(), sql.contains("provider"), "{sql}");
        assert!(entries[..2].iter().all(|entry| entry.intent.is_some()));
        assert!(store.ledger_of_message("answer").is_ok());
        assert!(store.spent().is_ok());
        let back =
            "DELETE FROM outgoing; INSERT INTO outgoing SELECT * FROM kept; DROP TABLE kept;";
        store.write(move |tx| Ok(tx.execute_batch(back)?)).unwrap();
    }
    assert!(store.ledger_verify(None).unwrap().is_ok());
}

/// One thing that somebody without the key can do to the rows.
#[derive(Clone, Debug)]
enum Tampering {
    Amount(usize, i64),
    Time(usize, i64),
    Provider(usize, String),
    Detail(usize, usize, u8),
    Message(usize),
    Event(usize, State),
    Seal(usize, usize),
    Delete(usize, usize),
    DeleteAndRenumber(usize),
    Truncate(usize),
    Swap(usize, usize),
    SwapContents(usize, usize),
    Repeat(usize),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let row = 0usize..1000;
    let states = [State::Intended, State::Sent, State::Settled, State::Aborted, State::Blocked];
    prop_oneof![
        (row.clone(), -9i64..9).prop_map(|(at, by)| Tampering::Amount(at, by)),
        (row.clone(), -9i64..9).prop_map(|(at, by)| Tampering::Time(at, by)),
        (row.clone(), "[a-z]{1,3}").prop_map(|(at, to)| Tampering::Provider(at, to)),
        (row.clone(), row.clone(), b'0'..=b'9')
            .prop_map(|(at, i, to)| Tampering::Detail(at, i, to)),
        row.clone().prop_map(Tampering::Message),
        (row.clone(), prop::sample::select(states.to_vec()))
            .prop_map(|(at, to)| Tampering::Event(at, to)),
        (row.clone(), 0usize..256).prop_map(|(at, bit)| Tampering::Seal(at, bit)),
        (row.clone(), 1usize..4).prop_map(|(at, n)| Tampering::Delete(at, n)),
        row.clone().prop_map(Tampering::DeleteAndRenumber),
        row.clone().prop_map(Tampering::Truncate),
        (row.clone(), row.clone()).prop_map(|(a, b)| Tampering::Swap(a, b)),
        (row.clone(), row.clone()).prop_map(|(a, b)| Tampering::SwapContents(a, b)),
        row.prop_map(Tampering::Repeat),
    ]
}

fn tamper(rows: &mut Vec<(Row, Seal)>, how: &Tampering) {
    let n = rows.len();
    match how {
        Tampering::Amount(at, by) => rows[at % n].0.amount += by,
        Tampering::Time(at, by) => rows[at % n].0.at_ms += by,
        Tampering::Provider(at, to) => rows[at % n].0.provider.clone_from(to),
        Tampering::Detail(at, i, to) => {
            let detail = &mut rows[at % n].0.detail;
            let i = i % detail.len();
            detail.replace_range(i..=i, &char::from(*to).to_string());
        }
        Tampering::Message(at) => rows[at % n].0.message = None,
        Tampering::Event(at, to) => rows[at % n].0.event = to.word().to_owned(),
        Tampering::Seal(at, bit) => rows[at % n].1[bit / 8] ^= 1 << (bit % 8),
        Tampering::Delete(at, count) => {
            let at = at % n;
            rows.drain(at..(at + count).min(n));
        }
        Tampering::DeleteAndRenumber(at) => {
            rows.remove(at % n);
            for (i, (row, _)) in rows.iter_mut().enumerate() {
                row.seq = i as i64 + 1;
            }
        }
        Tampering::Truncate(at) => rows.truncate(at % n),
        Tampering::Swap(a, b) => rows.swap(a % n, b % n),
        Tampering::SwapContents(a, b) => {
            let (a, b) = (a % n, b % n);
            rows.swap(a, b);
            let seq = rows[a].0.seq;
            rows[a].0.seq = rows[b].0.seq;
            rows[b].0.seq = seq;
        }
        Tampering::Repeat(at) => {
            let row = rows[at % n].clone();
            rows.push(row);
        }
    }
}

#[test]
fn a_thousand_ways_to_tamper_are_all_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("hearth.db")).unwrap();
    some_entries(&store);
    let key = store.ledger_key().unwrap();
    let mut rows = Vec::new();
    let read = |connection: &rusqlite::Connection| {
        super::read::each_row(connection, |row, seal| {
            rows.push((row, seal));
            Ok(())
        })
    };
    store.read(read).unwrap();
    assert!(super::verify::verify(&key, &rows).is_ok());

    let config = ProptestConfig { cases: 1000, failure_persistence: None, ..Default::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let ways = prop::collection::vec(tampering(), 1..3);
    runner
        .run(&ways, |ways| {
            let mut changed = rows.clone();
            for way in &ways {
                if !changed.is_empty() {
                    tamper(&mut changed, way);
                }
            }
            prop_assert!(changed == rows || super::verify::verify(&key, &changed).is_err());
            Ok(())
        })
        .unwrap();
}
