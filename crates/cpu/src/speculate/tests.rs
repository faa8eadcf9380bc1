use std::collections::BTreeMap;

use hearth_chat::{Sampling, Signals};
use hearth_gguf::TensorType;

use super::*;
use crate::{
    pool::Pool,
    synthetic::{self, Pair},
};

const TRIALS: usize = 20_000;

/// A speculator that goes by costs where it pays to leave unlikely guesses out, and its tokenizer.
fn speculator() -> (Speculator, Tokenizer) {
    let folder = tempfile::tempdir().unwrap();
    let [target, draft] = ["target.gguf", "draft.gguf"].map(|name| folder.path().join(name));
    let pair = Pair { shape: &synthetic::TINY, shared: 1, rest: 0.6 };
    synthetic::write_pair(&target, &draft, &pair, TensorType::Q8_0, 3).unwrap();
    let tokenizer = Tokenizer::from_gguf(&hearth_gguf::File::open(&target).unwrap()).unwrap();
    let draft = Draft::load(&draft, &tokenizer, Arc::new(Pool::new(1)), 2048, &mut |_| {}).unwrap();
    (Speculator::new(Ok(draft), Costs::of(0.5, 0.0, 0.0)), tokenizer)
}

/// Who leaves a guess out because of what it is, and lets the model choose anew, makes it rarer.
/// The target is surer of itself than the draft, so unlikely guesses are hardly ever right.
#[test]
fn a_guess_that_was_drawn_is_verified_however_unlikely_it_is() {
    let (mut speculator, tokenizer) = speculator();
    let sampling = Sampling { temperature: 2.0, top_k: 6, top_p: 1.0, ..Sampling::default() };
    let mut sampler = Sampler::new(&sampling).unwrap();
    let prompt = tokenizer.encode_text("Say something.");
    let choice = DraftChoice::Model(String::new());

    let mut drafting = speculator.begin(&choice, &prompt);
    let (draft, sequence) =
        (speculator.draft.as_mut().unwrap(), drafting.sequence.as_mut().unwrap());
    let (logits, _) = draft.read(sequence, &prompt, &mut speculator.control.costs);
    let target: Vec<f32> = logits.unwrap().iter().map(|logit| logit * 1.5).collect();
    let expected = sampler.distribution(&target, None).unwrap();

    let mut counts = BTreeMap::<u32, f64>::new();
    for _ in 0..TRIALS {
        let mut drafting = speculator.begin(&choice, &prompt);
        let signals = Signals::default();
        let ahead = Ahead {
            tokenizer: &tokenizer,
            sampler: &mut sampler,
            constraint: None,
            signals: &signals,
            most: 1,
            others: 0,
        };
        speculator.guess(&mut drafting, ahead).unwrap();
        let token = match drafting.guesses.first().cloned() {
            None => sampler.choose(&target, None).unwrap(),
            Some(guess) => {
                let token = sampler.verify(&target, None, guess.token, &guess.drawn_from).unwrap();
                let right = token == guess.token;
                let verdict = Verdict { accepted: right.into(), refuted: !right, chosen: 1 };
                speculator.learn(&mut drafting, verdict);
                token
            }
        };
        *counts.entry(token).or_default() += 1.0;
        speculator.end(&mut drafting);
    }
    let deviation = |(token, p): &(u32, f32)| {
        let expected = f64::from(*p) * TRIALS as f64;
        (counts.get(token).unwrap_or(&0.0) - expected).powi(2) / expected
    };
    let chi_square: f64 = expected.tokens().iter().map(deviation).sum();
    // With 5 degrees of freedom, more than 36 comes once in a million times.
    assert!(chi_square < 36.0, "{chi_square}: {counts:?}");
}
