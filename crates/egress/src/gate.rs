//! The switch that ends what is running and refuses what would start.

use tokio::sync::watch;

#[derive(Clone, Copy)]
struct State {
    open: bool,
    /// How often it was cut.
    cuts: u64,
}

pub(crate) struct Gate {
    state: watch::Sender<State>,
}

impl Gate {
    pub fn new(open: bool) -> Self {
        Self { state: watch::Sender::new(State { open, cuts: 0 }) }
    }

    pub fn set_open(&self, open: bool) {
        self.state.send_modify(|state| state.open = open);
    }

    /// Ends what has passed so far; what comes later may pass.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// `None` while it is closed.
    pub fn pass(&self) -> Option<Pass> {
        let state = self.state.subscribe();
        let State { open, cuts } = *state.borrow();
        open.then_some(Pass { state, cuts })
    }
}

/// Good until the gate is cut or closed.
pub(crate) struct Pass {
    state: watch::Receiver<State>,
    cuts: u64,
}

impl Pass {
    pub async fn revoked(&mut self) {
        let cuts = self.cuts;
        // A gate that is gone can let nothing pass either.
        let _ = self.state.wait_for(|state| !state.open || state.cuts != cuts).await;
    }
}
