//! A single question, outside every conversation.

use futures::StreamExt;
use hearth_chat::{EventStream, Message, Role};
use hearth_router::first;

use crate::{
    Assistant, Error,
    api::{Place, Reason},
    prompt::{self, Budget},
};

/// An answer that is about to come.
pub struct Once {
    pub place: Place,
    pub reasons: Vec<Reason>,
    /// The name of the model that answers.
    pub model: String,
    /// Dropping it stops the model.
    pub events: EventStream,
}

impl Assistant {
    /// Asks the model of the settings, with their system prompt. Nothing of it is stored.
    pub fn ask_once(&self, question: &str) -> Result<Once, Error> {
        if question.trim().is_empty() {
            return Err(Error::EmptyMessage);
        }
        let model = self.chosen_model()?;
        let settings = self.settings();
        let decision = first(settings.mode, false, !settings.providers.is_empty());
        let history = [Message::new(Role::User, question)];
        // One turn is never shortened; the engine says when it is too long.
        let whole = Budget::of(self.context_of(&model), settings.sampling.max_tokens);
        let prompt = prompt::build(&settings.system_prompt, &history, whole);
        self.touch();
        let running = self.running().start();
        let events = self.model(&model).stream(self.request(&model, prompt.messages));
        // Under way as long as the stream lives, so that the model is not unloaded under it.
        let events = events.map(move |event| {
            let _ = &running;
            event
        });
        Ok(Once {
            place: decision.place,
            reasons: decision.reasons,
            events: events.boxed(),
            model: model.name,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hearth_chat::FakeModel;

    use super::*;
    use crate::Dirs;

    #[tokio::test]
    async fn a_question_is_under_way_as_long_as_its_stream_lives() {
        let home = tempfile::tempdir().unwrap();
        let model = FakeModel::default();
        model.will_answer(Vec::new());
        let assistant =
            Assistant::open_with(Dirs::under(home.path()), Arc::new(model)).await.unwrap();
        let once = assistant.ask_once("Capital of France?").unwrap();
        assert!(!assistant.running().is_idle(), "what is under way keeps the model loaded");
        drop(once.events);
        assert!(assistant.running().is_idle());
    }
}
