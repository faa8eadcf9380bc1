//! `hearth grades` beside a window, which holds the chats' file.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Command,
};

use support::Hearth;

#[test]
fn a_good_export_stays_while_the_chats_cannot_be_read() {
    let hearth = Hearth::new();
    let export = hearth.home.path().join("grades.json");
    fs::write(&export, "written earlier").unwrap();
    // A chat holds it just as well.
    let mut open = hearth.start(Command::new(env!("CARGO_BIN_EXE_hearth")).arg("chat"));
    let mut greeting = String::new();
    BufReader::new(open.stderr.as_mut().unwrap()).read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("Hearth"), "{greeting}");

    let refused = hearth.run(&["grades", export.to_str().unwrap()], "");
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(hearth.files_with("written earlier"), std::slice::from_ref(&export));

    drop(open.stdin.take());
    assert!(open.wait().unwrap().success());
    assert!(hearth.run(&["grades", export.to_str().unwrap()], "").status.success());
    assert!(hearth.files_with("written earlier").is_empty(), "it can be written again now");
}
