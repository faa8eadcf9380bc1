//! The reference's own tests, which are too large to keep here: llama.cpp's source distribution
//! has `models/ggml-vocab-*.gguf` with texts (`.inp`) and their tokens (`.out`).

use std::fs;
use std::path::PathBuf;

use hearth_gguf::File;

use crate::tokenizer::{Decoder, Tokenizer};

/// `HEARTH_VOCAB_GOLDENS=.../llama.cpp/models cargo test -p hearth-text golden -- --ignored`
#[test]
#[ignore = "needs a folder of reference vocabularies in HEARTH_VOCAB_GOLDENS"]
fn tokens_are_those_of_the_reference() {
    let folder = PathBuf::from(std::env::var_os("HEARTH_VOCAB_GOLDENS").unwrap());
    let mut differences = Vec::new();
    let mut compared = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if !name.ends_with(".gguf") || !path.with_extension("gguf.inp").exists() {
            continue;
        }
        compared += 1;
        let tokenizer = Tokenizer::from_gguf(&File::open(&path).unwrap());
        let tokenizer = match tokenizer {
            Ok(tokenizer) => tokenizer,
            Err(why) => {
                differences.push(format!("{name}: {why}"));
                continue;
            }
        };
        let texts = fs::read_to_string(path.with_extension("gguf.inp")).unwrap();
        let tokens = fs::read_to_string(path.with_extension("gguf.out")).unwrap();
        let cases = texts.split("\n__ggml_vocab_test__\n").zip(tokens.lines());
        let mut count = 0;
        for (text, expected) in cases {
            let expected: Vec<u32> =
                expected.split_whitespace().map(|id| id.parse().unwrap()).collect();
            let got = tokenizer.encode_text(text);
            count += 1;
            if got != expected {
                differences.push(format!("{name}: {text:?}\n  got  {got:?}\n  want {expected:?}"));
            }
            // WordPiece forgets case, accents and spaces.
            if name.contains("bert") {
                continue;
            }
            let mut decoder = Decoder::new();
            let back: String = got.iter().map(|id| decoder.push(&tokenizer, *id)).collect();
            if back.trim_start_matches(' ') != text.trim_start_matches(' ') {
                differences.push(format!("{name}: {text:?} came back as {back:?}"));
            }
        }
        println!("{name}: {count} texts");
        assert!(count > 30, "{name} has no tests");
    }
    assert!(compared > 0, "no vocabularies");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
