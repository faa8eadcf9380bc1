//! `hearth chat` with the real engine and the starter.

mod support;

use support::Hearth;

#[test]
fn a_follow_up_is_understood_and_the_chat_is_kept() {
    let hearth = Hearth::new();
    let typed = "What is the capital of Spain?\nand of Italy?\n/quit\n";
    let output = hearth.run(&["chat", "--temperature", "0"], typed);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
    assert!(output.status.success(), "{stderr}");
    assert!(stdout.contains("Madrid") && stdout.contains("Rome"), "{stdout}");
    assert!(stderr.contains("on this device"), "{stderr}");

    let kept = hearth.files_with("and of Italy?");
    assert!(!kept.is_empty());
    let database = hearth.home.path().join("data/hearth.db").display().to_string();
    let elsewhere = kept.iter().find(|file| !file.display().to_string().starts_with(&database));
    assert_eq!(elsewhere, None, "what was asked is in the chats' file and nowhere else");
}

#[test]
fn the_end_of_the_input_ends_the_chat() {
    let hearth = Hearth::new();
    let output = hearth.run(&["chat"], "");
    assert!(output.status.success());
    assert!(output.stdout.is_empty());
}

#[test]
fn a_failure_is_said_and_the_chat_goes_on() {
    let hearth = Hearth::new();
    let output = hearth.run(&["chat", "--model", "no-such-model"], "Hello\nHello again\n");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr.matches("There is no model called").count(), 2, "{stderr}");
}
