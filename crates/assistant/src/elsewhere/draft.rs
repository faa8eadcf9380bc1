//! What would be sent for a question, and what the router makes of it.

use std::{collections::HashSet, time::Duration};

use futures::StreamExt;
use hearth_chat::{Channel, Event, EventStream, Message, Piece, Request, Sampling};
use hearth_cloud::{Prepared, ProviderConfig, prepare};
use hearth_router::{
    Budget, Decision, Destination, Facts, Findings, Label, Lease, LocalAnswer, Reason, Scope,
    decide,
    redact::{self, Kind, Part, Restorer, Vault},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{sync::mpsc, task::spawn_blocking, time::timeout};

use crate::{
    Assistant, Error,
    api::{KeyState, RedactionView},
    keys,
};

/// A question on its way to somebody, as far as it is known before anybody agreed.
#[derive(Clone)]
pub(crate) struct Asking {
    /// The whole conversation up to the question.
    pub messages: Vec<Message>,
    /// From before anything of it was read. What was shown stays with the lease under which it was.
    pub lease: Lease,
    pub pinned_local: bool,
    /// What the user says about the data.
    pub label: Label,
    /// Differs from conversation to conversation.
    pub conversation: String,
    /// Texts that the user lets leave as they are.
    pub keep: Vec<String>,
    /// Somebody else's words are among the messages, or were before them.
    pub foreign: bool,
    /// The user asked for it.
    pub wished: bool,
    pub answer: Option<LocalAnswer>,
}

/// The messages as they may leave, and what was replaced in them.
#[derive(Clone)]
pub(crate) struct Redaction {
    messages: Vec<Message>,
    vault: Vault,
    redactions: Vec<RedactionView>,
    found: Findings,
    left: Findings,
    invisible: usize,
}

/// The exact request, with what was replaced in it.
pub(crate) struct Draft {
    pub provider: ProviderConfig,
    pub prepared: Prepared,
    pub vault: Vault,
    pub redactions: Vec<RedactionView>,
    pub asking: Asking,
    /// Characters in it that nobody sees.
    pub invisible: usize,
    found: Findings,
    left: Findings,
}

/// Many times what any conversation takes that a person would look through.
const LONGEST_SEARCH: Duration = Duration::from_secs(2);

/// Looks for what is private on a thread of its own. What takes too long stays here.
pub(crate) async fn search<T: Send + 'static>(
    longest: Duration,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match timeout(longest, spawn_blocking(work)).await {
        Ok(done) => done.map_err(|_| Error::Stopped)?,
        Err(_) => Err(Error::KeptHere(Some(Reason::NotCheckedInTime))),
    }
}

impl Asking {
    /// # Errors
    /// When it holds too many secrets to look for, or takes too long: it stays here.
    pub async fn redacted(&self) -> Result<Redaction, Error> {
        let asking = self.clone();
        search(LONGEST_SEARCH, move || asking.redacted_here()).await
    }

    fn redacted_here(self) -> Result<Redaction, Error> {
        let mut vault = Vault::new(offset_of(&self.conversation));
        // One may be mentioned before the message that tells what it is.
        for message in &self.messages {
            vault.learn_secrets(&message.text);
        }
        let mut redactions: Vec<RedactionView> = Vec::new();
        let mut shown = HashSet::new();
        let (mut found, mut left, mut invisible) = (Findings::default(), Findings::default(), 0);
        let mut messages = Vec::new();
        for message in &self.messages {
            let redacted = vault.redact(&message.text, &[], &self.keep);
            if vault.is_overfull() {
                return Err(Error::KeptHere(Some(Reason::HoldsSecret)));
            }
            add(&mut found, redacted.found);
            add(&mut left, redacted.left);
            invisible += redact::invisible(&redacted.text);
            for part in redacted.parts {
                let Part::Replaced { original, placeholder, kind, .. } = part else { continue };
                if shown.insert(placeholder.clone()) {
                    let can_stay = kind != Kind::Secret;
                    redactions.push(RedactionView { original, placeholder, can_stay });
                }
            }
            messages.push(Message::new(message.role, redacted.text));
        }
        Ok(Redaction { messages, vault, redactions, found, left, invisible })
    }
}

impl Assistant {
    pub(crate) fn draft_for(
        &self,
        provider: ProviderConfig,
        asking: Asking,
        redaction: Redaction,
    ) -> Result<Draft, Error> {
        let Redaction { messages, vault, redactions, found, left, invisible } = redaction;
        // The same sampling as here, as far as another server knows it.
        let sampling = Sampling { grammar: None, ..self.settings().sampling };
        let prepared = prepare(&provider, &Request { sampling, ..Request::new(messages) })?;
        Ok(Draft { provider, prepared, vault, redactions, asking, invisible, found, left })
    }

    /// With the mode, the limits and the keys of now.
    pub(crate) async fn decide_about(&self, draft: &Draft) -> Decision {
        let Draft { provider, prepared, asking, .. } = draft;
        let name = keys::provider_name(&provider.id, prepared.origin());
        let key = self.with_keys(move |keys| Ok(keys.state(&name))).await;
        // One that cannot be read at the moment may be there; sending says what is wrong with it.
        let has_key = provider.is_own() || !matches!(key, Ok(KeyState::Missing) | Err(_));
        let settings = self.settings();
        let spent = self.history().read_ledger(|store| store.spent()).await.ok();
        let budget = spent.map(|spent| Budget { limits: settings.limits, spent });
        let facts = Facts {
            mode: settings.mode,
            pinned_local: asking.pinned_local,
            wished: asking.wished,
            label: asking.label,
            found: draft.found,
            left: draft.left,
            foreign_text: asking.foreign,
            destinations: vec![Destination {
                provider: provider.id.clone(),
                place: provider.place(),
                origin: prepared.origin().clone(),
                region: provider.region,
                retention_days: provider.retention_days,
                has_key,
                worst_case: Some(prepared.worst_case()),
            }],
            answer: asking.answer.clone(),
        };
        let health = self.inner.failing.health();
        let calibration = self.calibration().await;
        decide(&facts, Some(&settings.policy), calibration.as_ref(), budget.as_ref(), Some(&health))
    }
}

impl Draft {
    /// What leave to send it rests on.
    pub fn lease(&self) -> Lease {
        self.asking.lease.clone().and(Scope::Provider(self.provider.id.clone()))
    }

    /// The same with the bytes that the user made of it, and what is private in those.
    pub async fn edited(self, body: String) -> Result<Self, Error> {
        if body.as_bytes() == self.prepared.body() {
            return Ok(self);
        }
        search(LONGEST_SEARCH, move || self.edited_here(body)).await
    }

    fn edited_here(mut self, body: String) -> Result<Self, Error> {
        let said = said_in(&body);
        // Both what is read and what leaves: of two fields of one name, a reader sees one.
        if [&said, &body].into_iter().any(|text| self.vault.leaks(text, &self.asking.keep)) {
            return Err(Error::StillPrivate);
        }
        let left = self.vault.findings(&said);
        if self.vault.is_overfull() {
            return Err(Error::KeptHere(Some(Reason::HoldsSecret)));
        }
        add(&mut self.found, left);
        Ok(Self { prepared: self.prepared.edited(body.into_bytes())?, left, ..self })
    }
}

/// Puts back what was replaced, while the answer comes.
pub(crate) fn restored(mut events: EventStream, vault: Vault) -> EventStream {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let (mut channel, mut restorer) = (Channel::Answer, Restorer::new(&vault));
        let text = |channel, text| Ok(Event::Text(Piece { channel, text, tokens: Vec::new() }));
        let mut length = 0;
        loop {
            // A reader that is gone ends the connection, even while nothing comes.
            let event = tokio::select! {
                biased;
                () = sender.closed() => return,
                event = events.next() => event,
            };
            let shown = match event {
                Some(Ok(Event::Text(piece))) => {
                    if piece.channel != channel {
                        let _ = sender.send(text(channel, rest(&mut restorer, &vault))).await;
                        channel = piece.channel;
                    }
                    match restored_piece(&mut restorer, &piece.text, &mut length) {
                        Some(restored) => text(channel, restored),
                        None => {
                            let _ = sender.send(Err(too_often())).await;
                            return;
                        }
                    }
                }
                Some(last) => {
                    let _ = sender.send(text(channel, rest(&mut restorer, &vault))).await;
                    last
                }
                None => return,
            };
            // Whoever read until here is gone; the next round notices.
            let _ = sender.send(shown).await;
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|event| (event, receiver))
    })
    .boxed()
}

/// What is still held back; the restorer begins anew.
fn rest<'v>(restorer: &mut Restorer<'v>, vault: &'v Vault) -> String {
    std::mem::replace(restorer, Restorer::new(vault)).finish()
}

/// A placeholder is short and what it stands for is not: whoever repeats it makes an answer grow.
const LONGEST_RESTORED: usize = 4 << 20;

/// `None` once the answer, of `length` bytes so far, has become longer than any.
fn restored_piece(restorer: &mut Restorer, mut piece: &str, length: &mut usize) -> Option<String> {
    let mut restored = String::new();
    while !piece.is_empty() {
        // In small steps, so that it is noticed before it is in memory.
        let (step, rest) = piece.split_at(piece.floor_char_boundary(1024));
        piece = rest;
        restored += &restorer.push(step);
        if *length + restored.len() > LONGEST_RESTORED {
            return None;
        }
    }
    *length += restored.len();
    Some(restored)
}

fn too_often() -> hearth_chat::Error {
    let what =
        "The answer repeated what stands for your words until it had no end, so Hearth cut it off.";
    hearth_chat::Error::new(hearth_chat::ErrorKind::Remote, what)
}

/// Every string of a JSON text, as it is read there; any other text as it stands.
fn said_in(body: &str) -> String {
    fn collect(value: Value, said: &mut String) {
        match value {
            Value::String(text) => *said += &(text + "\n"),
            Value::Array(values) => values.into_iter().for_each(|value| collect(value, said)),
            Value::Object(fields) => fields.into_iter().for_each(|(key, value)| {
                collect(Value::String(key), said);
                collect(value, said);
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let Ok(value) = serde_json::from_str(body) else { return body.to_owned() };
    let mut said = String::new();
    collect(value, &mut said);
    said
}

fn add(sum: &mut Findings, more: Findings) {
    sum.secrets = sum.secrets.saturating_add(more.secrets);
    sum.personal = sum.personal.saturating_add(more.personal);
    sum.possible_names = sum.possible_names.saturating_add(more.possible_names);
}

fn offset_of(conversation: &str) -> u32 {
    let hash = Sha256::digest(conversation);
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]])
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    async fn restored_from(text: String, vault: Vault) -> (usize, bool) {
        let piece = Piece::answer(text, Vec::new());
        let said = [Ok(Event::Text(piece)), Ok(Event::Prefill { done: 1, total: 1 })];
        let mut events = restored(stream::iter(said).boxed(), vault);
        let (mut length, mut failed) = (0, false);
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Text(piece)) => length += piece.text.len(),
                Ok(_) => {}
                Err(_) => failed = true,
            }
        }
        (length, failed)
    }

    #[tokio::test]
    async fn repeating_a_placeholder_makes_no_answer_without_an_end() {
        let term = "Xylophon".repeat(60);
        let mut vault = Vault::new(0);
        let placeholder = vault.redact(&term, std::slice::from_ref(&term), &[]).text;
        assert!(placeholder.len() * 10 < term.len(), "it is short: {placeholder}");
        let few = restored_from(placeholder.repeat(100), vault.clone()).await;
        assert_eq!(few, (100 * term.len(), false));
        let (length, failed) = restored_from(placeholder.repeat(20_000), vault).await;
        assert!(failed && length <= LONGEST_RESTORED, "{length}");
    }
}
