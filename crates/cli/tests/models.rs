//! `hearth models` with files of its own.

mod support;

use std::path::{Path, PathBuf};

use hearth_gguf::{File, TensorType, write::Writer, write::split};
use serde_json::Value;
use support::Hearth;

fn starter() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../model-catalog/starter");
    folder.join("starter-6m-q8_0.gguf")
}

/// The starter, calling itself Tiny, with nothing of its name left.
fn tiny(path: &Path) -> PathBuf {
    let name = File::open(starter()).unwrap().metadata().str("general.name").unwrap().to_owned();
    let mut bytes = std::fs::read(starter()).unwrap();
    let at = bytes.windows(name.len()).position(|found| found == name.as_bytes()).unwrap();
    bytes[at..at + name.len()].copy_from_slice(format!("{:<1$}", "Tiny", name.len()).as_bytes());
    std::fs::write(path, bytes).unwrap();
    path.to_owned()
}

#[test]
fn any_part_of_a_model_answers_as_the_single_file_does_and_is_added_as_one() {
    let hearth = Hearth::new();
    let whole = File::open(starter()).unwrap();
    let tensors = whole.tensors().count();
    let stem = hearth.home.path().join("parts");
    let parts = split(&whole, &stem, &[0, tensors / 2, tensors - tensors / 2]).unwrap();
    let ask = |model: &Path| {
        let arguments = ["ask", "--temperature", "0", "--model", model.to_str().unwrap(), "Hello!"];
        let output = hearth.run(&arguments, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(ask(&parts[2]), ask(&starter()));

    for part in &parts {
        let added = hearth.run(&["models", "import", part.to_str().unwrap(), "--json"], "");
        let added: Value = serde_json::from_slice(&added.stdout).unwrap();
        assert_eq!(added["path"], parts[0].to_str().unwrap());
        assert_eq!(added["runs"]["on"], "cpu");
    }
    std::fs::remove_file(&parts[1]).unwrap();
    let output = hearth.run(&["ask", "--model", parts[2].to_str().unwrap(), "Hello!"], "");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("parts-00002-of-00003.gguf is missing"), "{said}");
}

#[test]
fn what_nothing_here_runs_is_refused_before_it_is_copied() {
    let hearth = Hearth::new();
    let path = hearth.home.path().join("strange.gguf");
    let mut writer = Writer::new();
    writer.set("general.architecture", "strange");
    writer.tensor("token_embd.weight", &[32, 4], TensorType::Q8_0);
    writer.write(&path, &[&[0; 4 * 34]]).unwrap();
    for arguments in [&["models", "import"][..], &["models", "import", "--copy"]] {
        let refused = hearth.run(&[arguments, &[path.to_str().unwrap()]].concat(), "");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(3), "{said}");
        assert!(said.contains("`strange`"), "{said}");
    }
    assert_eq!(hearth.files_with("token_embd.weight").len(), 1);
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
