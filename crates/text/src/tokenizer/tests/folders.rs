//! What lies in a folder means the same as the same vocabulary in a GGUF file.

use std::path::Path;

use hearth_chat::ErrorKind;
use serde_json::{Map, Value, json};

use super::{CONTROL, letter, read, write_byte_level};
use crate::tokenizer::{Texts, Tokenizer};

const MERGES: [&str; 6] = ["h e", "l l", "he ll", "hell o", "Ġ w", "Ġw o"];
const SPECIALS: [&str; 3] = ["<|begin|>", "<|im_end|>", "<|stop|>"];
const SAMPLES: [&str; 5] =
    ["hello world", "  12345 hello\n\n wo", "naïve 日本語 🙂", "<|im_end|> hello", "don't\tHELLO"];

const QWEN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

fn vocabulary() -> Map<String, Value> {
    let bytes = (0..=255).map(|byte| String::from(letter(byte)));
    let merged = MERGES.iter().map(|merge| merge.replacen(' ', "", 1));
    bytes.chain(merged).enumerate().map(|(id, text)| (text, id.into())).collect()
}

fn byte_level(pre_tokenizer: Value) -> Value {
    let first = 256 + MERGES.len();
    let added: Vec<Value> = SPECIALS
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"id": first + at, "content": text, "special": true}))
        .collect();
    json!({
        "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": pre_tokenizer,
        "post_processor": {"type": "Sequence", "processors": [
            {"type": "ByteLevel"},
            {"type": "TemplateProcessing", "single": [
                {"SpecialToken": {"id": "<|begin|>", "type_id": 0}}, {"Sequence": {"id": "A"}}
            ]}
        ]},
        "model": {"type": "BPE", "vocab": vocabulary(), "merges": MERGES}
    })
}

fn split(regex: &str) -> Value {
    json!({"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false},
        {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}
    ]})
}

fn from_json(
    tokenizer: &Value,
    config: &str,
    generation: Option<&str>,
) -> Result<Tokenizer, hearth_chat::Error> {
    let text = tokenizer.to_string();
    let texts = Texts { tokenizer: &text, config: Some(config), generation };
    Tokenizer::from_texts(Path::new("/models/folder"), texts)
}

#[test]
fn a_folders_vocabulary_is_that_of_the_same_gguf_file() {
    let config = r#"{"eos_token": {"content": "<|im_end|>"}}"#;
    let generation = r#"{"eos_token_id": [263, 264]}"#;
    let folder = from_json(&byte_level(split(QWEN)), config, Some(generation)).unwrap();
    let mut writer = write_byte_level("qwen2", &MERGES, &SPECIALS.map(|text| (text, CONTROL)));
    writer
        .set("tokenizer.ggml.bos_token_id", 262u32)
        .set("tokenizer.ggml.add_bos_token", true)
        .set("tokenizer.ggml.eos_token_id", 263u32)
        .set("tokenizer.ggml.eom_token_id", 264u32);
    let file = read(&writer).unwrap();
    assert!(folder.same_vocabulary(&file));
    for text in SAMPLES {
        assert_eq!(folder.encode_text(text), file.encode_text(text), "{text}");
    }
    assert_eq!(folder.ends(), [263, 264], "what ends a turn, the model's own choice first");
    assert_eq!(file.ends(), folder.ends());
    assert_eq!(folder.bos_text(), "<|begin|>");
}

#[test]
fn the_published_rules_are_known_by_their_expressions() {
    let pre_of = |pre_tokenizer: Value| from_json(&byte_level(pre_tokenizer), "{}", None);
    let gpt2 = json!({"type": "ByteLevel", "add_prefix_space": false});
    let smollm = json!({"type": "Sequence", "pretokenizers": [
        {"type": "Digits", "individual_digits": true}, gpt2
    ]});
    for (pre, name) in [(gpt2, "gpt-2"), (smollm, "smollm"), (split(QWEN), "qwen2")] {
        let folder = pre_of(pre).unwrap();
        let file = read(&write_byte_level(name, &MERGES, &SPECIALS.map(|t| (t, CONTROL)))).unwrap();
        for text in SAMPLES {
            assert_eq!(folder.encode_text(text), file.encode_text(text), "{name}: {text}");
        }
    }
}

#[test]
fn a_tokenizer_that_is_only_nearly_known_is_refused_by_name() {
    let refused = |json: &Value| from_json(json, "{}", None).err().unwrap();
    let mut other_rules = byte_level(split(&QWEN.replace(r"\p{N}|", r"\p{N}{2}|")));
    let error = refused(&other_rules);
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("/models/folder") && error.message.contains("rules of its own"));

    other_rules = byte_level(split(QWEN));
    other_rules["normalizer"] = json!({"type": "Lowercase"});
    assert!(refused(&other_rules).message.contains("Lowercase"));

    other_rules = byte_level(split(QWEN));
    other_rules["model"]["ignore_merges"] = true.into();
    assert_eq!(refused(&other_rules).kind, ErrorKind::Unsupported);

    other_rules = byte_level(json!({"type": "ByteLevel", "add_prefix_space": true}));
    assert_eq!(refused(&other_rules).kind, ErrorKind::Unsupported);

    let unigram = json!({"model": {"type": "Unigram", "vocab": []}});
    assert!(refused(&unigram).message.contains("Unigram"));
    for damaged in [json!({}), json!([]), json!({"model": {"type": "BPE", "merges": [3]}})] {
        assert!(from_json(&damaged, "{}", None).is_err(), "{damaged}");
    }
    let mut far = byte_level(split(QWEN));
    far["model"]["vocab"]["x"] = u64::MAX.into();
    assert_eq!(refused(&far).kind, ErrorKind::ModelFile);
}

/// Llama 2's kind: a vocabulary of pieces with merges in place of scores.
#[test]
fn pieces_are_joined_in_the_order_of_their_merges() {
    let mut texts: Vec<String> = ["<unk>", "<s>", "</s>"].map(String::from).to_vec();
    texts.extend((0..=255u8).map(|byte| format!("<0x{byte:02X}>")));
    texts.extend(["▁", "a", "b", "c", "ab", "bc", "▁a", "▁ab", "abc"].map(String::from));
    let vocab: Map<String, Value> =
        texts.iter().enumerate().map(|(id, text)| (text.clone(), id.into())).collect();
    let special = |id: u32, text: &str| json!({"id": id, "content": text, "special": true});
    let tokenizer = json!({
        "added_tokens": [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
        ]},
        "pre_tokenizer": null,
        "model": {
            "type": "BPE", "unk_token": "<unk>", "byte_fallback": true, "vocab": vocab,
            "merges": [["b", "c"], ["▁", "a"], ["a", "b"], ["▁a", "b"]]
        }
    });
    let tokenizer =
        from_json(&tokenizer, r#"{"add_bos_token": true, "bos_token": "<s>"}"#, None).unwrap();
    let spelled = |text: &str| {
        let ids = tokenizer.encode_text(text);
        ids.iter().map(|id| tokenizer.token_text(*id)).collect::<Vec<_>>()
    };
    assert_eq!(spelled("abc"), [" a", "bc"], "the earlier merge wins, and none makes abc");
    assert_eq!(spelled("ab ab"), [" ab", " ab"]);
    assert_eq!(tokenizer.encode_text("é"), [259, 3 + 0xc3, 3 + 0xa9], "bytes for what is no piece");
}
