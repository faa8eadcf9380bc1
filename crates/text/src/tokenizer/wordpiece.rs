use hearth_gguf::Metadata;
use unicode_normalization::UnicodeNormalization;

use super::Problem;
use super::split::classes::{CONTROLS, NONSPACING_MARKS, PUNCTUATION};
use super::vocabulary::Vocabulary;

/// WordPiece (Devlin et al. 2018), as models that embed text use it: text is normalized and cut into
/// words, and from each the longest token that it begins with is taken until nothing is left.
pub(super) struct WordPiece {
    unknown: u32,
    lowercase: bool,
    strip_accents: bool,
    /// Bytes of the longest token.
    longest: usize,
}

/// Tokens longer than this are never looked for, so that a step through a text has an end.
const LONGEST: usize = 256;

impl WordPiece {
    pub fn read(metadata: Metadata, vocabulary: &Vocabulary) -> Result<Self, Problem> {
        let unknown = metadata.u32("tokenizer.ggml.unknown_token_id").unwrap_or(100);
        if unknown as usize >= vocabulary.len() {
            return Err(Problem::Broken(
                "its token for unknown words is none of its tokens".into(),
            ));
        }
        let option = |name: &str| metadata.bool(&format!("tokenizer.ggml.normalizer.{name}"));
        let lowercase = option("lowercase").unwrap_or(true);
        let longest = (0..vocabulary.len() as u32).map(|id| vocabulary.bytes(id).len()).max();
        Ok(Self {
            unknown,
            lowercase,
            strip_accents: option("strip_accents").unwrap_or(lowercase),
            longest: longest.unwrap_or_default().min(LONGEST),
        })
    }

    /// Appends the tokens of a text.
    pub fn encode(&self, vocabulary: &Vocabulary, text: &str, out: &mut Vec<u32>) {
        for word in self.words(text) {
            // A token that begins a word begins with a space.
            let word = format!(" {word}");
            let before = out.len();
            let mut rest = word.as_str();
            while !rest.is_empty() {
                let ends = (1..=rest.len().min(self.longest)).rev();
                let found = ends
                    .filter(|end| rest.is_char_boundary(*end))
                    .find_map(|end| Some((vocabulary.find(&rest.as_bytes()[..end])?, end)));
                let Some((id, end)) = found else {
                    out.truncate(before);
                    out.push(self.unknown);
                    break;
                };
                out.push(id);
                rest = &rest[end..];
            }
        }
    }

    fn words(&self, text: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut add = |c: char| {
            let alone = c.is_ascii_punctuation() || PUNCTUATION.contains(c) || is_chinese(c);
            if c.is_whitespace() || alone {
                words.push(String::new());
            }
            if c.is_whitespace() || c == '\u{fffd}' || CONTROLS.contains(c) {
                return;
            }
            let word = words.last_mut().expect("there is one from the start");
            if self.lowercase {
                word.extend(c.to_lowercase())
            } else {
                word.push(c)
            }
            if alone {
                words.push(String::new());
            }
        };
        if self.strip_accents {
            text.nfd().filter(|c| !NONSPACING_MARKS.contains(*c)).for_each(add);
        } else {
            text.chars().for_each(&mut add);
        }
        words.retain(|word| !word.is_empty());
        words
    }
}

/// Each of these is a word (`BertNormalizer` of Hugging Face's tokenizers).
fn is_chinese(c: char) -> bool {
    matches!(c as u32,
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x20000..=0x2a6df | 0x2a700..=0x2b73f
        | 0x2b740..=0x2b81f | 0x2b920..=0x2ceaf | 0xf900..=0xfaff | 0x2f800..=0x2fa1f)
}
