use std::collections::VecDeque;
use std::sync::Arc;

use hearth_chat::{
    Channel, Error, Finish, Piece, PieceToken, Request, ThinkingMode, TokenOrigin, TokenScore,
};
use toktrie::SimpleVob;

use crate::grammar::{Constraint, Grammars};
use crate::prompt::Prompt;
use crate::sampler::{Distribution, Sampler, Scores, likeliest};
use crate::stop::DecodeStream;
use crate::template::ChatTemplate;
use crate::thinking::Stage;
use crate::tokenizer::Tokenizer;

/// Alternatives that a request can ask for, for each token.
const ALTERNATIVES: usize = 5;

/// Chooses an answer's tokens, and the thought's before it: what the grammar allows, as the sampling
/// asks, and within the thought's budget. Makes text of them.
pub struct Chooser {
    tokenizer: Arc<Tokenizer>,
    sampler: Sampler,
    text: DecodeStream,
    /// Binds the answer only.
    constraint: Option<Constraint>,
    want_alternatives: bool,
    /// The token that begins a thought, where that is a single one and a thought is wanted.
    opens: Option<u32>,
    /// The tokens that close a thought before the model would.
    close: Vec<u32>,
    /// Of these, what is still to come.
    closing: VecDeque<u32>,
    /// Tokens that the thought may still have.
    budget: usize,
}

/// A token and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub token: u32,
    /// What the model's own distribution said of it.
    pub score: TokenScore,
    /// The channel that it belongs to; a mark belongs to the thought.
    pub channel: Channel,
    /// What may be shown now.
    pub pieces: Vec<Piece>,
    /// Set where nothing can follow: the grammar's text is whole, or a stop string was met.
    pub finish: Option<Finish>,
}

impl Chooser {
    /// There is `room` for so many tokens after the prompt.
    ///
    /// Fails with [`ErrorKind::InvalidRequest`](hearth_chat::ErrorKind::InvalidRequest) on a setting
    /// outside its range or a grammar that cannot be used.
    pub fn new(
        request: &Request,
        prompt: &Prompt,
        room: usize,
        template: &ChatTemplate,
        tokenizer: Arc<Tokenizer>,
        grammars: &mut Grammars,
    ) -> Result<Self, Error> {
        let grammar = request.sampling.grammar.as_ref();
        let constraint = grammar.map(|it| grammars.compile(it, &tokenizer)).transpose()?;
        let mut sampler = Sampler::new(&request.sampling)?;
        prompt.tokens.iter().for_each(|token| sampler.see(*token));
        let stops = request.sampling.stop.iter().map(String::as_str);
        let stops = stops.chain(template.stops().iter().copied()).map(str::to_owned);
        let marking = template.marking();
        let budget = match request.thinking.mode {
            ThinkingMode::Off => 0,
            ThinkingMode::Automatic | ThinkingMode::On => {
                // The answer has room whatever was thought.
                let most = room - room / 4;
                request.thinking.budget.map_or(most, |asked| most.min(asked as usize))
            }
        };
        let opens = tokenizer.special(marking.open()).filter(|_| budget > 0);
        let close = tokenizer.encode_marks(marking.close);
        let mut chooser = Self {
            text: DecodeStream::new(stops, marking, template.thinks(), prompt.stage),
            tokenizer,
            sampler,
            constraint,
            want_alternatives: request.want_alternatives,
            opens,
            close,
            closing: VecDeque::new(),
            budget,
        };
        chooser.close_when_spent();
        Ok(chooser)
    }

    /// Closes the thought with the next token, and one that is begun later.
    pub fn answer_now(&mut self) {
        self.budget = 0;
        self.close_when_spent();
    }

    /// What the next token is drawn with and what binds it, for whoever guesses it.
    pub fn ahead(&mut self) -> (&mut Sampler, Option<&mut Constraint>) {
        let binds = self.text.stage() != Stage::Thought && self.closing.is_empty();
        (&mut self.sampler, self.constraint.as_mut().filter(|_| binds))
    }

    fn constraint(&mut self) -> Option<&mut Constraint> {
        self.ahead().1
    }

    /// Draws the next token. `logits` are `[vocabulary]`.
    pub fn choose(&mut self, logits: &[f32]) -> Result<u32, Error> {
        if let Some(token) = self.closing.front() {
            return Ok(*token);
        }
        let allowed = self.allowed()?;
        self.sampler.choose(logits, allowed.as_ref())
    }

    /// Draws the next token where `guess` was guessed from `drawn_from`: see [`Sampler::verify`].
    pub fn verify(
        &mut self,
        logits: &[f32],
        guess: u32,
        drawn_from: &Distribution,
    ) -> Result<u32, Error> {
        if let Some(token) = self.closing.front() {
            return Ok(*token);
        }
        let allowed = self.allowed()?;
        self.sampler.verify(logits, allowed.as_ref(), guess, drawn_from)
    }

    /// What the grammar allows, and the mark with which a thought begins where one can.
    fn allowed(&mut self) -> Result<Option<SimpleVob>, Error> {
        let begins = self.begins();
        let mut allowed = self.constraint().map(Constraint::allowed).transpose()?;
        if let (Some(allowed), Some(begins)) = (&mut allowed, begins) {
            allowed.allow_token(begins);
        }
        Ok(allowed)
    }

    /// The token with which a thought begins, where one can begin now.
    fn begins(&self) -> Option<u32> {
        self.opens.filter(|_| self.text.stage() == Stage::Start)
    }

    /// Goes on by a token that was drawn from these logits; `None` where it ends the answer.
    pub fn accept(
        &mut self,
        token: u32,
        logits: &[f32],
        origin: TokenOrigin,
    ) -> Result<Option<Choice>, Error> {
        let closes = self.closing.pop_front().is_some();
        if self.tokenizer.is_end(token) && !closes {
            return Ok(None);
        }
        if !closes
            && self.begins() != Some(token)
            && let Some(constraint) = self.constraint()
        {
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
        let score = scores.of_token(logits, token);
        let before = self.text.stage();
        let shown = PieceToken { text_bytes: 0, score: Some(score), origin, alternatives };
        let pieces = self.text.push(&self.tokenizer, token, shown);
        let thinks = closes || before == Stage::Thought || self.text.stage() == Stage::Thought;
        if thinks && !closes {
            self.budget = self.budget.saturating_sub(1);
            self.close_when_spent();
        }
        let whole = !thinks && self.constraint.as_ref().is_some_and(Constraint::is_complete);
        Ok(Some(Choice {
            token,
            score,
            channel: if thinks { Channel::Thought } else { Channel::Answer },
            pieces,
            finish: (whole || self.text.is_stopped()).then_some(Finish::Stop),
        }))
    }

    /// The text that was held back, once no more tokens come.
    pub fn rest(&mut self) -> Option<Piece> {
        self.text.finish()
    }

    fn close_when_spent(&mut self) {
        if self.text.stage() == Stage::Thought && self.budget == 0 && self.closing.is_empty() {
            self.closing.extend(&self.close);
        }
    }
}
