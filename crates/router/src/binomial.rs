//! What a count says about a rate, exactly (Clopper & Pearson 1934).

/// P(X <= `k`) for X ~ Binomial(`n`, `p`).
pub fn cdf(k: u32, n: u32, p: f64) -> f64 {
    if k >= n || p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    // Terms by their ratios, from the first; in logarithms, as (1-p)^n underflows.
    let (odds, mut ln_term) = ((p / (1.0 - p)).ln(), f64::from(n) * (-p).ln_1p());
    let mut sum = ln_term.exp();
    for i in 1..=k {
        ln_term += odds + (f64::from(n - i + 1) / f64::from(i)).ln();
        sum += ln_term.exp();
    }
    sum.min(1.0)
}

/// The upper limit of a rate of which `k` of `n` were seen, wrong with probability `delta`.
pub fn upper_bound(k: u32, n: u32, delta: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    let (mut low, mut high) = (f64::from(k) / f64::from(n), 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if cdf(k, n, middle) > delta { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_those_of_the_tables() {
        // Without an error: 1 - delta^(1/n). The others from R's qbeta(1 - delta, k + 1, n - k).
        for (k, n, bound) in
            [(0, 22, 0.099_37), (0, 45, 0.049_88), (5, 100, 0.090_76), (1, 10, 0.336_85)]
        {
            let found = upper_bound(k, n, 0.10);
            assert!((found - bound).abs() < 2e-4, "{k} of {n}: {found}");
        }
        assert_eq!(upper_bound(3, 3, 0.1), 1.0);
        assert_eq!(upper_bound(0, 0, 0.1), 1.0);
    }

    #[test]
    fn the_distribution_sums_to_one() {
        assert!((cdf(0, 3, 0.5) - 0.125).abs() < 1e-12);
        assert!((cdf(2, 3, 0.5) - 0.875).abs() < 1e-12);
        assert_eq!(cdf(3, 3, 0.5), 1.0);
        assert!((cdf(499, 1000, 0.5) - 0.487_4).abs() < 1e-3, "no underflow");
    }
}
