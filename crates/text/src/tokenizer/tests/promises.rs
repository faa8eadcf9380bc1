use crate::thinking::Stage;
use std::sync::LazyLock;

use hearth_chat::{ErrorKind, Role};
use hearth_gguf::write::Writer;
use proptest::prelude::*;

use super::{
    BYTE, CONTROL, NORMAL, UNUSED, USER_DEFINED, chatml_tokenizer, check, read, write_byte_level,
};
use crate::tokenizer::{Decoder, Prompt, Tokenizer};

const MERGES: [&str; 5] = ["l o", "lo w", "Ġ low", "e r", "Ġlow er"];

fn merging() -> Tokenizer {
    read(&write_byte_level("qwen2", &MERGES, &[])).unwrap()
}

/// A SentencePiece vocabulary: `<unk>`, `<s>`, `</s>`, the bytes, and some words.
fn pieces() -> Writer {
    padded(0)
}

/// The same, with so many unused tokens behind.
fn padded(unused: usize) -> Writer {
    let mut tokens = ["<unk>", "<s>", "</s>"].map(String::from).to_vec();
    tokens.extend((0..=255).map(|byte| format!("<0x{byte:02X}>")));
    let words = ["▁", "a", "b", "▁a", "ab", "▁ab", "é"];
    tokens.extend(words.map(String::from));
    tokens.extend((0..unused).map(|i| format!("[PAD{i}]")));
    let mut types = vec![2, CONTROL, CONTROL];
    types.extend([BYTE; 256]);
    types.extend([NORMAL; 7]);
    types.resize(types.len() + unused, UNUSED);
    let mut scores = vec![0.0f32; 259];
    scores.extend([-5.0, -6.0, -7.0, -2.0, -1.0, -3.0, -8.0]);
    scores.resize(scores.len() + unused, 0.0);
    let mut writer = Writer::new();
    writer
        .set("tokenizer.ggml.model", "llama")
        .set("tokenizer.ggml.tokens", tokens)
        .set("tokenizer.ggml.token_type", types)
        .set("tokenizer.ggml.scores", scores)
        .set("tokenizer.ggml.bos_token_id", 1u32)
        .set("tokenizer.ggml.eos_token_id", 2u32);
    writer
}

fn texts(tokenizer: &Tokenizer, tokens: &[u32]) -> Vec<String> {
    tokens.iter().map(|id| tokenizer.token_text(*id)).collect()
}

fn decode(tokenizer: &Tokenizer, tokens: &[u32]) -> String {
    let mut decoder = Decoder::new();
    tokens.iter().map(|id| decoder.push(tokenizer, *id)).collect()
}

fn prompt(text: &str) -> Prompt {
    Prompt { text: text.into(), guard: '\u{f0000}', stage: Stage::Start }
}

#[test]
fn pairs_merge_in_the_order_they_were_learnt() {
    let tokenizer = merging();
    assert_eq!(texts(&tokenizer, &tokenizer.encode_text("low lower")), ["low", " lower"]);
    assert_eq!(texts(&tokenizer, &tokenizer.encode_text("lox")), ["lo", "x"]);
}

#[test]
fn a_whole_word_skips_merging_only_in_families_that_do() {
    let tokens = |pre: &str| {
        let mut writer = write_byte_level(pre, &["l o"], &[("low", NORMAL)]);
        writer.set("tokenizer.ggml.add_bos_token", false);
        read(&writer).unwrap().encode_text("low").len()
    };
    assert_eq!(tokens("qwen2"), 2, "no merge makes it");
    assert_eq!(tokens("llama-bpe"), 1);
}

#[test]
fn the_best_score_merges_first_and_strangers_become_bytes() {
    let tokenizer = read(&pieces()).unwrap();
    assert_eq!(texts(&tokenizer, &tokenizer.encode_text("ab")), [" ab"], "the unwritten space");
    assert_eq!(tokenizer.encode_text("z"), [259, 3 + u32::from(b'z')]);
    assert_eq!(texts(&tokenizer, &tokenizer.encode_text("é")), [" ", "é"]);
    assert!(tokenizer.encode_text("").is_empty());
}

#[test]
fn the_space_before_a_text_can_be_off() {
    let mut writer = pieces();
    writer.set("tokenizer.ggml.add_space_prefix", false);
    let tokenizer = read(&writer).unwrap();
    assert_eq!(texts(&tokenizer, &tokenizer.encode_text("ab")), ["ab"]);
}

#[test]
fn a_prompt_begins_once() {
    let tokenizer = read(&pieces()).unwrap();
    assert_eq!(tokenizer.encode_prompt(&prompt("ab"))[0], 1);
    let written = tokenizer.encode_prompt(&prompt("<s>ab"));
    assert_eq!(written.iter().filter(|id| **id == 1).count(), 1, "the template wrote it");
    let mut writer = pieces();
    writer.set("tokenizer.ggml.add_bos_token", false);
    assert_ne!(read(&writer).unwrap().encode_prompt(&prompt("ab"))[0], 1);
}

#[test]
fn control_tokens_come_from_templates_and_not_from_text() {
    let tokenizer = chatml_tokenizer();
    assert_eq!(tokenizer.encode_prompt(&prompt("<|im_end|>a")), [257, u32::from(b'a')]);
    let text = tokenizer.encode_text("<|im_end|><think>");
    assert!(text.iter().all(|id| *id < 256), "{text:?}");
    assert_eq!(decode(&tokenizer, &text), "<|im_end|><think>");
    assert_eq!(decode(&tokenizer, &[256, 257]), "", "and they are not shown");
}

#[test]
fn a_guard_keeps_a_message_from_being_taken_for_the_template() {
    let tokenizer = chatml_tokenizer();
    let encode = |text: &str, role| {
        tokenizer.encode_prompt(&prompt(&tokenizer.guard(text, role, '\u{f0000}')))
    };
    for text in ["<|im_end|>", "<|im_<|im_end|>", "<|im_end|><|im_end|>", "a<|im_start|>b"] {
        let tokens = encode(text, Role::User);
        assert!(tokens.iter().all(|id| *id < 256), "{text}: {tokens:?}");
        assert_eq!(decode(&tokenizer, &tokens), text);
    }
    assert!(encode("<think>", Role::User).iter().all(|id| *id < 256));
    assert_eq!(encode("<think>", Role::Assistant), [258], "the model wrote it itself");
}

#[test]
fn text_that_is_one_token_by_decree_is_so_in_any_text() {
    let decreed = [("\n\n\n", USER_DEFINED), ("</td>", USER_DEFINED), ("<tool>", USER_DEFINED)];
    let tokenizer = read(&write_byte_level("qwen2", &[], &decreed)).unwrap();
    assert_eq!(tokenizer.encode_text("\n\n\n</td>"), [256, 257]);
    assert_eq!(decode(&tokenizer, &[256]), "\n\n\n");
    assert!(!tokenizer.encode_text("<tool>").contains(&258), "which is a marker, not HTML");
}

/// A file may name a million tokens, and every character of a text is looked up among them.
#[test]
fn the_longest_special_token_is_found_among_many_that_begin_alike() {
    let mut names: Vec<String> = (1..=200).map(|n| format!("<{}", "a".repeat(n))).collect();
    names.push("<aaab>".into());
    let specials: Vec<_> = names.iter().map(|name| (name.as_str(), CONTROL)).collect();
    let tokenizer = read(&write_byte_level("qwen2", &[], &specials)).unwrap();
    let token = |n: u32| 256 + n - 1;
    let text = format!("x<aaab><aaac<{}!", "a".repeat(300));
    let tokens = tokenizer.encode_prompt(&prompt(&text));
    let plain = |text: &str| text.bytes().map(u32::from).collect::<Vec<_>>();
    let expected = [
        plain("x"),
        vec![256 + 200],
        vec![token(3)],
        plain("c"),
        vec![token(200)],
        plain(&"a".repeat(100)),
        plain("!"),
    ];
    assert_eq!(tokens, expected.concat());
}

#[test]
fn special_tokens_without_measure_are_refused() {
    let names: Vec<String> = (0..60_000).map(|n| format!("<|reserved token {n:05}|>")).collect();
    let specials: Vec<_> = names.iter().map(|name| (name.as_str(), CONTROL)).collect();
    let error = read(&write_byte_level("qwen2", &[], &specials)).err().unwrap();
    assert!(error.message.contains("special tokens have more than"), "{error}");
    assert!(read(&write_byte_level("qwen2", &[], &specials[..6000])).is_ok());
}

/// Such a token is no text that anybody writes; it is never made of text, a template's included.
#[test]
fn a_special_token_of_enormous_length_is_not_looked_for() {
    let name = format!("<{}>", "a".repeat(5000));
    let tokenizer = read(&write_byte_level("qwen2", &[], &[(&name, CONTROL)])).unwrap();
    assert_eq!(tokenizer.encode_prompt(&prompt(&name)).len(), name.len());
}

/// The texts of the tokens that end an answer, where the file has these special tokens.
fn ends(specials: &[(&str, i32)], numbers: &[(&str, u32)]) -> Vec<String> {
    let mut writer = write_byte_level("qwen2", &[], specials);
    for (name, token) in numbers {
        writer.set(format!("tokenizer.ggml.{name}_token_id"), *token);
    }
    let tokenizer = read(&writer).unwrap();
    texts(&tokenizer, tokenizer.ends())
}

#[test]
fn the_tokens_that_end_an_answer_are_known_by_number_and_by_name() {
    let specials = [("<|eot_id|>", CONTROL), ("<|endoftext|>", CONTROL), ("</s>", NORMAL)];
    assert_eq!(
        ends(&specials, &[("eos", 257)]),
        ["<|endoftext|>", "<|eot_id|>"],
        "`</s>` is an ordinary word here"
    );
    assert_eq!(ends(&[("<|im_end|>", NORMAL)], &[]), ["<|im_end|>"], "by a careless converter");
    assert_eq!(ends(&[("[|endofturn|]", CONTROL)], &[]), ["[|endofturn|]"]);
    assert_eq!(ends(&[("<turn|>", CONTROL), ("<eos>", CONTROL)], &[]), ["<turn|>", "<eos>"]);
    assert!(ends(&[("<|channel|>", CONTROL)], &[("eot", 9999)]).is_empty());
}

#[test]
fn what_ends_a_thought_or_strikes_text_out_does_not_end_an_answer() {
    let harmony = [("<|end|>", CONTROL), ("<|return|>", CONTROL), ("<|call|>", CONTROL)];
    assert_eq!(ends(&harmony, &[("eos", 257)]), ["<|return|>", "<|call|>"]);
    assert_eq!(ends(&harmony[..1], &[]), ["<|end|>"], "Phi's");
    let gemma = [("<turn|>", CONTROL), ("<|tool_response>", USER_DEFINED), ("</s>", USER_DEFINED)];
    assert_eq!(ends(&gemma, &[]), ["<|tool_response>", "<turn|>"]);
    assert_eq!(ends(&[("</s>", CONTROL)], &[]), ["</s>"]);
}

#[test]
fn an_end_that_the_file_calls_a_word_is_still_no_text() {
    let mut writer = write_byte_level("qwen2", &[], &[("é", NORMAL)]);
    writer.set("tokenizer.ggml.eos_token_id", 256u32);
    let tokenizer = read(&writer).unwrap();
    assert!(tokenizer.token_bytes(256).is_empty());
}

#[test]
fn characters_appear_with_their_last_byte() {
    let tokenizer = chatml_tokenizer();
    let mut decoder = Decoder::new();
    let texts: Vec<_> = "é🦙".bytes().map(|byte| decoder.push(&tokenizer, byte.into())).collect();
    assert_eq!(texts, ["", "é", "", "", "", "🦙"]);
}

#[test]
fn bytes_that_are_no_text_become_a_sign_and_do_not_stop_what_follows() {
    let tokenizer = chatml_tokenizer();
    assert_eq!(decode(&tokenizer, &[0xff, 0x61]), "\u{fffd}a");
    assert_eq!(decode(&tokenizer, &[0xe2, 0x61]), "\u{fffd}a");
    assert_eq!(decode(&tokenizer, &[9_999_999, 0x61]), "a", "beyond the vocabulary");
}

#[test]
fn a_draft_shares_its_targets_vocabulary_or_does_not() {
    assert!(merging().same_vocabulary(&merging()));
    assert!(!merging().same_vocabulary(&chatml_tokenizer()));
    let [short, long] = [0, 3].map(|unused| read(&padded(unused)).unwrap());
    assert!(short.same_vocabulary(&long) && long.same_vocabulary(&short));
}

#[test]
fn words_of_wordpiece_are_normalized_and_taken_from_the_longest_part() {
    let vocabulary = |unknown: u32| {
        let words = ["▁hello", "▁na", "ive", "▁!", "▁漢", "[UNK]"].map(String::from).to_vec();
        let mut writer = Writer::new();
        writer
            .set("tokenizer.ggml.model", "bert")
            .set("tokenizer.ggml.tokens", words)
            .set("tokenizer.ggml.unknown_token_id", unknown);
        read(&writer)
    };
    let tokenizer = vocabulary(5).unwrap();
    assert_eq!(tokenizer.encode_text("  HELLO naïve!"), [0, 1, 2, 3]);
    assert_eq!(tokenizer.encode_text("hello漢hello xyz hello"), [0, 4, 0, 5, 0]);
    assert_eq!(vocabulary(6).err().unwrap().kind, ErrorKind::ModelFile);
}

#[test]
fn words_of_characters_merge_across_spaces_and_fall_back_to_bytes() {
    let mut tokens: Vec<String> = (0..=255).map(|byte| format!("<0x{byte:02X}>")).collect();
    let mut types = vec![BYTE; 256];
    tokens.extend(["▁", "a", "▁a", "\n", "\n\n"].map(String::from));
    types.extend([NORMAL; 5]);
    let mut writer = Writer::new();
    writer
        .set("tokenizer.ggml.model", "gemma4")
        .set("tokenizer.ggml.tokens", tokens)
        .set("tokenizer.ggml.token_type", types)
        .set("tokenizer.ggml.merges", vec!["▁ a".to_string()])
        .set("tokenizer.ggml.bos_token_id", 0u32)
        .set("tokenizer.ggml.add_bos_token", false);
    let tokenizer = read(&writer).unwrap();
    let text = "a a a\n\né a";
    let encoded = tokenizer.encode_text(text);
    assert_eq!(encoded, [257, 258, 258, 260, 0xc3, 0xa9, 258]);
    assert_eq!(decode(&tokenizer, &encoded), text);
    assert_eq!(tokenizer.encode_prompt(&prompt("a")), [0, 257], "whatever early files say");
}

/// Some vocabularies have a token for a part of a character, written as it is.
#[test]
fn a_token_need_not_be_utf8() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vocabulary.gguf");
    write_byte_level("qwen2", &[], &[("~~é~~", NORMAL)]).write(&path, &[]).unwrap();
    let mut file = std::fs::read(&path).unwrap();
    let at = file.windows(6).position(|bytes| bytes == "~~é~~".as_bytes()).unwrap();
    file[at + 2..at + 4].copy_from_slice(b"\xe6\xbc");
    std::fs::write(&path, file).unwrap();
    let tokenizer = Tokenizer::from_gguf(&hearth_gguf::File::open(&path).unwrap()).unwrap();
    assert_eq!(tokenizer.token_bytes(256), b"~~\xe6\xbc~~");
    assert_eq!(decode(&tokenizer, &tokenizer.encode_text("漢")), "漢");
}

#[test]
fn a_file_without_a_usable_tokenizer_says_what_is_wrong() {
    let error = |writer: &Writer| read(writer).err().unwrap();
    assert_eq!(error(&Writer::new()).kind, ErrorKind::ModelFile);

    let mut unknown = Writer::new();
    unknown.set("tokenizer.ggml.model", "t5");
    assert_eq!(error(&unknown).kind, ErrorKind::Unsupported);

    let mut rules = Writer::new();
    rules.set("tokenizer.ggml.model", "gpt2").set("tokenizer.ggml.pre", "next-year");
    let refused = error(&rules);
    assert_eq!(refused.kind, ErrorKind::Unsupported);
    let without_vocabulary = check(&rules).unwrap_err();
    assert!(without_vocabulary.message.contains("`next-year`"), "{without_vocabulary}");
    assert!(refused.message.contains("`next-year`"), "{refused}");

    let mut short = Writer::new();
    short
        .set("tokenizer.ggml.model", "llama")
        .set("tokenizer.ggml.tokens", vec!["a".to_string(), "b".to_string()])
        .set("tokenizer.ggml.scores", vec![0.0f32]);
    assert_eq!(error(&short).kind, ErrorKind::ModelFile);
}

#[test]
fn a_long_word_is_no_trouble() {
    let tokenizer = merging();
    let word = "lower".repeat(40_000);
    assert_eq!(decode(&tokenizer, &tokenizer.encode_text(&word)), word);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_comes_back_as_it_was(text in "\\PC*|(lo|low|er| |\n|'|<think>|9)*") {
        static TOKENIZERS: LazyLock<[Tokenizer; 2]> =
            LazyLock::new(|| [merging(), read(&pieces()).unwrap()]);
        let [merging, pieces] = &*TOKENIZERS;
        prop_assert_eq!(decode(merging, &merging.encode_text(&text)), text.clone());
        let back = decode(pieces, &pieces.encode_text(&text));
        prop_assert_eq!(back.strip_prefix(' ').unwrap_or_default(), text);
    }
}
