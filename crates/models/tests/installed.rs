use std::fs;
use std::path::{Path, PathBuf};

use hearth_gguf::TensorType;
use hearth_gguf::write::{Writer, split};
use hearth_models::found::Places;
use hearth_models::{Error, Installed, Measured, Pairing, Verified};
use tempfile::TempDir;

/// A small file with the header of a real model.
fn model_file(path: &Path, name: Option<&str>) -> PathBuf {
    let mut writer = Writer::new();
    writer.set("general.architecture", "llama").set("llama.context_length", 2048u32);
    if let Some(name) = name {
        writer.set("general.name", name);
    }
    writer.tensor("token_embd.weight", &[32, 4], TensorType::Q8_0);
    writer.write(path, &[&[0; 4 * 34]]).unwrap();
    path.to_owned()
}

/// An empty list, without a starter.
fn empty() -> (TempDir, Installed) {
    let folder = tempfile::tempdir().unwrap();
    let installed = Installed::open(folder.path(), None);
    (folder, installed)
}

fn added(installed: &Installed) -> Vec<hearth_models::InstalledModel> {
    installed.models().into_iter().filter(|model| !model.builtin).collect()
}

#[test]
fn an_added_file_is_listed_with_what_it_says_about_itself() {
    let (folder, installed) = empty();
    let path = model_file(&folder.path().join("a.gguf"), Some("Tiny\u{202e} llama\n"));
    let model = installed.add(&path).unwrap();
    assert_eq!(model.id, path.to_str().unwrap());
    assert_eq!(model.name, "Tiny llama", "text from a file cannot turn or break the line");
    assert_eq!(model.file_bytes, fs::metadata(&path).unwrap().len());
    let facts = model.facts.clone().unwrap();
    assert_eq!(facts.architecture, "llama");
    assert_eq!((facts.parameters, facts.context_length), (128, Some(2048)));
    assert_eq!(facts.quantization.as_deref(), Some("Q8_0"));

    let unnamed = model_file(&folder.path().join("Qwen3-0.6B.gguf"), None);
    assert_eq!(installed.add(&unnamed).unwrap().name, "Qwen3-0.6B");
    assert_eq!(installed.add(&path).unwrap(), model, "adding twice is adding once");
    let again = Installed::open(folder.path(), None);
    assert_eq!(added(&again), added(&installed), "the list is kept");
    assert_eq!(added(&again).len(), 2);
}

#[test]
fn removing_forgets_the_reference_and_leaves_the_file() {
    let (folder, installed) = empty();
    let path = model_file(&folder.path().join("a.gguf"), None);
    let id = installed.add(&path).unwrap().id;
    installed.remove(&id).unwrap();
    assert!(added(&installed).is_empty());
    assert!(path.exists());
    assert!(matches!(installed.remove(&id), Err(Error::NotInstalled { .. })));
    assert!(matches!(installed.remove("starter"), Err(Error::Builtin { .. })));
}

#[test]
fn what_is_not_a_model_is_refused_with_the_cause() {
    let (folder, installed) = empty();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let cases = [
        file("key.gguf", b"sk-secret"),
        file("empty.gguf", b""),
        file("cut.gguf", b"GGUF\x03\0\0\0"),
        folder.path().to_owned(),
        folder.path().join("missing.gguf"),
    ];
    for path in cases {
        let error = installed.add(&path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert!(!error.contains("sk-secret"), "no contents in a message");
    }
    assert!(added(&installed).is_empty());
}

#[test]
fn a_file_that_went_bad_stays_listed_with_the_cause() {
    let (folder, installed) = empty();
    let path = model_file(&folder.path().join("a.gguf"), Some("Tiny"));
    installed.add(&path).unwrap();
    fs::write(&path, "<html>").unwrap();
    let model = added(&installed).remove(0);
    assert_eq!(model.name, "a");
    assert!(model.facts.unwrap_err().contains("a.gguf"));

    fs::remove_file(&path).unwrap();
    let model = added(&installed).remove(0);
    assert_eq!(model.file_bytes, 0);
    assert!(model.facts.is_err());

    model_file(&path, Some("Tiny"));
    assert_eq!(added(&installed)[0].name, "Tiny", "and works when it is back");
}

#[test]
fn a_list_that_cannot_be_understood_is_put_aside_and_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("models.json"), [0; 100]).unwrap();
    let installed = Installed::open(folder.path(), None);
    assert!(installed.notice().unwrap().contains("models.json.damaged"));
    assert_eq!(fs::read(folder.path().join("models.json.damaged")).unwrap(), [0; 100]);
    let path = model_file(&folder.path().join("a.gguf"), None);
    installed.add(&path).unwrap();
    assert_eq!(added(&Installed::open(folder.path(), None)).len(), 1);
}

#[test]
fn a_list_that_ends_too_early_is_put_aside_as_well() {
    for cut in ["", "{\"version\": 1, \"fil"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("models.json"), cut).unwrap();
        let installed = Installed::open(folder.path(), None);
        assert!(installed.notice().is_some(), "{cut:?}");
        installed.add(&model_file(&folder.path().join("a.gguf"), None)).unwrap();
    }
}

#[test]
fn the_starter_is_there_with_its_draft_and_says_when_its_files_are_not() {
    let (_folder, installed) = empty();
    let missing = installed.model("starter").unwrap();
    assert!(missing.facts.unwrap_err().contains("Install Hearth again"));

    let starter = tempfile::tempdir().unwrap();
    model_file(&starter.path().join("starter-6m-q8_0.gguf"), Some("in the file"));
    model_file(&starter.path().join("starter-draft-1m-q8_0.gguf"), None);
    let data = tempfile::tempdir().unwrap();
    let installed = Installed::open(data.path(), Some(starter.path().to_owned()));
    let models = installed.models();
    assert_eq!(models.len(), 1, "the draft is not offered by itself");
    assert_eq!((models[0].id.as_str(), models[0].name.as_str()), ("starter", "Hearth starter"));
    assert!(models[0].builtin && models[0].facts.is_ok());
    assert_eq!(models[0].draft, Some(starter.path().join("starter-draft-1m-q8_0.gguf")));
}

#[test]
fn a_copy_is_hearths_own_and_a_removal_can_be_taken_back() {
    let (folder, installed) = empty();
    let store = folder.path().join("models");
    let mine = model_file(&folder.path().join("Tiny: one!.gguf"), Some("Tiny"));
    let copy = installed.import(&mine, &store).unwrap();
    assert_eq!(copy.path, store.join("imported/Tiny--one.gguf"));
    assert!(copy.owned);
    let second = installed.import(&mine, &store).unwrap();
    assert_eq!(second.path, store.join("imported/Tiny--one-2.gguf"));
    assert!(matches!(installed.verify(&copy.id).unwrap(), Verified::AsPublished));

    installed.remove(&copy.id).unwrap();
    assert!(!copy.path.exists() && installed.model(&copy.id).is_none());
    assert_eq!(installed.restore(&copy.id).unwrap(), copy);
    assert!(copy.path.exists());

    installed.remove(&copy.id).unwrap();
    installed.purge(std::time::Duration::from_secs(60)).unwrap();
    installed.restore(&copy.id).unwrap();
    installed.remove(&copy.id).unwrap();
    installed.purge(std::time::Duration::ZERO).unwrap();
    assert!(matches!(installed.restore(&copy.id), Err(Error::NotInstalled { .. })));
    let left = fs::read_dir(store.join("imported")).unwrap().count();
    assert_eq!(left, 1, "the second copy");
    assert!(mine.exists(), "the user's own file is never touched");
}

#[test]
fn a_changed_file_is_noticed_and_an_unknown_one_is_not_praised() {
    let (folder, installed) = empty();
    let mine = model_file(&folder.path().join("a.gguf"), None);
    let by_reference = installed.add(&mine).unwrap();
    assert!(matches!(installed.verify(&by_reference.id).unwrap(), Verified::Unknown));
    let copy = installed.import(&mine, &folder.path().join("models")).unwrap();
    let mut bytes = fs::read(&copy.path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&copy.path, bytes).unwrap();
    assert!(matches!(installed.verify(&copy.id).unwrap(), Verified::Changed));
}

#[test]
fn a_list_of_paths_alone_is_still_understood() {
    let folder = tempfile::tempdir().unwrap();
    let path = model_file(&folder.path().join("a.gguf"), Some("Tiny"));
    let list = serde_json::json!({ "version": 1, "files": [path] });
    fs::write(folder.path().join("models.json"), list.to_string()).unwrap();
    let installed = Installed::open(folder.path(), None);
    assert_eq!(installed.notice(), None);
    assert_eq!(added(&installed)[0].name, "Tiny");
}

#[test]
fn models_of_other_programs_are_found_where_they_are() {
    let home = tempfile::tempdir().unwrap();
    let large = |path: &str| {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut writer = Writer::new();
        writer.set("general.architecture", "llama");
        writer.tensor("token_embd.weight", &[32, 40_000], TensorType::Q8_0);
        writer.write(&path, &[&vec![0; 40_000 * 34]]).unwrap();
        path
    };
    let lm_studio = large("lm/maker/some-GGUF/some-Q8_0.gguf");
    let jan = large("jan/qwen/model.gguf");
    let digits = "ab".repeat(32);
    let blob = large(&format!("ollama/blobs/sha256-{digits}"));
    let manifests = home.path().join("ollama/manifests/registry.ollama.ai/library/tiny");
    fs::create_dir_all(&manifests).unwrap();
    let layer = |digest: String| {
        let media = "application/vnd.ollama.image.model";
        serde_json::json!({ "layers": [{ "mediaType": media, "digest": digest }] }).to_string()
    };
    fs::write(manifests.join("latest"), layer(format!("sha256:{digits}"))).unwrap();
    fs::write(manifests.join("hostile"), layer("sha256:../../../lm".into())).unwrap();
    fs::write(manifests.join("broken"), "{").unwrap();
    model_file(&home.path().join("jan/too-small.gguf"), None);
    fs::write(home.path().join("jan/no.gguf"), vec![0; 2 << 20]).unwrap();

    let places = Places {
        lm_studio: vec![home.path().join("lm"), home.path().join("missing")],
        ollama: vec![home.path().join("ollama")],
        jan: vec![home.path().join("jan")],
        hugging_face: vec![home.path().join("lm")],
    };
    let found = places.look();
    let found: Vec<_> =
        found.iter().map(|model| (model.program, model.name.as_str(), &model.path)).collect();
    let expected = [
        ("Jan", "model", &jan),
        ("LM Studio", "some-Q8_0", &lm_studio),
        ("Ollama", "tiny:latest", &blob),
    ];
    assert_eq!(found, expected);
}

/// A model with so many rows of weights, in three files; the metadata is alone in the first.
fn model_parts(stem: &Path, rows: u64) -> Vec<PathBuf> {
    fs::create_dir_all(stem.parent().unwrap()).unwrap();
    let whole = stem.with_file_name("whole.tmp");
    let mut writer = Writer::new();
    writer.set("general.architecture", "llama");
    let data: Vec<u8> = (0..rows as usize * 34).map(|i| (i % 251) as u8).collect();
    writer.tensor("token_embd.weight", &[32, rows], TensorType::Q8_0);
    writer.tensor("output.weight", &[32, rows], TensorType::Q8_0);
    writer.write(&whole, &[&data, &data]).unwrap();
    let parts = split(&hearth_gguf::File::open(&whole).unwrap(), stem, &[0, 1, 1]).unwrap();
    fs::remove_file(whole).unwrap();
    parts
}

fn bytes_of(files: &[PathBuf]) -> u64 {
    files.iter().map(|file| fs::metadata(file).unwrap().len()).sum()
}

#[test]
fn the_parts_of_a_model_are_one_row_by_whichever_they_are_added() {
    let (folder, installed) = empty();
    let parts = model_parts(&folder.path().join("Big-Q8_0"), 8);
    for part in &parts {
        let model = installed.add(part).unwrap();
        assert_eq!(model.path, parts[0]);
        assert_eq!(model.name, "Big-Q8_0");
        assert_eq!(model.file_bytes, bytes_of(&parts));
        assert_eq!(model.facts.unwrap().parameters, 2 * 8 * 32);
    }
    assert_eq!(added(&installed).len(), 1);
    assert_eq!(installed.verify(parts[0].to_str().unwrap()).unwrap(), Verified::Unknown);

    // Whatever becomes of one of them is seen.
    let (third, elsewhere) = (&parts[2], folder.path().join("elsewhere"));
    fs::rename(third, &elsewhere).unwrap();
    let told = added(&installed).remove(0).facts.unwrap_err();
    assert!(told.contains("Big-Q8_0-00003-of-00003.gguf is missing"), "{told}");
    let refused = installed.add(&parts[1]).unwrap_err().to_string();
    assert!(refused.contains("Big-Q8_0-00003-of-00003.gguf is missing"), "{refused}");
    fs::rename(&elsewhere, third).unwrap();
    assert!(added(&installed).remove(0).facts.is_ok());

    installed.remove(parts[0].to_str().unwrap()).unwrap();
    assert!(parts.iter().all(|part| part.exists()), "the user's own files stay");
}

#[test]
fn a_copy_of_a_model_in_parts_has_all_of_them_and_goes_with_all_of_them() {
    let (folder, installed) = empty();
    let parts = model_parts(&folder.path().join("Big one"), 8);
    let store = folder.path().join("models");
    let copy = installed.import(&parts[1], &store).unwrap();
    let named = |name: &str| {
        let names = (1..=3).map(|n| format!("imported/{name}-{n:05}-of-00003.gguf"));
        names.map(|name| store.join(name)).collect::<Vec<_>>()
    };
    let copies = named("Big-one");
    assert_eq!(copy.path, copies[0]);
    for (copy, part) in copies.iter().zip(&parts) {
        assert_eq!(fs::read(copy).unwrap(), fs::read(part).unwrap());
    }
    assert_eq!(copy.sums.len(), 3);
    // A name that is taken for one part is taken for all.
    fs::write(&named("Big-one-2")[2], "somebody's").unwrap();
    assert_eq!(installed.import(&parts[0], &store).unwrap().path, named("Big-one-3")[0]);
    assert!(!named("Big-one-2")[0].exists() && !named("Big-one-2")[1].exists());
    let again = Installed::open(folder.path(), None);
    assert_eq!(again.model(&copy.id).as_ref(), Some(&copy), "the list is kept");

    assert_eq!(installed.verify(&copy.id).unwrap(), Verified::AsPublished);
    let mut bytes = fs::read(&copies[2]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&copies[2], &bytes).unwrap();
    assert_eq!(installed.verify(&copy.id).unwrap(), Verified::Changed);

    installed.remove(&copy.id).unwrap();
    assert!(copies.iter().all(|copy| !copy.exists()));
    installed.restore(&copy.id).unwrap();
    assert!(copies.iter().all(|copy| copy.exists()));
    installed.remove(&copy.id).unwrap();
    installed.purge(std::time::Duration::ZERO).unwrap();
    let left = fs::read_dir(store.join("imported")).unwrap().flatten();
    let left = left.filter(|file| file.file_name().to_string_lossy().starts_with("Big-one-0"));
    assert_eq!(left.count(), 0, "neither under its name nor aside");
}

#[test]
fn a_model_in_parts_is_found_once_and_only_whole() {
    let home = tempfile::tempdir().unwrap();
    let whole = model_parts(&home.path().join("lm/maker/big/Big-Q8_0"), 20_000);
    let holed = model_parts(&home.path().join("lm/maker/holed/Holed"), 20_000);
    fs::remove_file(&holed[1]).unwrap();
    let places = Places { lm_studio: vec![home.path().join("lm")], ..Places::default() };
    let found = places.look();
    let found: Vec<_> =
        found.iter().map(|model| (model.name.as_str(), &model.path, model.bytes)).collect();
    assert_eq!(found, [("Big-Q8_0", &whole[0], bytes_of(&whole))]);
}

/// A file with so many rows, whose tokens are these.
fn with_tokens(path: &Path, rows: u64, tokens: &[&str]) -> PathBuf {
    let mut writer = Writer::new();
    let tokens: Vec<String> = tokens.iter().map(|token| (*token).to_owned()).collect();
    writer
        .set("general.architecture", "llama")
        .set("tokenizer.ggml.model", "gpt2")
        .set("tokenizer.ggml.tokens", tokens)
        .tensor("token_embd.weight", &[32, rows], TensorType::Q8_0);
    writer.write(path, &[&vec![0; rows as usize * 34]]).unwrap();
    path.to_owned()
}

#[test]
fn a_much_smaller_model_with_the_same_tokens_drafts() {
    let (folder, installed) = empty();
    let file = |name: &str, rows, tokens: &[&str]| {
        let path = with_tokens(&folder.path().join(name), rows, tokens);
        installed.add(&path).unwrap();
        path
    };
    let large = file("large.gguf", 64, &["a", "b"]);
    let half = file("half.gguf", 32, &["a", "b"]);
    file("small.gguf", 8, &["a", "b"]);
    let smallest = file("smallest.gguf", 4, &["a", "b"]);
    file("other.gguf", 2, &["b", "a"]);
    let draft_of = |path: &Path| {
        let models = installed.models();
        models.into_iter().find(|model| model.path == path).unwrap().draft
    };
    assert_eq!(draft_of(&large), Some(smallest.clone()));
    assert_eq!(draft_of(&half), Some(smallest.clone()));
    assert_eq!(draft_of(&smallest), None, "nothing is a quarter of it, and no model its own draft");
}

#[test]
fn what_a_pair_gained_is_kept_until_it_is_measured_again() {
    let (folder, installed) = empty();
    let model = model_file(&folder.path().join("a.gguf"), None);
    let draft = model_file(&folder.path().join("b.gguf"), None);
    let pairing = Pairing { model: model.clone(), draft: Some(draft), repetitions: true };
    let alone = Pairing { draft: None, ..pairing.clone() };
    let measured = |pairing: &Pairing, speedup| Measured {
        pairing: pairing.clone(),
        gain: hearth_chat::gain::Gain {
            plain_tok_s: 10.0,
            tok_s: 10.0 * speedup,
            speedup,
            drafted: 8,
            accepted: 5,
        },
        off_reason: None,
        memory_bytes: Some(1 << 20),
        at_ms: 1,
    };
    assert_eq!(installed.measured(pairing.clone()), None);
    installed.keep_measured(measured(&pairing, 1.5)).unwrap();
    installed.keep_measured(measured(&alone, 1.1)).unwrap();
    installed.keep_measured(measured(&pairing, 1.25)).unwrap();

    let again = Installed::open(folder.path(), None);
    assert_eq!(again.measured(pairing).unwrap().gain.speedup, 1.25);
    assert_eq!(again.measured(alone.clone()).unwrap().gain.speedup, 1.1);
    #[cfg(unix)]
    {
        let by_a_link = folder.path().join("link.gguf");
        std::os::unix::fs::symlink(&model, &by_a_link).unwrap();
        let same = Pairing { model: by_a_link, ..alone };
        assert!(again.measured(same).is_some(), "a link leads to the same file");
    }
}
