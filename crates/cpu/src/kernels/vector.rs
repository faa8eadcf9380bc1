//! Loops over f32 rows. They are written so that the compiler vectorises them for the
//! instruction set of the build, and their sums have a fixed order.

const WIDTH: usize = 16;

/// The sum of `term(i)`, in 16 lanes that are added pairwise at the end.
#[inline(always)]
fn sum_by_lanes(a: &[f32], b: &[f32], term: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let mut lanes = [0f32; WIDTH];
    let (chunks_a, chunks_b) = (a.chunks_exact(WIDTH), b.chunks_exact(WIDTH));
    let tail = chunks_a.remainder().iter().zip(chunks_b.remainder());
    for (a, b) in chunks_a.zip(chunks_b) {
        for i in 0..WIDTH {
            lanes[i] = term(a[i], b[i], lanes[i]);
        }
    }
    let mut rest = 0.0;
    for (&a, &b) in tail {
        rest = term(a, b, rest);
    }
    fold(lanes) + rest
}

fn fold(mut lanes: [f32; WIDTH]) -> f32 {
    let mut half = WIDTH / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0]
}

pub fn sum(x: &[f32]) -> f32 {
    sum_by_lanes(x, x, |x, _, sum| sum + x)
}

/// The largest absolute value; NaN where one of the values is NaN.
pub fn largest_magnitude(x: &[f32]) -> f32 {
    // The order of magnitudes is the order of their bits, and a NaN's are above all others.
    f32::from_bits(x.iter().fold(0, |most, x| most.max(x.abs().to_bits())))
}

/// The largest value; negative infinity for none.
pub fn max(x: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; WIDTH];
    let chunks = x.chunks_exact(WIDTH);
    let rest = chunks.remainder().iter().fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    for chunk in chunks {
        for i in 0..WIDTH {
            lanes[i] = if chunk[i] > lanes[i] { chunk[i] } else { lanes[i] };
        }
    }
    lanes.into_iter().fold(rest, |a, b| if b > a { b } else { a })
}

/// `out = x / rms(x) * weight` (Zhang & Sennrich 2019).
pub fn rms_norm(x: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
    let scale = inverse_rms(x, epsilon);
    for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
        *out = x * scale * weight;
    }
}

/// [`rms_norm`] in place.
pub fn rms_norm_in_place(x: &mut [f32], weight: &[f32], epsilon: f32) {
    let scale = inverse_rms(x, epsilon);
    for (x, weight) in x.iter_mut().zip(weight) {
        *x = *x * scale * weight;
    }
}

fn inverse_rms(x: &[f32], epsilon: f32) -> f32 {
    let squares = sum_by_lanes(x, x, |a, b, sum| a.mul_add(b, sum));
    1.0 / (squares / x.len() as f32 + epsilon).sqrt()
}

pub fn add(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

/// `out = gate * sigmoid(gate) * up`: SwiGLU (Shazeer 2020).
pub fn swiglu(gate: &[f32], up: &[f32], out: &mut [f32]) {
    for ((out, &gate), &up) in out.iter_mut().zip(gate).zip(up) {
        *out = gate / (1.0 + exp(-gate)) * up;
    }
}

/// `out = gelu(gate) * up`, GELU by the hyperbolic tangent (Hendrycks & Gimpel 2016).
pub fn geglu(gate: &[f32], up: &[f32], out: &mut [f32]) {
    const ROOT_OF_2_BY_PI: f32 = 0.797_884_6;
    for ((out, &x), &up) in out.iter_mut().zip(gate).zip(up) {
        let inner = ROOT_OF_2_BY_PI * x * (0.044_715 * x).mul_add(x, 1.0);
        // x (1 + tanh(inner)) / 2
        *out = x / (1.0 + exp(-2.0 * inner)) * up;
    }
}

/// `cap * tanh(x / cap)`: between minus and plus `cap`.
#[inline(always)]
pub fn squeeze(x: f32, cap: f32) -> f32 {
    cap * (1.0 - 2.0 / (1.0 + exp(2.0 * x / cap)))
}

/// e^x to 2 units in the last place; below -87 the smallest normal numbers, above 88 the largest.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // e^x = 2^n e^r with n the nearest integer to x / ln 2 (Cody & Waite); the polynomial is
    // that of the Cephes library. Adding 1.5 * 2^23 rounds, and leaves n in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-0.693_359_4, x);
    let r = n.mul_add(2.121_944_4e-4, r);
    let p = 1.987_569_1e-4_f32
        .mul_add(r, 1.398_199_9e-3)
        .mul_add(r, 8.333_452e-3)
        .mul_add(r, 4.166_579_6e-2)
        .mul_add(r, 0.166_666_65)
        .mul_add(r, 0.5);
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    p.mul_add(r * r, r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for i in -8700..8800 {
            let x = i as f32 / 100.0;
            let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((got / want - 1.0).abs() < 2.4e-7, "exp({x}) = {got}, should be {want}");
        }
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn a_row_of_ones_has_the_norm_of_its_weights() {
        let mut out = [0.0; 20];
        rms_norm(&[3.0; 20], &[2.0; 20], 0.0, &mut out);
        assert!(out.iter().all(|v| (v - 2.0).abs() < 1e-6));
    }
}
