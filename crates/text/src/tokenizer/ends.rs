use hearth_gguf::Metadata;

use super::vocabulary::{Kind, Vocabulary};

/// What ends a turn in the public families, by the token's text: files name one or two by number, and
/// not always those that the model says. Those that llama.cpp knows (`src/llama-vocab.cpp`), and what
/// public chat templates write after an answer.
const NAMES: &[&str] = &[
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|calls|>",
    "<|flush|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end_of_turn|>",
    "<|endofturn|>",
    "<|end_of_msg|>",
    "<|assistant_end|>",
    "<|role_end|>",
    "<|message_sep|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|fim_pad|>",
    "<|fim_repo|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<|tool_response>",
    "<turn|>",
    "<end_of_turn>",
    "<end_of_utterance>",
    "<end_of_sentence>",
    "<｜end▁of▁sentence｜>",
    "<｜hy_eos:opensource｜>",
    "<seed:eos>",
    "[|endofturn|]",
    "[e~[",
    "[EOT]",
    "[EOS]",
    "<EOT>",
    "_<EOT>",
    "<eos>",
    "</s>",
];

/// Names that nobody writes as words: such a token ends a turn even where a careless converter called
/// it a word. `</s>` is markup, and `[EOS]` a word of papers.
fn is_no_word(name: &str) -> bool {
    name.contains('|') || name.contains('｜') || matches!(name, "<end_of_turn>" | "[e~[")
}

/// The tokens that end an answer, the model's own choice first.
pub(super) fn of(metadata: Metadata, vocabulary: &Vocabulary) -> Vec<u32> {
    let numbered = ["eot", "eos", "eom"].into_iter().filter_map(|name| {
        let id = metadata.u32(&format!("tokenizer.ggml.{name}_token_id"))?;
        ((id as usize) < vocabulary.len()).then_some(id)
    });
    let as_special = |id: u32| {
        let at = NAMES.iter().position(|name| name.as_bytes() == vocabulary.bytes(id))?;
        // In vocabularies with tokens for HTML it strikes text out.
        let is_html = NAMES[at] == "</s>" && vocabulary.kind(id) != Some(Kind::Control);
        (!is_html).then_some((at, id))
    };
    let mut named: Vec<(usize, u32)> = vocabulary.specials().filter_map(as_special).collect();
    let as_word = |name: &str| vocabulary.find(name.as_bytes()).filter(|_| is_no_word(name));
    named.extend(NAMES.iter().enumerate().filter_map(|(at, name)| Some((at, as_word(name)?))));
    named.sort_unstable();

    let mut ends = Vec::new();
    for end in numbered.chain(named.into_iter().map(|(_, id)| id)) {
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
    let has = |name: &str| ends.iter().any(|id| vocabulary.bytes(*id) == name.as_bytes());
    // In these formats it ends a thought, and the answer comes after it.
    let goes_on = (has("<|return|>") && has("<|call|>"))
        || (has("<|flush|>") && (has("<|call|>") || has("<|calls|>")));
    ends.retain(|id| !goes_on || vocabulary.bytes(*id) != b"<|end|>");
    ends
}
