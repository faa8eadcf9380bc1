use std::collections::HashSet;
use std::path::Path;

use super::*;

#[test]
fn every_file_in_the_folder_is_embedded_under_its_id() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut embedded: Vec<_> = EMBEDDED.iter().map(|(id, _)| format!("{id}.toml")).collect();
    embedded.sort();
    assert_eq!(embedded, names);
    for ((id, _), model) in EMBEDDED.iter().zip(models()) {
        assert_eq!(*id, model.id);
    }
}

#[test]
fn every_entry_can_be_shown_and_trusted() {
    for model in models() {
        let id = &model.id;
        assert!(!model.files.is_empty(), "{id} has no file");
        for text in [&model.name, &model.publisher, &model.summary, &model.licence.name] {
            assert!(!text.trim().is_empty(), "{id} has an empty text");
        }
        assert!(!model.languages.is_empty(), "{id} has no language");
        let mut names = HashSet::new();
        for file in &model.files {
            let name = &file.name;
            assert!(names.insert(name), "{id} has {name} twice");
            assert!(is_plain_name(name), "{id}: {name:?} could lead elsewhere");
            assert!(name.ends_with(".gguf"), "{id}: {name} is not a model file");
            if let Some(hash) = &file.sha256 {
                let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                assert!(hash.len() == 64 && hash.chars().all(hex), "{id}: {hash} is no SHA-256");
            }
        }
    }
}

#[test]
fn every_draft_is_a_smaller_model_that_is_there() {
    for model in models() {
        for draft in &model.drafts {
            let draft = super::model(draft).unwrap_or_else(|| panic!("{}: {draft}", model.id));
            assert!(draft.parameters * 2 < model.parameters, "{} cannot pay", draft.id);
        }
    }
}

fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    name.chars().all(plain) && !name.starts_with('.')
}
