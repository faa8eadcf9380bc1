//! One turn, from a question to a stored answer.

mod begin;
mod coalesce;
mod opinion;
mod opinion_once;
mod running;
mod stream;
mod tally;
#[cfg(test)]
mod tests;

use hearth_chat::{ErrorKind, Finish};
use hearth_router::Action;
use hearth_store::{Ending, Said};

pub use opinion_once::{OpinionOnce, Proposal};
pub(crate) use running::{Running, Turns};

use crate::{
    Assistant, Error,
    api::{Ask, ChatEvent, MessageView},
    models::Chosen,
    prompt::{self, Budget},
    turn::{begin::Begun, stream::Streamed},
    view,
};

impl Assistant {
    /// Asks, and reports everything that happens to `emit` until `Finished` or `Failed`.
    /// `emit` answers whether somebody still listens; when nobody does, the answer stops.
    ///
    /// # Errors
    /// Only before the question is stored. What fails later is reported as `Failed`.
    pub async fn send(
        &self,
        ask: Ask,
        emit: impl Fn(ChatEvent) -> bool + Send + Sync,
    ) -> Result<(), Error> {
        match ask {
            Ask::SecondOpinion { consent, body } => self.second_opinion(&consent, body, emit).await,
            ask => self.answer_here(ask, emit).await,
        }
    }

    /// Every question is answered on this device first, whatever is offered afterwards.
    async fn answer_here(
        &self,
        ask: Ask,
        emit: impl Fn(ChatEvent) -> bool + Send + Sync,
    ) -> Result<(), Error> {
        let model = self.chosen_model()?;
        let begun = self.begin(ask, &model).await?;
        self.touch();

        let running = self.running().start();
        let answer = begun.answer.clone();
        emit(ChatEvent::Started {
            turn: running.id().to_owned(),
            user: begun.user.clone(),
            answer: begun.answer.clone(),
        });
        emit(ChatEvent::Routed {
            place: begun.route.place,
            model: model.name.clone(),
            reasons: begun.route.reasons.clone(),
        });
        let answering = self.answer(&begun, &model, &running, &emit);
        let (streamed, ()) = tokio::join!(answering, self.conversations_changed());
        drop(running);

        self.note_trouble(&model, &streamed);
        let asked = begun.clone();
        let said =
            streamed.ending.as_ref().ok().map(|end| (streamed.said.answer.clone(), end.clone()));
        // It is safe before anything looks at it for long, or waits for a key.
        let ended = self.finish(begun, streamed, answer).await;
        self.touch();
        let mut suggestion = None;
        if let Some((text, ending)) = said {
            let question = asked.asked().last().map(|question| question.text.as_str());
            self.note_evidence(&model, &asked.answer.id, question, &ending).await;
            suggestion = self.suggestion(&asked, &text, &ending).await;
        }
        match (suggestion, ended) {
            (Some((suggestion, local)), ChatEvent::Finished { answer }) => {
                let sends = suggestion.action == Action::Send;
                emit(ChatEvent::Kept { answer: answer.clone(), suggestion });
                // The local answer stays, whatever becomes of the second opinion.
                if !sends || self.opinion_by_policy(&asked, local, &emit).await.is_err() {
                    emit(ChatEvent::Finished { answer });
                }
            }
            (_, ended) => {
                emit(ended);
            }
        }
        self.conversations_changed().await;
        Ok(())
    }

    /// Stops a turn within a token. One that already ended is ignored.
    pub async fn cancel(&self, turn: &str) -> Result<(), Error> {
        self.running().cancel(turn);
        Ok(())
    }

    /// Ends the thought of a turn, so that its answer begins. One that is not thinking is left alone.
    pub async fn answer_now(&self, turn: &str) -> Result<(), Error> {
        self.running().answer_now(turn);
        Ok(())
    }

    /// Streams from the model. A prompt that turns out to be too long is shortened and tried again.
    async fn answer(
        &self,
        begun: &Begun,
        model: &Chosen,
        running: &Running,
        emit: &(impl Fn(ChatEvent) -> bool + Sync),
    ) -> Streamed {
        let build = |budget| prompt::build(&begun.system_prompt, &begun.history, budget);
        let mut budget = Budget::of(self.context_of(model), self.settings().sampling.max_tokens);
        let mut prompt = build(budget);
        loop {
            let omitted = prompt.omitted;
            if omitted > 0 {
                emit(ChatEvent::Trimmed { messages: omitted as u32 });
            }
            let request = self.request(model, prompt.messages);
            let streamed = self.stream(request, begun, model, running, emit).await;
            if !streamed.prompt_was_too_long() {
                return streamed;
            }
            loop {
                budget = budget.halved();
                prompt = build(budget);
                if prompt.omitted > omitted {
                    break;
                }
                if budget.prompt == 0 {
                    return streamed;
                }
            }
        }
    }

    /// Stores the answer with its figures, in one transaction, and says how it ended.
    async fn finish(&self, begun: Begun, streamed: Streamed, shown: MessageView) -> ChatEvent {
        let Streamed { said, marks, ending } = streamed;
        let failed = ending.as_ref().err().map(|failure| failure.error.clone());
        let run = match ending {
            Ok(ending) => ending,
            Err(failure) => failure.ending,
        };
        let run = Ending { tokens: marks.into_iter().map(view::mark_row).collect(), ..run };
        let (id, route) = (begun.answer.id.clone(), begun.route);
        let whole = Said {
            thought: begun.before.thought + &said.thought,
            answer: begun.before.answer + &said.answer,
        };
        let stored = {
            let whole = whole.clone();
            self.history().write(move |store| {
                match store.finish_answer(&id, whole.clone(), run.clone()) {
                    // Begun on a disk that has filled up since: the copy in memory counts it as ended.
                    Err(hearth_store::Error::NotFound { what: "unfinished answer", .. }) => {
                        store.resume_answer(&id, route.clone())?;
                        store.finish_answer(&id, whole.clone(), run.clone())
                    }
                    done => done,
                }
            })
        };
        let (answer, storing) = match stored.await {
            Ok(row) => (view::message(row, shown.siblings), None),
            Err(error) => {
                let Said { thought, answer: text } = whole;
                (MessageView { text, thought, ..shown }, Some(error))
            }
        };
        match (failed, storing) {
            (Some(error), _) => {
                ChatEvent::Failed { error: Error::from(error).into(), answer: Some(answer) }
            }
            (None, Some(error)) => ChatEvent::Failed { error: error.into(), answer: Some(answer) },
            (None, None) => ChatEvent::Finished { answer },
        }
    }

    /// Remembers a model that could not be used, so that the list of models shows it.
    fn note_trouble(&self, model: &Chosen, streamed: &Streamed) {
        match &streamed.ending {
            Ok(ending) if ending.finish != Finish::Cancelled => self.trouble_over(model),
            Ok(_) => {}
            Err(failure) => self.trouble(model, &failure.error),
        }
    }
}

impl Streamed {
    fn prompt_was_too_long(&self) -> bool {
        let too_long = |kind| kind == ErrorKind::ContextLength;
        self.said.is_empty() && self.ending.as_ref().is_err_and(|f| too_long(f.error.kind))
    }
}
