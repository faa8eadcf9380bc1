//! `hearth ask --mode ask|auto` with the real engine, a terminal, and a server of the user's own.
#![cfg(target_os = "linux")]

mod support;

use std::{fs, process::Command};

use hearth_cloud::{
    Usage, Wire,
    loopback::{Provider, Reply},
};
use support::Hearth;

const WORDS: [&str; 2] = ["Paris, ", "of course."];
const COUNTED: Usage = Usage {
    input: 9,
    cache_read: 0,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 2,
    reasoning: 0,
};
const QUESTION: &str = "What is the capital of France?";

/// Someone whose settings name a server of their own.
fn someone() -> (Hearth, Provider) {
    let there = Provider::start();
    there.always(Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED));
    let hearth = Hearth::new();
    let folder = hearth.home.path().join("settings");
    fs::create_dir_all(&folder).unwrap();
    let settings = serde_json::json!({ "providers": [{
        "id": "mine",
        "name": "Mine",
        "wire": "open_ai_compatible",
        "own_server": true,
        "url": there.url(),
        "model": "m-1",
        "price": null,
        "region": null,
        "retention_days": null,
    }] });
    fs::write(folder.join("settings.jsonc"), settings.to_string()).unwrap();
    (hearth, there)
}

/// What a terminal shows when `typed` is typed into it; `None` where `script` is not installed.
fn on_a_terminal(hearth: &Hearth, mode: &str, typed: &str) -> Option<String> {
    Command::new("script").arg("--version").output().ok()?;
    let ask = format!(
        "{} ask --temperature 0 --mode {mode} --provider mine '{QUESTION}'",
        env!("CARGO_BIN_EXE_hearth")
    );
    let output = hearth.typing(Command::new("script").args(["-qec", &ask, "/dev/null"]), typed);
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_yes_on_the_terminal_sends_what_was_shown_and_the_ledger_has_it() {
    let (hearth, there) = someone();
    let Some(shown) = on_a_terminal(&hearth, "ask", "y\n") else { return };
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
    if let Some(shown) = on_a_terminal(&hearth, "ask", "\n") {
        assert!(shown.contains("It stays here."), "{shown}");
    }
    let piped = hearth.run(&["ask", "--mode", "ask", "--provider", "mine", QUESTION], "y\n");
    assert!(String::from_utf8_lossy(&piped.stderr).contains("It stays here."));
    assert_eq!(there.seen().len(), 0);
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
