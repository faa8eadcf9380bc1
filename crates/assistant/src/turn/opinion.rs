//! A second opinion: another model's answer to a question that was answered here already. It is a
//! new answer beside the local one. Neither is ever made of parts of the other.

use std::time::Instant;

use futures::{StreamExt, stream};
use hearth_chat::{Event, EventStream, Finish, Grammar, Message, Outcome, Piece};
use hearth_cloud::{Account, Answering, Limits, ProviderConfig, answer};
use hearth_router::{
    Action, Decision, Evidence, Lease, LocalAnswer, Mode, Permit, Reason, Scope, Sketch, is_refusal,
};
use hearth_store::{Conversation, Ending, Leave, Route, Said};

use super::{
    begin::Begun,
    stream::{Failure, Streamed},
};
use crate::{
    Assistant, Error,
    api::{self, ChatEvent, ConsentView, Suggestion},
    elsewhere::{Asking, Consents, Draft, Pending, Question, restored},
    prompt::{self, Budget},
};

/// Larger than any conversation that a person would look through before it is sent.
const LONGEST_QUESTION: Budget = Budget { prompt: 32_768, bytes_per_token: 3.0 };

/// What may be sent.
struct Granted {
    draft: Draft,
    permit: Permit,
    leave: Leave,
    reasons: Vec<Reason>,
    beside: String,
}

impl Assistant {
    /// Writes what would be sent for a second opinion on `message`, an answer. Nothing leaves.
    /// `keep` are the texts that the user lets leave as they are.
    pub async fn opinion_prepare(
        &self,
        message: String,
        provider: Option<String>,
        keep: Vec<String>,
    ) -> Result<ConsentView, Error> {
        let asking = Asking { keep, ..self.asking_about(&message).await? };
        let (draft, decision) = self.nearest(provider.as_deref(), asking).await?;
        self.ask_consent(draft, &decision, Some(message))
    }

    /// Leaves a request waiting for the user's yes.
    pub(crate) fn ask_consent(
        &self,
        draft: Draft,
        decision: &Decision,
        beside: Option<String>,
    ) -> Result<ConsentView, Error> {
        if decision.action() == Action::Keep {
            return Err(Error::KeptHere(decision.reasons.first().copied()));
        }
        let Draft { provider, prepared, redactions, invisible, .. } = &draft;
        let body = String::from_utf8_lossy(prepared.body()).into_owned();
        let view = ConsentView {
            id: String::new(),
            provider: provider.name.clone(),
            model: provider.model.clone(),
            place: provider.place(),
            destination: prepared.origin().to_string(),
            region: provider.region,
            retention_days: provider.retention_days,
            price: provider.known_price(),
            body,
            redactions: redactions.clone(),
            invisible: *invisible as u32,
            worst_case: prepared.worst_case(),
            reasons: decision.reasons.clone(),
            seconds: Consents::LIFETIME.as_secs() as u32,
        };
        let id = self.inner.consents.wait(Pending::new(draft, beside));
        Ok(ConsentView { id, ..view })
    }

    /// The user's no. Without one, the answer is no as well.
    pub fn opinion_decline(&self, consent: &str) {
        drop(self.inner.consents.take(consent));
    }

    /// What the router makes of a local answer, for the window to offer.
    pub(super) async fn suggestion(
        &self,
        begun: &Begun,
        text: &str,
        ending: &Ending,
    ) -> Option<(Suggestion, LocalAnswer)> {
        if self.settings().mode == Mode::LocalOnly {
            // Not even the key store needs to be asked.
            return None;
        }
        if ending.finish != Finish::Stop {
            return None;
        }
        let tokens = ending.usage.map_or(0, |usage| usage.completion_tokens);
        let answer = LocalAnswer {
            evidence: Evidence::of(ending.confidence, tokens, ending.finish),
            sketch: begun.asked().last().map(|question| Sketch::of(&question.text)),
            ..self.judged_by_words(text)
        };
        let asking = self.asking_after(begun, answer.clone()).await.ok()?;
        let (_, decision) = self.nearest(None, asking).await.ok()?;
        let action = decision.action();
        let suggestion = Suggestion { action, reasons: decision.reasons };
        (action != Action::Keep).then_some((suggestion, answer))
    }

    /// What a whole answer of this device shows about itself.
    pub(super) fn judged(&self, question: &str, text: &str, outcome: &Outcome) -> LocalAnswer {
        let tokens = outcome.usage.completion_tokens;
        LocalAnswer {
            evidence: Evidence::of(outcome.confidence, tokens, outcome.finish),
            sketch: Some(Sketch::of(question)),
            ..self.judged_by_words(text)
        }
    }

    fn judged_by_words(&self, text: &str) -> LocalAnswer {
        let form = self.settings().sampling.grammar;
        let wants_json = matches!(form, Some(Grammar::JsonSchema(_)));
        let is_json = || serde_json::from_str::<serde_json::Value>(text.trim()).is_ok();
        LocalAnswer {
            refused: is_refusal(text),
            well_formed: wants_json.then(is_json),
            ..LocalAnswer::default()
        }
    }

    /// Answers anew elsewhere, with the user's yes to exactly `body`.
    pub(super) async fn second_opinion(
        &self,
        consent: &str,
        body: String,
        emit: impl Fn(ChatEvent) -> bool + Send + Sync,
    ) -> Result<(), Error> {
        let pending = self.inner.consents.take(consent).ok_or(Error::ConsentOver)?;
        let beside = pending.beside.ok_or(Error::WrongMessage)?;
        let mut draft = pending.draft.edited(body).await?;
        // The mode, the pin, the label, the keys and the budget are those of now.
        let now = self.asking_about(&beside).await?;
        (draft.asking.pinned_local, draft.asking.label) = (now.pinned_local, now.label);
        let (permit, reasons) = self.permitted(&draft, api::Leave::Consent).await?;
        self.opine(Granted { draft, permit, leave: Leave::Consent, reasons, beside }, emit).await
    }

    /// A permit for what the user, or the user's rules, agreed to, unless it must stay here by now.
    pub(super) async fn permitted(
        &self,
        draft: &Draft,
        leave: api::Leave,
    ) -> Result<(Permit, Vec<Reason>), Error> {
        // The yes was to this address, place and price.
        if !self.settings().providers.contains(&draft.provider) {
            return Err(Error::ConsentOver);
        }
        let decision = self.decide_about(draft).await;
        if decision.action() == Action::Keep {
            return Err(Error::KeptHere(decision.reasons.first().copied()));
        }
        // Nothing that it rests on has changed since it was shown, not even there and back.
        let lease = draft.lease();
        if !self.egress().stands(&lease) {
            return Err(Error::ConsentOver);
        }
        let prepared = &draft.prepared;
        let most = prepared.worst_case();
        let permit = match leave {
            api::Leave::Consent => Permit::from_consent,
            api::Leave::Policy => Permit::by_policy,
        };
        let permit = permit(&decision, prepared.body(), most, lease, Instant::now())?;
        Ok((permit, decision.reasons))
    }

    /// Answers anew elsewhere at once, where the user's policy says so for this answer.
    pub(super) async fn opinion_by_policy(
        &self,
        begun: &Begun,
        answer: LocalAnswer,
        emit: &(impl Fn(ChatEvent) -> bool + Send + Sync),
    ) -> Result<(), Error> {
        let asking = self.asking_after(begun, answer).await?;
        let (draft, decision) = self.nearest(None, asking).await?;
        let most = draft.prepared.worst_case();
        let (body, lease) = (draft.prepared.body(), draft.lease());
        let permit = Permit::by_policy(&decision, body, most, lease, Instant::now())?;
        let (reasons, beside) = (decision.reasons, begun.answer.id.clone());
        self.opine(Granted { draft, permit, leave: Leave::Policy, reasons, beside }, emit).await
    }

    async fn opine(
        &self,
        granted: Granted,
        emit: impl Fn(ChatEvent) -> bool + Send + Sync,
    ) -> Result<(), Error> {
        let Granted { draft, permit, leave, reasons, beside } = granted;
        let (provider, name) = (draft.provider.clone(), draft.provider.name.clone());
        let question = Question::of(&draft);
        let cached = self.cached(question);
        let secret = self.secret_of(&provider).await?;
        let reasons = if cached.is_some() { vec![Reason::FromCache] } else { reasons };
        let (place, model) = (provider.place(), provider.model.clone());
        let route = Route { place, model: model.clone(), reasons: reasons.clone() };
        let begun = self.begin_beside(beside, route).await?;

        let running = self.running().start();
        let shown = begun.answer.clone();
        emit(ChatEvent::Started {
            turn: running.id().to_owned(),
            user: None,
            answer: shown.clone(),
        });
        emit(ChatEvent::Routed { place, model, reasons: reasons.clone() });

        let message = Some(begun.answer.id.clone());
        let mut streamed = match cached {
            Some(text) => {
                let events = again(text, name.clone());
                uncounted(self.follow(events, &begun, &name, &running, &emit).await)
            }
            None => match self.intend(&draft, leave, &reasons, message).await {
                Err(error) => nothing_left(&error),
                Ok(entry) => match self.sent(&entry).await {
                    // Without that row nothing leaves.
                    Err(error) => nothing_left(&error),
                    Ok(()) => {
                        let Draft { prepared, vault, .. } = draft;
                        let egress = self.egress().clone();
                        let Answering { events, account } =
                            answer(egress, permit, prepared, secret, Limits::default());
                        let events = restored(events, vault);
                        let streamed = self.follow(events, &begun, &name, &running, &emit).await;
                        let account = account.await.ok();
                        self.settle(entry, account.as_ref()).await;
                        let streamed = charged(streamed, account.as_ref(), &name);
                        self.keep_for_again(question, &streamed, &account);
                        streamed
                    }
                },
            },
        };
        drop(running);
        streamed.marks.clear();
        emit(self.finish(begun, streamed, shown).await);
        self.touch();
        self.conversations_changed().await;
        Ok(())
    }

    /// The conversation up to the question that `message` answers.
    async fn asking_about(&self, message: &str) -> Result<Asking, Error> {
        let lease = self.egress().lease();
        let id = message.to_owned();
        let (conversation, mut path) = self
            .history()
            .read(move |store| {
                let path = store.path_to(&id)?;
                let conversation = match path.last() {
                    Some(last) => Some(store.conversation(&last.conversation)?),
                    None => None,
                };
                Ok((conversation, path))
            })
            .await?;
        path.pop().filter(|last| last.answer.is_some()).ok_or(Error::WrongMessage)?;
        let conversation = conversation.ok_or(Error::WrongMessage)?;
        let foreign = conversation.has_foreign_prompt() || path.iter().any(|m| m.is_foreign());
        let history: Vec<Message> =
            path.into_iter().map(|message| Message::new(message.role, message.text)).collect();
        Ok(Asking { wished: true, foreign, ..asking_in(conversation, &history, lease)? })
    }

    /// The conversation up to the question that was just answered. Its pin and its label are those
    /// of now: the user may have set them while the answer was written.
    async fn asking_after(&self, begun: &Begun, answer: LocalAnswer) -> Result<Asking, Error> {
        let lease = self.egress().lease();
        let id = begun.conversation.clone();
        let now = self.history().read(move |store| store.conversation(&id)).await?;
        let conversation = Conversation { system_prompt: begun.system_prompt.clone(), ..now };
        let foreign = begun.foreign;
        let asking = asking_in(conversation, begun.asked(), lease)?;
        Ok(Asking { answer: Some(answer), foreign, ..asking })
    }

    /// The request to the provider of that name, and what is decided about it. Without a name, to
    /// the nearest that may be asked; among equally near ones, to the user's first.
    pub(crate) async fn nearest(
        &self,
        wanted: Option<&str>,
        asking: Asking,
    ) -> Result<(Draft, Decision), Error> {
        let candidates = match wanted {
            Some(wanted) => vec![self.provider(wanted)?],
            None => self.by_nearness(),
        };
        if candidates.is_empty() {
            return Err(Error::NoProvider);
        }
        let redaction = asking.redacted().await?;
        let mut refused = None;
        for provider in candidates {
            let draft = self.draft_for(provider, asking.clone(), redaction.clone())?;
            let decision = self.decide_about(&draft).await;
            if decision.action() != Action::Keep {
                return Ok((draft, decision));
            }
            refused.get_or_insert((draft, decision));
        }
        refused.ok_or(Error::NoProvider)
    }

    fn by_nearness(&self) -> Vec<ProviderConfig> {
        let mut providers = self.settings().providers;
        providers
            .retain(|provider| provider.known_price().is_some() && provider.endpoint().is_ok());
        providers.sort_by_key(ProviderConfig::place);
        providers
    }

    fn cached(&self, question: Question) -> Option<String> {
        let settings = self.settings();
        let wanted = settings.cache_answers.contains(&settings.mode);
        wanted.then(|| self.inner.cache.find(question)).flatten()
    }

    fn keep_for_again(&self, question: Question, streamed: &Streamed, account: &Option<Account>) {
        let settings = self.settings();
        let heard = matches!(&streamed.ending, Ok(ending) if ending.finish == Finish::Stop);
        let told = account.as_ref().is_some_and(|account| account.finish == Finish::Stop);
        if heard && told && settings.cache_answers.contains(&settings.mode) {
            self.inner.cache.keep(question, streamed.said.answer.clone());
        }
    }
}

/// What `history` asks in this conversation, with nothing that the user wishes and no answer yet.
fn asking_in(
    conversation: Conversation,
    history: &[Message],
    lease: Lease,
) -> Result<Asking, Error> {
    if conversation.trashed_ms.is_some() {
        return Err(Error::InTrash);
    }
    let prompt = prompt::build(&conversation.system_prompt, history, LONGEST_QUESTION);
    Ok(Asking {
        messages: prompt.messages,
        lease: lease.and(Scope::Chat(conversation.id.clone())),
        pinned_local: conversation.pinned_local,
        label: conversation.label,
        conversation: conversation.id,
        keep: Vec::new(),
        // Until somebody has looked.
        foreign: true,
        wished: false,
        answer: None,
    })
}

/// An answer that was given before.
fn again(text: String, backend: String) -> EventStream {
    let piece = Piece::answer(text, Vec::new());
    let outcome = Outcome {
        finish: Finish::Stop,
        usage: hearth_chat::Usage::default(),
        timing: hearth_chat::Timing::default(),
        confidence: None,
        speculation: None,
        backend,
        device: None,
        peak_rss_bytes: None,
    };
    stream::iter([Ok(Event::Text(piece)), Ok(Event::Finished(outcome))]).boxed()
}

/// Nobody counted the tokens of an answer that was given before.
fn uncounted(mut streamed: Streamed) -> Streamed {
    if let Ok(ending) = &mut streamed.ending {
        ending.usage = None;
    }
    streamed
}

/// The ledger would not have it, so it was not sent.
fn nothing_left(error: &Error) -> Streamed {
    let error = hearth_chat::Error::new(hearth_chat::ErrorKind::Remote, error.to_string());
    let ending = ending_of(None, Finish::Failed, String::new(), Some(error.message.clone()));
    Streamed { said: Said::default(), marks: Vec::new(), ending: Err(Failure { error, ending }) }
}

/// The figures of an answer from elsewhere are those of its account.
fn charged(streamed: Streamed, account: Option<&Account>, provider: &str) -> Streamed {
    let Some(account) = account else { return streamed };
    let error = account.failure.as_ref().map(ToString::to_string);
    let ending = ending_of(Some(account), account.finish, provider.to_owned(), error);
    let ending = match streamed.ending {
        Err(Failure { error, .. }) => Err(Failure { error, ending }),
        // The provider may have said the rest, which nobody read.
        Ok(Ending { finish: Finish::Cancelled, .. }) => {
            Ok(Ending { finish: Finish::Cancelled, error: None, ..ending })
        }
        Ok(_) => Ok(ending),
    };
    Streamed { ending, ..streamed }
}

fn ending_of(
    account: Option<&Account>,
    finish: Finish,
    backend: String,
    error: Option<String>,
) -> Ending {
    let cost = account.map_or(0, |account| i64::try_from(account.cost.0).unwrap_or(i64::MAX));
    Ending {
        finish,
        backend: Some(backend).filter(|name| !name.is_empty()),
        device: None,
        usage: account.and_then(|account| account.usage).map(Into::into),
        timing: account.map(|account| account.timing),
        confidence: None,
        speculation: None,
        cost_nano_usd: Some(cost),
        bytes_sent: account.map_or(0, |account| account.bytes_sent as i64),
        error,
        tokens: Vec::new(),
    }
}
