//! Made-up users whose models are right together, apart or not at all as often as was measured.

use hearth_router::{Evidence, Sketch};

use crate::random::Random;

/// How often a small and a large model were right on the same questions.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub name: &'static str,
    pub both: f64,
    pub only_large: f64,
    pub only_small: f64,
}

/// Measured on the answers that RouteLLM's repository holds: n = 14,042 and n = 1,319.
pub const MMLU: Pair =
    Pair { name: "Mixtral / GPT-4 on MMLU", both: 0.628, only_large: 0.178, only_small: 0.053 };
pub const GSM8K: Pair =
    Pair { name: "Mixtral / GPT-4 on GSM8K", both: 0.566, only_large: 0.290, only_small: 0.072 };
/// n = 5,700, as published.
pub const QWEN: Pair =
    Pair { name: "Qwen2.5 0.5B / 7B on MMLU", both: 0.409, only_large: 0.324, only_small: 0.073 };

impl Pair {
    pub fn small(&self) -> f64 {
        self.both + self.only_small
    }
}

#[derive(Clone, Copy, Debug)]
pub struct World {
    pub name: &'static str,
    pub pair: Pair,
    /// Of the model's own confidence, as a detector of right answers.
    pub auroc: f64,
    /// How far topics differ in difficulty, as the deviation of their log-odds; 0 has no topics.
    pub topics: f64,
    /// Multiplies ln p: below 1 the model is surer than it should be.
    pub overconfidence: f64,
    /// Share of the grades that say the opposite.
    pub label_noise: f64,
    /// Long answers have lower ln p whether they are right or not.
    pub length_bias: f64,
    /// Thumbs come in too, and mostly on wrong answers.
    pub thumbs: bool,
}

const PLAIN: World = World {
    name: "",
    pair: QWEN,
    auroc: 0.70,
    topics: 0.0,
    overconfidence: 1.0,
    label_noise: 0.0,
    length_bias: 0.0,
    thumbs: false,
};

/// The world that the mark for APGR is set in.
pub const REFERENCE: World = World { name: "AUROC 0.70", topics: 1.0, ..PLAIN };

pub const WORLDS: &[World] = &[
    World { name: "AUROC 0.55", auroc: 0.55, ..PLAIN },
    World { name: "AUROC 0.65", auroc: 0.65, ..PLAIN },
    World { name: "AUROC 0.70, no topics", ..PLAIN },
    REFERENCE,
    World { name: "AUROC 0.80", auroc: 0.80, ..PLAIN },
    World { name: "MMLU, AUROC 0.70", pair: MMLU, ..PLAIN },
    World { name: "MMLU, AUROC 0.80, topics", pair: MMLU, auroc: 0.80, topics: 1.0, ..PLAIN },
    World { name: "GSM8K, AUROC 0.70", pair: GSM8K, ..PLAIN },
    World { name: "overconfident", pair: MMLU, overconfidence: 0.2, ..PLAIN },
    World { name: "length bias", pair: MMLU, length_bias: 0.8, ..PLAIN },
    World { name: "5 % wrong grades", pair: MMLU, label_noise: 0.05, ..PLAIN },
    World { name: "thumbs on wrong answers", pair: MMLU, thumbs: true, ..PLAIN },
];

const TOPICS: usize = 14;

#[derive(Clone, Debug)]
pub struct Item {
    pub evidence: Evidence,
    pub sketch: Option<Sketch>,
    pub small_right: bool,
    pub large_right: bool,
}

/// One user of a world: their topics are drawn once.
pub struct User {
    world: World,
    sketches: Vec<Sketch>,
    tilts: Vec<f64>,
    /// Distance between the scores of right and wrong answers, in deviations.
    separation: f64,
}

impl User {
    pub fn new(world: World, random: &mut Random) -> Self {
        let words = |topic: usize| -> String {
            (0..5).map(|word| format!("t{topic}w{} ", word * 7919 + topic * 104_729)).collect()
        };
        Self {
            world,
            sketches: (0..TOPICS).map(|topic| Sketch::of(&words(topic))).collect(),
            tilts: (0..TOPICS).map(|_| random.normal() * world.topics).collect(),
            separation: std::f64::consts::SQRT_2 * normal_quantile(world.auroc),
        }
    }

    pub fn item(&self, random: &mut Random) -> Item {
        let topic = random.below(TOPICS);
        let (small_right, large_right) = self.outcome(self.tilts[topic], random);
        let sure = if small_right { self.separation } else { 0.0 } + random.normal();
        let length = random.normal();
        let latent = sure - self.world.length_bias * length;
        let mean_logprob = -self.world.overconfidence * 0.35 * (-0.6 * latent).exp();
        // What the other figures say beyond the mean is noise here: the world has one AUROC.
        let evidence = Evidence {
            mean_logprob,
            p10_logprob: mean_logprob * (2.5 + 0.5 * random.uniform()),
            mean_entropy: -mean_logprob * (1.0 + 0.3 * random.uniform()),
            tokens: (60.0 * (0.8 * length).exp()) as u32 + 1,
            complete: true,
        };
        let sketch = (self.world.topics > 0.0).then(|| self.sketches[topic].clone());
        Item { evidence, sketch, small_right, large_right }
    }

    pub fn items(&self, n: usize, random: &mut Random) -> Vec<Item> {
        (0..n).map(|_| self.item(random)).collect()
    }

    /// Draws from the pair's table, its odds for the small model tilted by the topic.
    fn outcome(&self, tilt: f64, random: &mut Random) -> (bool, bool) {
        let Pair { both, only_large, .. } = self.world.pair;
        let small = self.world.pair.small();
        let odds = (small / (1.0 - small)).ln() + tilt;
        let small_right = random.chance(1.0 / (1.0 + (-odds).exp()));
        let large = if small_right { both / small } else { only_large / (1.0 - small) };
        (small_right, random.chance(large))
    }
}

/// The inverse of the normal distribution, by bisection on the error function's series.
fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-6.0, 6.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if normal_cdf(middle) < p { low = middle } else { high = middle }
    }
    low
}

/// Marsaglia 2004: x times the density, summed.
fn normal_cdf(x: f64) -> f64 {
    let (mut sum, mut term, mut i) = (x, x, 1.0);
    while f64::abs(term) > 1e-16 * f64::abs(sum) && i < 400.0 {
        i += 2.0;
        term *= x * x / i;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::auroc;

    #[test]
    fn a_world_has_the_table_and_the_auroc_that_it_names() {
        let world = World { auroc: 0.80, topics: 0.0, ..REFERENCE };
        let mut random = Random::new(1);
        let items = User::new(world, &mut random).items(20_000, &mut random);
        let share =
            |of: fn(&Item) -> bool| items.iter().filter(|i| of(i)).count() as f64 / 20_000.0;
        assert!((share(|i| i.small_right && i.large_right) - QWEN.both).abs() < 0.01);
        assert!((share(|i| !i.small_right && i.large_right) - QWEN.only_large).abs() < 0.01);
        let scores: Vec<_> =
            items.iter().map(|i| (i.evidence.mean_logprob, i.small_right)).collect();
        assert!((auroc(&scores).unwrap() - 0.80).abs() < 0.01);
    }
}
