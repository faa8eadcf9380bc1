//! The exact bytes of a request, before anybody has agreed to them.

use hearth_chat::Request;
use hearth_egress::Secret;
use hearth_router::{NanoUsd, Origin, Place};
use url::Url;

use crate::{
    Error, Price,
    provider::{ProviderConfig, Wire},
    wire,
};

/// How much longer the user may make a request. The worst case allows for it beforehand.
const ROOM_TO_EDIT: usize = 1024;

/// A request that could be sent, if somebody permits it.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) name: String,
    pub(crate) wire: Wire,
    pub(crate) url: Url,
    pub(crate) price: Price,
    place: Place,
    origin: Origin,
    model: String,
    body: Vec<u8>,
    /// No longer body than this can become of it.
    longest: usize,
    max_output: u32,
}

/// Writes the request for one provider.
///
/// # Errors
/// When its address cannot be used, or nobody has said what its model costs.
pub fn prepare(config: &ProviderConfig, request: &Request) -> Result<Prepared, Error> {
    let url = config.endpoint()?;
    let origin = config.origin()?;
    let body = wire::body(config.wire, &config.model, request);
    let known = config
        .known_price()
        .ok_or_else(|| Error::NoPrice { name: config.name.clone(), model: config.model.clone() })?;
    Ok(Prepared {
        name: config.name.clone(),
        wire: config.wire,
        url,
        price: known.price,
        place: config.place(),
        origin,
        model: config.model.clone(),
        longest: body.len() + ROOM_TO_EDIT,
        body,
        max_output: request.sampling.max_tokens.unwrap_or(wire::LONGEST_ANSWER),
    })
}

/// The key in the header that the provider expects, bound to its origin.
pub fn secret(config: &ProviderConfig, key: &str) -> Result<Secret, Error> {
    let origin = config.origin()?;
    Ok(match config.wire {
        Wire::OpenAi | Wire::Mistral | Wire::OpenAiCompatible => Secret::bearer(origin, key)?,
        Wire::Anthropic => Secret::header(origin, "x-api-key", key)?,
        Wire::Gemini => Secret::header(origin, "x-goog-api-key", key)?,
    })
}

impl Prepared {
    pub fn place(&self) -> Place {
        self.place
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The whole address.
    pub fn address(&self) -> &str {
        self.url.as_str()
    }

    /// What is sent, to the last byte.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// More than it can cost, however the user edits it.
    pub fn worst_case(&self) -> NanoUsd {
        NanoUsd(self.price.worst_case(self.longest, self.max_output))
    }

    /// The same request with the bytes that the user made of it.
    ///
    /// # Errors
    /// When they are no request, or would ask another model, or for a longer answer.
    pub fn edited(self, body: Vec<u8>) -> Result<Self, Error> {
        if body == self.body {
            return Ok(self);
        }
        let wrong = |what| Error::Edited { name: self.name.clone(), what };
        let terms = wire::terms(self.wire, &body).map_err(|error| {
            wrong(match error.is_data() {
                true => "it holds something that Hearth does not ask for, or something twice",
                false => "its JSON is not complete",
            })
        })?;
        if terms.model.is_some_and(|model| model != self.model) {
            return Err(wrong("it names another model"));
        }
        if !terms.stream {
            return Err(wrong("it does not ask for the answer as it comes"));
        }
        if terms.max_tokens.is_none_or(|most| most > self.max_output) {
            return Err(wrong("it asks for a longer answer than the cost allows for"));
        }
        if body.len() > self.longest {
            return Err(wrong("it has become longer than the cost allows for"));
        }
        Ok(Self { body, ..self })
    }

    /// The most tokens that were asked for.
    pub(crate) fn max_output(&self) -> u32 {
        self.max_output
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("accept".to_owned(), "text/event-stream".to_owned()),
        ];
        if self.wire == Wire::Anthropic {
            headers.push(("anthropic-version".into(), "2023-06-01".into()));
        }
        headers
    }
}
