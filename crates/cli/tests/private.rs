//! Two users of one computer: the second reads nothing of the first one's.
#![cfg(unix)]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use hearth_cloud::{
    Usage, Wire,
    loopback::{Provider, Reply},
};
use support::Hearth;

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Every file and folder under `home`, links left out.
fn all_under(home: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![home.to_owned()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.push(path);
    }
    found
}

/// Those that the account `nobody` can read or list.
fn read_by_nobody(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    const NOBODY: u32 = 65_534;
    let each = "for path do \
                    if [ -d \"$path\" ]; then ls \"$path\" >/dev/null 2>&1; \
                    else cat -- \"$path\" >/dev/null 2>&1; fi && printf '%s\\0' \"$path\"; \
                done; true";
    let read = Command::new("/bin/sh")
        .args(["-c", each, "sh"])
        .args(paths)
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    assert!(read.status.success(), "{read:?}");
    let text = String::from_utf8(read.stdout).unwrap();
    text.split_terminator('\0').map(PathBuf::from).collect()
}

/// Does everything that leaves something: a chat, an export, a copied model, a second opinion.
fn use_it(hearth: &Hearth, exports: &Path) {
    let run = |arguments: &[&str], typed: &str| {
        let output = hearth.run(arguments, typed);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
    };
    run(&["chat", "--temperature", "0"], "What is the capital of Spain?\n/quit\n");
    let starter = concat!(env!("CARGO_MANIFEST_DIR"), "/../../model-catalog/starter");
    let model = exports.join("mine.gguf");
    fs::copy(Path::new(starter).join("starter-draft-1m-q8_0.gguf"), &model).unwrap();
    set(&model, 0o644);
    run(&["models", "import", "--copy", model.to_str().unwrap()], "");
    fs::remove_file(model).unwrap();
    let ask = format!(
        "{} ask --temperature 0 --mode ask --provider mine 'What is 1 + 1?'",
        env!("CARGO_BIN_EXE_hearth")
    );
    hearth.on_a_terminal(&ask, &[("[y/N]", "y\n")]);
    run(&["ledger", "export", exports.join("ledger.jsonl").to_str().unwrap()], "");
    run(&["grades", exports.join("grades.jsonl").to_str().unwrap()], "");
}

#[test]
fn a_second_account_reads_nothing_whatever_was_there_before() {
    let hearth = Hearth::new();
    let home = hearth.home.path();
    let me = fs::metadata(home).unwrap();
    if std::os::unix::fs::MetadataExt::uid(&me) != 0 {
        println!("skipped: becoming another user takes root");
        return;
    }
    let there = Provider::start();
    let counted = Usage {
        input: 1,
        cache_read: 0,
        cache_write_5m: 0,
        cache_write_1h: 0,
        output: 1,
        reasoning: 0,
    };
    there.always(Reply::answer(Wire::OpenAiCompatible, &["Two."], counted));
    // As a user left it who put a model there first, or a backup that was restored.
    set(home, 0o755);
    let folders = ["data", "data/models", "settings", "models", "models/owner", "exports"]
        .map(|name| home.join(name));
    let settings = serde_json::json!({ "providers": [{
        "id": "mine", "name": "Mine", "wire": "open_ai_compatible", "own_server": true,
        "url": there.url(), "model": "m-1", "price": null, "region": null, "retention_days": null,
    }] });
    for folder in &folders {
        fs::create_dir_all(folder).unwrap();
    }
    let exports = home.join("exports");
    fs::write(home.join("settings/settings.jsonc"), settings.to_string()).unwrap();
    // A first run, whose files are then opened to everybody.
    use_it(&hearth, &exports);
    for path in all_under(home) {
        set(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    let before = read_by_nobody(&all_under(home));
    assert!(
        before.contains(&home.join("data/hearth.db")),
        "nobody can read what is open: {before:?}"
    );

    use_it(&hearth, &exports);
    let control = exports.join("control.txt");
    fs::write(&control, "for everybody").unwrap();
    set(&control, 0o644);
    let all = all_under(home);
    for wanted in
        ["data/hearth.db", "data/hearth.ledger-key", "data/hearth.log", "exports/ledger.jsonl"]
    {
        assert!(all.contains(&home.join(wanted)), "{wanted} is there: {all:?}");
    }
    // The two folders on the way are not Hearth's.
    let expected = BTreeSet::from([home.to_owned(), exports.clone(), control]);
    assert_eq!(read_by_nobody(&all), expected);
    for path in &all {
        let mode = fs::symlink_metadata(path).unwrap().permissions().mode();
        assert!(expected.contains(path) || mode & 0o077 == 0, "{mode:o} {}", path.display());
    }
}

#[test]
fn a_folder_of_somebody_else_is_refused_and_left() {
    let hearth = Hearth::new();
    let data = hearth.home.path().join("data");
    fs::create_dir_all(&data).unwrap();
    if std::os::unix::fs::chown(&data, Some(65_534), Some(65_534)).is_err() {
        println!("skipped: giving a folder to another user takes root");
        return;
    }
    let refused = hearth.run(&["chat"], "");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("belongs to another user") && said.contains("HEARTH_HOME"), "{said}");
    assert!(!data.join("hearth.db").exists());
}
