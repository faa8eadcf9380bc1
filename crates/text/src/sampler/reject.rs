use super::Distribution;

/// Rejection sampling (Leviathan et al. 2023, algorithm 1): a token that was drawn from `draft` is
/// kept with the probability min(1, target / draft), and otherwise replaced by a draw from what the
/// target has beyond the draft. What comes out is distributed as `target`, whatever the draft was.
///
/// `uniform` gives numbers in 0..1 that the guess does not depend on.
pub fn reject(
    target: &Distribution,
    draft: &Distribution,
    guess: u32,
    mut uniform: impl FnMut() -> f64,
) -> u32 {
    let (p, q) = (target.probability(guess), draft.probability(guess));
    if uniform() * f64::from(q) < f64::from(p) {
        return guess;
    }
    // Rounding alone can reject a guess of two equal distributions.
    target.beyond(draft).as_ref().unwrap_or(target).draw(uniform())
}
