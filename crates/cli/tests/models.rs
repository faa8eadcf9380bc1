//! `hearth models` with files of its own.

mod support;

use std::path::{Path, PathBuf};

use hearth_gguf::{TensorType, write::Writer};
use serde_json::Value;
use support::Hearth;

/// A small file with the header of a model that calls itself Tiny.
fn tiny(path: &Path) -> PathBuf {
    let mut writer = Writer::new();
    writer.set("general.architecture", "llama").set("general.name", "Tiny");
    writer.tensor("token_embd.weight", &[32, 4], TensorType::Q8_0);
    writer.write(path, &[&[0; 4 * 34]]).unwrap();
    path.to_owned()
}

#[test]
fn a_name_that_two_models_have_removes_neither() {
    let hearth = Hearth::new();
    let files = ["a.gguf", "b.gguf"].map(|name| tiny(&hearth.home.path().join(name)));
    let [first, second] = files.each_ref().map(|file| file.to_str().unwrap());
    for file in [first, second] {
        assert!(hearth.run(&["models", "import", file], "").status.success());
    }
    let listed = || {
        let output = hearth.run(&["models", "--json"], "");
        let models: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        models.iter().filter(|model| model["name"] == "Tiny").count()
    };

    let unclear = hearth.run(&["models", "remove", "tiny"], "");
    let said = String::from_utf8_lossy(&unclear.stderr).into_owned();
    assert_eq!(unclear.status.code(), Some(2), "{said}");
    assert!(said.contains(first) && said.contains(second), "{said}");
    assert_eq!(listed(), 2);

    assert!(hearth.run(&["models", "remove", second], "").status.success());
    assert_eq!(listed(), 1);
    assert!(hearth.run(&["models", "remove", "tiny"], "").status.success(), "the only one now");
    assert_eq!(listed(), 0);
    assert_eq!(hearth.files_with("token_embd.weight").len(), 2, "the user's own files stay");
}

#[test]
fn a_verdict_is_one_json_object_where_that_is_asked_for() {
    let hearth = Hearth::new();
    let file = tiny(&hearth.home.path().join("a.gguf"));
    hearth.run(&["models", "import", file.to_str().unwrap()], "");
    let output = hearth.run(&["models", "verify", "Tiny", "--json"], "");
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&verdict["name"], &verdict["verdict"]), (&"Tiny".into(), &"unknown".into()));
    assert_eq!(verdict["path"], file.to_str().unwrap());
}
