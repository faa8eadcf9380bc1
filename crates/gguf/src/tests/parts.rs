use std::fs;
use std::path::{Path, PathBuf};

use super::write_sample;
use crate::write::{Writer, split};
use crate::{Cause, Error, File, PartName, TensorType, parts_of, resolved, stamp};

/// The sample in three files: metadata alone, then two tensors, then one.
fn split_sample(folder: &Path) -> Vec<PathBuf> {
    let whole = File::open(write_sample(folder)).unwrap();
    split(&whole, &folder.join("sample"), &[0, 2, 1]).unwrap()
}

fn refusal(path: &Path) -> Error {
    File::open(path).err().expect("it must be refused")
}

/// Writes a file with these tensors of one number each, in place of the part that is there.
fn replace(part: &Path, no: u16, count: u16, tensors: i32, names: &[&str]) {
    let mut writer = Writer::new();
    writer.set("split.no", no).set("split.count", count).set("split.tensors.count", tensors);
    for name in names {
        writer.tensor(*name, &[1], TensorType::F32);
    }
    writer.write(part, &vec![&[0; 4][..]; names.len()]).unwrap();
}

#[test]
fn any_part_opens_the_whole_model() {
    let folder = tempfile::tempdir().unwrap();
    let whole = File::open(write_sample(folder.path())).unwrap();
    let parts = split_sample(folder.path());
    for part in &parts {
        let file = File::open(part).unwrap();
        assert_eq!(file.path(), parts[0]);
        assert!(file.paths().eq(&parts));
        let told = |file: &File| {
            let facts = (file.parameters(), file.quantization(), file.context_length());
            (facts, file.architecture().to_owned())
        };
        assert_eq!(told(&file), told(&whole));
        let own = |key: &&str| !key.starts_with("split.");
        assert!(file.metadata().keys().filter(own).eq(whole.metadata().keys()));
        let tokens = |file: &File| {
            let tokens = file.metadata().strs("tokenizer.ggml.tokens").unwrap();
            tokens.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(tokens(&file), tokens(&whole));
        for (tensor, in_whole) in file.tensors().zip(whole.tensors()) {
            assert_eq!(
                (tensor.name, tensor.dims, tensor.kind, tensor.data),
                (in_whole.name, in_whole.dims, in_whole.kind, in_whole.data)
            );
            assert_eq!(file.tensor(tensor.name).unwrap().data, in_whole.data);
        }
        assert_eq!(file.tensors().count(), 3);
    }
}

#[test]
fn a_missing_part_is_named() {
    for missing in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let parts = split_sample(folder.path());
        fs::remove_file(&parts[missing]).unwrap();
        for there in parts.iter().filter(|part| **part != parts[missing]) {
            let error = refusal(there);
            assert_eq!(error.path, parts[missing]);
            let told = error.to_string();
            let expected = format!("is missing: it is part {} of 3", missing + 1);
            assert!(told.contains(&expected), "{told}");
        }
    }
}

#[test]
fn a_file_that_does_not_belong_to_the_others_is_named_with_the_reason() {
    let names = ["a", "b"];
    for (no, count, tensors, why) in [
        (2, 3, 3, "it says that it is part 3 of 3"),
        (1, 4, 3, "it says that it is part 2 of 4"),
        (1, 3, 7, "its model has another number of tensors"),
        (1, 0, 3, "it is no part of a model"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let parts = split_sample(folder.path());
        replace(&parts[1], no, count, tensors, &names);
        let error = refusal(&parts[0]);
        assert_eq!(error.path, parts[1]);
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_tensor_in_two_parts_and_one_in_none_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let parts = split_sample(folder.path());
    replace(&parts[1], 1, 3, 3, &["token_embd.weight", "output.weight"]);
    let error = refusal(&parts[0]);
    assert_eq!(error.path, parts[2]);
    assert!(error.to_string().contains("it has the tensor `output.weight`"), "{error}");

    replace(&parts[1], 1, 3, 3, &["token_embd.weight"]);
    let error = refusal(&parts[2]);
    assert_eq!(error.path, parts[0]);
    assert!(matches!(error.cause, Cause::TensorCount { stated: 3, found: 2 }), "{error}");
}

#[test]
fn a_part_that_is_damaged_is_the_one_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let parts = split_sample(folder.path());
    let bytes = fs::read(&parts[2]).unwrap();
    fs::write(&parts[2], &bytes[..bytes.len() - 40]).unwrap();
    let error = refusal(&parts[0]);
    assert_eq!(error.path, parts[2]);
    assert!(matches!(error.cause, Cause::TensorOutside { .. }), "{error}");
}

#[test]
fn a_part_under_another_name_is_told_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let parts = split_sample(folder.path());
    for name in ["model.gguf", "sample-00002-of-00002.gguf", "sample-2-of-3.gguf"] {
        let renamed = folder.path().join(name);
        fs::copy(&parts[1], &renamed).unwrap();
        let error = refusal(&renamed);
        assert_eq!(error.path, renamed);
        assert!(error.to_string().contains("-00002-of-00003.gguf"), "{error}");
    }
    replace(&parts[1], 1, 60_000, 3, &[]);
    let error = refusal(&parts[1]);
    assert!(matches!(error.cause, Cause::Limit { value: 60_000, .. }), "{error}");
}

#[test]
fn names_of_parts_are_told_from_others() {
    let name = PartName::parse("Qwen3-235B-Q4_K_M-00002-of-00003.gguf").unwrap();
    assert_eq!((name.stem(), name.number()), ("Qwen3-235B-Q4_K_M", 2));
    let all: Vec<_> = name.all().collect();
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], "Qwen3-235B-Q4_K_M-00003-of-00003.gguf");
    for other in [
        "model.gguf",
        "-00001-of-00003.gguf",
        "a-00000-of-00003.gguf",
        "a-00004-of-00003.gguf",
        "a-00001-of-09999.gguf",
        "a-1-of-3.gguf",
        "a-+0001-of-00003.gguf",
        "a-00001-of-00003.safetensors",
        "é.gguf",
        "ü",
    ] {
        assert_eq!(PartName::parse(other), None, "{other}");
    }
}

#[test]
fn a_model_is_as_large_as_all_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let parts = split_sample(folder.path());
    let len = |path: &Path| fs::metadata(path).unwrap().len();
    let bytes: u64 = parts.iter().map(|part| len(part)).sum();
    let (counted, written) = stamp(&parts[0]);
    assert_eq!(counted, bytes);
    assert!(parts.iter().any(|part| fs::metadata(part).unwrap().modified().ok() == written));
    let whole = folder.path().join("sample.gguf");
    assert_eq!(stamp(&whole).0, len(&whole));
    assert_eq!(stamp(&folder.path().join("gone.gguf")), (0, None));
}

/// As in the cache of Hugging Face.
#[cfg(unix)]
#[test]
fn parts_are_found_where_only_links_have_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let (blobs, snapshot) = (folder.path().join("blobs"), folder.path().join("snapshot"));
    [&blobs, &snapshot].iter().for_each(|path| fs::create_dir(path).unwrap());
    for (number, part) in split_sample(folder.path()).into_iter().enumerate() {
        let name = part.file_name().unwrap();
        let blob = blobs.join(format!("blob-{number}"));
        fs::rename(&part, &blob).unwrap();
        std::os::unix::fs::symlink(&blob, snapshot.join(name)).unwrap();
    }
    let link = folder.path().join("by-a-link");
    std::os::unix::fs::symlink(&snapshot, &link).unwrap();
    let named = link.join("sample-00003-of-00003.gguf");
    let path = resolved(&named).unwrap();
    assert_eq!(path, snapshot.canonicalize().unwrap().join("sample-00003-of-00003.gguf"));
    assert_eq!(File::open(path).unwrap().tensors().count(), 3);
    let first: Vec<_> = parts_of(&named);
    assert_eq!(first[0], link.join("sample-00001-of-00003.gguf"));
    assert!(resolved(&link.join("other-00001-of-00003.gguf")).is_err());
}
