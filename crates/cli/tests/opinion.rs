//! `hearth ask --mode ask|auto` with the real engine, a terminal, and a server of the user's own.
#![cfg(target_os = "linux")]

mod support;

use std::fs;

use hearth_cloud::{
    Wire,
    loopback::{Provider, Reply},
};
use support::{COUNTED, Hearth};

const WORDS: [&str; 2] = ["Paris, ", "of course."];
const QUESTION: &str = "What is the capital of France?";

/// Someone whose settings name a server of their own.
fn someone() -> (Hearth, Provider) {
    Hearth::with_own_server("Mine", Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED))
}

/// What a terminal shows of the question, and the exit code; `None` where `script` is not installed.
fn on_a_terminal(
    hearth: &Hearth,
    options: &str,
    typed: &[(&str, &str)],
) -> Option<(String, Option<i32>)> {
    let ask = format!(
        "{} ask --temperature 0 {options} --provider mine '{QUESTION}'",
        env!("CARGO_BIN_EXE_hearth")
    );
    hearth.on_a_terminal(&ask, typed)
}

/// The question for a yes.
const ASKED: &str = "[y/N]";
const CTRL_C: &str = "\x03";

#[test]
fn a_yes_on_the_terminal_sends_what_was_shown_and_the_ledger_has_it() {
    let (hearth, there) = someone();
    let Some((shown, _)) = on_a_terminal(&hearth, "--mode ask", &[(ASKED, "y\n")]) else { return };
    assert!(shown.contains("The capital of France is Paris."), "first here: {shown}");
    assert!(shown.contains(&WORDS.concat()), "{shown}");
    let seen = there.seen();
    assert_eq!(seen.len(), 1);
    assert!(shown.contains(&format!("({} bytes)", seen[0].body.len())), "{shown}");
    let ledger = hearth.run(&["ledger", "list", "--json"], "");
    let ledger: serde_json::Value = serde_json::from_slice(&ledger.stdout).unwrap();
    let entry = &ledger["entries"][0];
    assert_eq!((&entry["state"], &entry["consented"]), (&"settled".into(), &true.into()));
    assert_eq!(entry["body_bytes"], seen[0].body.len());
    assert!(hearth.run(&["ledger", "verify"], "").status.success());
    assert!(hearth.files_with("capital of France").is_empty(), "the ledger holds no text");
}

#[test]
fn a_no_or_no_terminal_at_all_sends_nothing() {
    let (hearth, there) = someone();
    for (typed, code) in [("\n", 0), (CTRL_C, 130)] {
        let Some(ended) = on_a_terminal(&hearth, "--mode ask", &[(ASKED, typed)]) else { break };
        assert!(ended.0.contains("It stays here."), "{}", ended.0);
        assert_eq!(ended.1, Some(code), "{}", ended.0);
    }
    let piped = hearth.run(&["ask", "--mode", "ask", "--provider", "mine", QUESTION], "y\n");
    assert!(String::from_utf8_lossy(&piped.stderr).contains("It stays here."));
    assert_eq!(there.seen().len(), 0);
}

#[test]
fn ctrl_c_cuts_the_second_opinion_off_and_the_ledger_knows() {
    let (hearth, there) = someone();
    let mut reply = Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED).then_silence();
    // The head and the first word.
    reply.pieces.truncate(2);
    there.always(reply);
    let typed = [(ASKED, "y\n"), (WORDS[0], CTRL_C)];
    let Some((shown, code)) = on_a_terminal(&hearth, "--mode ask", &typed) else { return };
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("bytes left this device"), "{shown}");
    let ledger = hearth.run(&["ledger", "list", "--json"], "");
    let ledger: serde_json::Value = serde_json::from_slice(&ledger.stdout).unwrap();
    assert_eq!(ledger["entries"][0]["state"], "settled", "and not as if it were still going on");
}

#[test]
fn with_json_a_second_opinion_is_a_second_object_and_a_broken_ledger_an_exit_code() {
    let (hearth, there) = someone();
    let typed = [(ASKED, "y\n")];
    let Some((shown, _)) = on_a_terminal(&hearth, "--mode ask --json", &typed) else { return };
    // A bar may stand before the first one.
    let objects = shown.lines().filter_map(|line| line.find("{\"text\"").map(|at| &line[at..]));
    let objects: Vec<serde_json::Value> =
        objects.map(|object| serde_json::from_str(object).unwrap()).collect();
    let [local, second] = &*objects else { panic!("two objects: {shown}") };
    assert_eq!(local["place"], "this_device");
    assert_eq!(second["text"], WORDS.concat());
    assert_eq!((&second["place"], &second["model"]), (&"own_server".into(), &"m-1".into()));
    assert_eq!((&second["provider"], &second["finish"]), (&"Mine".into(), &"stop".into()));
    assert_eq!(second["cost_nano_usd"], 0);
    assert!(second["bytes_sent"].as_u64().unwrap() >= there.seen()[0].body.len() as u64);

    fs::remove_file(hearth.home.path().join("data/hearth.ledger-head")).unwrap();
    let broken = hearth.run(&["ledger", "list", "--json"], "");
    assert_eq!(broken.status.code(), Some(5));
    let broken: serde_json::Value = serde_json::from_slice(&broken.stdout).unwrap();
    assert_eq!(broken["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn in_local_mode_and_while_nothing_is_certified_nobody_is_asked() {
    let (hearth, there) = someone();
    assert!(hearth.run(&["ask", QUESTION], "").status.success());
    let kept = hearth.run(&["ask", "--mode", "auto", "--provider", "mine", QUESTION], "");
    let said = String::from_utf8_lossy(&kept.stderr).into_owned();
    assert!(said.contains("Not certified yet"), "{said}");
    assert_eq!(there.seen().len(), 0);
}

#[test]
fn a_provider_that_is_not_there_is_named() {
    let (hearth, _) = someone();
    let failed = hearth.run(&["ask", "--mode", "ask", "--provider", "other", QUESTION], "");
    assert!(!failed.status.success());
    assert!(String::from_utf8_lossy(&failed.stderr).contains("“other”"));
}
