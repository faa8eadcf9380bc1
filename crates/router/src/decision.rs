//! What was decided, and why.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Destination, Place, Reason};

/// What happens with a question, or with the local answer to it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is answered here, and nothing else is proposed.
    #[default]
    Keep,
    /// A quiet button says that another place could be asked.
    Offer,
    /// The consent sheet opens; nothing leaves before a yes.
    Ask,
    /// It is sent at once, under the user's policy.
    Send,
}

/// Where to answer, and the reasons in the order they were found. Made by [`crate::decide`] alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Where the answer comes from unless the user agrees to more: only `Send` is elsewhere.
    pub place: Place,
    pub reasons: Vec<Reason>,
    action: Action,
    to: Option<Destination>,
}

impl Decision {
    pub(crate) fn keep(reasons: Vec<Reason>) -> Self {
        Self { place: Place::ThisDevice, reasons, action: Action::Keep, to: None }
    }

    pub(crate) fn leave(action: Action, to: Destination, reasons: Vec<Reason>) -> Self {
        let place = if action == Action::Send { to.place } else { Place::ThisDevice };
        Self { place, reasons, action, to: Some(to) }
    }

    pub fn action(&self) -> Action {
        self.action
    }

    /// Who would be asked; `None` when the answer is to be `Keep`.
    pub fn destination(&self) -> Option<&Destination> {
        self.to.as_ref()
    }
}
