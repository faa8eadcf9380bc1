//! What drafting gains here: answers with a draft against the same answers without.

use std::{path::PathBuf, sync::atomic::AtomicBool};

use hearth_chat::{DraftChoice, Error, Event, Message, Request, Role, SpeculationOff};
use serde::Serialize;

use crate::{LoadOptions, LoadedModel, memory, speculate::Rehearsal};

/// Answers that only warm up what is learnt while answering.
const WARM_UP: usize = 2;
/// Answers of each rehearsal.
const REHEARSALS: usize = 3;
/// Tokens that an edited text takes over from the original, and then changes, in turn: 60 %.
const KEPT: usize = 24;
const CHANGED: usize = 16;

/// Everyday questions, some of which ask for words that they contain.
const QUESTIONS: [&str; 6] = [
    "What is the capital of France, and what is it known for?",
    "Explain in three sentences why the sky is blue.",
    "Correct the spelling and repeat the whole text: The quik brown fox jumps over the lazy dog. Then the quik brown fox sleeps beside the lazy dog until the lazy dog wakes up.",
    "Write a short letter that thanks a neighbour for watering the plants.",
    "Extract the name and the age as JSON: Anna Berger, who is 34 years old, lives in Graz with her dog.",
    "What is 17 + 25, and how did you get there?",
];

/// What to measure.
#[derive(Clone, Debug)]
pub struct PairOptions {
    pub target: PathBuf,
    /// Without one, only the text's own repetitions draft.
    pub draft: Option<PathBuf>,
    /// Tokens of each answer.
    pub tokens: u32,
    /// Chances of a guess to be right, each to be rehearsed with made-up answers.
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
    pub answers: Vec<Gain>,
    /// Of made-up answers that a draft knows as well as was asked for.
    pub rehearsed: Vec<Gain>,
    /// Why the draft model was not used.
    pub off_reason: Option<SpeculationOff>,
    /// Whether every answer was the same with a draft as without.
    pub identical: bool,
    /// Weights and kept conversations of both models, in bytes.
    pub memory_bytes: u64,
    pub peak_rss_bytes: Option<u64>,
}

/// Rates with and without drafting, taken in turn.
#[derive(Clone, Debug, Serialize)]
pub struct Gain {
    pub case: String,
    pub plain_tok_s: f64,
    pub tok_s: f64,
    pub speedup: f64,
    pub drafted: u32,
    pub accepted: u32,
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
    let model_alone = DraftChoice::Model(String::new());
    let mut kinds = vec![("repetitions", DraftChoice::Ngram)];
    if options.draft.is_some() {
        let with_model = [("model", model_alone.clone()), ("automatic", DraftChoice::Automatic)];
        kinds.extend(with_model);
    }
    let mut answers = Vec::new();
    for (case, choice) in kinds {
        answers.extend(bench.answers(case, &choice)?);
    }
    let mut rehearsed = Vec::new();
    if !options.acceptance.is_empty() {
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

/// Sums over answers.
#[derive(Default)]
struct Sums {
    plain: Rate,
    drafted: Rate,
    guesses: u32,
    accepted: u32,
}

#[derive(Default)]
struct Rate {
    tokens: f64,
    seconds: f64,
}

impl PairBench {
    /// Answers the questions with and without drafting; `None` if no answer had two tokens.
    fn answers(&mut self, case: &str, choice: &DraftChoice) -> Result<Option<Gain>, Error> {
        let questions = QUESTIONS.iter().cycle().take(QUESTIONS.len() + WARM_UP);
        let mut sums = Sums::default();
        for (i, question) in questions.enumerate() {
            if i == WARM_UP {
                sums = Sums::default();
            }
            let plain = self.answer(question, &DraftChoice::Off, &mut sums)?;
            let drafted = self.answer(question, choice, &mut sums)?;
            self.identical &= plain == drafted;
        }
        Ok(sums.gain(case))
    }

    /// Lets the model say `script(random tokens, the prompt's tokens)`.
    fn rehearse(
        &mut self,
        case: &str,
        acceptance: f64,
        choice: &DraftChoice,
        script: fn(Vec<u32>, &[u32]) -> Vec<u32>,
    ) -> Result<Option<Gain>, Error> {
        let words = |i: u32| format!("{} ", i.wrapping_mul(2_654_435_761) >> 12);
        let question: String = (1..60).map(words).collect();
        let mut sums = Sums::default();
        for i in 0..REHEARSALS + WARM_UP {
            if i == WARM_UP {
                sums = Sums::default();
            }
            let prompt = self.model.tokenizer.encode_text(&question);
            let script = script(self.random_tokens(i), &prompt);
            self.model.rehearse(Some(Rehearsal::new(script, acceptance)));
            self.answer(&question, &DraftChoice::Off, &mut sums)?;
            self.answer(&question, choice, &mut sums)?;
        }
        self.model.rehearse(None);
        Ok(sums.gain(case))
    }

    fn answer(
        &mut self,
        question: &str,
        draft: &DraftChoice,
        sums: &mut Sums,
    ) -> Result<String, Error> {
        let mut request = Request::new(vec![Message::new(Role::User, question)]);
        request.sampling.temperature = 0.0;
        request.sampling.max_tokens = Some(self.tokens);
        request.draft = draft.clone();
        let mut text = String::new();
        let outcome = self.model.generate(&request, &AtomicBool::new(false), &mut |event| {
            if let Event::Text(piece) = event {
                text += &piece.text;
            }
        })?;
        let tokens = f64::from(outcome.usage.completion_tokens) - 1.0;
        let rate = if *draft == DraftChoice::Off { &mut sums.plain } else { &mut sums.drafted };
        if let Some(tok_s) = outcome.timing.decode_tok_s {
            rate.tokens += tokens;
            rate.seconds += tokens / tok_s;
        }
        if let Some(speculation) = outcome.speculation.filter(|_| *draft != DraftChoice::Off) {
            // That it does not pay in some answer is what the figures say.
            let reason = speculation.off_reason.filter(|why| *why != SpeculationOff::NotFaster);
            self.off_reason = self.off_reason.or(reason);
            sums.guesses += speculation.drafted;
            sums.accepted += speculation.accepted;
        }
        Ok(text)
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

impl Sums {
    fn gain(&self, case: &str) -> Option<Gain> {
        let rate = |rate: &Rate| (rate.seconds > 0.0).then(|| rate.tokens / rate.seconds);
        let (plain_tok_s, tok_s) = (rate(&self.plain)?, rate(&self.drafted)?);
        Some(Gain {
            case: case.to_owned(),
            plain_tok_s,
            tok_s,
            speedup: tok_s / plain_tok_s,
            drafted: self.guesses,
            accepted: self.accepted,
        })
    }
}
