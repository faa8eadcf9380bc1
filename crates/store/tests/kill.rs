//! kill -9 at random moments: what was acknowledged is there, and the database is sound.

#![cfg(unix)]

mod common;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{ending, route};
use hearth_chat::{Channel, Role};
use hearth_store::{NewConversation, Store};

const FOLDER: &str = "HEARTH_KILL_TEST_FOLDER";
const KILLS: u32 = 100;

/// What the child wrote is told by its number, so that the parent can check every letter.
fn text(n: u32) -> String {
    format!("message {n} ").repeat(1 + (n as usize * 37) % 200)
}

/// Not a test by itself: the parent below runs it as a child, and kills it.
#[test]
#[ignore = "runs as the child of killing_loses_nothing_that_was_acknowledged"]
fn child_writes_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by its parent"));
    let store = Store::open(&folder.join("hearth.db")).unwrap();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    let acknowledge = |kind: &str, id: &str, n: u32| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {kind} {id} {n}").unwrap();
        out.flush().unwrap();
    };
    let mut parent: Option<String> = None;
    for n in 0.. {
        let question = store.add_message(&chat, parent.as_deref(), Role::User, &text(n)).unwrap();
        acknowledge("whole", &question.id, n);
        let answer = store.begin_answer(&chat, &question.id, route()).unwrap().id;
        store.save_partial(&answer, Channel::Answer, 0, &text(n)).unwrap();
        acknowledge("start", &answer, n);
        let whole = text(n).repeat(2);
        store.finish_answer(&answer, whole.as_str(), ending()).unwrap();
        acknowledge("twice", &answer, n);
        parent = Some(answer);
    }
}

/// Lets a child write for `life` after its first acknowledgement, kills it, and returns what it
/// acknowledged: for each message, the latest text that must be there.
fn write_and_kill(folder: &Path, life: Duration) -> HashMap<String, (String, u32)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reader = std::thread::spawn(move || {
        let mut acknowledged = HashMap::new();
        let mut note = |line: String| {
            let (_, what) = line.split_once("acknowledged ")?;
            let mut words = what.split(' ').map(str::to_owned);
            let (kind, id, n) = (words.next()?, words.next()?, words.next()?);
            acknowledged.insert(id, (kind, n.parse().ok()?));
            Some(())
        };
        // The kill can cut the last line; what was not read whole was not acknowledged.
        lines.map_while(Result::ok).for_each(|line| {
            note(line);
        });
        acknowledged
    });
    std::thread::sleep(life);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn killing_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = common::database(&folder);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut total = 0;
    for kill in 0..KILLS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let acknowledged = write_and_kill(folder.path(), Duration::from_millis(15 + random % 150));
        total += acknowledged.len();

        let store = Store::open(&path).unwrap();
        for (id, (kind, n)) in &acknowledged {
            let kept = store.message(id).unwrap_or_else(|e| panic!("kill {kill}, {kind} {n}: {e}"));
            let (once, twice) = (text(*n), text(*n).repeat(2));
            let sound = match kind.as_str() {
                "whole" => kept.text == once,
                // Its end may have been committed in the moment before the kill.
                "start" => kept.text == once || kept.text == twice,
                _ => kept.text == twice,
            };
            assert!(sound, "kill {kill}: {kind} {n} holds {:?}", kept.text);
            let unfinished = kept.answer.is_some_and(|answer| answer.finish.is_none());
            assert!(!unfinished, "kill {kill}: nothing is left as if it were being written");
        }
    }
    let connection = rusqlite::Connection::open(&path).unwrap();
    let verdict: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    println!("{KILLS} kills, {total} acknowledged messages, all there");
    assert!(total > KILLS as usize, "the children were killed while they wrote, not before");
}
