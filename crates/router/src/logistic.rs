//! Logistic regression with a ridge, by Newton's method: enough for a handful of features and a
//! few hundred grades.

/// Features of one answer, before scaling.
pub const FEATURES: usize = 6;
pub type Row = [f64; FEATURES];

/// Pulls the weights towards 0; that of the intercept is free.
const RIDGE: f64 = 2.0;
const STEPS: usize = 12;

/// P(right) = 1 / (1 + exp(-w·x)), with x scaled to mean 0 and deviation 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    mean: Row,
    deviation: Row,
    /// The intercept first.
    weights: [f64; FEATURES + 1],
}

impl Logistic {
    pub fn fit(rows: &[Row], right: &[bool]) -> Self {
        let (mean, deviation) = scale(rows);
        let mut fitted = Self { mean, deviation, weights: [0.0; FEATURES + 1] };
        let inputs: Vec<_> = rows.iter().map(|row| fitted.input(row)).collect();
        for _ in 0..STEPS {
            let step = newton_step(&inputs, right, &fitted.weights);
            for (weight, change) in fitted.weights.iter_mut().zip(step) {
                *weight += change;
            }
        }
        fitted
    }

    pub fn probability(&self, row: &Row) -> f64 {
        sigmoid(dot(&self.weights, &self.input(row)))
    }

    fn input(&self, row: &Row) -> [f64; FEATURES + 1] {
        let mut input = [1.0; FEATURES + 1];
        for i in 0..FEATURES {
            // A feature far outside of what was seen says no more than one at its edge.
            input[i + 1] = ((row[i] - self.mean[i]) / self.deviation[i]).clamp(-4.0, 4.0);
        }
        input
    }
}

fn scale(rows: &[Row]) -> (Row, Row) {
    let n = rows.len().max(1) as f64;
    let (mut mean, mut deviation) = ([0.0; FEATURES], [0.0; FEATURES]);
    for i in 0..FEATURES {
        mean[i] = rows.iter().map(|row| row[i]).sum::<f64>() / n;
        let variance = rows.iter().map(|row| (row[i] - mean[i]).powi(2)).sum::<f64>() / n;
        // A constant feature carries nothing, and must not divide by 0.
        deviation[i] = if variance > 1e-12 { variance.sqrt() } else { 1.0 };
    }
    (mean, deviation)
}

type Input = [f64; FEATURES + 1];

/// Solves H·step = gradient of the penalised log-likelihood.
fn newton_step(inputs: &[Input], right: &[bool], weights: &Input) -> Input {
    let mut system = [[0.0; FEATURES + 2]; FEATURES + 1];
    for (input, right) in inputs.iter().zip(right) {
        let p = sigmoid(dot(weights, input));
        let residual = f64::from(u8::from(*right)) - p;
        let curvature = (p * (1.0 - p)).max(1e-6);
        for i in 0..=FEATURES {
            for j in 0..=FEATURES {
                system[i][j] += curvature * input[i] * input[j];
            }
            system[i][FEATURES + 1] += residual * input[i];
        }
    }
    for i in 1..=FEATURES {
        system[i][i] += RIDGE;
        system[i][FEATURES + 1] -= RIDGE * weights[i];
    }
    // Grades that are all alike would push the intercept to infinity.
    system[0][0] += 1e-3;
    solve(system)
}

/// Gauss-Jordan; the matrix is positive definite, so no pivot is 0.
fn solve(mut system: [[f64; FEATURES + 2]; FEATURES + 1]) -> Input {
    for pivot in 0..=FEATURES {
        let row = system[pivot].map(|value| value / system[pivot][pivot]);
        for (_, other) in system.iter_mut().enumerate().filter(|(i, _)| *i != pivot) {
            let factor = other[pivot];
            for (value, by) in other.iter_mut().zip(row) {
                *value -= factor * by;
            }
        }
        system[pivot] = row;
    }
    system.map(|row| row[FEATURES + 1])
}

fn dot(a: &Input, b: &Input) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_which_feature_tells() {
        let row = |x: f64| [x, 3.0, 0.0, 0.0, 0.0, 0.0];
        let rows: Vec<_> = (0..100).map(|i| row(f64::from(i))).collect();
        let right: Vec<_> = (0..100).map(|i| i % 10 != 0 && i > 40).collect();
        let fitted = Logistic::fit(&rows, &right);
        assert!(fitted.probability(&row(5.0)) < 0.2);
        assert!(fitted.probability(&row(95.0)) > 0.7);
    }

    #[test]
    fn grades_that_are_all_alike_give_no_nonsense() {
        let rows = vec![[1.0; FEATURES]; 40];
        let p = Logistic::fit(&rows, &[true; 40]).probability(&rows[0]);
        assert!(p > 0.9 && p <= 1.0, "{p}");
    }
}
