//! A smaller model of the same vocabulary, which guesses what the larger one will say.

use std::{path::Path, sync::Arc, time::Instant};

use hearth_chat::{Error, SpeculationOff};
use hearth_gguf::File;
use hearth_text::tokenizer::Tokenizer;

use super::costs::Costs;
use crate::{
    kernels::Isa,
    model::{Model, Run, Wanted},
    pool::Pool,
    sequence::{Idle, Sequence},
};

/// The most tokens that are read before a guess. Who has more to read guesses later, so that an
/// answer neither waits long nor stops late.
const CHUNK: usize = 256;
/// A vocabulary as long as this is worth cutting, to its first so many tokens, which stand in the
/// order in which they were found frequent. With those that the text has shown, they are 95 to 99 %
/// of English, German and code in the vocabularies of Qwen2 and Llama 3 (six texts of 9,000 to
/// 240,000 tokens). A guess of a Qwen3-0.6B draft then took 10.7 ms instead of 13.7 (two Zen 4
/// cores, 2026-11-21).
const LONG_VOCABULARY: usize = 65_536;
const FREQUENT: u32 = 49_152;
/// Bytes of KV cache that it may keep between requests.
const IDLE_KV_BYTES: usize = 256 << 20;

pub struct Draft {
    pub name: String,
    model: Model,
    idle: Idle,
    /// Of the tokens that both know; more are unused by one of them.
    vocabulary: usize,
}

impl Draft {
    /// `Err` says why this file cannot draft for a model with this tokenizer.
    pub fn load(
        path: &Path,
        target: &Tokenizer,
        pool: Arc<Pool>,
        context_length: usize,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Self, SpeculationOff> {
        let unusable = |_: Error| SpeculationOff::DraftUnusable;
        let file = File::open(path).map_err(|_| SpeculationOff::DraftUnusable)?;
        let tokenizer = Tokenizer::from_gguf(&file).map_err(unusable)?;
        if !tokenizer.same_vocabulary(target) {
            return Err(SpeculationOff::VocabularyDiffers);
        }
        let mut model =
            Model::load(Arc::new(file), Isa::best(), pool, progress).map_err(unusable)?;
        if model.plan.vocabulary < tokenizer.vocab_size() {
            return Err(SpeculationOff::DraftUnusable);
        }
        model.limit_context(context_length);
        if model.plan.vocabulary >= LONG_VOCABULARY {
            model.narrow((0..FREQUENT).chain(tokenizer.specials()));
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let idle = Idle::new(IDLE_KV_BYTES);
        let vocabulary = tokenizer.vocab_size().min(target.vocab_size());
        Ok(Self { name, model, idle, vocabulary })
    }

    /// What it is timed with.
    pub fn model(&mut self) -> &mut Model {
        &mut self.model
    }

    /// Bytes of weights and of conversations that are kept.
    pub fn memory_bytes(&self) -> usize {
        self.model.weight_bytes() + self.idle.bytes()
    }

    /// A sequence with as much of the prompt as it still knows.
    pub fn begin(&mut self, prompt: &[u32]) -> Sequence {
        self.idle.take(prompt, self.model.kv_shape())
    }

    /// Keeps a sequence for the next turn.
    pub fn keep(&mut self, sequence: Sequence) {
        self.idle.keep(sequence);
    }

    /// Reads on in the text, of which the sequence is a beginning. Returns the logits of what comes
    /// next, unless that is still too far, and the seconds that went into catching up with it.
    pub fn read(
        &mut self,
        sequence: &mut Sequence,
        text: &[u32],
        costs: &mut Costs,
    ) -> (Option<&[f32]>, f64) {
        let unread = &text[sequence.tokens.len()..];
        if unread.iter().any(|token| *token as usize >= self.vocabulary) {
            return (None, 0.0);
        }
        self.model.widen(unread);
        // After a draft that was right to its end, two tokens are new: that is no catching up.
        let (behind, last) = unread.split_at(unread.len().saturating_sub(2));
        let mut reading = 0.0;
        if let Some(chunk) = behind.chunks(CHUNK).next() {
            let began = Instant::now();
            pass(&mut self.model, sequence, chunk, Wanted::None);
            reading = began.elapsed().as_secs_f64();
            costs.saw_read(chunk.len(), reading);
        }
        if behind.len() > CHUNK {
            return (None, reading);
        }
        let began = Instant::now();
        let logits = pass(&mut self.model, sequence, last, Wanted::Last);
        costs.saw_guess(began.elapsed().as_secs_f64());
        (Some(&logits[..self.vocabulary]), reading)
    }
}

fn pass<'m>(
    model: &'m mut Model,
    sequence: &mut Sequence,
    tokens: &[u32],
    logits: Wanted,
) -> &'m [f32] {
    sequence.tokens.extend(tokens);
    model.forward(&mut [Run { kv: &mut sequence.kv, tokens, logits }])
}
