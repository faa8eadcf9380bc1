//! Names and paths from elsewhere lead nowhere but into the store.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::support::{FILE, at, hub::Hub, model_bytes, open, pace, settled, sum, wanted};
use hearth_models::download::{DownloadState, Sha256, Source};

/// At least 300 of them.
fn hostile_names() -> Vec<String> {
    let steps = [
        "..",
        ".",
        "",
        "/",
        "\\",
        "../..",
        "..\\..",
        "/etc",
        "C:",
        "C:\\x",
        "\\\\host\\share",
        "~",
        "~root",
        "$HOME",
        "%APPDATA%",
        "%2e%2e",
        "%2f",
        "..%2f",
        "%00",
        "a\0b",
        "a\nb",
        "a\rb",
        "a\tb",
        "a b",
        " a",
        "a ",
        "a.",
        "a..",
        ".a",
        "-a",
        "--flag",
        "CON",
        "con",
        "NUL",
        "nul.x",
        "AUX",
        "PRN",
        "COM1",
        "com9",
        "LPT1",
        "lpt5.txt",
        "a:b",
        "a::$DATA",
        "a|b",
        "a<b",
        "a>b",
        "a*b",
        "a?b",
        "a\"b",
        "a'b",
        "a;b",
        "a&b",
        "a#b",
        "a%b",
        "a@b",
        "ä",
        "\u{202e}fugg",
        "\u{2024}\u{2024}",
        "．．",
        "\u{feff}a",
        "a\u{0301}",
        "../",
        "./a",
        "a/../b",
        "a/./b",
        "a//b",
        "//a",
        "a/",
        "...",
        "....",
        "..a/..",
        "file:///etc/passwd",
        "http://x",
        "{a,b}",
        "`id`",
        "$(id)",
        "\u{7f}",
        "\u{1b}[31m",
    ];
    let mut names: Vec<String> = Vec::new();
    for step in steps {
        names.push(format!("{step}/model/file.gguf"));
        names.push(format!("maker/{step}/file.gguf"));
        names.push(format!("maker/model/{step}"));
        names.push(format!("maker/model/{step}.gguf"));
        names.push(format!("maker/model/x/{step}.gguf"));
    }
    names.push(format!("maker/model/{}.gguf", "a".repeat(5000)));
    names.push("file.gguf".into());
    names.push("maker/file.gguf".into());
    names.push("maker/model/file.exe".into());
    names
}

/// Every file and folder, and how long it is.
fn everything(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let metadata = entry.path().symlink_metadata().unwrap();
            if metadata.is_dir() {
                open.push(entry.path());
            }
            found.insert(entry.path(), metadata.len());
        }
    }
    found
}

#[tokio::test]
async fn three_hundred_hostile_names_write_nothing_outside_the_store() {
    let names = hostile_names();
    assert!(names.len() >= 300, "{}", names.len());
    let outside = tempfile::tempdir().unwrap();
    let home = outside.path().join("home");
    let (downloads, _) = open(&home, pace());
    let hub = Hub::start().await;
    let bytes = model_bytes(2000, 1);
    let before = everything(outside.path());
    let mut taken = 0;
    for name in &names {
        let Ok(source) = name.parse::<Source>() else { continue };
        // What is taken after all is a plain name inside.
        taken += 1;
        hub.offer(&source.to_string(), bytes.clone(), sum(&bytes));
        let id = downloads.start(at(&hub), wanted(&source.to_string())).id;
        let end = settled(&downloads, &id).await;
        assert!(matches!(end.state, DownloadState::Done(_)), "{name:?}: {end:?}");
    }
    assert!(taken <= 8, "{taken} of them were taken as plain names");
    let mut after = everything(outside.path());
    after.retain(|path, _| !path.starts_with(&home));
    let mut before = before;
    before.retain(|path, _| !path.starts_with(&home));
    assert_eq!(before, after);
}

#[test]
fn only_a_digest_is_a_digest() {
    let digest = "ab".repeat(32);
    assert!(digest.parse::<Sha256>().is_ok());
    for text in ["", "ab", "../x", &digest[1..], &format!("{digest}0"), &format!("{digest}/../x")] {
        assert!(text.parse::<Sha256>().is_err(), "{text:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_lead_no_download_out_of_the_store() {
    use std::os::unix::fs::symlink;
    let bytes = model_bytes(2000, 2);
    let hub = Hub::start().await;
    hub.offer(FILE, bytes.clone(), sum(&bytes));
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("target");
    for link in ["maker", "maker/some-model", "maker/some-model/some.Q8_0.gguf.part"] {
        let home = tempfile::tempdir().unwrap();
        let link = home.path().join("models").join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        fs::create_dir_all(&target).unwrap();
        symlink(&target, &link).unwrap();
        let (downloads, _) = open(home.path(), pace());
        downloads.start(at(&hub), wanted(FILE));
        let end = settled(&downloads, FILE).await;
        assert!(matches!(end.state, DownloadState::Failed(_)), "{link:?}: {end:?}");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_planted_journal_leads_nowhere() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("models/maker/some-model");
    fs::create_dir_all(&folder).unwrap();
    let planted = serde_json::json!({
        "version": 1, "bytes": 10, "sha256": "ab".repeat(32), "etag": null, "label": "x",
        "source": { "repository": "../..", "name": "x.gguf", "revision": null },
        "segments": [{ "at": 0, "to": 10 }],
    });
    fs::write(folder.join("x.gguf.part.json"), planted.to_string()).unwrap();
    let mut elsewhere = planted;
    elsewhere["source"]["repository"] = "other/model".into();
    fs::write(folder.join("y.gguf.part.json"), elsewhere.to_string()).unwrap();
    fs::write(folder.join("z.gguf.part.json"), "{").unwrap();
    let (downloads, _) = open(home.path(), pace());
    assert!(downloads.list().is_empty());
}
