//! A model file's tokenizer, up to text that becomes tokens and text again.

use hearth_gguf::File;
use hearth_text::tokenizer::{Decoder, Tokenizer};

use crate::scratch;

/// Something of all that rules tell apart.
const TEXT: &str = "I'll say: HTTPServer's 1234567, ½ of 漢字かな한국어 क\u{94d}ष — don't!\r\n\n \t  \
                    <|im_end|><td>[x]</s> 🦙👍🏽 a   b\u{a0}c\u{3000}d ...\n        return x;\n";

pub fn run(bytes: &[u8]) {
    let path = scratch::file("vocabulary.gguf", bytes);
    let Ok(file) = File::open(&path) else { return };
    let Ok(tokenizer) = Tokenizer::from_gguf(&file) else { return };
    Tokenizer::check(&file).expect("what is read is known");
    let known = |token: &u32| (*token as usize) < tokenizer.vocab_size();
    let tokens = tokenizer.encode_text(TEXT);
    assert!(tokens.iter().all(known), "{tokens:?}");
    assert!(tokenizer.ends().iter().all(known), "{:?}", tokenizer.ends());
    // Such a model answers nobody, and its token for unknown words is what the file says.
    let embeds = file.metadata().str("tokenizer.ggml.model") == Some("bert");
    let mut decoder = Decoder::new();
    for token in tokens {
        assert!(embeds || !tokenizer.is_end(token), "a person's text ends no turn");
        decoder.push(&tokenizer, token);
        tokenizer.token_text(token);
    }
}
