use std::sync::{Arc, Mutex};

use futures::{StreamExt, stream};

use crate::{Error, Event, EventStream, Model, Request};

/// A model that answers from a script, for tests of everything above the engine.
#[derive(Clone, Default)]
pub struct FakeModel {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: Vec<Vec<Result<Event, Error>>>,
    requests: Vec<Request>,
    forbidden: bool,
}

/// What a [`FakeModel`] does with the next request.
pub type Expectation = Vec<Result<Event, Error>>;

impl FakeModel {
    /// Answers the next unanswered request with these events, in order of the calls.
    pub fn will_answer(&self, events: Expectation) {
        self.state.lock().unwrap().script.push(events);
    }

    /// From now on any request is a failure of the test: nothing may reach this model.
    pub fn forbid_requests(&self) {
        self.state.lock().unwrap().forbidden = true;
    }

    /// The requests it was sent, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }
}

impl Model for FakeModel {
    fn stream(&self, request: Request) -> EventStream {
        let mut state = self.state.lock().unwrap();
        assert!(!state.forbidden, "a request reached a model that the test had closed");
        state.requests.push(request);
        assert!(!state.script.is_empty(), "a request came that the test had not scripted");
        stream::iter(state.script.remove(0)).boxed()
    }
}
