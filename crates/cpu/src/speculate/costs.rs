//! What passes take on this machine: measured at load, and corrected by every pass since.

use std::time::Instant;

use super::LONGEST;
use crate::{
    kv::Kv,
    model::{Model, Run, Wanted},
};

/// Rows of a verification's pass: the last token and the guesses after it.
const ROWS: usize = LONGEST + 1;
/// Rows that are measured at load; those between are taken from the line.
const MEASURED: [usize; 4] = [1, 4, 8, ROWS];
/// Rows at once when a draft catches up with a prompt.
const CATCH_UP: usize = 32;
/// Each pass is measured up to so many times, within so many seconds.
const REPEATS: usize = 3;
const PATIENCE: f64 = 0.05;
/// Weight of a new observation; of a faster one, because a pass can take longer for many reasons
/// and shorter for none.
const NEW: f64 = 0.1;
const FASTER: f64 = 0.3;
/// One slow pass says more of the computer's other work than of the next pass.
const SURPRISE: f64 = 1.5;

/// In seconds.
#[derive(Clone, Debug)]
pub struct Costs {
    /// A pass of the target, by rows - 1.
    pass: [f64; ROWS],
    /// A guess of the draft model.
    guess: f64,
    /// A token that the draft model has to read before it can guess.
    read: f64,
}

impl Costs {
    /// Times passes of the target and of its draft, in some ten times what a token takes.
    pub fn measure(target: &mut Model, draft: Option<&mut Model>) -> Self {
        // The first pass finds everything cold.
        seconds(target, 1, Wanted::All);
        let points = MEASURED.map(|rows| (rows, seconds(target, rows, Wanted::All)));
        let (guess, read) = draft.map_or((0.0, 0.0), |draft| {
            seconds(draft, 1, Wanted::All);
            let read = seconds(draft, CATCH_UP, Wanted::None) / CATCH_UP as f64;
            (seconds(draft, 1, Wanted::All), read)
        });
        Self { pass: std::array::from_fn(|i| on_the_line(&points, i + 1)), guess, read }
    }

    /// A pass of the target with so many rows.
    pub fn pass(&self, rows: usize) -> f64 {
        match rows {
            0 => 0.0,
            1..=ROWS => self.pass[rows - 1],
            _ => self.pass[ROWS - 1] * rows as f64 / ROWS as f64,
        }
    }

    pub fn guess(&self) -> f64 {
        self.guess
    }

    pub fn read(&self) -> f64 {
        self.read
    }

    pub fn saw_pass(&mut self, rows: usize, seconds: f64) {
        if !(1..=ROWS).contains(&rows) {
            return;
        }
        // A longer context or a busy computer makes all passes slower, so half of what is seen is
        // taken as true of all of them.
        let moved = follow(&mut self.pass[rows - 1], seconds);
        for (_, pass) in self.pass.iter_mut().enumerate().filter(|(i, _)| i + 1 != rows) {
            *pass *= moved.sqrt();
        }
    }

    pub fn saw_guess(&mut self, seconds: f64) {
        follow(&mut self.guess, seconds);
    }

    pub fn saw_read(&mut self, tokens: usize, seconds: f64) {
        follow(&mut self.read, seconds / tokens as f64);
    }
}

/// Moves an average towards what was seen; by what factor.
fn follow(average: &mut f64, seen: f64) -> f64 {
    let before = *average;
    let weight = if seen < before { FASTER } else { NEW };
    *average += weight * (seen.min(before * SURPRISE) - before);
    if before > 0.0 { *average / before } else { 1.0 }
}

/// The shortest of a few passes: what the machine can do when it is left alone.
fn seconds(model: &mut Model, rows: usize, logits: Wanted) -> f64 {
    let tokens = vec![0; rows];
    let (mut spent, mut best) = (0.0, f64::INFINITY);
    for _ in 0..REPEATS {
        let mut kv = Kv::new(model.kv_shape());
        let began = Instant::now();
        model.forward(&mut [Run { kv: &mut kv, tokens: &tokens, logits }]);
        let seconds = began.elapsed().as_secs_f64();
        best = best.min(seconds);
        spent += seconds;
        if spent > PATIENCE {
            break;
        }
    }
    best
}

/// The value at `x` of the line through the points left and right of it, never falling.
fn on_the_line(points: &[(usize, f64)], x: usize) -> f64 {
    let right = points.iter().position(|(at, _)| *at >= x).unwrap_or(points.len() - 1);
    let ((x0, y0), (x1, y1)) = (points[right.saturating_sub(1)], points[right]);
    if x1 == x0 {
        return y1;
    }
    y0 + (y1 - y0).max(0.0) * (x - x0) as f64 / (x1 - x0) as f64
}

#[cfg(test)]
impl Costs {
    /// One row takes a second and each further one `row` more.
    pub fn of(row: f64, guess: f64, read: f64) -> Self {
        Self { pass: std::array::from_fn(|i| 1.0 + row * i as f64), guess, read }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_measurements_lies_a_line() {
        let points = [(1, 1.0), (4, 1.3), (8, 1.2), (17, 3.0)];
        let at = |x| (on_the_line(&points, x) * 100.0).round() / 100.0;
        assert_eq!([1, 2, 4, 6, 8, 17].map(at), [1.0, 1.1, 1.3, 1.3, 1.3, 3.0]);
    }

    #[test]
    fn what_is_seen_of_one_pass_moves_the_others_half_as_far() {
        let mut costs = Costs::of(0.1, 0.1, 0.01);
        (0..200).for_each(|_| costs.saw_pass(4, 2.6));
        assert!((costs.pass(4) - 2.6).abs() < 0.01);
        assert!(costs.pass(1) > 1.3 && costs.pass(1) < 1.5, "{}", costs.pass(1));
    }

    #[test]
    fn one_slow_pass_hardly_counts() {
        let mut costs = Costs::of(0.1, 0.1, 0.01);
        costs.saw_pass(1, 1000.0);
        assert!(costs.pass(1) < 1.06);
    }
}
