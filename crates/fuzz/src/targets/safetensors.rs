//! A folder with a model in it, up to where its weights begin. Its files lie behind each other in the
//! input, with a zero byte between them: the description, the tokenizer, the weights.

use std::path::Path;

use hearth_engine::ModelFile;
use hearth_text::tokenizer::{Texts, Tokenizer};

use super::assert_fit_to_show;
use crate::scratch;

pub fn run(bytes: &[u8]) {
    let folder = scratch::path("folder");
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        scratch::write(&folder.join(name), parts.next().unwrap_or_default());
    }
    match ModelFile::open(&folder) {
        Err(error) => assert_fit_to_show(&error.message),
        Ok(model) => {
            hearth_engine::fit::estimate(&model, u32::MAX);
        }
    }
    match hearth_models::Facts::read(&folder) {
        Ok(facts) => {
            [facts.name, facts.architecture].iter().for_each(|text| assert_fit_to_show(text))
        }
        Err(error) => assert_fit_to_show(&error.to_string()),
    }
    read_text(&folder);
}

/// Its words come from the engine, which is believed nothing: the app cleans them.
fn read_text(folder: &Path) {
    let Ok(tokenizer) = std::fs::read_to_string(folder.join("tokenizer.json")) else { return };
    let texts = Texts { tokenizer: &tokenizer, config: Some(&tokenizer), generation: None };
    let _ = Tokenizer::from_texts(folder, texts);
}
