//! From graded answers to a threshold that may be relied on.
//!
//! The promise is about the joint risk J(t) = P(kept here *and* wrong): at most 10 % of all answers,
//! 90 % sure. Thresholds are walked from strict to loose while the Clopper-Pearson bound of J holds;
//! as J only grows on the way, the last one that holds needs no correction for having tried
//! several (risk-controlling prediction sets, Bates et al. 2021).

use serde::{Deserialize, Serialize};

use crate::logistic::{Logistic, Row};
use crate::{Evidence, Sketch, binomial};

/// Grades before anything is learnt from them; with fewer, the mean ln p alone is the score.
const LEARN_FROM: usize = 60;
/// Share of the grades, the oldest, that the score learns from. The others certify.
const LEARNING_SHARE: f64 = 1.0 / 3.0;
const THRESHOLDS: usize = 40;
/// Neighbours asked, and how many average answers they are mixed with.
const NEIGHBOURS: usize = 15;
const PRIOR_NEIGHBOURS: f64 = 2.0;
/// Nearness below which two questions have nothing in common.
const NEAR: f64 = 0.3;
/// Without a certificate, this share of the answers is worth an offer.
const WEAKEST: f64 = 0.15;
const WEAKEST_FROM: usize = 20;

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Largest share of all answers that may be kept here and wrong.
    pub risk: f64,
    /// Largest probability that the promise is broken all the same.
    pub delta: f64,
}

impl Default for Target {
    fn default() -> Self {
        Self { risk: 0.10, delta: 0.10 }
    }
}

impl Target {
    /// The fewest graded answers that can certify anything, when none is wrong.
    pub fn fewest(&self) -> u32 {
        (self.delta.ln() / (-self.risk).ln_1p()).ceil() as u32
    }

    fn holds(&self, wrong: u32, of: u32) -> bool {
        // The same as `upper_bound(wrong, of) <= risk`, without the search.
        of > 0 && binomial::cdf(wrong, of, self.risk) <= self.delta
    }
}

/// An answer of this device that the user judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    pub evidence: Evidence,
    pub sketch: Option<Sketch>,
    pub right: bool,
    /// The user was asked about it at random. Other grades (thumbs) come when people feel like it:
    /// they teach, and cannot certify.
    pub at_random: bool,
}

/// How answers from elsewhere compared with the local ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondOpinions {
    pub compared: u32,
    pub better: u32,
}

/// A threshold that holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Answers with this score and above are kept.
    pub threshold: f64,
    /// Answers that it rests on.
    pub graded: u32,
    /// Of those, kept at this threshold and wrong.
    pub kept_wrong: u32,
    /// Share of those that is kept.
    pub kept_share: f64,
    /// Upper bound of the joint risk.
    pub bound: f64,
}

/// What the grades of one model, quantisation and template say.
#[derive(Clone, Debug)]
pub struct Calibration {
    target: Target,
    scorer: Scorer,
    certificate: Option<Certificate>,
    certifying: u32,
    /// Scores below this are among the weakest so far.
    weak_below: Option<f64>,
    elsewhere: SecondOpinions,
}

impl Calibration {
    /// `graded` in order of time; `seen` is the evidence of answers so far, graded or not. All of one
    /// model, quantisation and chat template: with any of them, the meaning of a score changes.
    pub fn of(
        target: Target,
        graded: &[Graded],
        seen: &[(Evidence, Option<Sketch>)],
        elsewhere: SecondOpinions,
    ) -> Self {
        let random = graded.iter().filter(|grade| grade.at_random).count();
        let learning =
            if random < LEARN_FROM { 0 } else { (random as f64 * LEARNING_SHARE) as usize };
        // All grades up to the last that is learnt from; only the random ones after it certify.
        let mut left = learning;
        let cut = graded.iter().position(|grade| {
            let done = left == 0;
            left = left.saturating_sub(usize::from(grade.at_random));
            done
        });
        let (taught, later) = graded.split_at(cut.unwrap_or(0));
        let scorer = Scorer::learn(taught);
        let certifying: Vec<(f64, bool)> = later
            .iter()
            .filter(|grade| grade.at_random)
            .map(|grade| (scorer.score(&grade.evidence, grade.sketch.as_ref()), grade.right))
            .collect();
        let certificate = certify(target, &scorer.thresholds(taught), &certifying);
        let scores = seen.iter().map(|(evidence, sketch)| scorer.score(evidence, sketch.as_ref()));
        let weak_below = weakest(scores.collect());
        let certifying = certifying.len() as u32;
        Self { target, scorer, certificate, certifying, weak_below, elsewhere }
    }

    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Graded answers that a certificate could rest on, and the fewest that it takes.
    pub fn progress(&self) -> (u32, u32) {
        (self.certifying, self.target.fewest())
    }

    pub fn target(&self) -> Target {
        self.target
    }

    /// How likely the answer is right, in 0..=1; comparable only within this calibration.
    pub fn score(&self, evidence: &Evidence, sketch: Option<&Sketch>) -> f64 {
        self.scorer.score(evidence, sketch)
    }

    pub(crate) fn is_among_the_weakest(&self, score: f64) -> bool {
        self.weak_below.is_some_and(|below| score < below)
    }

    /// False once it is as sure as the certificates are that another place is hardly ever better.
    pub fn elsewhere_helps(&self) -> bool {
        let SecondOpinions { compared, better } = self.elsewhere;
        !self.target.holds(better, compared)
    }
}

fn certify(target: Target, thresholds: &[f64], graded: &[(f64, bool)]) -> Option<Certificate> {
    let of = graded.len() as u32;
    let mut last = None;
    for &threshold in thresholds {
        let kept = graded.iter().filter(|(score, _)| *score >= threshold);
        let (mut kept_count, mut wrong) = (0, 0);
        for (_, right) in kept {
            kept_count += 1;
            wrong += u32::from(!right);
        }
        if !target.holds(wrong, of) {
            break;
        }
        last = Some((threshold, kept_count, wrong));
    }
    let (threshold, kept, kept_wrong) = last.filter(|(_, kept, _)| *kept > 0)?;
    Some(Certificate {
        threshold,
        graded: of,
        kept_wrong,
        kept_share: f64::from(kept) / f64::from(of),
        bound: binomial::upper_bound(kept_wrong, of, target.delta),
    })
}

fn weakest(mut scores: Vec<f64>) -> Option<f64> {
    if scores.len() < WEAKEST_FROM {
        return None;
    }
    scores.sort_by(f64::total_cmp);
    Some(scores[(scores.len() as f64 * WEAKEST) as usize])
}

#[derive(Clone, Debug)]
enum Scorer {
    /// The geometric mean of the tokens' probabilities.
    MeanProbability,
    Learnt {
        model: Logistic,
        examples: Vec<(Sketch, bool)>,
        base: f64,
    },
}

impl Scorer {
    fn learn(taught: &[Graded]) -> Self {
        let right: Vec<bool> = taught.iter().map(|grade| grade.right).collect();
        if taught.is_empty() {
            return Self::MeanProbability;
        }
        let count = right.iter().filter(|right| **right).count() as f64;
        let base = (count + 1.0) / (taught.len() as f64 + 2.0);
        let examples: Vec<(Sketch, bool)> =
            taught.iter().filter_map(|grade| Some((grade.sketch.clone()?, grade.right))).collect();
        let mut own = 0..;
        let rows: Vec<Row> = taught
            .iter()
            .map(|grade| {
                // Its own grade must not be among what predicts it.
                let own = grade.sketch.as_ref().and_then(|_| own.next());
                let others = examples.iter().enumerate().filter(|(i, _)| Some(*i) != own);
                let others = others.map(|(_, example)| example);
                row(&grade.evidence, neighbours(others, grade.sketch.as_ref(), base))
            })
            .collect();
        Self::Learnt { model: Logistic::fit(&rows, &right), examples, base }
    }

    fn score(&self, evidence: &Evidence, sketch: Option<&Sketch>) -> f64 {
        match self {
            Self::MeanProbability => evidence.mean_logprob.exp(),
            Self::Learnt { model, examples, base } => {
                model.probability(&row(evidence, neighbours(examples.iter(), sketch, *base)))
            }
        }
    }

    /// Strictest first. They must not depend on the grades that certify.
    fn thresholds(&self, taught: &[Graded]) -> Vec<f64> {
        match self {
            // Closer to 1, where most answers are.
            Self::MeanProbability => {
                (1..=THRESHOLDS).map(|i| 1.0 - (i as f64 / THRESHOLDS as f64).powi(2)).collect()
            }
            Self::Learnt { .. } => {
                let mut scores: Vec<f64> = taught
                    .iter()
                    .map(|grade| self.score(&grade.evidence, grade.sketch.as_ref()))
                    .collect();
                scores.sort_by(|a, b| b.total_cmp(a));
                let at = |i: usize| scores[(i * (scores.len() - 1)) / THRESHOLDS];
                (0..=THRESHOLDS).map(at).chain([0.0]).collect()
            }
        }
    }
}

fn row(evidence: &Evidence, neighbours: f64) -> Row {
    [
        evidence.mean_logprob,
        evidence.p10_logprob,
        evidence.mean_entropy,
        f64::from(evidence.tokens).ln_1p(),
        f64::from(u8::from(evidence.complete)),
        neighbours,
    ]
}

/// The share answered right among the nearest examples, mixed with the average.
fn neighbours<'a>(
    examples: impl Iterator<Item = &'a (Sketch, bool)>,
    sketch: Option<&Sketch>,
    base: f64,
) -> f64 {
    let Some(sketch) = sketch else { return base };
    let mut near: Vec<(f64, bool)> = examples
        .map(|(other, right)| (sketch.cosine(other), *right))
        .filter(|(cosine, _)| *cosine > NEAR)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.truncate(NEIGHBOURS);
    let weight: f64 = near.iter().map(|(cosine, _)| cosine).sum();
    let right: f64 = near.iter().filter(|(_, right)| *right).map(|(cosine, _)| cosine).sum();
    (right + PRIOR_NEIGHBOURS * base) / (weight + PRIOR_NEIGHBOURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(mean_logprob: f64, right: bool) -> Graded {
        let evidence = Evidence {
            mean_logprob,
            p10_logprob: 2.0 * mean_logprob,
            mean_entropy: -mean_logprob,
            tokens: 20,
            complete: true,
        };
        Graded { evidence, sketch: None, right, at_random: true }
    }

    fn calibrate(grades: &[Graded]) -> Calibration {
        Calibration::of(Target::default(), grades, &[], SecondOpinions::default())
    }

    #[test]
    fn twenty_two_right_answers_certify_and_twenty_one_do_not() {
        let grades = vec![graded(-0.1, true); 22];
        let certified = calibrate(&grades);
        let certificate = certified.certificate().unwrap();
        assert_eq!((certificate.graded, certificate.kept_wrong), (22, 0));
        assert!(certificate.bound <= 0.10);

        let few = calibrate(&grades[..21]);
        assert!(few.certificate().is_none());
        assert_eq!(few.progress(), (21, 22));
    }

    #[test]
    fn thumbs_certify_nothing() {
        let thumbs: Vec<_> =
            (0..500).map(|_| Graded { at_random: false, ..graded(-0.1, true) }).collect();
        assert!(calibrate(&thumbs).certificate().is_none());
    }

    #[test]
    fn the_threshold_lies_where_wrong_answers_begin() {
        let mut grades = vec![graded(-0.05, true); 30];
        grades.extend(vec![graded(-0.9, false); 20]);
        let calibration = calibrate(&grades);
        let threshold = calibration.certificate().unwrap().threshold;
        assert!(calibration.score(&grades[0].evidence, None) >= threshold);
        assert!(calibration.score(&grades[40].evidence, None) < threshold);
    }

    #[test]
    fn a_model_that_is_mostly_wrong_is_not_certified() {
        assert!(calibrate(&vec![graded(-0.1, false); 200]).certificate().is_none());
    }

    #[test]
    fn with_enough_grades_the_score_learns_from_the_neighbours() {
        let sums = Sketch::of("what is 17 times 23");
        let capitals = Sketch::of("name the capital of Norway");
        let grades: Vec<_> = (0..300)
            .map(|i| {
                let sum = i % 2 == 0;
                let sketch = Some(if sum { sums.clone() } else { capitals.clone() });
                Graded { sketch, ..graded(-0.2 - 0.001 * f64::from(i % 7), !sum || i % 10 == 0) }
            })
            .collect();
        let calibration = calibrate(&grades);
        let evidence = grades[0].evidence;
        let other = Sketch::of("name the capital of Sweden");
        assert!(
            calibration.score(&evidence, Some(&other)) > calibration.score(&evidence, Some(&sums))
        );
    }

    #[test]
    fn the_weakest_answers_so_far_are_known_without_grades() {
        let seen: Vec<_> =
            (1..=100).map(|i| (graded(-0.01 * f64::from(i), true).evidence, None)).collect();
        let calibration = Calibration::of(Target::default(), &[], &seen, SecondOpinions::default());
        assert!(calibration.is_among_the_weakest((-0.95_f64).exp()));
        assert!(!calibration.is_among_the_weakest((-0.5_f64).exp()));
    }

    #[test]
    fn another_place_that_is_hardly_ever_better_is_known_as_such() {
        let helps = |compared, better| {
            let opinions = SecondOpinions { compared, better };
            Calibration::of(Target::default(), &[], &[], opinions).elsewhere_helps()
        };
        assert!(helps(0, 0) && helps(5, 0) && helps(40, 12));
        assert!(!helps(40, 0));
    }
}
