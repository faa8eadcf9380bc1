//! The switch that ends what is under way and refuses what would start.
//!
//! Whatever leave to send rests on has a scope, and a change of it is announced here before it begins
//! and after it has ended. In between nothing of that scope passes. Leave from before the end is gone
//! for good, so that it does not matter what was read while the change was under way.

use std::collections::HashMap;

use hearth_router::{Epoch, Lease, Scope};
use tokio::sync::watch;

use crate::Error;

/// Clones are the same one.
#[derive(Clone)]
pub(crate) struct Gate {
    state: watch::Sender<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Counts the beginnings and the ends of changes.
    epoch: Epoch,
    /// When a scope last changed.
    changed: HashMap<Scope, Epoch>,
    /// Changes that have begun and not ended.
    changing: HashMap<Scope, u32>,
    /// What has passed and not ended, by its number.
    under_way: HashMap<u64, Lease>,
    passed: u64,
}

impl State {
    fn stands(&self, lease: &Lease) -> bool {
        self.open
            && lease.scopes().iter().all(|scope| {
                let changed = self.changed.get(scope).copied().unwrap_or_default();
                changed <= lease.epoch() && !self.changing.contains_key(scope)
            })
    }

    fn changed(&mut self, scopes: &[Scope]) {
        self.epoch.0 += 1;
        self.changed.extend(scopes.iter().map(|scope| (scope.clone(), self.epoch)));
    }

    fn begin(&mut self, scopes: &[Scope]) {
        self.changed(scopes);
        for scope in scopes {
            *self.changing.entry(scope.clone()).or_default() += 1;
        }
    }

    fn end(&mut self, scopes: &[Scope]) {
        self.changed(scopes);
        for scope in scopes {
            if let Some(count) = self.changing.get_mut(scope) {
                *count -= 1;
            }
        }
        self.changing.retain(|_, count| *count > 0);
    }
}

impl Gate {
    /// Closed.
    pub fn new() -> Self {
        Self { state: watch::Sender::new(State::default()) }
    }

    /// Closing it ends what has passed, and leave from before does not come back.
    pub fn set_open(&self, open: bool) {
        self.state.send_modify(|state| {
            state.open = open;
            state.changed(&[Scope::Rules]);
        });
    }

    /// Leave that begins now.
    pub fn lease(&self) -> Lease {
        Lease::since(self.state.borrow().epoch)
    }

    pub fn stands(&self, lease: &Lease) -> bool {
        self.state.borrow().stands(lease)
    }

    /// Waits until `lease` stands no more.
    pub async fn revoked(&self, lease: &Lease) {
        // A gate that is gone can let nothing pass either.
        let _ = self.state.subscribe().wait_for(|state| !state.stands(lease)).await;
    }

    /// `None` where `lease` does not stand.
    pub fn pass(&self, lease: &Lease) -> Option<Pass> {
        let mut number = None;
        self.state.send_if_modified(|state| {
            if state.stands(lease) {
                state.passed += 1;
                state.under_way.insert(state.passed, lease.clone());
                number = Some(state.passed);
            }
            false
        });
        number.map(|number| Pass { gate: self.clone(), lease: lease.clone(), number })
    }

    pub fn change(&self, scopes: Vec<Scope>) -> Change {
        self.state.send_modify(|state| state.begin(&scopes));
        Change { gate: self.clone(), scopes }
    }
}

/// A lease on its way to the gate.
pub(crate) struct Leave {
    pub gate: Gate,
    pub lease: Lease,
}

impl Leave {
    /// # Errors
    /// Where it would not pass now.
    pub fn check(&self, host: &str) -> Result<(), Error> {
        if self.gate.stands(&self.lease) { Ok(()) } else { Err(self.refused(host)) }
    }

    /// To be called immediately before the connection to `host` is made.
    pub fn pass(&self, host: &str) -> Result<Pass, Error> {
        self.gate.pass(&self.lease).ok_or_else(|| self.refused(host))
    }

    fn refused(&self, host: &str) -> Error {
        let host = host.to_owned();
        let open = self.gate.state.borrow().open;
        if open { Error::Changed { host } } else { Error::NotAllowed { host } }
    }
}

/// Held by what has passed, until its last byte has left.
pub(crate) struct Pass {
    gate: Gate,
    lease: Lease,
    number: u64,
}

impl Pass {
    pub async fn revoked(&self) {
        self.gate.revoked(&self.lease).await;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.state.send_modify(|state| drop(state.under_way.remove(&self.number)));
    }
}

/// A change under way. Nothing of its scopes leaves until it is dropped, and no leave from before is
/// good afterwards.
#[must_use = "a change that is dropped has ended"]
pub struct Change {
    gate: Gate,
    scopes: Vec<Scope>,
}

impl Change {
    /// Ends the change, and returns when everything that it cut has sent its last byte.
    pub async fn ended(self) {
        let mut state = self.gate.state.subscribe();
        drop(self);
        let quiet = |state: &State| state.under_way.values().all(|lease| state.stands(lease));
        let _ = state.wait_for(quiet).await;
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        self.gate.state.send_modify(|state| state.end(&self.scopes));
    }
}

#[cfg(test)]
#[path = "gate/interleavings.rs"]
mod interleavings;
