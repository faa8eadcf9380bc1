//! A second opinion on a single question, outside every conversation.

use hearth_chat::{Message, Outcome, Role};
use hearth_cloud::{Account, Answering, Limits, answer};
use hearth_router::{Action, Label, Mode, Place, Reason};
use hearth_store as rows;
use tokio::sync::oneshot;

use crate::{
    Assistant, Error,
    api::{ConsentView, Leave},
    elsewhere::{Asking, Draft, restored},
};

/// A second opinion that is about to come.
pub struct OpinionOnce {
    pub provider: String,
    pub model: String,
    pub place: Place,
    /// Dropping it cuts the connection.
    pub events: hearth_chat::EventStream,
    /// What it came to, once it has ended and the ledger knows it.
    pub account: oneshot::Receiver<Account>,
}

/// What becomes of a single question that was answered here.
pub enum Proposal {
    Keep(Vec<Reason>),
    /// It leaves if the user agrees to it.
    Ask(ConsentView),
    /// The user's rules send it.
    Send(ConsentView),
}

impl Assistant {
    /// Writes what would be sent for a second opinion on a single question. Nothing leaves. In
    /// `Auto` mode the router judges `local`, the answer of this device and how it came about; in
    /// `AskEachTime` the user has asked for another. What was not `typed` is somebody else's words.
    pub async fn opinion_once(
        &self,
        question: &str,
        typed: bool,
        local: (&str, &Outcome),
        provider: Option<&str>,
    ) -> Result<Proposal, Error> {
        let lease = self.egress().lease();
        let (text, outcome) = local;
        let system = self.settings().system_prompt;
        let system = (!system.trim().is_empty()).then(|| Message::new(Role::System, system));
        let messages = system.into_iter().chain([Message::new(Role::User, question)]).collect();
        let asking = Asking {
            messages,
            lease,
            pinned_local: false,
            label: Label::default(),
            conversation: question.to_owned(),
            keep: Vec::new(),
            foreign: !typed,
            wished: self.settings().mode != Mode::Auto,
            answer: Some(self.judged(question, text, outcome)),
        };
        let (draft, decision) = self.nearest(provider, asking).await?;
        Ok(match decision.action() {
            // What was asked for and is refused is worth an error; what is good enough is not.
            Action::Keep if !draft.asking.wished => Proposal::Keep(decision.reasons),
            Action::Send => Proposal::Send(self.ask_consent(draft, &decision, None)?),
            _ => Proposal::Ask(self.ask_consent(draft, &decision, None)?),
        })
    }

    /// Sends what [`Assistant::opinion_once`] proposed: exactly `body`, with the user's yes to it or
    /// under the user's rules.
    pub async fn opinion_once_send(
        &self,
        consent: &str,
        body: String,
        leave: Leave,
    ) -> Result<OpinionOnce, Error> {
        let pending = self.inner.consents.take(consent).ok_or(Error::ConsentOver)?;
        let draft = pending.draft.edited(body).await?;
        let (permit, reasons) = self.permitted(&draft, leave).await?;
        let secret = self.secret_of(&draft.provider).await?;
        let leave = match leave {
            Leave::Consent => rows::Leave::Consent,
            Leave::Policy => rows::Leave::Policy,
        };
        let entry = self.intend(&draft, leave, &reasons, None).await?;
        self.sent(&entry).await?;
        let Draft { provider, prepared, vault, .. } = draft;
        let egress = self.egress().clone();
        let Answering { events, account } =
            answer(egress, permit, prepared, secret, Limits::default());
        let (told, settled) = oneshot::channel();
        let assistant = self.clone();
        tokio::spawn(async move {
            let account = account.await.ok();
            assistant.settle(entry, account.as_ref()).await;
            if let Some(account) = account {
                // Whoever asked may be gone; the ledger knows.
                let _ = told.send(account);
            }
        });
        Ok(OpinionOnce {
            provider: provider.name.clone(),
            model: provider.model.clone(),
            place: provider.place(),
            events: restored(events, vault),
            account: settled,
        })
    }
}
