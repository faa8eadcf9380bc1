//! Many users of one world: each grades some answers, and is then asked new questions.

use hearth_router::{Calibration, Graded, SecondOpinions, Target};

use crate::metrics::{Curve, auroc, ece, half_width, mean};
use crate::random::Random;
use crate::worlds::{Item, User, World};

pub struct Plan {
    pub seeds: u64,
    /// Graded answers, drawn at random.
    pub labels: usize,
    /// New questions.
    pub questions: usize,
}

/// Means over all users.
#[derive(Debug)]
pub struct Result {
    pub auroc: f64,
    pub apgr: f64,
    pub apgr_half_width: f64,
    pub cpt50: f64,
    pub cpt80: f64,
    /// Of the learnt probability.
    pub ece: f64,
    /// Share of the users who got a certificate.
    pub certified: f64,
    /// Share of answers kept here, of those who did.
    pub kept: f64,
    /// Share of the users whose certificate promised too much.
    pub violations: f64,
    /// Share of right answers with the certificate in force (everything local where there is none),
    /// of all local, and of all from the large model.
    pub accuracy: [f64; 3],
}

pub fn simulate(world: World, plan: &Plan) -> Result {
    let target = Target::default();
    let mut seen = Figures::default();
    for seed in 0..plan.seeds {
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9) + 1);
        let user = User::new(world, &mut random);
        let grades = grades(&user, world, plan.labels, &mut random);
        let calibration = Calibration::of(target, &grades, &[], SecondOpinions::default());
        let items = user.items(plan.questions, &mut random);
        seen.add(&calibration, &items);
    }
    seen.result(plan.seeds as f64)
}

fn grades(user: &User, world: World, labels: usize, random: &mut Random) -> Vec<Graded> {
    let mut grades = Vec::new();
    let mut drawn = 0;
    while drawn < labels {
        let item = user.item(random);
        // Who is asked is decided before anybody knows whether the answer was right; a thumb is not.
        let at_random = !world.thumbs || random.chance(0.5);
        let thumb = random.chance(if item.small_right { 0.05 } else { 0.5 });
        let right = item.small_right != random.chance(world.label_noise);
        drawn += usize::from(at_random);
        if at_random || thumb {
            let Item { evidence, sketch, .. } = item;
            grades.push(Graded { evidence, sketch, right, at_random });
        }
    }
    grades
}

#[derive(Default)]
struct Figures {
    auroc: Vec<f64>,
    apgr: Vec<f64>,
    cpt50: Vec<f64>,
    cpt80: Vec<f64>,
    ece: Vec<f64>,
    kept: Vec<f64>,
    violations: f64,
    accuracy: [Vec<f64>; 3],
}

impl Figures {
    fn add(&mut self, calibration: &Calibration, items: &[Item]) {
        let n = items.len() as f64;
        let scores: Vec<f64> = items
            .iter()
            .map(|item| calibration.score(&item.evidence, item.sketch.as_ref()))
            .collect();
        let told: Vec<(f64, bool)> =
            scores.iter().zip(items).map(|(score, item)| (*score, item.small_right)).collect();
        self.auroc.extend(auroc(&told));
        self.ece.push(ece(&told));
        let answers: Vec<_> = scores
            .iter()
            .zip(items)
            .map(|(score, item)| (*score, item.small_right, item.large_right))
            .collect();
        if let Some(curve) = Curve::of(&answers) {
            self.apgr.push(curve.apgr());
            self.cpt50.push(curve.cpt(0.5));
            self.cpt80.push(curve.cpt(0.8));
        }
        let threshold = calibration.certificate().map_or(f64::MIN, |c| c.threshold);
        let share = |of: &dyn Fn(&(f64, bool, bool)) -> bool| {
            answers.iter().filter(|answer| of(answer)).count() as f64 / n
        };
        if calibration.certificate().is_some() {
            self.kept.push(share(&|a| a.0 >= threshold));
            let risk = share(&|a| a.0 >= threshold && !a.1);
            // The risk is itself estimated from these questions: one deviation is left to chance.
            let chance = (risk * (1.0 - risk) / n).sqrt();
            self.violations += f64::from(u8::from(risk - chance > calibration.target().risk));
        }
        let [routed, small, large] = &mut self.accuracy;
        routed.push(share(&|a| if a.0 >= threshold { a.1 } else { a.2 }));
        small.push(share(&|a| a.1));
        large.push(share(&|a| a.2));
    }

    fn result(&self, seeds: f64) -> Result {
        Result {
            auroc: mean(&self.auroc),
            apgr: mean(&self.apgr),
            apgr_half_width: half_width(&self.apgr),
            cpt50: mean(&self.cpt50),
            cpt80: mean(&self.cpt80),
            ece: mean(&self.ece),
            certified: self.kept.len() as f64 / seeds,
            kept: mean(&self.kept),
            violations: self.violations / seeds,
            accuracy: [0, 1, 2].map(|i| mean(&self.accuracy[i])),
        }
    }
}
