//! What leave to send rests on, and since when. Whoever lets something out asks whether a change has
//! come since.

/// A point in the order of changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// Something whose change ends the leave that was given before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The mode and the policy.
    Rules,
    /// Whether a chat may leave: its pin, its label, the trash. By its id.
    Chat(String),
    /// Where and what a provider is, and its key. By its id.
    Provider(String),
}

/// Good until one of its scopes changes after its epoch. Always rests on [`Scope::Rules`].
///
/// It is to be taken before anything is read that a decision rests on: a change that comes in between
/// is then one too many, never one too few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    epoch: Epoch,
    scopes: Vec<Scope>,
}

impl Lease {
    pub fn since(epoch: Epoch) -> Self {
        Self { epoch, scopes: vec![Scope::Rules] }
    }

    /// The same, resting on `scope` too.
    pub fn and(mut self, scope: Scope) -> Self {
        if !self.scopes.contains(&scope) {
            self.scopes.push(scope);
        }
        self
    }

    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }
}
