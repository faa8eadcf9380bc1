//! What the history promises while everything around it works.

mod common;

use common::{ending, open, route};
use hearth_chat::{Channel, Confidence, Finish, Role, Timing, TokenOrigin, Usage};
use hearth_store::{Ending, Error, NewConversation, Store, TokenMark};
use proptest::prelude::*;

fn chat(store: &Store, title: &str) -> String {
    let new = NewConversation { title: title.into(), ..NewConversation::default() };
    store.create_conversation(new).unwrap().id
}

fn say(store: &Store, chat: &str, parent: Option<&str>, text: &str) -> String {
    store.add_message(chat, parent, Role::User, text).unwrap().id
}

fn answer(store: &Store, chat: &str, parent: &str, text: &str) -> String {
    let id = store.begin_answer(chat, parent, route()).unwrap().id;
    store.finish_answer(&id, text, ending()).unwrap();
    id
}

fn shown(store: &Store, chat: &str) -> Vec<String> {
    store.branch(chat).unwrap().into_iter().map(|m| m.message.text).collect()
}

#[test]
fn an_edit_adds_a_branch_and_the_old_one_is_found_again_as_it_was_left() {
    let (_folder, store) = open();
    let chat = chat(&store, "Trip");
    let first = say(&store, &chat, None, "Where to?");
    let lisbon = answer(&store, &chat, &first, "Lisbon.");
    say(&store, &chat, Some(&lisbon), "Why?");
    let again = answer(&store, &chat, &first, "Porto.");
    let edited = say(&store, &chat, None, "Where to in winter?");
    assert_eq!(shown(&store, &chat), ["Where to in winter?"]);

    store.select(&first).unwrap();
    assert_eq!(shown(&store, &chat), ["Where to?", "Porto."]);
    store.select(&lisbon).unwrap();
    assert_eq!(shown(&store, &chat), ["Where to?", "Lisbon.", "Why?"]);

    let branch = store.branch(&chat).unwrap();
    assert_eq!(branch[0].siblings, [first.clone(), edited]);
    assert_eq!(branch[1].siblings, [lisbon.clone(), again]);
    let read: Vec<_> = store.path_to(&lisbon).unwrap().into_iter().map(|m| m.text).collect();
    assert_eq!(read, ["Where to?", "Lisbon."], "a model reads down to the message and no further");
}

#[test]
fn a_message_cannot_be_put_under_another_chat() {
    let (_folder, store) = open();
    let (one, two) = (chat(&store, "one"), chat(&store, "two"));
    let there = say(&store, &two, None, "here");
    let error = store.add_message(&one, Some(&there), Role::User, "text").unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    assert!(shown(&store, &one).is_empty());
}

#[test]
fn a_finished_answer_keeps_how_it_came_about() {
    let (_folder, store) = open();
    let chat = chat(&store, "Sums");
    let question = say(&store, &chat, None, "1+1?");
    let begun = store.begin_answer(&chat, &question, route()).unwrap();
    assert_eq!(begun.answer.as_ref().unwrap().finish, None);

    let tokens = vec![TokenMark { length: 1, origin: TokenOrigin::Draft, logprob: Some(-0.25) }];
    let confidence = Confidence { mean_logprob: -0.25, p10_logprob: -0.25, mean_entropy: 0.5 };
    let run = Ending { confidence: Some(confidence), tokens: tokens.clone(), ..ending() };
    store.finish_answer(&begun.id, "2", run).unwrap();

    let kept = store.message(&begun.id).unwrap();
    let answer = kept.answer.unwrap();
    assert_eq!(kept.text, "2");
    assert_eq!(answer.finish, Some(Finish::Stop));
    assert_eq!(answer.model, "starter");
    assert_eq!(answer.confidence, Some(confidence));
    assert_eq!(answer.tokens, tokens);
    assert_eq!(answer.timing.unwrap().ttft_ms, Some(12.5));
}

#[test]
fn measurements_that_are_not_numbers_are_kept_as_unknown() {
    let (_folder, store) = open();
    let chat = chat(&store, "");
    let question = say(&store, &chat, None, "?");
    let id = store.begin_answer(&chat, &question, route()).unwrap().id;
    let run = Ending {
        confidence: Some(Confidence {
            mean_logprob: f64::NEG_INFINITY,
            p10_logprob: -1.0,
            mean_entropy: f64::NAN,
        }),
        timing: Some(Timing { decode_tok_s: Some(f64::INFINITY), ..Timing::default() }),
        tokens: vec![TokenMark { length: 0, origin: TokenOrigin::Target, logprob: Some(f32::NAN) }],
        ..ending()
    };
    let answer = store.finish_answer(&id, "", run).unwrap().answer.unwrap();
    assert_eq!(answer.confidence, None);
    assert_eq!(answer.timing.unwrap().decode_tok_s, None);
    assert_eq!(answer.tokens[0].logprob, None);
}

#[test]
fn a_continued_answer_adds_up_its_runs() {
    let (_folder, store) = open();
    let chat = chat(&store, "");
    let question = say(&store, &chat, None, "Tell me a story.");
    let id = answer(&store, &chat, &question, "Once");
    store.resume_answer(&id, route()).unwrap();
    store.save_partial(&id, Channel::Answer, 0, "Once upon").unwrap();
    let usage =
        Usage { prompt_tokens: 20, completion_tokens: 7, reused_tokens: 10, thought_tokens: 0 };
    let run = Ending { usage: Some(usage), cost_nano_usd: Some(5), bytes_sent: 3, ..ending() };
    let kept = store.finish_answer(&id, "Once upon a time.", run).unwrap();

    assert_eq!(kept.text, "Once upon a time.");
    let answer = kept.answer.unwrap();
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (20, 11));
    assert_eq!((answer.cost_nano_usd, answer.bytes_sent), (Some(5), 3));
    assert_eq!(
        store.usage_days(1).unwrap()[0].answers_this_device,
        2,
        "both runs are in the ledger"
    );
}

#[test]
fn an_answer_that_was_cut_off_keeps_its_text_and_says_so() {
    let (folder, store) = open();
    let chat = chat(&store, "");
    let question = say(&store, &chat, None, "Tell me a story.");
    let id = store.begin_answer(&chat, &question, route()).unwrap().id;
    store.save_partial(&id, Channel::Answer, 0, "Once upon").unwrap();
    assert_eq!(store.message(&id).unwrap().text, "Once upon", "it can be read while it streams");
    drop(store);

    let store = Store::open(&common::database(&folder)).unwrap();
    let kept = store.message(&id).unwrap();
    let answer = kept.answer.unwrap();
    assert_eq!(kept.text, "Once upon");
    assert_eq!(answer.finish, Some(Finish::Failed));
    assert!(answer.error.unwrap().contains("kept"));
    assert_eq!(store.search("upon", false).unwrap().len(), 1);
    assert!(
        store.save_partial(&id, Channel::Answer, 0, "late").is_err(),
        "nothing comes after the end"
    );
}

#[test]
fn an_answer_that_streams_is_saved_piece_by_piece() {
    let (folder, store) = open();
    let chat = chat(&store, "");
    let question = say(&store, &chat, None, "Tell me a story.");
    let id = store.begin_answer(&chat, &question, route()).unwrap().id;
    let pieces = ["Once ", "upon ", "", "a tïme, ", "far away"];
    let mut at = 0;
    for piece in pieces {
        store.save_partial(&id, Channel::Answer, at, piece).unwrap();
        at += piece.len();
        assert!(pieces.concat().starts_with(&store.message(&id).unwrap().text));
        assert_eq!(store.message(&id).unwrap().text.len(), at);
    }
    // A save whose end nobody heard of is tried again, with what came since.
    store.save_partial(&id, Channel::Answer, 10, "a tïme, near by").unwrap();
    assert_eq!(store.message(&id).unwrap().text, "Once upon a tïme, near by");
    drop(store);
    let store = Store::open(&common::database(&folder)).unwrap();
    assert_eq!(store.message(&id).unwrap().text, "Once upon a tïme, near by");
}

/// The log grows by the pages that a transaction changes, so its length tells what was written.
#[test]
fn what_saving_writes_grows_with_the_answer_and_not_with_its_square() {
    let (folder, store) = open();
    let chat = chat(&store, "");
    let question = say(&store, &chat, None, "Tell me a story.");
    let id = store.begin_answer(&chat, &question, route()).unwrap().id;
    let log = folder.path().join("hearth.db-wal");
    let written = |from: usize| {
        store.forget_log().unwrap();
        // Below the thousand pages at which SQLite begins the log anew.
        for n in from..from + 60 {
            store.save_partial(&id, Channel::Answer, n * 1000, &"x".repeat(1000)).unwrap();
        }
        std::fs::metadata(&log).unwrap().len()
    };
    let early = written(0);
    for n in 60..2000 {
        store.save_partial(&id, Channel::Answer, n * 1000, &"x".repeat(1000)).unwrap();
    }
    let late = written(2000);
    assert!(late < early * 2, "{early} bytes for the first 60 kB, {late} for those after 2 MB");
}

#[test]
fn a_measurement_that_cannot_be_read_hides_no_chat() {
    let (folder, store) = open();
    let chat = chat(&store, "");
    let question = say(&store, &chat, None, "Tell me a story.");
    let id = answer(&store, &chat, &question, "Once");
    let path = common::database(&folder);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute("UPDATE answer SET reasons = '[\"a_word_of_another_version\"]', usage = '{'", [])
        .unwrap();
    let branch = store.branch(&chat).unwrap();
    assert_eq!((&branch[1].message.id, branch[1].message.text.as_str()), (&id, "Once"));
    let about = branch[1].message.answer.clone().unwrap();
    assert!(about.reasons.is_empty() && about.usage.is_none());
    assert!(about.timing.is_some(), "the rest is there");
}

#[test]
fn a_second_hearth_is_told_about_the_first() {
    let (folder, store) = open();
    let path = common::database(&folder);
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");
    drop(store);
    Store::open(&path).unwrap();
}

#[test]
fn a_history_in_memory_works_like_one_on_disk_and_shares_nothing() {
    let (store, other) = (Store::in_memory().unwrap(), Store::in_memory().unwrap());
    let clone = store.clone();
    let writing = std::thread::spawn(move || {
        let chat = chat(&clone, "passing");
        for n in 0..200 {
            say(&clone, &chat, None, &format!("message {n}"));
        }
    });
    while !writing.is_finished() {
        store.conversations(false).unwrap();
    }
    writing.join().unwrap();
    let found = store.search("message", false).unwrap();
    store.delete(&found[0].conversation.id).unwrap();
    assert!(other.conversations(false).unwrap().is_empty());
    assert!(!std::path::Path::new("this computer's memory").exists());
}

#[test]
fn search_finds_beginnings_of_words_whatever_the_accents() {
    let (_folder, store) = open();
    let coffee = chat(&store, "Kaffee in Zürich");
    say(&store, &coffee, None, "Where is the best Café crème?");
    let tea = chat(&store, "Tea");
    say(&store, &tea, None, "How hot for green tea?");

    let found = store.search("cafe crem", false).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].conversation.id, coffee);
    assert!(found[0].snippet.contains("\u{2}Café\u{3} \u{2}crème\u{3}"), "{:?}", found[0].snippet);
    assert_eq!(store.search("zuri", false).unwrap()[0].snippet, "Kaffee in \u{2}Zürich\u{3}");
    assert_eq!(store.search("tea", false).unwrap().len(), 1, "one chat is found once");

    store.rename(&tea, "Hot drinks").unwrap();
    assert_eq!(store.search("drinks", false).unwrap().len(), 1);
    store.move_to_trash(&tea).unwrap();
    assert!(store.search("green", false).unwrap().is_empty());
    assert_eq!(store.search("green", true).unwrap().len(), 1);
    store.delete(&tea).unwrap();
    assert!(store.search("green", true).unwrap().is_empty());
}

#[test]
fn what_a_person_types_is_never_query_syntax() {
    let (_folder, store) = open();
    let id = chat(&store, "notes");
    say(&store, &id, None, "C++ and \"quotes\" AND NOT near(this)");
    for typed in ["c++", "\"quotes", "and not", "near(this", "title:notes", "^notes", "*", "-", ""]
    {
        store.search(typed, false).unwrap_or_else(|error| panic!("{typed:?}: {error}"));
    }
    assert_eq!(store.search("\"quotes\" near(th", false).unwrap().len(), 1);
    assert!(store.search("and missing", false).unwrap().is_empty(), "all words must be there");

    let strategy = any::<String>();
    let mut runner = proptest::test_runner::TestRunner::default();
    let outcome = runner.run(&strategy, |typed| {
        prop_assert!(store.search(&typed, false).is_ok());
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn the_trash_gives_back_for_thirty_days_and_then_forgets() {
    let (_folder, store) = open();
    let (kept, gone) = (chat(&store, "kept"), chat(&store, "gone"));
    store.move_to_trash(&gone).unwrap();
    let day = 24 * 3600 * 1000;
    let now = store.conversation(&gone).unwrap().trashed_ms.unwrap();
    assert_eq!(store.purge_trash(now + 30 * day - 1).unwrap(), 0);
    store.restore(&gone).unwrap();
    assert_eq!(store.conversations(false).unwrap().len(), 2);

    store.move_to_trash(&gone).unwrap();
    assert_eq!(store.conversations(true).unwrap().len(), 1);
    assert_eq!(store.purge_trash(now + 31 * day).unwrap(), 1);
    assert!(store.conversations(true).unwrap().is_empty());
    assert_eq!(store.conversations(false).unwrap()[0].id, kept);
}

#[test]
fn deleted_text_is_in_no_file_any_more() {
    const SECRET: &str = "xylophone7319";
    let (folder, store) = open();
    let other = chat(&store, "stays");
    for n in 0..50 {
        say(&store, &other, None, &format!("filler {n}"));
    }
    let doomed = chat(&store, SECRET);
    let question = say(&store, &doomed, None, &format!("my {SECRET}"));
    let id = store.begin_answer(&doomed, &question, route()).unwrap().id;
    store.save_partial(&id, Channel::Answer, 0, SECRET).unwrap();
    store.finish_answer(&id, format!("{SECRET} indeed. ").repeat(2000).as_str(), ending()).unwrap();
    let holders = |needle: &str| {
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let holds = |file: &std::path::PathBuf| {
            let bytes = std::fs::read(file).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        };
        files.filter(holds).count()
    };
    assert!(holders(SECRET) > 0, "the test can see it while it is there");

    store.delete(&doomed).unwrap();
    assert_eq!(holders(SECRET), 0);
    // The index shares beginnings between neighbouring words, and keeps prefixes on their own.
    assert_eq!(holders("ylophone7319"), 0);
    drop(store);
    assert_eq!(holders("ylophone7319"), 0);
}

#[test]
fn a_history_that_was_closed_is_one_file() {
    let (folder, store) = open();
    let chat = chat(&store, "closed");
    say(&store, &chat, None, "a line");
    drop(store);
    let log = folder.path().join("hearth.db-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |file| file.len()), 0);
}

#[test]
fn others_are_written_while_a_long_chat_is_being_deleted() {
    let (_folder, store) = open();
    let long = chat(&store, "long");
    let lines: Vec<String> = (0..2000).map(common::chain_line).collect();
    store.import(&common::archive(&long, &lines)).unwrap();
    let other = chat(&store, "other");
    let deleting = std::thread::spawn({
        let (store, long) = (store.clone(), long.clone());
        move || store.delete(&long).unwrap()
    });
    let mut written = 0;
    while !deleting.is_finished() {
        say(&store, &other, None, "meanwhile");
        assert!(store.conversation(&other).is_ok());
        written += 1;
    }
    deleting.join().unwrap();
    // In one transaction the deletion would have let one through before it and none after.
    assert!(written > 5, "{written} messages were written meanwhile");
    assert!(store.conversation(&long).is_err());
    assert!(store.search("line", false).unwrap().is_empty());
}

#[test]
fn a_deletion_that_was_cut_off_is_finished_by_the_next_start() {
    let (folder, store) = open();
    let path = common::database(&folder);
    let half = chat(&store, "half");
    let lines: Vec<String> = (0..300).map(common::chain_line).collect();
    store.import(&common::archive(&half, &lines)).unwrap();
    drop(store);
    // As it is left when Hearth ends right after the chat was taken away.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE conversation SET trashed_ms = 0", []).unwrap();
    drop(connection);

    let store = Store::open(&path).unwrap();
    assert!(store.conversations(true).unwrap().is_empty(), "it is not shown again");
    assert!(!store.export().unwrap().contains("half"));
    let left = || {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.query_row("SELECT count(*) FROM message", [], |row| row.get(0))
    };
    while left().unwrap_or(1) > 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_chat_of_five_thousand_turns_is_shown_and_deleted_whole() {
    let (_folder, store) = open();
    let chat = chat(&store, "long");
    let lines: Vec<String> = (0..5000).map(common::chain_line).collect();
    store.import(&common::archive(&chat, &lines)).unwrap();
    assert_eq!(store.branch(&chat).unwrap().len(), 5000);
    store.delete(&chat).unwrap();
    assert!(store.conversations(false).unwrap().is_empty());
    assert!(store.search("line", false).unwrap().is_empty());
}
