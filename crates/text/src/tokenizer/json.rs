//! `tokenizer.json`, as models are published before anybody makes a GGUF file of them.
//!
//! It is read into the same description that a GGUF file holds, so that a vocabulary has one
//! meaning whatever it came in. What that description cannot say is refused by name: a tokenizer
//! that is nearly right makes answers that are nearly right.

use std::collections::HashMap;

use hearth_gguf::write::{Described, Value, Writer};
use serde_json::Value as Json;

use super::Problem;

/// `tokenizer.ggml.token_type`, see [`super::vocabulary::Kind`].
const NORMAL: i32 = 1;
const UNKNOWN: i32 = 2;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;
const BYTE: i32 = 6;

/// More tokens than any vocabulary has.
const MOST_TOKENS: usize = 4_000_000;

/// The text files of a folder that say how text becomes tokens.
#[derive(Clone, Copy, Default)]
pub struct Texts<'a> {
    /// `tokenizer.json`.
    pub tokenizer: &'a str,
    /// `tokenizer_config.json`.
    pub config: Option<&'a str>,
    /// `generation_config.json`, which lists every token that ends an answer.
    pub generation: Option<&'a str>,
}

/// The keys `tokenizer.ggml.*` that a GGUF file of this model would have.
pub(super) fn describe(texts: Texts) -> Result<Described, Problem> {
    let json = |name: &str, text: &str| -> Result<Json, Problem> {
        serde_json::from_str(text).map_err(|e| broken(format!("{name} is no JSON: {e}")))
    };
    let tokenizer = json("tokenizer.json", texts.tokenizer)?;
    let config = texts.config.map(|text| json("tokenizer_config.json", text)).transpose()?;
    let generation =
        texts.generation.map(|text| json("generation_config.json", text)).transpose()?;
    let (config, generation) = (config.unwrap_or_default(), generation.unwrap_or_default());

    let model = &tokenizer["model"];
    // Files of some years ago do not name it.
    if model["type"].as_str().is_some_and(|kind| kind != "BPE") || model["merges"].is_null() {
        return Err(unknown(model["type"].as_str().unwrap_or("a tokenizer without merges")));
    }
    for option in ["continuing_subword_prefix", "end_of_word_suffix"] {
        if model[option].as_str().is_some_and(|text| !text.is_empty()) {
            return Err(unknown(option));
        }
    }
    let family = family(&tokenizer)?;
    let tokens = Tokens::read(&tokenizer, &family)?;
    let merges = merges(model)?;

    let mut out = Writer::new();
    let kinds = match family {
        Family::ByteLevel { pre } => {
            out.set("tokenizer.ggml.model", "gpt2").set("tokenizer.ggml.pre", pre);
            out.set("tokenizer.ggml.merges", merges.iter().map(Merge::line).collect::<Vec<_>>());
            tokens.kinds.clone()
        }
        Family::Pieces { space_prefix } => {
            let (scores, kinds) = tokens.scores(&merges);
            out.set("tokenizer.ggml.model", "llama")
                .set("tokenizer.ggml.add_space_prefix", space_prefix)
                .set("tokenizer.ggml.scores", scores);
            kinds
        }
    };
    tokens.finish(out, kinds, &tokenizer, &config, &generation)
}

enum Family {
    /// Every byte of text is a character of the vocabulary.
    ByteLevel { pre: &'static str },
    /// SentencePiece's, with `▁` for a space and tokens for bytes.
    Pieces { space_prefix: bool },
}

struct Tokens {
    texts: Vec<String>,
    kinds: Vec<i32>,
    ids: HashMap<String, u32>,
}

struct Merge {
    left: String,
    right: String,
}

impl Merge {
    fn line(&self) -> String {
        format!("{} {}", self.left, self.right)
    }
}

fn broken(why: impl Into<String>) -> Problem {
    Problem::Broken(why.into())
}

fn unknown(what: impl Into<String>) -> Problem {
    Problem::Unknown(what.into())
}

fn family(tokenizer: &Json) -> Result<Family, Problem> {
    let pre = flat(&tokenizer["pre_tokenizer"], "pretokenizers");
    let normalizers = flat(&tokenizer["normalizer"], "normalizers");
    let kind = |step: &Json| step["type"].as_str().unwrap_or_default().to_owned();
    if pre.iter().any(|step| kind(step) == "ByteLevel") {
        // Composed and decomposed letters are left as they are, as in every engine that reads GGUF.
        if let Some(other) = normalizers.iter().map(|n| kind(n)).find(|kind| kind != "NFC") {
            return Err(unknown(format!("the normalizer {other}")));
        }
        let whole_words = tokenizer["model"]["ignore_merges"].as_bool().unwrap_or(false);
        return Ok(Family::ByteLevel { pre: rules(&pre, whole_words)? });
    }
    if tokenizer["model"]["byte_fallback"].as_bool() != Some(true) {
        return Err(unknown("a tokenizer that is neither of bytes nor falls back to them"));
    }
    let mut space_prefix = false;
    for step in &normalizers {
        match kind(step).as_str() {
            "Prepend" if step["prepend"] == "▁" => space_prefix = true,
            "Replace" if step["pattern"]["String"] == " " && step["content"] == "▁" => {}
            other => return Err(unknown(format!("the normalizer {other}"))),
        }
    }
    for step in &pre {
        match kind(step).as_str() {
            "Metaspace" if step["replacement"] == "▁" => {
                let scheme = step["prepend_scheme"].as_str();
                let old = step["add_prefix_space"].as_bool().unwrap_or(true);
                space_prefix |= scheme.map_or(old, |scheme| scheme != "never");
            }
            // Cuts behind each space, where no token of these families goes on.
            "Split" if step["pattern"]["String"] == " " => {}
            other => return Err(unknown(format!("the pre-tokenizer {other}"))),
        }
    }
    Ok(Family::Pieces { space_prefix })
}

/// A step, or the steps of a sequence.
fn flat<'a>(step: &'a Json, list: &str) -> Vec<&'a Json> {
    match step[list].as_array() {
        Some(steps) if step["type"] == "Sequence" => steps.iter().collect(),
        _ if step.is_null() => Vec::new(),
        _ => vec![step],
    }
}

/// The published expressions by the name that GGUF files have for them. The whole words of
/// `ignore_merges` are part of what a name means.
fn rules(pre: &[&Json], whole_words: bool) -> Result<&'static str, Problem> {
    let mut expression = None;
    let mut digits_alone = false;
    for step in pre {
        match step["type"].as_str().unwrap_or_default() {
            "Split" if expression.is_none() => {
                let isolated = step["behavior"] == "Isolated" && step["invert"] != true;
                let regex = step["pattern"]["Regex"].as_str().filter(|_| isolated);
                expression = Some(regex.ok_or_else(|| unknown("a pre-tokenizer that drops text"))?);
            }
            "Digits" if step["individual_digits"] == true => digits_alone = true,
            "ByteLevel" => {
                if step["add_prefix_space"] == true {
                    return Err(unknown("a byte-level tokenizer that adds a space"));
                }
                if expression.is_none() && step["use_regex"] != false {
                    expression = Some(GPT2);
                }
            }
            other => return Err(unknown(format!("the pre-tokenizer {other}"))),
        }
    }
    let expression = expression.unwrap_or_default();
    Ok(match (spelled(expression).as_str(), digits_alone, whole_words) {
        (GPT2, false, false) => "gpt-2",
        (GPT2, true, false) => "smollm",
        (LLAMA3, false, true) => "llama-bpe",
        (LLAMA3, false, false) => "dbrx",
        (QWEN2, false, false) => "qwen2",
        (QWEN35, false, false) => "qwen35",
        (TEKKEN, false, true) => "tekken",
        _ => return Err(unknown("a pre-tokenizer with rules of its own")),
    })
}

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN35: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Two spellings of the same expression as one.
fn spelled(expression: &str) -> String {
    let cases = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    expression.replace(cases, "(?i:'s|'t|'re|'ve|'m|'ll|'d)")
}

impl Tokens {
    fn read(tokenizer: &Json, family: &Family) -> Result<Self, Problem> {
        let model = &tokenizer["model"];
        let vocabulary =
            model["vocab"].as_object().ok_or_else(|| broken("its list of tokens is missing"))?;
        let added = tokenizer["added_tokens"].as_array().map_or(&[][..], Vec::as_slice);
        let id_of = |id: &Json| id.as_u64().and_then(|id| usize::try_from(id).ok());
        let ids = vocabulary.values().chain(added.iter().map(|token| &token["id"]));
        let last = ids.map(id_of).collect::<Option<Vec<_>>>();
        let last = last.ok_or_else(|| broken("a token has no number"))?.into_iter().max();
        let count = last.map_or(0, |last| last.saturating_add(1));
        if count > MOST_TOKENS || count > 16 * (vocabulary.len() + added.len()) + 4096 {
            return Err(broken(format!(
                "its {} tokens have numbers up to {count}",
                vocabulary.len()
            )));
        }
        let mut tokens = Self {
            texts: vec![String::new(); count],
            kinds: vec![UNUSED; count],
            ids: HashMap::with_capacity(count),
        };
        let pieces = matches!(family, Family::Pieces { .. });
        for (text, id) in vocabulary {
            let byte = pieces && text.len() == 6 && text.starts_with("<0x") && text.ends_with('>');
            let kind = match byte {
                true => BYTE,
                false if pieces && model["unk_token"] == text.as_str() => UNKNOWN,
                false => NORMAL,
            };
            tokens.put(id_of(id).unwrap_or(0), text, kind);
        }
        for token in added {
            let text = token["content"].as_str().ok_or_else(|| broken("a token has no text"))?;
            let kind = if token["special"] == true { CONTROL } else { USER_DEFINED };
            let unknown = pieces && model["unk_token"] == text;
            let kind = if unknown { UNKNOWN } else { kind };
            tokens.put(id_of(&token["id"]).unwrap_or(0), text, kind);
        }
        Ok(tokens)
    }

    fn put(&mut self, id: usize, text: &str, kind: i32) {
        self.texts[id] = text.to_owned();
        self.kinds[id] = kind;
        self.ids.insert(text.to_owned(), id as u32);
    }

    /// SentencePiece joins the pair that makes the token of the highest score, and a list of merges
    /// the pair that stands first: the score of a token is how early a merge makes it. What no
    /// merge makes is never made.
    fn scores(&self, merges: &[Merge]) -> (Vec<f32>, Vec<i32>) {
        let mut scores = vec![f32::NEG_INFINITY; self.texts.len()];
        for (rank, merge) in merges.iter().enumerate() {
            let whole = format!("{}{}", merge.left, merge.right);
            let Some(id) = self.ids.get(&whole) else { continue };
            let score = &mut scores[*id as usize];
            if *score == f32::NEG_INFINITY {
                *score = -(rank as f32);
            }
        }
        let kinds = self.kinds.iter().enumerate().map(|(id, kind)| {
            let made = scores[id] > f32::NEG_INFINITY || self.texts[id].chars().count() == 1;
            if *kind == NORMAL && !made { UNUSED } else { *kind }
        });
        let kinds = kinds.collect();
        (scores, kinds)
    }

    fn finish(
        self,
        mut out: Writer,
        kinds: Vec<i32>,
        tokenizer: &Json,
        config: &Json,
        generation: &Json,
    ) -> Result<Described, Problem> {
        let named = |key: &str| {
            let token = &config[key];
            let text = token.as_str().or_else(|| token["content"].as_str())?;
            self.ids.get(text).copied()
        };
        let numbers = |key: &str| -> Vec<u32> {
            let listed = &generation[key];
            let one = |value: &Json| value.as_u64().and_then(|id| u32::try_from(id).ok());
            match listed.as_array() {
                Some(list) => list.iter().filter_map(one).collect(),
                None => one(listed).into_iter().collect(),
            }
        };
        let begins = begins_with(tokenizer).and_then(|text| self.ids.get(text).copied());
        let bos = begins.or_else(|| named("bos_token")).or_else(|| numbers("bos_token_id").pop());
        if let Some(bos) = bos {
            out.set("tokenizer.ggml.bos_token_id", bos);
        }
        let adds_bos = begins.is_some() || config["add_bos_token"] == true;
        out.set("tokenizer.ggml.add_bos_token", adds_bos && bos.is_some());
        let mut ends: Vec<u32> = named("eos_token").into_iter().collect();
        for end in numbers("eos_token_id") {
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
        // In the order in which they count there.
        for (key, end) in ["eos", "eom", "eot"].into_iter().zip(&ends) {
            out.set(format!("tokenizer.ggml.{key}_token_id"), *end);
        }
        out.set("tokenizer.ggml.tokens", self.texts);
        out.set("tokenizer.ggml.token_type", Value::I32s(kinds));
        out.describe().map_err(|why| broken(why.to_string()))
    }
}

/// The special token that a single text is begun with.
fn begins_with(tokenizer: &Json) -> Option<&str> {
    let steps = flat(&tokenizer["post_processor"], "processors");
    let template = steps.into_iter().find(|step| step["type"] == "TemplateProcessing")?;
    template["single"][0]["SpecialToken"]["id"].as_str()
}

fn merges(model: &Json) -> Result<Vec<Merge>, Problem> {
    let listed = model["merges"].as_array().ok_or_else(|| broken("its merges are no list"))?;
    let merge = |(rank, entry): (usize, &Json)| {
        let pair = match entry {
            Json::String(line) => line.split_once(' ').map(|(l, r)| (l.to_owned(), r.to_owned())),
            Json::Array(pair) => match pair.as_slice() {
                [Json::String(left), Json::String(right)] => Some((left.clone(), right.clone())),
                _ => None,
            },
            _ => None,
        };
        let (left, right) =
            pair.ok_or_else(|| broken(format!("its merge {rank} is not a pair")))?;
        Ok(Merge { left, right })
    };
    listed.iter().enumerate().map(merge).collect()
}
