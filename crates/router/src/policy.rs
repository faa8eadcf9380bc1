//! Which data may go to whom.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Destination, Label, Mode, Place, Reason, Region};

/// The user's rules, one for each label. What may leave is what the rules of a text's label *and*
/// of every milder label allow, so that a stricter label never opens a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub public: Rule,
    pub personal: Rule,
    pub confidential: Rule,
    pub regulated: Rule,
}

/// What one kind of data may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// The furthest place it may go to.
    pub furthest: Place,
    /// Only these providers; `None` is all that are set up.
    pub providers: Option<BTreeSet<String>>,
    /// Only these regions; a provider whose region is unknown is in none of them.
    pub regions: Option<BTreeSet<Region>>,
    /// The longest a provider may keep it; unknown is too long.
    pub retention_days: Option<u32>,
    /// Shown first even where the mode would send by itself.
    pub always_ask: bool,
}

/// Nothing leaves.
impl Default for Rule {
    fn default() -> Self {
        Self {
            furthest: Place::ThisDevice,
            providers: None,
            regions: None,
            retention_days: None,
            always_ask: true,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        let up_to = |furthest| Rule { furthest, ..Rule::default() };
        Self {
            public: Rule { always_ask: false, ..up_to(Place::Cloud) },
            personal: up_to(Place::OwnServer),
            confidential: up_to(Place::OwnServer),
            regulated: up_to(Place::ThisDevice),
        }
    }
}

impl Policy {
    /// The rules that hold for `label`: its own and those of all milder ones.
    pub(crate) fn rules(&self, label: Label) -> impl Iterator<Item = &Rule> {
        [
            (Label::Public, &self.public),
            (Label::Personal, &self.personal),
            (Label::Confidential, &self.confidential),
            (Label::Regulated, &self.regulated),
        ]
        .into_iter()
        .filter(move |(of, _)| *of <= label)
        .map(|(_, rule)| rule)
    }

    pub(crate) fn always_ask(&self, label: Label) -> bool {
        self.rules(label).any(|rule| rule.always_ask)
    }
}

impl Rule {
    /// Why this data may not go to `to`; `too_far` is the reason when the place itself is closed.
    pub(crate) fn refuses(&self, to: &Destination, too_far: Reason) -> Option<Reason> {
        if to.place > self.furthest {
            return Some(too_far);
        }
        if self.providers.as_ref().is_some_and(|allowed| !allowed.contains(&to.provider)) {
            return Some(Reason::ProviderNotAllowed);
        }
        let inside = |allowed: &BTreeSet<Region>| to.region.is_some_and(|r| allowed.contains(&r));
        if self.regions.as_ref().is_some_and(|allowed| !inside(allowed)) {
            return Some(Reason::RegionNotAllowed);
        }
        let short = |most: u32| to.retention_days.is_some_and(|days| days <= most);
        if self.retention_days.is_some_and(|most| !short(most)) {
            return Some(Reason::RetentionTooLong);
        }
        None
    }
}

impl Mode {
    /// Why nothing may leave at all.
    pub(crate) fn refuses(self) -> Option<Reason> {
        (self == Self::LocalOnly).then_some(Reason::ModeLocalOnly)
    }
}
