//! What runs a file is said before it is loaded, by the engines themselves.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use hearth_engine::{BackendChoice, Binaries, Runs};
use hearth_gguf::{File, TensorType, write::Writer, write::split};
use support::*;

/// Without the second engine, so that the same is said wherever this runs.
fn first_engine() -> Binaries {
    let nowhere = Some(PathBuf::from("/nowhere/hearth-mistralrs"));
    Binaries { cpu: Some(program_of(BackendChoice::Cpu)), mistralrs: nowhere }
}

fn runs(path: &Path) -> Runs {
    first_engine().check(path).unwrap()
}

/// The starter with a piece of its header replaced by one as long.
fn altered(folder: &Path, old: &str, new: &str) -> PathBuf {
    let mut bytes = fs::read(starter()).unwrap();
    assert_eq!(old.len(), new.len());
    let header = bytes.len().min(1 << 20);
    let places: Vec<_> =
        (0..header).filter(|at| bytes[*at..].starts_with(old.as_bytes())).collect();
    assert!(!places.is_empty(), "{old}");
    for at in places {
        bytes[at..at + old.len()].copy_from_slice(new.as_bytes());
    }
    let path = folder.join("altered.gguf");
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn what_our_own_backend_runs_is_said_of_one_file_and_of_several() {
    assert_eq!(runs(&starter()), Runs::Cpu);
    let dir = tempfile::tempdir().unwrap();
    let whole = File::open(starter()).unwrap();
    let tensors = whole.tensors().count();
    let parts = split(&whole, &dir.path().join("x"), &[0, 5, tensors - 5]).unwrap();
    assert_eq!(runs(&parts[2]), Runs::Cpu);
}

#[test]
fn what_runs_nowhere_is_said_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let starter = File::open(starter()).unwrap();
    let pre = starter.metadata().str("tokenizer.ggml.pre").unwrap();
    for (old, reason) in
        [(starter.architecture(), " model, which is not known"), (pre, "tokenizer")]
    {
        let strange = "x".repeat(old.len());
        let path = altered(dir.path(), old, &strange);
        let Runs::Nowhere { why } = runs(&path) else { panic!("{old}: {:?}", runs(&path)) };
        assert!(why.contains(&strange) && why.contains(reason), "{why}");
    }
    let path = dir.path().join("adapter.gguf");
    let mut writer = Writer::new();
    writer.set("general.architecture", "llama").set("general.type", "adapter");
    writer.tensor("blk.0.attn_q.weight.lora_a", &[32, 8], TensorType::F32);
    writer.write(&path, &[&[0; 32 * 8 * 4]]).unwrap();
    let Runs::Nowhere { why } = runs(&path) else { panic!() };
    assert!(why.contains("adapter (LoRA)"), "{why}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_an_engine_that_is_gone_says_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let notes = dir.path().join("notes.gguf");
    fs::write(&notes, "Buy milk.").unwrap();
    assert!(first_engine().check(&notes).is_err());
    let gone = Some(PathBuf::from("/nowhere/hearth-engine"));
    let none = Binaries { cpu: gone.clone(), mistralrs: gone };
    assert_eq!(none.check(&starter()).unwrap(), Runs::Unknown);
}

#[test]
fn the_second_engine_is_asked_where_the_first_one_declines() {
    if !backends().contains(&BackendChoice::Mistralrs) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let both = Binaries { mistralrs: Some(program_of(BackendChoice::Mistralrs)), ..first_engine() };
    let architecture = File::open(starter()).unwrap().architecture().to_owned();
    let unknown = altered(dir.path(), &architecture, &"x".repeat(architecture.len()));
    let Runs::Nowhere { why } = both.check(&unknown).unwrap() else { panic!() };
    assert!(why.contains("Nor does mistral.rs run it"), "{why}");
}
