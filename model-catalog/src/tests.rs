use std::collections::{HashMap, HashSet};
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
fn every_entry_can_be_shown() {
    for model in models() {
        let id = &model.id;
        for text in [&model.name, &model.publisher, &model.summary, &model.licence.name] {
            assert!(!text.trim().is_empty(), "{id} has an empty text");
        }
        assert!(!model.languages.is_empty(), "{id} has no language");
        assert!(!model.files.is_empty(), "{id} has no file");
        assert!(model.builtin || model.licence.url.is_some(), "{id} has no licence to read");
        let day = |text: &String| {
            let parts: Vec<_> = text.split('-').map(str::len).collect();
            parts == [4, 2, 2] && text.chars().all(|c| c.is_ascii_digit() || c == '-')
        };
        assert!(model.builtin || model.checked.as_ref().is_some_and(day), "{id}: checked when?");
        let claims = model.strengths.iter().map(|strength| &strength.source);
        let links = model.page.iter().chain(&model.licence.url).chain(claims);
        for link in links.chain(model.files.iter().filter_map(|file| file.source.as_ref())) {
            assert!(link.starts_with("https://"), "{id}: {link}");
        }
    }
}

#[test]
fn every_file_is_named_as_published_and_its_hash_has_a_source() {
    for model in models() {
        let id = &model.id;
        let mut seen = HashSet::new();
        for file in &model.files {
            let name = &file.name;
            assert!(seen.insert((&file.repository, name)), "{id} has {name} twice");
            assert!(is_plain_name(name), "{id}: {name:?} could lead elsewhere");
            assert!(name.ends_with(".gguf"), "{id}: {name} is not a model file");
            let written = file.quantization.to_string();
            assert!(name.to_uppercase().contains(&written), "{id}: {name} is not {written}");
            match &file.repository {
                Some(repository) => {
                    let (owner, rest) = repository.split_once('/').expect("owner/name");
                    assert!(is_plain_name(owner) && is_plain_name(rest), "{id}: {repository}");
                }
                None => assert!(model.builtin, "{id}: {name} comes from nowhere"),
            }
            let hex = |text: &str, length| {
                let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                text.len() == length && text.chars().all(digit)
            };
            assert!(file.sha256.as_ref().is_none_or(|hash| hex(hash, 64)), "{id}: {name}");
            assert!(model.builtin || file.sha256.is_some(), "{id}: who says what {name} is?");
            assert!(file.revision.as_ref().is_none_or(|commit| hex(commit, 40)), "{id}: {name}");
            assert!(model.builtin || file.source.is_some(), "{id}: who says that {name} exists?");
        }
    }
}

#[test]
fn there_is_a_choice_for_every_kind_and_below_four_bits_only_beside_a_better_one() {
    let offered: Vec<_> = models().iter().filter(|model| !model.builtin).collect();
    assert!(offered.len() >= 25, "{} models", offered.len());
    for kind in [Kind::Chat, Kind::Code, Kind::Reasoning, Kind::SmallTask] {
        assert!(offered.iter().filter(|model| model.kind == kind).count() >= 3, "{kind:?}");
    }
    let parameters = || offered.iter().map(|model| model.parameters);
    assert!(parameters().min() < Some(140_000_000) && parameters().max() > Some(14_000_000_000));
    for model in offered {
        let small = model.files.iter().position(|file| file.quantization.choice() == Choice::Small);
        assert!(small.is_none_or(|place| place > 0), "{}: a small file comes first", model.id);
    }
}

#[test]
fn the_built_in_files_are_those_of_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("starter");
    let Ok(sums) = std::fs::read_to_string(folder.join("SHA256SUMS")) else {
        println!("skipped: the starter has not been trained here");
        return;
    };
    let sums: HashMap<&str, &str> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name, sum))
        .collect();
    for file in models().iter().filter(|model| model.builtin).flat_map(|model| &model.files) {
        let name = file.name.as_str();
        let size =
            std::fs::metadata(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}")).len();
        assert!(file.bytes.is_none_or(|bytes| bytes == size), "{name} has {size} bytes");
        let sum = sums.get(name).unwrap_or_else(|| panic!("{name} is not in SHA256SUMS"));
        assert!(file.sha256.as_deref().is_none_or(|hash| hash == *sum), "{name} has another hash");
    }
}

#[test]
fn every_shape_gives_the_number_of_parameters() {
    for model in models().iter().filter(|model| !model.builtin) {
        let shape = model.shape.unwrap_or_else(|| panic!("{} has no shape", model.id));
        assert_eq!(shape.parameters(), model.parameters, "{}", model.id);
    }
}

#[test]
fn the_size_that_a_shape_foresees_is_that_of_the_published_file() {
    let mut compared = 0;
    for model in models() {
        for file in &model.files {
            let (Some(shape), Some(bytes)) = (model.shape, file.bytes) else { continue };
            // The vocabulary and the rest of the header are not weights.
            let foreseen = shape.weight_bytes(file.quantization) + 40 * shape.vocabulary;
            // Some conversions write a tied table twice.
            let twice = Shape { tied_embedding: false, ..shape }.weight_bytes(file.quantization);
            let near = |foreseen: u64| (foreseen as f64 / bytes as f64 - 1.0).abs() < 0.01;
            let right = near(foreseen) || near(twice + 40 * shape.vocabulary);
            assert!(right, "{}: {foreseen} foreseen, {bytes} published", file.name);
            compared += 1;
        }
    }
    assert!(compared >= 20, "only {compared} files were compared");
}

#[test]
fn every_draft_is_much_smaller_and_has_the_same_vocabulary() {
    for model in models() {
        for draft in &model.drafts {
            let draft = super::model(draft).unwrap_or_else(|| panic!("{}: {draft}", model.id));
            assert!(draft.parameters * 2 < model.parameters, "{} cannot pay", draft.id);
            let vocabulary = |model: &Model| model.shape.map(|shape| shape.vocabulary);
            assert_eq!(vocabulary(draft), vocabulary(model), "{} for {}", draft.id, model.id);
        }
    }
}

fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && name.chars().all(plain) && !name.starts_with('.')
}
