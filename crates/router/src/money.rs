//! Money, in whole nano-dollars: fine enough for one cached token, and never a float.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Add;
use ts_rs::TS;

/// 10⁻⁹ US$. Sums saturate: what is too large to count is never small.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS,
)]
#[serde(transparent)]
pub struct NanoUsd(#[ts(type = "number")] pub u64);

impl NanoUsd {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(u64::MAX);

    pub const fn from_cents(cents: u64) -> Self {
        Self(cents.saturating_mul(10_000_000))
    }

    /// What is left of `self` once `other` is spent; 0 when nothing is.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for NanoUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// `$0.0031`: at least two decimals, and as many more as the amount has.
impl fmt::Display for NanoUsd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let decimals = format!("{rest:09}");
        let kept = decimals.trim_end_matches('0').len().max(2);
        write!(out, "${dollars}.{}", &decimals[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_dollars() {
        let shown = [0, 3_100_000, 500_000_000, 54_399_000, 1, 12_000_000_000];
        let shown = shown.map(|nano| NanoUsd(nano).to_string());
        assert_eq!(shown, ["$0.00", "$0.0031", "$0.50", "$0.054399", "$0.000000001", "$12.00"]);
    }

    #[test]
    fn a_sum_too_large_to_count_stays_large() {
        assert_eq!(NanoUsd::MAX + NanoUsd(1), NanoUsd::MAX);
    }
}
