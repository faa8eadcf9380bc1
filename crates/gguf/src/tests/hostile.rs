use super::{cause, refusal, write_sample};
use crate::header::{self, Stop};
use crate::write::Writer;
use crate::{Cause, File, Metadata, TensorType};

fn sample_bytes() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::read(write_sample(folder.path())).unwrap()
}

/// A header by hand: counts, then anything.
fn header(tensors: u64, entries: u64, rest: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend(tensors.to_le_bytes());
    bytes.extend(entries.to_le_bytes());
    bytes.extend(rest.concat());
    bytes
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn tensor(name: &str, dims: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let mut bytes = string(name);
    bytes.extend((dims.len() as u32).to_le_bytes());
    dims.iter().for_each(|dim| bytes.extend(dim.to_le_bytes()));
    bytes.extend(kind.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes
}

#[test]
fn what_is_not_a_model_is_named_for_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let of = |path: &std::path::Path| File::open(path).err().unwrap();
    assert!(matches!(of(folder.path()).cause, Cause::Directory));
    let missing = of(&folder.path().join("gone.gguf"));
    assert!(matches!(missing.cause, Cause::Io(_)));
    assert!(missing.to_string().contains("gone.gguf could not be read"), "{missing}");

    assert!(matches!(cause(b""), Cause::Empty));
    let says = |bytes: &[u8], words: &str| {
        let error = refusal(bytes).to_string();
        assert!(
            error.contains("model.gguf is not a GGUF model") && error.contains(words),
            "{error}"
        );
    };
    says(b"Dear diary", "does not begin with");
    says(b"GG", "does not begin with");
    says(b"version https://git-lfs.github.com/spec/v1\n", "Git LFS");
    says(b"<!doctype html>", "web page");
    says(b"tjgg\x03\0\0\0", "older GGML");
    says(b"PK\x03\x04zip", "PyTorch");
    says(b"\x10\0\0\0\0\0\0\0{\"a\":1}", "safetensors");
    says(&[0; 64], "zeros");
}

#[cfg(unix)]
#[test]
fn a_socket_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket.gguf");
    let _listening = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(matches!(File::open(&path).err().unwrap().cause, Cause::NotAFile));
}

#[test]
fn other_versions_and_byte_orders_are_refused() {
    assert!(matches!(cause(b"GGUF\x01\0\0\0"), Cause::Version(1)));
    assert!(matches!(cause(b"GGUF\x09\0\0\0"), Cause::Version(9)));
    assert!(matches!(cause(b"GGUF\0\0\0\x03"), Cause::BigEndian));
    assert!(matches!(cause(b"GGUF"), Cause::Truncated { .. }), "four bytes (CVE-2024-39720)");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = sample_bytes();
    for len in 4..whole.len() {
        // The last tensor is 288 bytes, a multiple of 32, so nothing after it is padding.
        let error = refusal_without_disk(&whole[..len]);
        assert!(
            matches!(error, Cause::Truncated { .. } | Cause::TensorOutside { .. }),
            "{len}: {error}"
        );
    }
}

fn refusal_without_disk(bytes: &[u8]) -> Cause {
    match header::parse(bytes, bytes.len() as u64) {
        Err(Stop::Broken(cause)) => cause,
        Err(Stop::NeedMore) => panic!("there is no more"),
        Ok(_) => panic!("the file must be refused"),
    }
}

#[test]
fn lengths_beyond_the_file_or_the_caps_are_refused_before_they_are_used() {
    let huge = u64::MAX.to_le_bytes();
    assert!(matches!(cause(&header(u64::MAX, 0, &[])), Cause::Limit { .. }));
    assert!(matches!(cause(&header(0, u64::MAX, &[])), Cause::Limit { .. }));
    assert!(matches!(cause(&header(0, 1, &[&huge])), Cause::Limit { .. }), "a key's length");
    let million = 1_000_000u64.to_le_bytes();
    assert!(matches!(cause(&header(0, 1, &[&million])), Cause::Truncated { .. }));
    let array = |kind: u32, count: [u8; 8]| {
        header(0, 1, &[&string("k"), &9u32.to_le_bytes(), &kind.to_le_bytes(), &count])
    };
    assert!(matches!(cause(&array(0, huge)), Cause::Limit { .. }));
    assert!(matches!(cause(&array(12, million)), Cause::Truncated { .. }));
    assert!(matches!(cause(&array(8, million)), Cause::Truncated { .. }));
    assert!(matches!(cause(&array(9, [0; 8])), Cause::ValueType { .. }), "arrays of arrays");
    assert!(matches!(cause(&array(77, [0; 8])), Cause::ValueType { kind: 77, .. }));
}

#[test]
fn names_and_what_the_model_is_must_be_utf8() {
    let latin = [&4u64.to_le_bytes()[..], b"Jos\xe9"].concat();
    assert!(matches!(cause(&header(0, 1, &[&latin])), Cause::Utf8 { offset: 32 }));
    assert!(matches!(cause(&header(1, 0, &[&latin])), Cause::Utf8 { offset: 32 }), "a tensor");
    let entry = |key: &str| header(0, 1, &[&string(key), &8u32.to_le_bytes(), &latin]);
    for key in ["general.architecture", "tokenizer.chat_template", "tokenizer.ggml.pre"] {
        assert!(matches!(cause(&entry(key)), Cause::Utf8 { .. }), "{key}");
    }
    let list = [&8u32.to_le_bytes()[..], &1u64.to_le_bytes(), &latin].concat();
    let array = |key: &str| header(0, 1, &[&string(key), &9u32.to_le_bytes(), &list]);
    assert!(matches!(cause(&array("tokenizer.ggml.merges")), Cause::Utf8 { .. }));
}

#[test]
fn a_name_in_another_encoding_is_no_name_and_a_token_is_any_bytes() {
    let latin = [&4u64.to_le_bytes()[..], b"Jos\xe9"].concat();
    let list = [&8u32.to_le_bytes()[..], &1u64.to_le_bytes(), &latin].concat();
    let bytes = header(
        0,
        3,
        &[
            &string("general.name"),
            &8u32.to_le_bytes(),
            &latin,
            &string("general.tags"),
            &9u32.to_le_bytes(),
            &list,
            &string("tokenizer.ggml.tokens"),
            &9u32.to_le_bytes(),
            &list,
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gguf");
    std::fs::write(&path, bytes).unwrap();
    let file = File::open(&path).unwrap();
    let metadata = file.metadata();
    assert_eq!(metadata.str("general.name"), None);
    assert_eq!(metadata.strs("general.tags").unwrap().collect::<Vec<_>>(), ["\u{fffd}"]);
    let tokens = metadata.byte_strs("tokenizer.ggml.tokens").unwrap();
    assert_eq!(tokens.collect::<Vec<_>>(), [b"Jos\xe9"]);
}

#[test]
fn an_alignment_must_be_a_power_of_two_within_reason() {
    for alignment in [0u32, 3, 1 << 21, u32::MAX] {
        let mut writer = Writer::new();
        writer.set("general.alignment", alignment);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        writer.write(&path, &[]).unwrap();
        let error = File::open(&path).err().unwrap();
        assert!(matches!(error.cause, Cause::Alignment(a) if a == u64::from(alignment)), "{error}");
    }
}

#[test]
fn a_name_twice_is_refused() {
    let twice = [string("k"), vec![7, 0, 0, 0, 1]].concat();
    let error = cause(&header(0, 2, &[&twice, &twice]));
    assert!(matches!(error, Cause::DuplicateKey(key) if key == "k"));
    let twice = tensor("t", &[1], 0, 0);
    let error = cause(&header(2, 0, &[&twice, &twice, &[0; 64]]));
    assert!(matches!(error, Cause::DuplicateTensor(name) if name == "t"));
}

#[test]
fn an_error_quotes_a_name_short_and_with_nothing_hidden() {
    let evil = "\u{1b}]52;c;cm0=\u{7}\u{9b}2J\u{202e}gnp\r\n".repeat(100_000);
    let kind = |kind: u32| [string(&evil), kind.to_le_bytes().to_vec()].concat();
    let once = [kind(7), vec![1]].concat();
    let twice = tensor(&evil, &[1], 0, 0);
    let one = |dims: &[u64], kind, offset| header(1, 0, &[&tensor(&evil, dims, kind, offset)]);
    for bytes in [
        header(0, 1, &[&kind(77)]),
        header(0, 1, &[&kind(9), &9_u32.to_le_bytes()]),
        header(0, 2, &[&once, &once]),
        header(2, 0, &[&twice, &twice, &[0; 64]]),
        one(&[1], 4, 0),
        one(&[u64::MAX, 9], 0, 0),
        one(&[1], 0, 8),
        one(&[1], 0, u64::MAX - 63),
    ] {
        let said = cause(&bytes).to_string();
        assert!(said.contains("52;c;cm0="), "it is quoted: {said}");
        assert!(said.len() < 1200, "{} bytes", said.len());
        assert!(!said.contains(|c: char| c.is_control() || c == '\u{202e}'), "{said:?}");
    }
    assert!(cause(&one(&[4], 4, 0)).to_string().contains('…'));
    let plain = cause(&header(1, 0, &[&tensor("blk.0.ffn_up.weight", &[4], 4, 0)]));
    assert!(plain.to_string().contains("`blk.0.ffn_up.weight`"), "{plain}");
}

#[test]
fn a_tensor_must_have_a_possible_shape_and_lie_inside_the_file() {
    let one =
        |dims: &[u64], kind, offset| cause(&header(1, 0, &[&tensor("t", dims, kind, offset)]));
    assert!(matches!(one(&[], 0, 0), Cause::Limit { .. }), "no dimensions");
    assert!(matches!(one(&[1; 5], 0, 0), Cause::Limit { .. }), "five dimensions");
    assert!(matches!(one(&[0, 4], 0, 0), Cause::Shape { .. }), "nothing in it");
    assert!(matches!(one(&[100], 12, 0), Cause::Shape { .. }), "part of a block");
    assert!(matches!(one(&[u64::MAX, u64::MAX], 0, 0), Cause::Shape { .. }), "overflow");
    assert!(matches!(one(&[1 << 61], 0, u64::MAX - 31), Cause::Shape { .. }), "the sum overflows");
    assert!(matches!(one(&[4], 4, 0), Cause::TensorType { kind: 4, .. }));
    assert!(matches!(one(&[4], 0, 8), Cause::Misaligned { .. }));
    assert!(matches!(one(&[4], 0, 0), Cause::TensorOutside { .. }));
    let far = u64::MAX - 63;
    assert!(matches!(one(&[4], 0, far), Cause::TensorOutside { .. }), "CVE-2026-27940's shape");
}

/// Marsaglia's xorshift64: mutations must be the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const EDGES: [u64; 9] = [0, 1, 31, 33, 1 << 20, 1 << 32, 1 << 63, u64::MAX - 31, u64::MAX];
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 if at + 8 <= bytes.len() => {
                let edge = EDGES[random.below(EDGES.len())];
                bytes[at..at + 8].copy_from_slice(&edge.to_le_bytes());
            }
            3 if at > 8 => bytes.truncate(at),
            4 => {
                let copied = bytes[at..(at + 24).min(bytes.len())].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, copied);
            }
            _ => drop(bytes.remove(at)),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

/// Uses everything that parsing promised to be sound.
fn walk(bytes: &[u8], file_len: u64) {
    let Ok(header) = header::parse(bytes, file_len) else { return };
    let metadata = Metadata { header: bytes, entries: &header.entries };
    for key in metadata.keys() {
        metadata.str(key);
        metadata.u32(key);
        metadata.i32s(key);
        metadata.f32s(key);
        metadata.strs(key).into_iter().flatten().for_each(drop);
    }
    for tensor in &header.tensors {
        assert!(tensor.bytes.start < tensor.bytes.end && tensor.bytes.end <= file_len);
        assert!(tensor.kind.bytes_for(&tensor.dims) == Some(tensor.bytes.end - tensor.bytes.start));
    }
}

/// `HEARTH_FUZZ_RUNS` asks for more than the usual few thousand.
#[test]
fn no_mutated_header_panics() {
    let runs =
        std::env::var("HEARTH_FUZZ_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let whole = sample_bytes();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for _ in 0..runs {
        let mut bytes = whole.clone();
        mutate(&mut bytes, &mut random);
        let file_len = match random.below(4) {
            0 => bytes.len() as u64 + random.below(1 << 20) as u64,
            1 => random.next(),
            _ => bytes.len() as u64,
        };
        let file_len = file_len.max(bytes.len() as u64);
        walk(&bytes, file_len);
        accepted += u32::from(header::parse(&bytes, file_len).is_ok());
    }
    assert!(accepted > 0, "mutations that all fail at once reach nothing");
    assert!(u64::from(accepted) < runs, "mutations that change nothing find nothing");
}

#[test]
fn every_type_can_be_written_and_opened() {
    let folder = tempfile::tempdir().unwrap();
    for kind in TensorType::ALL {
        let path = folder.path().join(format!("{kind}.gguf"));
        let data = vec![7; kind.block_bytes() * 2];
        let mut writer = Writer::new();
        writer.tensor("t", &[kind.block_len() as u64, 2], kind).write(&path, &[&data]).unwrap();
        assert_eq!(File::open(&path).unwrap().tensor("t").unwrap().data, data);
    }
}
