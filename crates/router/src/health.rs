use std::collections::BTreeSet;

/// What can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub offline: bool,
    /// Providers that failed lately and are left alone for a while.
    pub down: BTreeSet<String>,
}
