//! How well a model foretells a text: what a quantization costs is seen here first.

use std::path::Path;

use hearth_chat::Error;
use serde::Serialize;

use super::CHUNK;
use crate::{
    LoadOptions, LoadedModel,
    kv::Kv,
    model::{Run, Wanted},
};

/// Tokens that are computed together, each foretold from those before it: short enough for every model
/// and every machine, long enough that most tokens have a context.
const SPAN: usize = 512;

/// How well a text was foretold.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Likelihood {
    /// Tokens that were foretold: all but the first of each span.
    pub tokens: usize,
    /// Mean natural logarithm of the probability that each had, in nats.
    pub mean_log_probability: f64,
}

/// Foretells each token of a text, in spans of 512 tokens that begin anew. `None` for a text of
/// fewer than two tokens.
pub fn likelihood(
    model: &Path,
    text: &str,
    threads: Option<u32>,
) -> Result<Option<Likelihood>, Error> {
    let options =
        LoadOptions { threads, context_length: Some(SPAN as u32), ..LoadOptions::default() };
    let LoadedModel { mut model, tokenizer, .. } = LoadedModel::load(model, &options, &mut |_| {})?;
    let begin = Vec::from_iter(tokenizer.first());
    let tokens = tokenizer.encode_text(text);
    let vocabulary = model.plan.vocabulary;
    let (mut sum, mut count) = (0.0, 0);
    for span in tokens.chunks(SPAN - begin.len()) {
        let span: Vec<u32> = begin.iter().chain(span).copied().collect();
        let mut kv = Kv::new(model.kv_shape());
        for (index, chunk) in span.chunks(CHUNK).enumerate() {
            let logits =
                model.forward(&mut [Run { kv: &mut kv, tokens: chunk, logits: Wanted::All }]);
            let next = span.iter().skip(index * CHUNK + 1);
            for (logits, next) in logits.chunks_exact(vocabulary).zip(next) {
                sum += log_probability(logits, *next as usize);
                count += 1;
            }
        }
    }
    let mean_log_probability = sum / count as f64;
    Ok((count > 0).then_some(Likelihood { tokens: count, mean_log_probability }))
}

fn log_probability(logits: &[f32], token: usize) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: f64 = logits.iter().map(|logit| f64::from(logit - most).exp()).sum();
    f64::from(logits[token] - most) - weights.ln()
}

#[cfg(test)]
mod tests {
    use super::log_probability;

    #[test]
    fn equal_logits_are_equally_likely() {
        let found = log_probability(&[3.0; 8], 5);
        assert!((found + 8f64.ln()).abs() < 1e-12, "{found}");
    }
}
