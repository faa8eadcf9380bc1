//! One row of the ledger, from the intent to the end.

use hearth_cloud::{Account, Certainty, ProviderConfig, Usage};
use hearth_egress::Secret;
use hearth_router::Reason;
use hearth_store::{self as rows, Intended, Leave, Settlement, State, Tokens};
use sha2::{Digest, Sha256};

use super::{Draft, key_name};
use crate::{Assistant, Error, api};

/// A row that is not closed yet.
pub(crate) struct Entry {
    id: i64,
    provider: String,
}

impl Assistant {
    /// Notes what is going to leave and reserves what it can cost at most. What cannot be noted for
    /// good does not leave.
    pub(crate) async fn intend(
        &self,
        draft: &Draft,
        leave: Leave,
        reasons: &[Reason],
        message: Option<String>,
    ) -> Result<Entry, Error> {
        self.history().check_kept()?;
        let Draft { provider, prepared, redactions, .. } = draft;
        let intent = rows::Intent {
            provider: provider.id.clone(),
            origin: prepared.origin().to_string(),
            place: provider.place(),
            model: provider.model.clone(),
            message,
            body_sha256: hex::encode(Sha256::digest(prepared.body())),
            body_bytes: prepared.body().len() as u64,
            worst_case: prepared.worst_case(),
            leave,
            reasons: reasons.to_vec(),
            replaced: redactions.len() as u32,
        };
        let limits = self.settings().limits;
        // Read, in the sense of the history: it must never be done in memory instead.
        let noted = self.history().read(move |store| store.ledger_intend(intent, limits)).await?;
        match noted {
            Intended::Noted(id) => Ok(Entry { id, provider: draft.provider.id.clone() }),
            Intended::OverBudget(reason) => Err(Error::KeptHere(Some(reason))),
        }
    }

    /// Before the first byte leaves.
    pub(crate) async fn sent(&self, entry: &Entry) -> Result<(), Error> {
        let id = entry.id;
        let noted = self.history().read(move |store| store.ledger_sent(id)).await;
        if noted.is_err() {
            // Nothing leaves, so that nothing stays reserved; if this fails too, the next start ends it.
            let why = "it could not be noted".to_owned();
            let _ = self.history().read(move |store| store.ledger_block(id, why)).await;
        }
        noted
    }

    /// Closes the row. Without an account nobody knows what became of it, and the row keeps its
    /// worst case.
    pub(crate) async fn settle(&self, entry: Entry, account: Option<&Account>) {
        let Some(account) = account.cloned() else { return };
        let Entry { id, provider } = entry;
        self.inner.failing.note(&provider, account.failure.as_ref());
        let closed = self.history().read(move |store| close(store, id, &account)).await;
        if let Err(error) = closed {
            tracing::warn!(%error, "a row of the ledger keeps its worst case");
        }
    }

    /// What left the device for an answer; `None` when nothing did.
    pub async fn answer_receipt(&self, message: String) -> Result<Option<api::Receipt>, Error> {
        let entries =
            self.history().read_ledger(move |store| store.ledger_of_message(&message)).await?;
        Ok(entries.into_iter().rev().find_map(receipt))
    }

    /// The provider's key, ready for its one origin. The user's own server may need none.
    pub(crate) async fn secret_of(
        &self,
        provider: &ProviderConfig,
    ) -> Result<Option<Secret>, Error> {
        let name = key_name(provider)?;
        let found = self.with_keys(move |keys| keys.read(&name)).await;
        match found {
            Ok(Some((key, _))) => Ok(Some(hearth_cloud::secret(provider, key.reveal())?)),
            Ok(None) if provider.is_own() => Ok(None),
            Ok(None) => Err(Error::NoKey(provider.name.clone())),
            Err(_) if provider.is_own() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn close(store: &rows::Store, id: i64, account: &Account) -> Result<(), rows::Error> {
    let settlement = Settlement {
        tokens: account.usage.map(tokens),
        cost: account.cost,
        bytes_sent: account.bytes_sent,
        bytes_received: account.bytes_received,
    };
    // The reason is ours or the provider's, and never the question's words.
    let why = || account.finish_in_words().to_owned();
    match account.certainty {
        _ if account.bytes_sent == 0 => store.ledger_block(id, why()),
        Certainty::Exact => store.ledger_settle(id, settlement),
        Certainty::UpperBound => store.ledger_abort(id, settlement, why()),
    }
}

fn tokens(usage: Usage) -> Tokens {
    Tokens {
        input: usage.input,
        cache_read: usage.cache_read,
        cache_write: usage.cache_write_5m.saturating_add(usage.cache_write_1h),
        output: usage.completion(),
    }
}

/// `None` for an entry that cannot be read.
fn receipt(entry: rows::Entry) -> Option<api::Receipt> {
    let intent = entry.intent?;
    Some(api::Receipt {
        at_ms: entry.at_ms,
        destination: intent.origin,
        model: intent.model,
        body_sha256: intent.body_sha256,
        bytes_sent: match (entry.settlement, entry.state) {
            (Some(settled), _) => settled.bytes_sent,
            (None, State::Blocked) => 0,
            // Nobody knows how far it came, so it counts in full.
            (None, _) => intent.body_bytes,
        },
        cost: entry.amount,
        cost_is_upper_bound: !matches!(entry.state, State::Settled | State::Blocked),
        leave: match intent.leave {
            Leave::Consent => api::Leave::Consent,
            Leave::Policy => api::Leave::Policy,
        },
        row: entry.id,
    })
}
