//! Text to tokens and back, as the model file's own vocabulary says.
//!
//! Two families are known: byte-pair encoding (`tokenizer.ggml.model` = `gpt2` or `gemma4`), whose text
//! is first cut by the rules that `tokenizer.ggml.pre` names, and SentencePiece's (`llama`); and, for
//! models that embed text, WordPiece (`bert`).
//!
//! A control token, such as the one that ends a turn, comes only from text that the chat template
//! wrote. What a person or a document says can name it and stays plain text: see [`Prompt`].

mod bpe;
mod decode;
mod ends;
mod json;
mod merge;
mod sentencepiece;
mod special;
mod split;
#[cfg(test)]
pub(crate) mod tests;
mod vocabulary;
mod wordpiece;

use std::path::Path;

use hearth_chat::{Error, ErrorKind, Role};
use hearth_gguf as gguf;

pub use decode::Decoder;
pub use json::Texts;
pub use special::Prompt;

use bpe::Bpe;
use sentencepiece::SentencePiece;
use special::Specials;
use vocabulary::{Kind, Vocabulary};
use wordpiece::WordPiece;

/// A model's tokenizer.
pub struct Tokenizer {
    vocabulary: Vocabulary,
    specials: Specials,
    family: Family,
    bos: Option<u32>,
    add_bos: bool,
    ends: Vec<u32>,
}

enum Family {
    Bpe(Bpe),
    SentencePiece(SentencePiece),
    WordPiece(WordPiece),
}

impl Tokenizer {
    /// Reads the tokenizer of a model file.
    ///
    /// Fails with [`ErrorKind::ModelFile`] when the vocabulary is missing or contradicts itself,
    /// and with [`ErrorKind::Unsupported`] when it is of a family that is not known here.
    pub fn from_gguf(file: &gguf::File) -> Result<Self, Error> {
        Self::from_metadata(file.metadata()).map_err(|problem| problem.of(file.path()))
    }

    /// Reads the tokenizer of a folder, which fails as [`Tokenizer::from_gguf`] does.
    pub fn from_texts(folder: &Path, texts: Texts) -> Result<Self, Error> {
        json::describe(texts)
            .and_then(|described| Self::from_metadata(described.metadata()))
            .map_err(|problem| problem.of(folder))
    }

    /// Whether [`Tokenizer::from_gguf`] knows the family of this file's tokenizer, without reading the
    /// vocabulary.
    pub fn check(file: &gguf::File) -> Result<(), Error> {
        Named::of(file.metadata()).map(drop).map_err(|problem| problem.of(file.path()))
    }

    fn from_metadata(metadata: gguf::Metadata) -> Result<Self, Problem> {
        let named = Named::of(metadata)?;
        let rules = match named {
            Named::Bpe(rules) => Some(rules),
            Named::SentencePiece | Named::WordPiece => None,
        };
        let byte_level = rules.is_some_and(|rules| !rules.characters);
        let mut vocabulary = Vocabulary::read(metadata, byte_level)?;

        let id = |name: &str| {
            let id = metadata.u32(&format!("tokenizer.ggml.{name}_token_id"))?;
            ((id as usize) < vocabulary.len()).then_some(id)
        };
        let bos = id("bos");
        let ends = ends::of(metadata, &vocabulary);
        let adds_bos = rules.is_none_or(|rules| rules.add_bos);
        // Early files of Gemma 4 deny it (llama.cpp, pull request 21500).
        let always = rules.is_some_and(|rules| rules.characters && rules.add_bos);
        let add_bos = always || metadata.bool("tokenizer.ggml.add_bos_token").unwrap_or(adds_bos);
        // Some converters leave these as ordinary words, which anyone could then type.
        let begins = bos.filter(|_| add_bos);
        ends.iter().chain(&begins).for_each(|id| vocabulary.make_control(*id));

        let family = match named {
            Named::Bpe(rules) => Family::Bpe(Bpe::read(metadata, &vocabulary, rules)?),
            Named::SentencePiece => {
                Family::SentencePiece(SentencePiece::read(metadata, &vocabulary)?)
            }
            Named::WordPiece => Family::WordPiece(WordPiece::read(metadata, &vocabulary)?),
        };
        let specials = Specials::of(&vocabulary)?;
        Ok(Self { vocabulary, specials, family, bos, add_bos, ends })
    }

    /// Tokens in the vocabulary; the model's logits are at least as many.
    pub fn vocab_size(&self) -> usize {
        self.vocabulary.len()
    }

    /// The tokens of plain text. Control tokens that it spells out stay text.
    pub fn encode_text(&self, text: &str) -> Vec<u32> {
        let mut out = Vec::new();
        self.encode_cut(text, None, &mut out);
        out
    }

    /// The tokens of what a chat template wrote, begun with the beginning-of-text token where the
    /// model wants one.
    ///
    /// `add_eos_token` has no say here: a prompt is to be continued, so nothing may end it.
    pub fn encode_prompt(&self, prompt: &Prompt) -> Vec<u32> {
        let mut out = Vec::new();
        self.encode_cut(&prompt.text, Some(prompt.guard), &mut out);
        match self.bos {
            // Many templates write the token themselves; two would be one too many.
            Some(bos) if self.add_bos && out.first() != Some(&bos) => out.insert(0, bos),
            _ => {}
        }
        out
    }

    /// The tokens of marks that a model is made to say, and of the blanks around them.
    pub(crate) fn encode_marks(&self, text: &str) -> Vec<u32> {
        let mut out = Vec::new();
        self.encode_cut(text, Some('\0'), &mut out);
        out
    }

    /// Marks the control tokens that a message's text spells out, so that they stay text.
    pub(crate) fn guard(&self, text: &str, role: Role, guard: char) -> String {
        self.specials.guard(text, guard, role != Role::Assistant)
    }

    /// The bytes that a token adds to the text; none for a control token. They need not be whole
    /// characters: see [`Decoder`].
    pub fn token_bytes(&self, id: u32) -> &[u8] {
        match self.vocabulary.kind(id) {
            Some(Kind::Normal | Kind::UserDefined | Kind::Byte) => self.vocabulary.bytes(id),
            Some(Kind::Control | Kind::Unknown | Kind::Unused) | None => &[],
        }
    }

    /// The text of a token for a person to look at, such as an alternative in the probability
    /// view. Control tokens show their names here.
    pub fn token_text(&self, id: u32) -> String {
        String::from_utf8_lossy(self.vocabulary.bytes(id)).into_owned()
    }

    /// The tokens that end an answer, the model's own choice first.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub fn is_end(&self, id: u32) -> bool {
        self.ends.contains(&id)
    }

    /// The special tokens, which text cannot spell.
    pub fn specials(&self) -> impl Iterator<Item = u32> {
        self.vocabulary.specials()
    }

    /// The token that a text begins with, where the model wants one.
    pub fn first(&self) -> Option<u32> {
        self.bos.filter(|_| self.add_bos)
    }

    /// The id of a special token, such as `<|im_start|>`.
    pub fn special(&self, text: &str) -> Option<u32> {
        self.vocabulary.find_special(text)
    }

    /// The beginning-of-text token's name, as templates write it.
    pub(crate) fn bos_text(&self) -> String {
        self.bos.map(|id| self.token_text(id)).unwrap_or_default()
    }

    /// The end-of-text token's name, as templates write it.
    pub(crate) fn eos_text(&self) -> String {
        self.vocabulary.eos().map(|id| self.token_text(id)).unwrap_or_default()
    }

    /// Whether both give every token number the same meaning, as a draft's and its target's must.
    pub fn same_vocabulary(&self, other: &Self) -> bool {
        self.vocabulary == other.vocabulary
    }

    /// Cuts out the special tokens that may stand in this text, and encodes what is between them.
    /// `guard` is given for a template's text.
    fn encode_cut(&self, text: &str, guard: Option<char>, out: &mut Vec<u32>) {
        let mut begins = true;
        for part in self.specials.cut(text, guard.is_some()) {
            match part {
                special::Part::Token(id) => {
                    out.push(id);
                    begins = true;
                }
                special::Part::Text(text) => {
                    match guard {
                        Some(guard) if text.contains(guard) => {
                            self.encode_plain(&text.replace(guard, ""), begins, out);
                        }
                        _ => self.encode_plain(text, begins, out),
                    }
                    begins = false;
                }
            }
        }
    }

    fn encode_plain(&self, text: &str, begins: bool, out: &mut Vec<u32>) {
        match &self.family {
            Family::Bpe(bpe) => bpe.encode(&self.vocabulary, text, out),
            Family::SentencePiece(pieces) => pieces.encode(&self.vocabulary, text, begins, out),
            Family::WordPiece(pieces) => pieces.encode(&self.vocabulary, text, out),
        }
    }
}

/// What a file says its tokenizer is.
#[derive(Clone, Copy)]
enum Named {
    Bpe(split::Rules),
    SentencePiece,
    WordPiece,
}

impl Named {
    fn of(metadata: gguf::Metadata) -> Result<Self, Problem> {
        let pre = match metadata.str("tokenizer.ggml.model").unwrap_or_default() {
            "gpt2" => metadata.str("tokenizer.ggml.pre").unwrap_or("default"),
            "gemma4" => "gemma4",
            "llama" => return Ok(Self::SentencePiece),
            "bert" => return Ok(Self::WordPiece),
            "" => return Err(Problem::Broken("it does not name one".into())),
            other => return Err(Problem::Unknown(other.into())),
        };
        let rules = split::rules(pre).ok_or_else(|| Problem::Unknown(pre.into()))?;
        Ok(Self::Bpe(rules))
    }
}

/// Why a file's tokenizer cannot be used.
#[derive(Debug)]
pub(crate) enum Problem {
    Broken(String),
    Unknown(String),
}

impl Problem {
    fn of(self, path: &Path) -> Error {
        let path = path.display();
        match self {
            Self::Broken(why) => {
                Error::new(ErrorKind::ModelFile, format!("{path} has no usable tokenizer: {why}."))
            }
            Self::Unknown(what) => Error::new(
                ErrorKind::Unsupported,
                format!(
                    "{path} uses the tokenizer `{what}`, which Hearth does not know yet. Choose another model."
                ),
            ),
        }
    }
}
