use std::sync::Arc;

use hearth_chat::{Error, Request, TokenScore};

use crate::grammar::{Constraint, Grammars};
use crate::sampler::{Distribution, Sampler, Scores, likeliest};
use crate::tokenizer::Tokenizer;

/// Alternatives that a request can ask for, for each token.
const ALTERNATIVES: usize = 5;

/// Chooses an answer's tokens: what its grammar allows, as its sampling asks.
pub struct Chooser {
    tokenizer: Arc<Tokenizer>,
    pub sampler: Sampler,
    pub constraint: Option<Constraint>,
    want_alternatives: bool,
}

/// A token of an answer and what the model's own distribution said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub token: u32,
    pub score: TokenScore,
    pub alternatives: Vec<(String, f32)>,
    /// Nothing can follow it: the grammar's text is whole.
    pub completes: bool,
}

impl Chooser {
    /// Fails with [`ErrorKind::InvalidRequest`](hearth_chat::ErrorKind::InvalidRequest) on a setting
    /// outside its range or a grammar that cannot be used.
    pub fn new(
        request: &Request,
        prompt: &[u32],
        tokenizer: Arc<Tokenizer>,
        grammars: &mut Grammars,
    ) -> Result<Self, Error> {
        let grammar = request.sampling.grammar.as_ref();
        let constraint = grammar.map(|it| grammars.compile(it, &tokenizer)).transpose()?;
        let mut sampler = Sampler::new(&request.sampling)?;
        prompt.iter().for_each(|token| sampler.see(*token));
        let want_alternatives = request.want_alternatives;
        Ok(Self { tokenizer, sampler, constraint, want_alternatives })
    }

    /// Draws the next token. `logits` are `[vocabulary]`.
    pub fn choose(&mut self, logits: &[f32]) -> Result<u32, Error> {
        let allowed = self.constraint.as_mut().map(Constraint::allowed).transpose()?;
        self.sampler.choose(logits, allowed.as_ref())
    }

    /// Draws the next token where `guess` was guessed from `drawn_from`: see [`Sampler::verify`].
    pub fn verify(
        &mut self,
        logits: &[f32],
        guess: u32,
        drawn_from: &Distribution,
    ) -> Result<u32, Error> {
        let allowed = self.constraint.as_mut().map(Constraint::allowed).transpose()?;
        self.sampler.verify(logits, allowed.as_ref(), guess, drawn_from)
    }

    /// Goes on by a token that was drawn from these logits; `None` where it ends the answer.
    pub fn accept(&mut self, token: u32, logits: &[f32]) -> Result<Option<Choice>, Error> {
        if self.tokenizer.is_end(token) {
            return Ok(None);
        }
        if let Some(constraint) = &mut self.constraint {
            constraint.accept(token)?;
        }
        self.sampler.see(token);
        let scores = Scores::of(logits);
        let alternatives = if self.want_alternatives {
            let likeliest = likeliest(logits, &scores, ALTERNATIVES);
            likeliest.into_iter().map(|(id, p)| (self.tokenizer.token_text(id), p)).collect()
        } else {
            Vec::new()
        };
        Ok(Some(Choice {
            token,
            score: scores.of_token(logits, token),
            alternatives,
            completes: self.constraint.as_ref().is_some_and(Constraint::is_complete),
        }))
    }
}
