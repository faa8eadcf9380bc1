mod folders;
mod golden;
mod promises;

use hearth_chat::Error;
use hearth_gguf::File;
use hearth_gguf::write::Writer;

use super::Tokenizer;

const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;
const BYTE: i32 = 6;

/// GPT-2's character for a byte.
fn letter(byte: u8) -> char {
    let plain = |byte: u8| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    if plain(byte) {
        return byte.into();
    }
    let before = (0..byte).filter(|earlier| !plain(*earlier)).count() as u32;
    char::from_u32(0x100 + before).unwrap()
}

/// A byte-level vocabulary: the bytes are tokens 0..256, then come merges, then these specials.
fn write_byte_level(pre: &str, merges: &[&str], specials: &[(&str, i32)]) -> Writer {
    let mut tokens: Vec<String> = (0..=255).map(|byte| letter(byte).into()).collect();
    tokens.extend(merges.iter().map(|merge| merge.replacen(' ', "", 1)));
    let mut types = vec![NORMAL; tokens.len()];
    tokens.extend(specials.iter().map(|(text, _)| text.to_string()));
    types.extend(specials.iter().map(|(_, kind)| kind));
    let mut writer = Writer::new();
    writer
        .set("tokenizer.ggml.model", "gpt2")
        .set("tokenizer.ggml.pre", pre)
        .set("tokenizer.ggml.tokens", tokens)
        .set("tokenizer.ggml.token_type", types)
        .set("tokenizer.ggml.merges", merges.iter().map(|m| m.to_string()).collect::<Vec<_>>());
    writer
}

fn read(writer: &Writer) -> Result<Tokenizer, Error> {
    with_file(writer, Tokenizer::from_gguf)
}

fn check(writer: &Writer) -> Result<(), Error> {
    with_file(writer, Tokenizer::check)
}

fn with_file<T>(writer: &Writer, act: impl FnOnce(&File) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vocabulary.gguf");
    writer.write(&path, &[]).unwrap();
    act(&File::open(&path).unwrap())
}

/// Every byte is the token of its number, and there is nothing else.
pub(crate) fn byte_tokenizer() -> Tokenizer {
    read(&write_byte_level("qwen2", &[], &[])).unwrap()
}

/// Bytes, the two control tokens of ChatML, and a marker.
pub(crate) fn chatml_tokenizer() -> Tokenizer {
    let specials = [("<|im_start|>", CONTROL), ("<|im_end|>", CONTROL), ("<think>", USER_DEFINED)];
    let mut writer = write_byte_level("qwen2", &[], &specials);
    writer.set("tokenizer.ggml.eos_token_id", 257u32);
    read(&writer).unwrap()
}
