//! The same figures on real answers: one JSON object a line, as the app exports its graded answers.

use std::path::Path;

use hearth_router::{Calibration, Evidence, Graded, SecondOpinions, Sketch, Target};
use serde::{Deserialize, Serialize};

use crate::metrics::{auroc, ece, half_width, mean};
use crate::random::Random;

/// One answer that was graded. Fields that are not needed here are ignored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trace {
    pub id: String,
    pub evidence: Evidence,
    #[serde(default)]
    pub sketch: Option<Sketch>,
    /// In place of a sketch, where somebody wrote the traces by hand.
    #[serde(default)]
    pub question: Option<String>,
    pub correct: bool,
    /// Drawn at random to be graded; only such grades certify.
    #[serde(default = "yes")]
    pub drawn: bool,
    /// From the question to the first token, and to the end, in ms.
    #[serde(default)]
    pub ttft_ms: Option<f64>,
    #[serde(default)]
    pub total_ms: Option<f64>,
    /// What it would have cost elsewhere, in nano-dollars, where the user stated a price.
    #[serde(default)]
    pub elsewhere_nano_usd: Option<u64>,
}

fn yes() -> bool {
    true
}

/// # Errors
/// A sentence, when the file cannot be read or a line is not a trace.
pub fn read(path: &Path) -> Result<Vec<Trace>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| {
            serde_json::from_str(line).map_err(|e| format!("{}:{}: {e}", path.display(), i + 1))
        })
        .collect()
}

#[derive(Debug)]
pub struct Replay {
    pub answers: usize,
    pub correct: f64,
    /// Of the mean ln p alone, over all answers.
    pub auroc_mean: Option<f64>,
    /// Of the learnt score, on answers that it did not learn from.
    pub auroc_learnt: f64,
    pub ece: f64,
    pub certified: f64,
    pub kept: f64,
    pub kept_half_width: f64,
    pub violations: f64,
}

/// Splits the answers at random, `seeds` times: 60 % are the user's grades, the others are new.
pub fn replay(traces: &[Trace], seeds: u64) -> Replay {
    let target = Target::default();
    let graded: Vec<Graded> = traces
        .iter()
        .map(|trace| Graded {
            evidence: trace.evidence,
            sketch: trace.sketch.clone().or_else(|| trace.question.as_deref().map(Sketch::of)),
            right: trace.correct,
            at_random: trace.drawn,
        })
        .collect();
    let (mut aurocs, mut eces, mut kept, mut violations) = (vec![], vec![], vec![], 0.0);
    for seed in 0..seeds {
        let mut order: Vec<usize> = (0..graded.len()).collect();
        Random::new(seed).shuffle(&mut order);
        let (taught, asked) = order.split_at(order.len() * 6 / 10);
        let taught: Vec<Graded> = taught.iter().map(|i| graded[*i].clone()).collect();
        let calibration = Calibration::of(target, &taught, &[], SecondOpinions::default());
        let scores: Vec<(f64, bool)> = asked
            .iter()
            .map(|i| &graded[*i])
            .map(|g| (calibration.score(&g.evidence, g.sketch.as_ref()), g.right))
            .collect();
        aurocs.extend(auroc(&scores));
        eces.push(ece(&scores));
        if let Some(certificate) = calibration.certificate() {
            let n = scores.len() as f64;
            let stays = |score: f64| score >= certificate.threshold;
            kept.push(scores.iter().filter(|s| stays(s.0)).count() as f64 / n);
            let risk = scores.iter().filter(|s| stays(s.0) && !s.1).count() as f64 / n;
            let chance = (risk * (1.0 - risk) / n).sqrt();
            violations += f64::from(u8::from(risk - chance > target.risk));
        }
    }
    let means: Vec<_> = graded.iter().map(|g| (g.evidence.mean_logprob, g.right)).collect();
    Replay {
        answers: graded.len(),
        correct: means.iter().filter(|(_, right)| *right).count() as f64
            / means.len().max(1) as f64,
        auroc_mean: auroc(&means),
        auroc_learnt: mean(&aurocs),
        ece: mean(&eces),
        certified: kept.len() as f64 / seeds as f64,
        kept: mean(&kept),
        kept_half_width: half_width(&kept),
        violations: violations / seeds as f64,
    }
}
