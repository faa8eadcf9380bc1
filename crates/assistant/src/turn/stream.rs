//! The second half of a turn: the model's words, shown as they come, and what is new saved twice a
//! second.

use std::time::Duration;

use futures::StreamExt;
use hearth_chat::{
    Channel, Device, Error, ErrorKind, Event, EventStream, Finish, Outcome, Request,
};
use hearth_store::{Ending, Said};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::{
    Running,
    begin::Begun,
    coalesce::{Coalesced, Shown},
    tally::Tally,
};
use crate::{
    Assistant,
    api::{ChatEvent, TokenMark},
    models::Chosen,
};

/// A crash loses at most this much of an answer.
const SAVE_EVERY: Duration = Duration::from_millis(500);

/// What came, and how it ended. The tokens of `Ending` are in `marks`.
pub(super) struct Streamed {
    /// Without that of the answer that was continued.
    pub said: Said,
    pub marks: Vec<TokenMark>,
    pub ending: Result<Ending, Failure>,
}

/// The model failed; what it had said until then is kept.
pub(super) struct Failure {
    pub error: Error,
    pub ending: Ending,
}

/// An answer while it comes.
struct Coming {
    said: Said,
    marks: Vec<TokenMark>,
    waiting: Coalesced,
    tally: Tally,
    /// Bytes of the thought and of the answer that are on disk.
    saved: [usize; 2],
}

impl Assistant {
    pub(super) async fn stream(
        &self,
        request: Request,
        begun: &Begun,
        model: &Chosen,
        running: &Running,
        emit: &(impl Fn(ChatEvent) -> bool + Sync),
    ) -> Streamed {
        let answering = self.model(model);
        let events = answering.stream(request);
        let hurry = running.told_to_answer(|| answering.answer_now());
        tokio::select! {
            biased;
            never = hurry => match never {},
            streamed = self.follow(events, begun, &model.name, running, emit) => streamed,
        }
    }

    /// Shows and saves what comes until it ends or nobody wants it any more.
    pub(super) async fn follow(
        &self,
        mut events: EventStream,
        begun: &Begun,
        name: &str,
        running: &Running,
        emit: &(impl Fn(ChatEvent) -> bool + Sync),
    ) -> Streamed {
        let start = Instant::now();
        let mut saving = interval_at(start + SAVE_EVERY, SAVE_EVERY);
        saving.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut coming = Coming {
            said: Said::default(),
            marks: Vec::new(),
            waiting: Coalesced::default(),
            tally: Tally::start(start),
            saved: [0, 0],
        };
        let ended = loop {
            let due = coming.waiting.due(Instant::now());
            tokio::select! {
                biased;
                () = running.cancelled() => break None,
                () = sleep_until(due.unwrap_or(start)), if due.is_some() => {
                    if !coming.show(emit) {
                        break None;
                    }
                }
                _ = saving.tick(), if coming.saved != coming.lengths() => {
                    if self.save_partial(begun, &coming.said, coming.saved).await {
                        coming.saved = coming.lengths();
                    }
                }
                event = events.next() => match event {
                    Some(Ok(Event::Finished(outcome))) => break Some(Ok(outcome)),
                    Some(Ok(event)) => {
                        if let Some(event) = coming.take(event) && !emit(event) {
                            break None;
                        }
                    }
                    Some(Err(error)) => break Some(Err(error)),
                    None => break Some(Err(stopped_short(name))),
                },
            }
        };
        // Dropping the stream is what stops the model.
        drop(events);
        coming.show(emit);
        coming.end(ended, self.loaded())
    }

    /// Saves what came after the first `saved` bytes; `false` where that could not be done.
    async fn save_partial(&self, begun: &Begun, said: &Said, saved: [usize; 2]) -> bool {
        let new = |before: &str, said: &str, saved: usize| match saved {
            0 => (0, format!("{before}{said}")),
            _ => (before.len() + saved, said[saved..].to_owned()),
        };
        let thought = new(&begun.before.thought, &said.thought, saved[0]);
        let answer = new(&begun.before.answer, &said.answer, saved[1]);
        let id = begun.answer.id.clone();
        let done = self.history().write(move |store| {
            for (channel, (at, text)) in [(Channel::Thought, &thought), (Channel::Answer, &answer)]
            {
                if !text.is_empty() {
                    store.save_partial(&id, channel, *at, text)?;
                }
            }
            Ok(())
        });
        let done = done.await;
        if let Err(error) = &done {
            tracing::warn!(%error, "a part of an answer was not saved");
        }
        done.is_ok()
    }
}

impl Coming {
    fn lengths(&self) -> [usize; 2] {
        [self.said.thought.len(), self.said.answer.len()]
    }

    /// What is to be shown at once.
    fn take(&mut self, event: Event) -> Option<ChatEvent> {
        match event {
            Event::Loading { fraction } => {
                self.tally.loading();
                Some(ChatEvent::Loading { fraction })
            }
            Event::Prefill { done, total } => {
                self.tally.prefill(total);
                Some(ChatEvent::Prefill { done, total })
            }
            Event::Text(piece) => {
                self.tally.piece(&piece, Instant::now());
                self.waiting.push(&piece);
                None
            }
            Event::Finished(_) => None,
        }
    }

    /// Shows what waits; `false` when nobody listens any more.
    fn show(&mut self, emit: &(impl Fn(ChatEvent) -> bool + Sync)) -> bool {
        let Some(Shown { thought, text, tokens }) = self.waiting.take(Instant::now()) else {
            return true;
        };
        self.said.thought.push_str(&thought);
        self.said.answer.push_str(&text);
        self.marks.extend_from_slice(&tokens);
        let listened = thought.is_empty() || emit(ChatEvent::Thought { text: thought });
        let silent = text.is_empty() && tokens.is_empty();
        listened && (silent || emit(ChatEvent::Text { text, tokens }))
    }

    /// `loaded` is what ran it, as far as it was not told to the end.
    fn end(
        self,
        ended: Option<Result<Outcome, Error>>,
        loaded: Option<(String, Device)>,
    ) -> Streamed {
        let (backend, device) = loaded.unzip();
        let measured = |finish, error| Ending {
            finish,
            backend,
            device,
            usage: self.tally.usage(),
            timing: self.tally.timing(),
            confidence: self.tally.confidence(),
            speculation: None,
            cost_nano_usd: Some(0),
            bytes_sent: 0,
            error,
            tokens: Vec::new(),
        };
        let ending = match ended {
            Some(Ok(outcome)) => Ok(reported(outcome)),
            Some(Err(error)) => {
                let ending = measured(Finish::Failed, Some(error.message.clone()));
                Err(Failure { error, ending })
            }
            None => Ok(measured(Finish::Cancelled, None)),
        };
        Streamed { said: self.said, marks: self.marks, ending }
    }
}

/// On this device, so it cost nothing and nothing was sent.
fn reported(outcome: Outcome) -> Ending {
    Ending {
        finish: outcome.finish,
        backend: Some(outcome.backend),
        device: outcome.device.map(|device| *device),
        usage: Some(outcome.usage),
        timing: Some(outcome.timing),
        confidence: outcome.confidence,
        speculation: outcome.speculation,
        cost_nano_usd: Some(0),
        bytes_sent: 0,
        error: None,
        tokens: Vec::new(),
    }
}

fn stopped_short(model: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("{model} stopped in the middle of its answer. Ask again, or continue the answer."),
    )
}
