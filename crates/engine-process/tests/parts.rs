//! The starter in several files, through the real engine process, with both backends.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use hearth_chat::{DraftChoice, ErrorKind, SpeculationOff};
use hearth_engine::{BackendChoice, ModelSpec};
use hearth_gguf::{File, write::split};
use support::*;

/// The first has the metadata alone, as of a model whose tensors come later.
fn split_model(model: &Path, folder: &Path) -> Vec<PathBuf> {
    let whole = File::open(model).unwrap();
    let tensors = whole.tensors().count();
    split(&whole, &folder.join("starter"), &[0, tensors / 2, tensors - tensors / 2]).unwrap()
}

fn by(part: &Path, backend: BackendChoice) -> ModelSpec {
    ModelSpec { path: part.to_owned(), ..spec(backend) }
}

#[tokio::test]
async fn answers_are_those_of_the_single_file_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    let parts = split_model(&starter(), dir.path());
    for backend in backends() {
        let (whole, engine) = (engine(), engine());
        for (part, prompt) in parts.iter().zip(["Hello!", "What is 2 + 2?", "Name a colour."]) {
            let expected = whole.model(spec(backend)).stream(question(prompt));
            let expected = read(expected).await.unwrap();
            let answer = engine.model(by(part, backend)).stream(question(prompt));
            let answer = read(answer).await.unwrap();
            assert_eq!(answer.text, expected.text, "{backend:?}");
            let scores = |answer: &Answered| {
                let tokens = answer.pieces.iter().flat_map(|piece| piece.tokens.clone());
                tokens.map(|token| token.score.unwrap().logprob.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!(scores(&answer), scores(&expected), "{backend:?}");
        }
    }
}

/// As in the cache of Hugging Face: the engine may read what the names lead to.
#[cfg(unix)]
#[tokio::test]
async fn parts_may_be_links_to_files_without_names() {
    let dir = tempfile::tempdir().unwrap();
    let [blobs, snapshot] = ["blobs", "snapshot"].map(|name| dir.path().join(name));
    [&blobs, &snapshot].iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let mut first = None;
    for (number, part) in split_model(&starter(), dir.path()).into_iter().enumerate() {
        let blob = blobs.join(number.to_string());
        fs::rename(&part, &blob).unwrap();
        let link = snapshot.join(part.file_name().unwrap());
        std::os::unix::fs::symlink(blob, &link).unwrap();
        first.get_or_insert(link);
    }
    let first = first.unwrap();
    for backend in backends() {
        let answer = engine().model(by(&first, backend)).stream(question("Hello!"));
        assert!(!read(answer).await.unwrap().text.is_empty(), "{backend:?}");
    }
}

#[tokio::test]
async fn a_missing_part_is_named_before_anything_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let parts = split_model(&starter(), dir.path());
    fs::remove_file(&parts[1]).unwrap();
    for backend in backends() {
        let engine = engine();
        let error = engine.load(by(&parts[0], backend)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ModelFile, "{error}");
        assert!(error.message.contains("starter-00002-of-00003.gguf is missing"), "{error}");
        fs::copy(starter(), &parts[1]).unwrap();
        let error = engine.load(by(&parts[0], backend)).await.unwrap_err();
        assert!(error.message.contains("it is no part of a model"), "{error}");
        fs::remove_file(&parts[1]).unwrap();
    }
}

#[tokio::test]
async fn a_draft_may_be_in_several_files_too() {
    let dir = tempfile::tempdir().unwrap();
    let draft = starter().with_file_name("starter-draft-1m-q8_0.gguf");
    let parts = split_model(&draft, dir.path());
    let draft = DraftChoice::Model(parts[0].to_str().unwrap().into());
    let model = engine().model(ModelSpec { draft, ..spec(BackendChoice::Cpu) });
    let answer = read(model.stream(question("Hello!"))).await.unwrap();
    let off = answer.outcome.speculation.unwrap().off_reason;
    // On a busy machine it may not pay; it is there all the same.
    assert!(matches!(off, None | Some(SpeculationOff::NotFaster)), "{off:?}");
}
