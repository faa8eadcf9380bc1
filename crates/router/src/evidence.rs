//! What a local answer shows about itself.

use hearth_chat::{Confidence, Finish};
use serde::{Deserialize, Serialize};

/// How sure the model was while it wrote. Natural logarithms, at temperature 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub mean_logprob: f64,
    /// The 10th percentile.
    pub p10_logprob: f64,
    /// In nats.
    pub mean_entropy: f64,
    pub tokens: u32,
    /// It ended by itself, not at a limit.
    pub complete: bool,
}

impl Evidence {
    /// `None` when a figure is missing or cannot be true: a backend that gives every token
    /// probability 1, or a logarithm above 0, has measured something else.
    pub fn of(confidence: Option<Confidence>, tokens: u32, finish: Finish) -> Option<Self> {
        let Confidence { mean_logprob, p10_logprob, mean_entropy } = confidence?;
        let evidence = Self {
            mean_logprob,
            p10_logprob,
            mean_entropy,
            tokens,
            complete: finish == Finish::Stop,
        };
        evidence.is_plausible().then_some(evidence)
    }

    pub(crate) fn is_plausible(&self) -> bool {
        let finite = [self.mean_logprob, self.p10_logprob, self.mean_entropy];
        finite.iter().all(|value| value.is_finite())
            && self.mean_logprob < 0.0
            && self.p10_logprob <= 0.0
            && self.mean_entropy >= 0.0
            && self.tokens > 0
    }
}

/// Whether an answer declines: one of the ways models say no, near the start of a short answer.
pub fn is_refusal(answer: &str) -> bool {
    const WAYS: &[&str] = &[
        "i can't help",
        "i cannot help",
        "i can't answer",
        "i cannot answer",
        "i can't do that",
        "i cannot do that",
        "i'm not able to",
        "i am not able to",
        "i'm unable to",
        "i am unable to",
        "i don't know",
        "i do not know",
        "i'm sorry, but",
        "i am sorry, but",
        "as an ai",
        "beyond what i can",
        "a larger model",
        "das weiß ich nicht",
        "das kann ich nicht",
        "dabei kann ich nicht helfen",
        "es tut mir leid, aber",
    ];
    let start: String = answer.chars().take(160).collect::<String>().to_lowercase();
    let start = start.replace('\u{2019}', "'");
    answer.chars().count() <= 600 && WAYS.iter().any(|way| start.contains(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confidence(mean_logprob: f64) -> Option<Confidence> {
        Some(Confidence { mean_logprob, p10_logprob: -1.0, mean_entropy: 0.2 })
    }

    #[test]
    fn perfect_or_impossible_certainty_is_no_evidence() {
        for broken in [0.0, 0.3, f64::NAN, f64::NEG_INFINITY, f64::INFINITY] {
            assert_eq!(Evidence::of(confidence(broken), 9, Finish::Stop), None, "{broken}");
        }
        assert_eq!(Evidence::of(None, 9, Finish::Stop), None);
        assert_eq!(Evidence::of(confidence(-0.1), 0, Finish::Stop), None);
        assert!(Evidence::of(confidence(-0.1), 9, Finish::Stop).is_some());
    }

    #[test]
    fn declining_is_noticed_and_a_long_answer_is_not_declining() {
        assert!(is_refusal("I’m sorry, but I can’t help with that."));
        assert!(is_refusal("Das weiß ich nicht."));
        assert!(!is_refusal("Paris is the capital of France."));
        assert!(!is_refusal(&format!("I don't know a better way than this: {}", "x".repeat(700))));
    }
}
