//! What may be spent. The worst case is reserved before anything is sent, so a limit holds however
//! many questions are asked at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{NanoUsd, Reason};

/// The user's limits; `None` is no limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub message: Option<NanoUsd>,
    /// For a day of the user's clock.
    pub day: Option<NanoUsd>,
    pub month: Option<NanoUsd>,
    /// For a month, by provider.
    pub providers: BTreeMap<String, NanoUsd>,
}

/// Small enough that a mistake is cheap.
impl Default for Limits {
    fn default() -> Self {
        Self {
            message: Some(NanoUsd::from_cents(10)),
            day: Some(NanoUsd::from_cents(100)),
            month: Some(NanoUsd::from_cents(1000)),
            providers: BTreeMap::new(),
        }
    }
}

/// What is spent or reserved already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub day: NanoUsd,
    pub month: NanoUsd,
    /// This month, by provider.
    pub providers: BTreeMap<String, NanoUsd>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub limits: Limits,
    pub spent: Spent,
}

impl Budget {
    /// The limit that `amount` for `provider` could exceed. Decides here, and again in the ledger's
    /// own transaction.
    pub fn refuses(&self, provider: &str, amount: NanoUsd) -> Option<Reason> {
        let Self { limits, spent } = self;
        let of_provider = spent.providers.get(provider).copied().unwrap_or_default();
        let over = |limit: Option<NanoUsd>, spent| limit.is_some_and(|most| spent + amount > most);
        if over(limits.message, NanoUsd::ZERO) {
            Some(Reason::OverMessageBudget)
        } else if over(limits.day, spent.day) {
            Some(Reason::OverDayBudget)
        } else if over(limits.month, spent.month) {
            Some(Reason::OverMonthBudget)
        } else if over(limits.providers.get(provider).copied(), of_provider) {
            Some(Reason::OverProviderBudget)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_may_be_reached_and_not_passed() {
        let limits = Limits { day: Some(NanoUsd(10)), ..Limits::default() };
        let spent = Spent { day: NanoUsd(7), ..Spent::default() };
        let budget = Budget { limits, spent };
        assert_eq!(budget.refuses("x", NanoUsd(3)), None);
        assert_eq!(budget.refuses("x", NanoUsd(4)), Some(Reason::OverDayBudget));
    }

    #[test]
    fn each_limit_has_its_own_reason() {
        let limits = Limits {
            message: Some(NanoUsd(100)),
            day: None,
            month: Some(NanoUsd(1000)),
            providers: [("x".to_owned(), NanoUsd(50))].into(),
        };
        let spent = Spent {
            month: NanoUsd(990),
            providers: [("x".to_owned(), NanoUsd(49))].into(),
            ..Spent::default()
        };
        let budget = Budget { limits, spent };
        assert_eq!(budget.refuses("y", NanoUsd(101)), Some(Reason::OverMessageBudget));
        assert_eq!(budget.refuses("y", NanoUsd(11)), Some(Reason::OverMonthBudget));
        assert_eq!(budget.refuses("x", NanoUsd(2)), Some(Reason::OverProviderBudget));
        assert_eq!(budget.refuses("y", NanoUsd(2)), None);
    }
}
