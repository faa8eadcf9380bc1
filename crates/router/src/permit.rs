//! The only proof that bytes may leave for a model.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::{Action, Decision, Lease, NanoUsd, Origin, Place, Scope};

/// Consent is for now, not for whenever.
pub const PERMIT_LIFETIME: Duration = Duration::from_secs(120);

/// Why a connection is made. Nothing connects for any other reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    ModelDownload,
    CatalogCheck,
    /// A question goes to a provider.
    CloudAnswer,
    /// A question goes to a server that the user runs.
    OwnServerAnswer,
    /// The user asked whether a key works.
    KeyCheck,
}

/// Leave for exactly these bytes to go to exactly one origin, once, soon, and as long as nothing
/// changes that it rests on. It is neither cloned nor stored, and only a [`Decision`] leads to one.
#[derive(Debug)]
pub struct Permit {
    lease: Lease,
    destination: Origin,
    body_sha256: [u8; 32],
    max_cost: NanoUsd,
    expires: Instant,
    purpose: Purpose,
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPermit {
    #[error("the router decided that nothing may leave for this question")]
    NotAllowed,
    #[error("this needs the user's own yes")]
    NeedsConsent,
    #[error("it could cost more than the router allowed for")]
    TooExpensive,
}

/// Why a permit does not cover what was about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermitRefused {
    #[error("the permit is for another address")]
    OtherDestination,
    #[error("the bytes are not the ones that were agreed to")]
    OtherBytes,
    #[error("the permit is older than two minutes")]
    Expired,
}

impl Permit {
    /// After the user saw `body` and said yes. `lease` is from before anything was read that the
    /// decision rests on.
    ///
    /// # Errors
    /// When the decision left no place to send it to, or `max_cost` is above what it allowed for.
    pub fn from_consent(
        decision: &Decision,
        body: &[u8],
        max_cost: NanoUsd,
        lease: Lease,
        now: Instant,
    ) -> Result<Self, NoPermit> {
        match decision.action() {
            Action::Keep => Err(NoPermit::NotAllowed),
            Action::Offer | Action::Ask | Action::Send => {
                Self::issue(decision, body, max_cost, lease, now)
            }
        }
    }

    /// Without a question, where the user's policy says so.
    ///
    /// # Errors
    /// When the decision was anything but to send.
    pub fn by_policy(
        decision: &Decision,
        body: &[u8],
        max_cost: NanoUsd,
        lease: Lease,
        now: Instant,
    ) -> Result<Self, NoPermit> {
        match decision.action() {
            Action::Keep => Err(NoPermit::NotAllowed),
            Action::Offer | Action::Ask => Err(NoPermit::NeedsConsent),
            Action::Send => Self::issue(decision, body, max_cost, lease, now),
        }
    }

    fn issue(
        decision: &Decision,
        body: &[u8],
        max_cost: NanoUsd,
        lease: Lease,
        now: Instant,
    ) -> Result<Self, NoPermit> {
        let to = decision.destination().ok_or(NoPermit::NotAllowed)?;
        let purpose = match to.place {
            Place::ThisDevice => return Err(NoPermit::NotAllowed),
            Place::OwnServer => Purpose::OwnServerAnswer,
            Place::Cloud => Purpose::CloudAnswer,
        };
        if to.worst_case.is_none_or(|allowed| max_cost > allowed) {
            return Err(NoPermit::TooExpensive);
        }
        Ok(Self {
            lease: lease.and(Scope::Provider(to.provider.clone())),
            destination: to.origin.clone(),
            body_sha256: Sha256::digest(body).into(),
            max_cost,
            expires: now + PERMIT_LIFETIME,
            purpose,
        })
    }

    /// Uses the permit up. To be called with the very bytes that are sent next.
    ///
    /// # Errors
    /// When address, bytes or time are not those of the permit, which is gone then too.
    pub fn redeem(
        self,
        destination: &Origin,
        body: &[u8],
        now: Instant,
    ) -> Result<Redeemed, PermitRefused> {
        if *destination != self.destination {
            return Err(PermitRefused::OtherDestination);
        }
        if now >= self.expires {
            return Err(PermitRefused::Expired);
        }
        let body_sha256: [u8; 32] = Sha256::digest(body).into();
        if body_sha256 != self.body_sha256 {
            return Err(PermitRefused::OtherBytes);
        }
        Ok(Redeemed { permit: self })
    }

    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    pub fn destination(&self) -> &Origin {
        &self.destination
    }

    pub fn body_sha256(&self) -> &[u8; 32] {
        &self.body_sha256
    }

    pub fn max_cost(&self) -> NanoUsd {
        self.max_cost
    }

    pub fn purpose(&self) -> Purpose {
        self.purpose
    }
}

/// A permit in use.
#[derive(Debug)]
pub struct Redeemed {
    permit: Permit,
}

impl Redeemed {
    pub fn purpose(&self) -> Purpose {
        self.permit.purpose
    }

    /// Gives the permit back when the question was not taken: no connection, or a refusal before
    /// the first byte of an answer. The same bytes may be tried again at the same address until
    /// it expires.
    pub fn not_taken(self) -> Permit {
        self.permit
    }
}
