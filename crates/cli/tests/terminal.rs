//! What a model, a provider, a file or a pipe says, on a real terminal and in a file.
#![cfg(target_os = "linux")]

mod support;

use std::{fs, process::Command};

use hearth_cloud::{
    Wire,
    loopback::{HEAD, Provider, Reply, events},
};
use support::{COUNTED, Hearth};

/// Sets the clipboard, the window's title, and the direction of writing; moves up over what was
/// shown, and draws a link whose address is another.
const EVIL: [&str; 6] = [
    "\u{1b}]52;c;cm0gLXJm\u{7}",
    "\u{1b}]0;owned\u{7}",
    "\u{1b}[8A\u{1b}[0K",
    "\u{9b}2J",
    "\u{1b}]8;;https://evil.example\u{1b}\\bank\u{1b}]8;;\u{1b}\\",
    "\u{202e}gnp.exe\u{2066}\r",
];
/// A part of each that is shown.
const SHOWN: [&str; 6] = [
    "\\u001b]52;c;cm0gLXJm\\u0007",
    "\\u001b]0;owned",
    "\\u001b[8A\\u001b[0K",
    "\\u009b2J",
    "\\u001b]8;;https://evil.example",
    "\\u202egnp.exe\\u2066\\u000d",
];

/// Someone whose own server, and its name, are hostile.
fn someone(name: &str) -> (Hearth, Provider) {
    let mut said = events(Wire::OpenAiCompatible, &EVIL, COUNTED);
    said.insert(0, HEAD.to_owned());
    Hearth::with_own_server(name, Reply::raw(said.concat()))
}

fn is_hostile(text: &str) -> bool {
    // The terminal itself ends lines with a carriage return, and the bar of Hearth moves the cursor
    // within its own line.
    EVIL[..5].iter().any(|evil| text.contains(evil)) || text.contains(['\u{202e}', '\u{2066}'])
}

#[test]
fn an_answer_from_elsewhere_is_shown_and_not_obeyed() {
    let (hearth, _there) = someone("Mine");
    let hearth_binary = env!("CARGO_BIN_EXE_hearth");
    let question = "What is the capital of France?";
    let ask =
        format!("{hearth_binary} ask --temperature 0 --mode ask --provider mine '{question}'");
    let yes = [("[y/N]", "y\n")];
    let Some((shown, code)) = hearth.on_a_terminal(&ask, &yes) else { return };
    assert_eq!(code, Some(0), "{shown}");
    for part in SHOWN {
        assert!(shown.contains(part), "{part} is shown: {shown:?}");
    }
    assert!(!is_hostile(&shown), "{shown:?}");

    // In a file it is what was said, to the last byte.
    let file = hearth.home.path().join("answer.txt");
    let to_file = format!("{ask} > '{}'", file.display());
    hearth.on_a_terminal(&to_file, &yes).unwrap();
    let kept = fs::read_to_string(file).unwrap();
    assert!(kept.contains(&EVIL.concat()), "{kept:?}");
}

#[test]
fn nothing_moves_over_what_is_agreed_to() {
    let (hearth, there) =
        someone("Mine\u{1b}[2K\n  goes to      https://good.example (on this device)");
    let secret = "password=\u{1b}[8A\u{1b}[0Kx4711\u{202e}";
    let prompt = hearth.home.path().join("prompt.txt");
    fs::write(&prompt, secret).unwrap();
    // Read from a file, and the yes from the terminal.
    let ask = format!(
        "{} ask --temperature 0 --max-tokens 1 --mode ask --provider mine \"$(cat '{}')\"",
        env!("CARGO_BIN_EXE_hearth"),
        prompt.display()
    );
    let Some((shown, _)) = hearth.on_a_terminal(&ask, &[("[y/N]", "n\n")]) else { return };
    assert!(
        shown.contains("password=") || shown.contains("\\u001b[8A\\u001b[0Kx4711"),
        "{shown:?}"
    );
    assert!(!shown.contains("\u{1b}[8A\u{1b}[0K") && !shown.contains('\u{202e}'), "{shown:?}");
    let goes_to = shown.lines().filter(|line| line.starts_with("  goes to"));
    assert_eq!(goes_to.count(), 1, "one destination: {shown:?}");
    assert!(shown.contains(&there.url()[..20]), "and the true one: {shown:?}");
}

#[test]
fn names_and_errors_are_shown_and_not_obeyed() {
    let hearth = Hearth::new();
    let hearth_binary = env!("CARGO_BIN_EXE_hearth");
    // A file may have any name.
    let file = hearth.home.path().join("a\u{1b}]0;owned\u{7}b.gguf");
    fs::write(&file, "Buy milk.").unwrap();
    for command in [
        format!("{hearth_binary} ask --model '{}' hi", file.display()),
        format!("{hearth_binary} models import '{}'", file.display()),
        format!("{hearth_binary} models remove '{}'", EVIL[0]),
        format!("{hearth_binary} ask --model '{}' hi", EVIL[1]),
        format!("{hearth_binary} ledger export '/nowhere/{}'", EVIL[1]),
        format!("echo hi | {hearth_binary} chat --model '{}'", EVIL[0]),
    ] {
        let Some((shown, _)) = hearth.on_a_terminal(&command, &[]) else { return };
        assert!(shown.contains("\\u001b]"), "{command:?}: {shown:?}");
        assert!(!is_hostile(&shown), "{command:?}: {shown:?}");
    }
    // Into a pipe, the name is the name.
    let piped = hearth.run(&["ask", "--model", EVIL[1], "hi"], "");
    assert!(String::from_utf8_lossy(&piped.stderr).contains(EVIL[1]), "{piped:?}");
}

#[test]
fn json_on_a_terminal_is_json_with_nothing_hidden() {
    let (hearth, _there) = someone("Mine");
    let ask = format!(
        "{} ask --json --temperature 0 --mode ask --provider mine 'What is 1 + 1?'",
        env!("CARGO_BIN_EXE_hearth")
    );
    let Some((shown, _)) = hearth.on_a_terminal(&ask, &[("[y/N]", "y\n")]) else { return };
    assert!(!is_hostile(&shown), "{shown:?}");
    let mut objects = shown.lines().filter_map(|line| line.find("{\"text\"").map(|at| &line[at..]));
    let last: serde_json::Value = serde_json::from_str(objects.next_back().unwrap()).unwrap();
    assert_eq!(last["text"], EVIL.concat(), "and it is read as what was said");
}

#[test]
fn there_is_a_terminal_to_test_with() {
    // Without `script` the tests above say nothing; the build machine has it.
    let found = Command::new("script").arg("--version").output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "install util-linux");
}
