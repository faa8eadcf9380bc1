use hearth_gguf::Metadata;

use super::Problem;
use super::merge::Merger;
use super::vocabulary::{Kind, Vocabulary};

/// SentencePiece's byte-pair encoding (Kudo and Richardson 2018), as Llama 1 and 2 use it: text
/// begins as its characters, and the pair that makes the token of the highest score is joined
/// first. A character that is no token becomes its bytes.
pub(super) struct SentencePiece {
    scores: Vec<f32>,
    byte_ids: [Option<u32>; 256],
    unknown: Option<u32>,
    /// A text begins with a space that is not written, so that its first word is like the others.
    space_prefix: bool,
}

impl SentencePiece {
    pub fn read(metadata: Metadata, vocabulary: &Vocabulary) -> Result<Self, Problem> {
        let scores = metadata
            .f32s("tokenizer.ggml.scores")
            .ok_or_else(|| Problem::Broken("its list of scores is missing".into()))?;
        if scores.len() != vocabulary.len() {
            return Err(Problem::Broken("it has a different number of tokens and scores".into()));
        }
        let byte_ids = vocabulary.byte_tokens();
        let unknown =
            (0..vocabulary.len() as u32).find(|id| vocabulary.kind(*id) == Some(Kind::Unknown));
        let space_prefix = metadata.bool("tokenizer.ggml.add_space_prefix").unwrap_or(true);
        Ok(Self { scores, byte_ids, unknown, space_prefix })
    }

    /// Appends the tokens of a text; `begins` says that it begins the prompt or follows a special
    /// token.
    pub fn encode(&self, vocabulary: &Vocabulary, text: &str, begins: bool, out: &mut Vec<u32>) {
        if text.is_empty() {
            return;
        }
        let prefix = if begins && self.space_prefix { " " } else { "" };
        let text = [prefix, text].concat();
        let mut merger = Merger::default();
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            merger.push(end, vocabulary.find(&text.as_bytes()[at..end]));
        }
        merger.merge(|left, right| {
            let id = vocabulary.find(&text.as_bytes()[left.start as usize..right.end as usize])?;
            Some((highest_first(self.scores[id as usize]), id))
        });
        for symbol in merger.symbols() {
            match symbol.id {
                Some(id) => out.push(id),
                None => {
                    let bytes = &text.as_bytes()[symbol.start as usize..symbol.end as usize];
                    let ids = bytes.iter().map(|byte| self.byte_ids[usize::from(*byte)]);
                    out.extend(ids.filter_map(|id| id.or(self.unknown)));
                }
            }
        }
    }
}

/// A number that is smaller for a higher score.
fn highest_first(score: f32) -> u32 {
    let bits = score.to_bits();
    // Negative floats order backwards as integers; positive ones forwards, above them all.
    if bits >> 31 == 1 { bits } else { !bits & 0x7fff_ffff }
}

#[cfg(test)]
mod tests {
    use super::highest_first;

    #[test]
    fn a_higher_score_ranks_earlier() {
        let falling = [f32::INFINITY, 3.5, 1.0, 0.0, -0.5, -1.0, -31_000.0, f32::NEG_INFINITY];
        assert!(falling.map(highest_first).is_sorted());
    }
}
