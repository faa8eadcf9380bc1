//! The figures that routers are compared by.

/// Probability that a right answer scores above a wrong one; `None` without one of each.
pub fn auroc(scores: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let right = sorted.iter().filter(|(_, right)| *right).count() as f64;
    let wrong = sorted.len() as f64 - right;
    let (mut below, mut wins, mut at) = (0.0, 0.0, 0);
    while at < sorted.len() {
        // Equal scores share their rank.
        let tied = sorted[at..].iter().take_while(|(score, _)| *score == sorted[at].0).count();
        let rights = sorted[at..at + tied].iter().filter(|(_, right)| *right).count() as f64;
        let wrongs = tied as f64 - rights;
        wins += rights * (below + wrongs / 2.0);
        below += wrongs;
        at += tied;
    }
    (right > 0.0 && wrong > 0.0).then(|| wins / (right * wrong))
}

/// Expected calibration error of probabilities, over 15 bins of equal mass.
pub fn ece(scores: &[(f64, bool)]) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bins = sorted.chunks(sorted.len().div_ceil(15).max(1));
    let gaps = bins.map(|bin| {
        let said: f64 = bin.iter().map(|(p, _)| p).sum();
        let was = bin.iter().filter(|(_, right)| *right).count() as f64;
        (said - was).abs()
    });
    gaps.sum::<f64>() / sorted.len().max(1) as f64
}

/// Answers by growing share of the large model: 101 points, the least sure escalated first.
pub struct Curve {
    /// Performance gap recovered at each per cent of escalations (Ong et al. 2024).
    recovered: Vec<f64>,
}

impl Curve {
    /// `None` where the large model is no better. Each is (score, small right, large right).
    pub fn of(answers: &[(f64, bool, bool)]) -> Option<Self> {
        let mut sorted = answers.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let count =
            |of: fn(&(f64, bool, bool)) -> bool| sorted.iter().filter(|a| of(a)).count() as f64;
        let (small, large) = (count(|a| a.1), count(|a| a.2));
        if large <= small {
            return None;
        }
        let mut right = vec![small];
        for answer in &sorted {
            let gain = f64::from(u8::from(answer.2)) - f64::from(u8::from(answer.1));
            right.push(right[right.len() - 1] + gain);
        }
        let at = |percent: usize| right[percent * sorted.len() / 100];
        let recovered = (0..=100).map(|percent| (at(percent) - small) / (large - small)).collect();
        Some(Self { recovered })
    }

    /// Average performance gap recovered: 0.5 is chance, and more than 1 is possible.
    pub fn apgr(&self) -> f64 {
        let steps = self.recovered.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
        steps.sum::<f64>() / 100.0
    }

    /// Share of escalations, in per cent, at which so much of the gap is recovered.
    pub fn cpt(&self, gap: f64) -> f64 {
        let reached = self.recovered.iter().position(|recovered| *recovered >= gap);
        reached.unwrap_or(100) as f64
    }
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Half the width of the 95 % interval of the mean.
pub fn half_width(values: &[f64]) -> f64 {
    let (n, centre) = (values.len() as f64, mean(values));
    let variance = values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    1.96 * (variance / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_give_the_auroc() {
        assert_eq!(auroc(&[(0.1, false), (0.9, true)]), Some(1.0));
        assert_eq!(auroc(&[(0.5, false), (0.5, true)]), Some(0.5));
        assert_eq!(auroc(&[(0.5, true)]), None);
    }

    #[test]
    fn probabilities_that_come_true_have_no_error() {
        let scores: Vec<_> = (0..1500).map(|i| (0.2, i % 5 == 0)).collect();
        assert!(ece(&scores) < 0.01);
        assert!((ece(&scores.iter().map(|s| (0.7, s.1)).collect::<Vec<_>>()) - 0.5).abs() < 0.01);
    }

    #[test]
    fn an_oracle_recovers_more_than_all_and_chance_half() {
        let item = |i: u32| (i.is_multiple_of(2), !i.is_multiple_of(4) || i.is_multiple_of(8));
        let answers: Vec<_> = (0..800)
            .map(|i| {
                let (small, large) = item(i);
                (f64::from(u8::from(small)) - f64::from(u8::from(large)), small, large)
            })
            .collect();
        let oracle = Curve::of(&answers).unwrap();
        assert!(oracle.apgr() > 0.9 && oracle.cpt(0.5) < 30.0);
        let chance: Vec<_> = (0..800_u32)
            .map(|i| {
                let (small, large) = item(i);
                (f64::from(i.wrapping_mul(2_654_435_761) >> 8), small, large)
            })
            .collect();
        assert!((Curve::of(&chance).unwrap().apgr() - 0.5).abs() < 0.1);
    }
}
