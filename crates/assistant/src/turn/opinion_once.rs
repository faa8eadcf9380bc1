//! A second opinion on a single question, outside every conversation.

use hearth_chat::{Message, Role};
use hearth_cloud::{Account, Answering, Limits, answer};
use hearth_router::Place;
use hearth_store::Leave;
use tokio::sync::oneshot;

use crate::{
    Assistant, Error,
    api::ConsentView,
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

impl Assistant {
    /// Writes what would be sent for a second opinion on a single question. Nothing leaves.
    pub async fn opinion_once(
        &self,
        question: &str,
        provider: Option<&str>,
    ) -> Result<ConsentView, Error> {
        let provider = self.provider_or_first(provider)?;
        let system = self.settings().system_prompt;
        let system = (!system.trim().is_empty()).then(|| Message::new(Role::System, system));
        let messages = system.into_iter().chain([Message::new(Role::User, question)]).collect();
        let asking = Asking {
            messages,
            pinned_local: false,
            conversation: question.to_owned(),
            keep: Vec::new(),
            wished: true,
            answer: None,
        };
        let draft = self.draft_for(provider, asking)?;
        let decision = self.decide_about(&draft).await;
        self.ask_consent(draft, &decision, None)
    }

    /// Sends what [`Assistant::opinion_once`] showed, with the user's yes to exactly `body`.
    pub async fn opinion_once_send(
        &self,
        consent: &str,
        body: String,
    ) -> Result<OpinionOnce, Error> {
        let pending = self.inner.consents.take(consent).ok_or(Error::ConsentOver)?;
        let draft = pending.draft.edited(body)?;
        let (permit, reasons) = self.consented(&draft).await?;
        let secret = self.secret_of(&draft.provider).await?;
        let entry = self.intend(&draft, Leave::Consent, &reasons, None).await?;
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
