//! A single question, outside every conversation.

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
        Ok(Once {
            place: decision.place,
            reasons: decision.reasons,
            events: self.model(&model).stream(self.request(&model, prompt.messages)),
            model: model.name,
        })
    }
}
