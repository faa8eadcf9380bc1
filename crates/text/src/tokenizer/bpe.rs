use std::collections::HashMap;

use hearth_gguf::Metadata;

use super::Problem;
use super::merge::Merger;
use super::split::Rules;
use super::vocabulary::Vocabulary;

/// Byte-pair encoding: text is cut into words, each word begins as its smallest parts, and the pair
/// whose merge was learnt first is joined first. These parts are bytes (Radford et al. 2019), or
/// characters, where one that is no token becomes its bytes in the end.
pub(super) struct Bpe {
    rules: Rules,
    /// A pair of tokens to the merge's rank and the token it makes.
    merges: HashMap<(u32, u32), (u32, u32)>,
    /// `None` for a byte that never occurs in UTF-8, which many vocabularies leave out.
    byte_ids: [Option<u32>; 256],
}

impl Bpe {
    pub fn read(
        metadata: Metadata,
        vocabulary: &Vocabulary,
        rules: Rules,
    ) -> Result<Self, Problem> {
        let lines = metadata
            .strs("tokenizer.ggml.merges")
            .ok_or_else(|| Problem::Broken("its list of merges is missing".into()))?;
        let mut merges = HashMap::with_capacity(lines.len());
        let mut joined = Vec::new();
        for (rank, line) in lines.enumerate() {
            // A space inside a token is written as another character, so the first one after
            // the first character divides the halves.
            let divide = line.char_indices().skip(1).find(|(_, c)| *c == ' ').map(|(at, _)| at);
            let Some(divide) = divide else {
                return Err(Problem::Broken(format!("its merge {rank} is not a pair")));
            };
            let id_of = |text: &str| vocabulary.find_written(text);
            joined.clear();
            joined.extend(line[..divide].bytes());
            joined.extend(line[divide + 1..].bytes());
            let whole = std::str::from_utf8(&joined).expect("two texts joined are text");
            // A merge whose parts were pruned from the vocabulary can never apply.
            let (Some(left), Some(right), Some(whole)) =
                (id_of(&line[..divide]), id_of(&line[divide + 1..]), id_of(whole))
            else {
                continue;
            };
            merges.entry((left, right)).or_insert((rank as u32, whole));
        }
        let byte_ids = if rules.characters {
            vocabulary.byte_tokens()
        } else {
            std::array::from_fn(|byte| vocabulary.find(&[byte as u8]))
        };
        Ok(Self { rules, merges, byte_ids })
    }

    /// Appends the tokens of a text.
    pub fn encode(&self, vocabulary: &Vocabulary, text: &str, out: &mut Vec<u32>) {
        let mut merger = Merger::default();
        self.rules.split(text, &mut |word| {
            if self.is_taken_whole(word)
                && let Some(id) = vocabulary.find(word.as_bytes())
            {
                out.push(id);
                return;
            }
            merger.clear();
            if self.rules.characters {
                for (at, c) in word.char_indices() {
                    let end = at + c.len_utf8();
                    merger.push(end, vocabulary.find(&word.as_bytes()[at..end]));
                }
            } else {
                for (at, byte) in word.bytes().enumerate() {
                    merger.push(at + 1, self.byte_ids[usize::from(byte)]);
                }
            }
            merger.merge(|left, right| self.merges.get(&(left.id?, right.id?)).copied());
            for symbol in merger.symbols() {
                match symbol.id {
                    Some(id) => out.push(id),
                    None => {
                        let bytes = &word.as_bytes()[symbol.start as usize..symbol.end as usize];
                        out.extend(bytes.iter().filter_map(|b| self.byte_ids[usize::from(*b)]));
                    }
                }
            }
        });
    }

    /// Line breaks are words of their own where the rest of a line is one; Gemma 4 takes them so
    /// (llama.cpp, pull request 21343).
    fn is_taken_whole(&self, word: &str) -> bool {
        self.rules.whole_words || (self.rules.characters && word.starts_with('\n'))
    }
}
