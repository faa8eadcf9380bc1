//! The first half of a turn: the question is stored, and the answer has its place in the tree.

use hearth_chat::{Message, Role};
use hearth_router::{Decision, Place, first};
use hearth_store::{self as rows, BranchMessage, Route, Said, Store};

use crate::{
    Assistant, Error,
    api::{Ask, MessageView, Settings},
    models::Chosen,
    title, view,
};

/// A turn whose question is safe.
#[derive(Clone)]
pub(super) struct Begun {
    pub user: Option<MessageView>,
    pub answer: MessageView,
    pub route: Route,
    pub conversation: String,
    pub system_prompt: String,
    /// What the model is to read: from the first message to the question, or to the answer
    /// that is continued.
    pub history: Vec<Message>,
    /// Somebody else's words are before the question, or are it.
    pub foreign: bool,
    /// What an answer that is continued says so far; empty for a new one.
    pub before: Said,
}

impl Begun {
    /// From the first message to the question.
    pub fn asked(&self) -> &[Message] {
        match self.history.split_last() {
            Some((continued, asked)) if continued.role == Role::Assistant => asked,
            _ => &self.history,
        }
    }
}

impl Assistant {
    pub(super) async fn begin(&self, ask: Ask, model: &Chosen) -> Result<Begun, Error> {
        check(&ask)?;
        let Settings { mode, providers, .. } = self.settings();
        let elsewhere = !providers.is_empty();
        let model = model.name.clone();
        self.history()
            .write(move |store| {
                begin(store, &ask, |conversation| {
                    route_of(&first(mode, conversation.pinned_local, elsewhere), &model)
                })
            })
            .await?
            .ok_or(Error::WrongMessage)
    }

    /// Another answer beside `message`, which is an answer.
    pub(super) async fn begin_beside(&self, message: String, route: Route) -> Result<Begun, Error> {
        let ask = Ask::Regenerate { message };
        self.history()
            .write(move |store| begin(store, &ask, |_| route.clone()))
            .await?
            .ok_or(Error::WrongMessage)
    }
}

fn check(ask: &Ask) -> Result<(), Error> {
    match ask {
        Ask::Send { text, .. } | Ask::Edit { text, .. } if text.trim().is_empty() => {
            Err(Error::EmptyMessage)
        }
        _ => Ok(()),
    }
}

/// `None` when the message named is of the wrong kind.
fn begin(
    store: &Store,
    ask: &Ask,
    route: impl FnOnce(&rows::Conversation) -> Route,
) -> Result<Option<Begun>, rows::Error> {
    let known = match ask {
        Ask::Send { .. } | Ask::SecondOpinion { .. } => None,
        Ask::Edit { message, .. } | Ask::Regenerate { message } | Ask::Continue { message } => {
            Some(store.message(message)?)
        }
    };
    let conversation = match (ask, &known) {
        (Ask::Send { conversation, .. }, _) => conversation.clone(),
        (_, Some(message)) => message.conversation.clone(),
        (_, None) => return Ok(None),
    };
    let conversation = store.conversation(&conversation)?;
    let route = route(&conversation);
    let Some(answer) = place(store, ask, known, &conversation.id, route.clone())? else {
        return Ok(None);
    };
    let question = question_of(ask);
    if let Some(text) = question.filter(|_| conversation.title.is_empty()) {
        store.rename(&conversation.id, &title::from_question(text))?;
    }

    let mut branch = shown_branch(store, &conversation.id, &answer)?;
    let mut before = Said::default();
    let last = branch.pop().map(|answer| {
        before =
            Said { thought: answer.message.thought.clone(), answer: answer.message.text.clone() };
        view::branch_message(answer)
    });
    let Some(answer) = last else { return Ok(None) };
    let foreign =
        conversation.has_foreign_prompt() || branch.iter().any(|m| m.message.is_foreign());
    let mut history: Vec<Message> = branch.iter().map(|m| spoken(&m.message)).collect();
    if !before.is_empty() {
        let Said { thought, answer } = before.clone();
        history.push(Message { thought, ..Message::new(Role::Assistant, answer) });
    }
    let user = question.and(branch.pop()).map(view::branch_message);
    Ok(Some(Begun {
        user,
        answer,
        route,
        conversation: conversation.id,
        system_prompt: conversation.system_prompt,
        history,
        foreign,
        before,
    }))
}

/// Puts question and answer into the tree; returns the answer.
fn place(
    store: &Store,
    ask: &Ask,
    known: Option<rows::Message>,
    conversation: &str,
    route: Route,
) -> Result<Option<rows::Message>, rows::Error> {
    let parent = match (ask, known) {
        (Ask::Send { parent, text, .. }, _) => {
            Some(store.add_message(conversation, parent.as_deref(), Role::User, text)?.id)
        }
        (Ask::Edit { text, .. }, Some(edited)) if edited.role == Role::User => {
            let parent = edited.parent.as_deref();
            Some(store.add_message(conversation, parent, Role::User, text)?.id)
        }
        (Ask::Regenerate { .. }, Some(answer)) if answer.answer.is_some() => answer.parent,
        // Another's words are never gone on with: no answer is made of parts of two.
        (Ask::Continue { .. }, Some(answer)) if is_from_here(&answer, &route) => {
            return store.resume_answer(&answer.id, route).map(Some);
        }
        _ => None,
    };
    parent.map(|parent| store.begin_answer(conversation, &parent, route)).transpose()
}

fn is_from_here(message: &rows::Message, route: &Route) -> bool {
    let answer = message.answer.as_ref();
    answer.is_some_and(|a| a.place == Place::ThisDevice && a.model == route.model)
}

/// The branch that ends with `answer`, which is shown from now on.
fn shown_branch(
    store: &Store,
    conversation: &str,
    answer: &rows::Message,
) -> Result<Vec<BranchMessage>, rows::Error> {
    let branch = store.branch(conversation)?;
    if branch.last().is_some_and(|tip| tip.message.id == answer.id) {
        return Ok(branch);
    }
    store.select(&answer.id)?;
    let mut branch = store.branch(conversation)?;
    if let Some(at) = branch.iter().position(|m| m.message.id == answer.id) {
        branch.truncate(at + 1);
    }
    Ok(branch)
}

fn question_of(ask: &Ask) -> Option<&str> {
    match ask {
        Ask::Send { text, .. } | Ask::Edit { text, .. } => Some(text),
        Ask::Regenerate { .. } | Ask::Continue { .. } | Ask::SecondOpinion { .. } => None,
    }
}

fn spoken(message: &rows::Message) -> Message {
    Message::new(message.role, &*message.text)
}

fn route_of(decision: &Decision, model: &str) -> Route {
    Route { place: decision.place, model: model.to_owned(), reasons: decision.reasons.clone() }
}
