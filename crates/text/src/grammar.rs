//! Answers of a given shape: at each step the grammar says which tokens can come next.

use std::sync::Arc;

use hearth_chat::{Error, ErrorKind, Grammar};
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities, TokEnv, TokRxInfo, TokTrie};
use llguidance::{Matcher, ParserFactory};
use toktrie::SimpleVob;

use crate::tokenizer::Tokenizer;

/// Longer tokens than the trie can hold; runs of a thousand spaces exist.
const LONGEST_TOKEN: usize = 1000;

/// Compiles grammars for one vocabulary.
#[derive(Default)]
pub struct Grammars {
    /// Building it walks the whole vocabulary, so it is made when the first grammar is asked for.
    factory: Option<ParserFactory>,
}

impl Grammars {
    /// Fails with [`ErrorKind::InvalidRequest`] and the grammar's own complaint, and with
    /// [`ErrorKind::Unsupported`] for a vocabulary without an end-of-turn token: an answer could
    /// never end. `tokenizer` is the same every time.
    pub fn compile(
        &mut self,
        grammar: &Grammar,
        tokenizer: &Tokenizer,
    ) -> Result<Constraint, Error> {
        let factory = match self.factory.take() {
            Some(factory) => factory,
            None => factory(tokenizer)?,
        };
        compile(self.factory.insert(factory), grammar)
    }
}

fn factory(tokenizer: &Tokenizer) -> Result<ParserFactory, Error> {
    let Some(end) = tokenizer.ends().first() else {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "This model has no token that ends an answer, so its answers cannot be given a shape.",
        ));
    };
    let words: Vec<Vec<u8>> =
        (0..tokenizer.vocab_size() as u32).map(|id| word(tokenizer, id)).collect();
    let info = TokRxInfo::new(words.len() as u32, *end);
    let trie = TokTrie::from(&info, &words).with_eos_tokens(tokenizer.ends());
    let environment: TokEnv = Arc::new(ApproximateTokEnv::new(trie));
    let mut factory = ParserFactory::new(&environment, InferenceCapabilities::default(), &[])
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
    factory.quiet();
    // What a person wrote is in the parser's state, and errors end up in logs.
    factory.limits_mut().verbose_errors = false;
    Ok(factory)
}

fn compile(factory: &ParserFactory, grammar: &Grammar) -> Result<Constraint, Error> {
    let (name, parsed) = match grammar {
        Grammar::JsonSchema(text) => {
            let schema = serde_json::from_str(text)
                .map_err(|error| invalid(format!("The JSON schema is not JSON: {error}")))?;
            ("JSON schema", TopLevelGrammar::from_json_schema(schema))
        }
        Grammar::Regex(text) => ("regular expression", TopLevelGrammar::from_regex(text)),
        Grammar::Lark(text) => ("Lark grammar", TopLevelGrammar::from_lark(text.clone())),
    };
    let matcher = Matcher::new(factory.create_parser(parsed));
    match matcher.get_error() {
        Some(error) => Err(invalid(format!("The {name} cannot be used: {error}"))),
        None => Ok(Constraint { matcher }),
    }
}

/// One answer's way through a grammar. A copy goes ahead by itself.
#[derive(Clone)]
pub struct Constraint {
    matcher: Matcher,
}

impl Constraint {
    /// The tokens that can come next; only the ends of a turn once the answer is complete.
    pub fn allowed(&mut self) -> Result<SimpleVob, Error> {
        self.matcher.compute_mask_or_eos().map_err(|error| stuck(&error))
    }

    /// Goes on by a token that was [`Constraint::allowed`].
    pub fn accept(&mut self, token: u32) -> Result<(), Error> {
        self.matcher.consume_token(token).map_err(|error| stuck(&error))
    }

    /// How many of these tokens could follow, one after the other.
    pub fn possible(&mut self, tokens: &[u32]) -> Result<usize, Error> {
        self.matcher.validate_tokens(tokens).map_err(|error| stuck(&error))
    }

    /// Whether nothing can follow any more.
    pub fn is_complete(&self) -> bool {
        self.matcher.is_stopped()
    }
}

/// What a token adds to the text. A token that is no text gets a name that no text can match.
fn word(tokenizer: &Tokenizer, id: u32) -> Vec<u8> {
    let bytes = tokenizer.token_bytes(id);
    if bytes.is_empty() || bytes.len() > LONGEST_TOKEN {
        return [&[TokTrie::SPECIAL_TOKEN_MARKER], format!("<[{id}]>").as_bytes()].concat();
    }
    bytes.to_vec()
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}

fn stuck(error: &impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("The answer cannot follow its grammar: {error}"))
}

#[cfg(test)]
mod tests;
