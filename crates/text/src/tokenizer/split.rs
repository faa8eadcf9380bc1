//! Cutting text into words before byte-pair encoding, as `tokenizer.ggml.pre` says.
//!
//! The rules are published as regular expressions, in the `tokenizer.json` of the models and, name by
//! name, in llama.cpp's `src/llama-vocab.cpp`. They are written out here as scanners: in one pass,
//! without backtracking that a hostile text could blow up. Where llama.cpp simplified an expression
//! for want of a class, it is the model's own here. Tests hold the scanners against the expressions
//! and against the reference's own vocabularies.

pub(super) mod classes;
mod scan;
#[cfg(test)]
mod tests;

use classes::*;
use scan::{Ends, Gpt4o, Letters, Llama3, Scan};

/// How a family of models cuts text, and what else `tokenizer.ggml.pre` settles.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Each cuts what the one before it left.
    scans: &'static [Scan],
    /// A word that is a token is taken whole, without merging.
    pub whole_words: bool,
    /// Words begin as characters and not as bytes, and `▁` stands for a space in the vocabulary.
    pub characters: bool,
    /// Whether a prompt begins with the beginning-of-text token unless the file says otherwise.
    pub add_bos: bool,
}

const LLAMA3: Llama3 = Llama3 {
    contractions: true,
    letters: Letters::Alone,
    digits: 3,
    ends: Ends::LineBreaks,
    powers: false,
};
const QWEN2: Scan = Scan::Llama3(Llama3 { digits: 1, ..LLAMA3 });
const GPT4O: Gpt4o =
    Gpt4o { contractions: true, digits: 3, ends: Ends::LineBreaksAndSlashes, han_apart: false };

/// The values of `tokenizer.ggml.pre`, and how they have text cut.
static RULES: &[(&[&str], &[Scan])] = &[
    (
        &["", "default"],
        &[Scan::Run(&DEFAULT_PUNCTUATION), Scan::Gpt2, Scan::Run(&NUMBERS), Scan::ThreeDigits],
    ),
    (
        &[
            "gpt-2",
            "gpt2",
            "phi-2",
            "mpt",
            "olmo",
            "jais",
            "trillion",
            "gigachat",
            "exaone4",
            "mellum",
            "a.x-4.0",
            "modern-bert",
            "granite-docling",
            "jina-es",
            "jina-de",
            "jina-v1-en",
            "jina-v2-es",
            "jina-v2-de",
            "jina-v2-code",
            "roberta-bpe",
        ],
        &[Scan::Gpt2],
    ),
    (
        &[
            "starcoder",
            "refact",
            "command-r",
            "smollm",
            "codeshell",
            "exaone",
            "minerva-7b",
            "mellum2",
        ],
        &[Scan::Numbers(1), Scan::Gpt2],
    ),
    (
        &[
            "llama3",
            "llama-v3",
            "llama-bpe",
            "falcon3",
            "falcon-h1",
            "pixtral",
            "midm-2.0",
            "lfm2",
            "jina-v5-nano",
            "dbrx",
            "smaug-bpe",
            "chatglm-bpe",
            "glm4",
            "glm5",
        ],
        &[Scan::Llama3(LLAMA3)],
    ),
    (
        &[
            "qwen2",
            "deepseek-r1-qwen",
            "kormo",
            "f2llmv2",
            "megrez",
            "stablelm2",
            "hunyuan",
            "solar-open",
            "grok-2",
        ],
        &[QWEN2],
    ),
    (&["qwen35"], &[Scan::Llama3(Llama3 { digits: 1, letters: Letters::WithMarks, ..LLAMA3 })]),
    (&["bailingmoe", "bailingmoe2", "llada-moe"], &[QWEN2]),
    (&["laguna"], &[Scan::Lines, QWEN2]),
    (&["ufakzeka"], &[Scan::Llama3(Llama3 { contractions: false, digits: 1, ..LLAMA3 })]),
    (&["seed-coder"], &[Scan::Llama3(Llama3 { digits: 1, ends: Ends::Nothing, ..LLAMA3 })]),
    (
        &["exaone-moe"],
        &[Scan::Llama3(Llama3 {
            letters: Letters::AcrossSpaces,
            digits: 1,
            ends: Ends::LineBreak,
            ..LLAMA3
        })],
    ),
    (&["jais-2"], &[Scan::Llama3(Llama3 { powers: true, ..LLAMA3 })]),
    (&["minicpm5"], &[Scan::Numbers(3), Scan::Llama3(Llama3 { digits: usize::MAX, ..LLAMA3 })]),
    (
        &["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2", "granite-embed-multi-97m"],
        &[Scan::Gpt4o(GPT4O)],
    ),
    (&["tiny_aya", "cohere2moe"], &[Scan::ThreesBeforeNoWord, Scan::Gpt4o(GPT4O)]),
    (&["tekken"], &[Scan::Gpt4o(Gpt4o { contractions: false, digits: 1, ..GPT4O })]),
    (
        &["youtu"],
        &[
            Scan::Runs(&[&YOUTU_KOREAN, &YOUTU_PUNCTUATION, &YOUTU_BOPOMOFO, &CJK]),
            Scan::Gpt4o(Gpt4o { digits: 1, ..GPT4O }),
        ],
    ),
    (&["kimi-k2"], &[Scan::Gpt4o(Gpt4o { ends: Ends::LineBreaks, han_apart: true, ..GPT4O })]),
    (
        &["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
        &[Scan::Numbers(3), Scan::Run(&CJK), Scan::DeepSeek3],
    ),
    (&["spark2_5"], &[Scan::Numbers(1), Scan::Run(&CJK), Scan::Spark]),
    (&["afmoe"], &[Scan::ThreesFromTheEnd(&NUMBERS), Scan::Run(&AFMOE_ASIAN), Scan::DeepSeek3]),
    (
        &["deepseek-llm"],
        &[
            Scan::Each(&LINE_BREAKS),
            Scan::AnySpaceAndRun(&DEEPSEEK_LETTERS),
            Scan::AnySpaceAndRun(&DEEPSEEK_PUNCTUATION),
            Scan::SpacesAtTheEnd,
            Scan::Run(&DEEPSEEK_CJK),
            Scan::Run(&NUMBERS),
        ],
    ),
    (
        &["deepseek-coder"],
        &[
            Scan::Each(&LINE_BREAKS),
            Scan::AnySpaceAndRun(&LETTERS),
            Scan::AnySpaceAndRun(&PUNCTUATION),
            Scan::Run(&DEEPSEEK_CJK),
            Scan::Numbers(1),
        ],
    ),
    (&["falcon"], &[Scan::Run(&FALCON_PUNCTUATION), Scan::Gpt2, Scan::ThreeDigits]),
    (&["superbpe"], &[Scan::Run(&NUMBERS), Scan::ThreesFromTheEnd(&DIGITS)]),
    (&["poro-chat", "bloom", "gpt3-finnish"], &[Scan::SpaceAndRun(&BLOOM_WORD)]),
    (&["viking"], &[Scan::SpaceAndRun(&BLOOM_WORD), Scan::Numbers(1)]),
    (
        &["chameleon"],
        &[
            Scan::Sentinel,
            Scan::Picture,
            Scan::Indent,
            Scan::Numbers(1),
            Scan::Each(&CHAMELEON_PUNCTUATION),
            Scan::Gpt2,
        ],
    ),
    // Byte-pair encoding of whole lines, as SentencePiece does it.
    (&["gemma4", "sarvam-moe", "granite-embed-multi-311m"], &[Scan::Lines]),
];

/// The rules that a value of `tokenizer.ggml.pre` names; `None` for a family not known here.
pub(super) fn rules(pre: &str) -> Option<Rules> {
    let (_, scans) = RULES.iter().find(|(names, _)| names.contains(&pre))?;
    let llama3 = matches!(
        pre,
        "llama3"
            | "llama-v3"
            | "llama-bpe"
            | "falcon3"
            | "falcon-h1"
            | "pixtral"
            | "midm-2.0"
            | "lfm2"
            | "jina-v5-nano"
            | "tekken"
    );
    Some(Rules {
        scans,
        whole_words: llama3
            || matches!(pre, "glm4" | "glm5" | "minicpm5" | "youtu" | "granite-embed-multi-97m"),
        characters: matches!(pre, "gemma4" | "sarvam-moe" | "granite-embed-multi-311m"),
        add_bos: llama3 || matches!(pre, "chameleon" | "gemma4" | "granite-embed-multi-311m"),
    })
}

impl Rules {
    /// Calls `each` with every word of the text, in order; together they are the text.
    pub fn split<'a>(&self, text: &'a str, each: &mut dyn FnMut(&'a str)) {
        split(self.scans, text, each);
    }
}

fn split<'a>(scans: &[Scan], text: &'a str, each: &mut dyn FnMut(&'a str)) {
    match scans {
        [] if text.is_empty() => {}
        [] => each(text),
        [scan, rest @ ..] => scan.split(text, &mut |part| split(rest, part, each)),
    }
}
