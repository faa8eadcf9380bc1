//! What drafting gains here: answers with a draft against the same answers without.

use std::path::PathBuf;

use hearth_chat::{
    DraftChoice, Error, Event, Outcome, Signals, SpeculationOff,
    gain::{Comparison, Gain},
};
use serde::Serialize;

use crate::{LoadOptions, LoadedModel, memory, speculate::Rehearsal};

/// Rehearsals of each kind, after those that only warm up what is learnt while answering.
const REHEARSALS: usize = 3;
const WARM_UP: usize = 2;
/// Tokens that an edited text takes over from the original, and then changes, in turn: 60 %.
const KEPT: usize = 24;
const CHANGED: usize = 16;

/// What to measure.
#[derive(Clone, Debug)]
pub struct PairOptions {
    pub target: PathBuf,
    /// Without one, only the text's own repetitions draft.
    pub draft: Option<PathBuf>,
    /// Tokens of each answer.
    pub tokens: u32,
    /// Chances of a guess to be right, each to be rehearsed with made-up answers. Without any,
    /// everyday questions are answered instead.
    pub acceptance: Vec<f64>,
    pub threads: Option<u32>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct PairReport {
    pub target: PathBuf,
    pub draft: Option<PathBuf>,
    pub threads: usize,
    /// Of answers to everyday questions: by the draft model, by repetitions, and by both, which
    /// is what `automatic` does.
    pub answers: Vec<Case>,
    /// Of made-up answers that a draft knows as well as was asked for.
    pub rehearsed: Vec<Case>,
    /// Why the draft model was not used.
    pub off_reason: Option<SpeculationOff>,
    /// Whether every answer was the same with a draft as without.
    pub identical: bool,
    /// Weights and kept conversations of both models, in bytes.
    pub memory_bytes: u64,
    pub peak_rss_bytes: Option<u64>,
}

/// One comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    pub case: String,
    #[serde(flatten)]
    pub gain: Gain,
}

/// Measures a model with a draft.
pub fn run_pair(options: &PairOptions) -> Result<PairReport, Error> {
    let load = LoadOptions {
        threads: options.threads,
        draft: options.draft.clone(),
        ..LoadOptions::default()
    };
    let mut bench = PairBench {
        model: LoadedModel::load(&options.target, &load, &mut |_| {})?,
        tokens: options.tokens.max(2),
        off_reason: None,
        identical: true,
    };
    let (mut answers, mut rehearsed) = (Vec::new(), Vec::new());
    let model_alone = DraftChoice::Model(String::new());
    if options.acceptance.is_empty() {
        answers.extend(bench.answers("repetitions", &DraftChoice::Ngram)?);
        if options.draft.is_some() {
            answers.extend(bench.answers("model", &model_alone)?);
            answers.extend(bench.answers("automatic", &DraftChoice::Automatic)?);
        }
    } else {
        for share in options.acceptance.iter().filter(|_| options.draft.is_some()) {
            let case = format!("acceptance {share}");
            rehearsed.extend(bench.rehearse(&case, *share, &model_alone, |random, _| random)?);
        }
        let ngram = DraftChoice::Ngram;
        rehearsed.extend(bench.rehearse("60 % repeated", 0.0, &ngram, edited)?);
        rehearsed.extend(bench.rehearse("nothing repeated", 0.0, &ngram, |random, _| random)?);
    }
    Ok(PairReport {
        target: options.target.clone(),
        draft: options.draft.clone(),
        threads: bench.model.model.pool.threads(),
        answers,
        rehearsed,
        off_reason: bench.off_reason,
        identical: bench.identical,
        memory_bytes: bench.model.memory_bytes(),
        peak_rss_bytes: memory::peak_rss_bytes(),
    })
}

struct PairBench {
    model: LoadedModel,
    tokens: u32,
    off_reason: Option<SpeculationOff>,
    identical: bool,
}

impl PairBench {
    /// Answers the questions with and without drafting; `None` if no answer had two tokens.
    fn answers(&mut self, case: &str, choice: &DraftChoice) -> Result<Option<Case>, Error> {
        let mut comparison = Comparison::default();
        for (question, counts) in Comparison::questions() {
            let (plain, without) = self.answer(question, &DraftChoice::Off)?;
            let (drafted, with) = self.answer(question, choice)?;
            self.identical &= plain == drafted;
            if counts {
                comparison.count_plain(&without);
                comparison.count_drafted(&with);
            }
        }
        Ok(self.concluded(case, &comparison))
    }

    /// Lets the model say `script(random tokens, the prompt's tokens)`.
    fn rehearse(
        &mut self,
        case: &str,
        acceptance: f64,
        choice: &DraftChoice,
        script: fn(Vec<u32>, &[u32]) -> Vec<u32>,
    ) -> Result<Option<Case>, Error> {
        let words = |i: u32| format!("{} ", i.wrapping_mul(2_654_435_761) >> 12);
        let question: String = (1..60).map(words).collect();
        let mut comparison = Comparison::default();
        for i in 0..REHEARSALS + WARM_UP {
            let prompt = self.model.tokenizer.encode_text(&question);
            let script = script(self.random_tokens(i), &prompt);
            self.model.rehearse(Some(Rehearsal::new(script, acceptance)));
            let (_, without) = self.answer(&question, &DraftChoice::Off)?;
            let (_, with) = self.answer(&question, choice)?;
            if i >= WARM_UP {
                comparison.count_plain(&without);
                comparison.count_drafted(&with);
            }
        }
        self.model.rehearse(None);
        Ok(self.concluded(case, &comparison))
    }

    fn concluded(&mut self, case: &str, comparison: &Comparison) -> Option<Case> {
        self.off_reason = self.off_reason.or(comparison.off_reason);
        comparison.gain().map(|gain| Case { case: case.to_owned(), gain })
    }

    fn answer(&mut self, question: &str, draft: &DraftChoice) -> Result<(String, Outcome), Error> {
        let request = Comparison::request(question, self.tokens, draft);
        let mut text = String::new();
        let outcome = self.model.generate(&request, &Signals::default(), &mut |event| {
            if let Event::Text(piece) = event {
                text += &piece.text;
            }
        })?;
        Ok((text, outcome))
    }

    /// Ordinary tokens, hardly any of them twice, other ones for each `seed`.
    fn random_tokens(&self, seed: usize) -> Vec<u32> {
        let half = self.model.tokenizer.vocab_size() / 2;
        let token = |i: usize| ((i + seed * self.tokens as usize).wrapping_mul(7919) % half) as u32;
        (0..self.tokens as usize).map(token).collect()
    }
}

/// A text that takes over most of another.
fn edited(random: Vec<u32>, original: &[u32]) -> Vec<u32> {
    let period = KEPT + CHANGED;
    let mix = |(i, random): (usize, u32)| match i % period {
        at if at < KEPT => original[(i / period * KEPT + at) % original.len()],
        _ => random,
    };
    random.into_iter().enumerate().map(mix).collect()
}
