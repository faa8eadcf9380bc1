use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Device;

/// What an answer was, once it ended. A value that was not measured is `None`, never a guess.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Outcome {
    pub finish: Finish,
    pub usage: Usage,
    pub timing: Timing,
    pub confidence: Option<Confidence>,
    pub speculation: Option<Speculation>,
    /// What ran it: `cpu`, `mistralrs`, or a provider's name.
    pub backend: String,
    /// What computed it, as far as it was this device.
    pub device: Option<Box<Device>>,
    /// Largest resident memory of the engine process so far, in bytes.
    #[ts(type = "number | null")]
    pub peak_rss_bytes: Option<u64>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model ended its turn, or a stop string was met.
    Stop,
    /// `max_tokens` or the context's end was reached.
    Length,
    /// The user stopped it.
    Cancelled,
    /// The engine or the connection failed part-way; the text so far was kept.
    Failed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Usage {
    /// Tokens of the whole prompt, reused ones included.
    pub prompt_tokens: u32,
    /// Of thought and answer together.
    pub completion_tokens: u32,
    /// Of those, the thought's, and the marks around it.
    #[serde(default)]
    pub thought_tokens: u32,
    /// Prompt tokens whose KV cache entries were still there from an earlier turn.
    pub reused_tokens: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Timing {
    /// Time to load the model for this answer, in ms; `None` when it was already loaded.
    pub load_ms: Option<f64>,
    /// From the request's arrival at the engine to the first token, in ms.
    pub ttft_ms: Option<f64>,
    /// Prompt tokens computed (not reused) per second.
    pub prefill_tok_s: Option<f64>,
    /// Tokens after the first, per second.
    pub decode_tok_s: Option<f64>,
    /// From the first token of a thought to its last, in ms; `None` where there was no thought.
    #[serde(default)]
    pub thought_ms: Option<f64>,
}

/// How sure the model was of its own words: natural-log probabilities at temperature 1,
/// before any filter, of the tokens it chose for its answer, its thought apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Confidence {
    /// Mean of ln p over the answer's tokens; 0 is certainty.
    pub mean_logprob: f64,
    /// The 10th percentile of ln p: how unsure the least sure tenth was.
    pub p10_logprob: f64,
    /// Mean entropy of the next-token distribution, in nats.
    pub mean_entropy: f64,
}

impl Confidence {
    /// Summarises the scores of an answer's tokens; `None` for an empty answer.
    pub fn of(scores: &[TokenScore]) -> Option<Self> {
        if scores.is_empty() {
            return None;
        }
        let n = scores.len();
        let mut sorted: Vec<f64> = scores.iter().map(|s| f64::from(s.logprob)).collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            mean_logprob: sorted.iter().sum::<f64>() / n as f64,
            p10_logprob: sorted[(n - 1) / 10],
            mean_entropy: scores.iter().map(|s| f64::from(s.entropy)).sum::<f64>() / n as f64,
        })
    }
}

/// The score of one chosen token, from the unfiltered distribution at temperature 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TokenScore {
    /// ln p of the token.
    pub logprob: f32,
    /// Entropy of the distribution it was drawn from, in nats.
    pub entropy: f32,
}

/// What drafting did for one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Speculation {
    /// The draft that ran: a model's name, `ngram`, both joined by `+`, or `None` when it was off.
    pub draft: Option<String>,
    pub drafted: u32,
    pub accepted: u32,
    /// Tokens emitted per verification pass.
    pub mean_accepted: Option<f64>,
    /// Measured time per token against plain decoding's on this machine; `None` where the answer is
    /// too short to tell.
    pub speedup_estimate: Option<f64>,
    /// Why nothing was drafted, or why the draft model that was wanted did not.
    pub off_reason: Option<SpeculationOff>,
}

/// Why no tokens were drafted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SpeculationOff {
    /// The user turned it off.
    Disabled,
    /// No draft model is at hand for this one.
    NoPartner,
    /// The draft model does not share this one's vocabulary.
    VocabularyDiffers,
    /// The draft model's file is missing, damaged, or of a kind that cannot run here.
    DraftUnusable,
    TooLittleMemory,
    /// Measured here, and it did not pay.
    NotFaster,
    /// This backend cannot verify several tokens at less than their single cost.
    Backend,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_takes_the_mean_and_the_lowest_tenth() {
        let scores: Vec<_> =
            (1..=20).map(|i| TokenScore { logprob: -(i as f32), entropy: 1.0 }).collect();
        let c = Confidence::of(&scores).unwrap();
        assert_eq!(c.mean_logprob, -10.5);
        assert_eq!(c.p10_logprob, -19.0, "the second lowest of twenty");
        assert_eq!(c.mean_entropy, 1.0);
    }

    #[test]
    fn an_empty_answer_has_no_confidence() {
        assert_eq!(Confidence::of(&[]), None);
    }
}
