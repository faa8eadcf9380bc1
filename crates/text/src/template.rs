//! From messages to the prompt that a model was trained on, by the model file's own chat template.
//!
//! The template is a program from an untrusted file. It runs with a limit on its steps and on
//! what it writes, and sees nothing but the messages and the date. It cannot be kept from growing
//! a string in memory; that is one reason why it runs in the engine's process, away from the chats.

mod methods;
mod python;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use hearth_chat::{
    Effort, Error, ErrorKind, Message, Role, Thinking, ThinkingMode, ThinkingSupport,
};
use hearth_gguf as gguf;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value, context};

use crate::thinking::{Marking, Stage};
use crate::tokenizer::{Prompt, Tokenizer};

/// Steps a template may take. The longest conversations need some hundred thousand.
const FUEL: u64 = 5_000_000;
const MAX_SOURCE: usize = 1 << 20;
/// What a template may write beyond four times its messages, in bytes.
const MAX_EXTRA: usize = 1 << 20;
/// Characters that no text has a use for (a private plane): two of them mark places in messages.
const PRIVATE: std::ops::RangeInclusive<char> = '\u{f0000}'..='\u{ffffd}';

const CHATML: &str = "\
{%- for message in messages -%}
{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}";

/// For models that were not trained on conversations.
const PLAIN: &str = "\
{%- for message in messages -%}
{%- if message.role == 'system' -%}{{ message.content + '\n\n' }}
{%- elif message.role == 'user' -%}{{ 'User: ' + message.content + '\n' }}
{%- else -%}{{ 'Assistant: ' + message.content + '\n' }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ 'Assistant:' }}{%- endif -%}";

/// A model's chat template, ready to render.
pub struct ChatTemplate {
    environment: Environment<'static>,
    stops: &'static [&'static str],
    marking: &'static Marking,
    /// The template or the vocabulary has its marks.
    thinks: bool,
    /// Found out when it is first rendered: it is a program that may not come to an end.
    content: OnceLock<Content>,
}

/// What a template takes a message's content for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Content {
    Text,
    /// `[{"type": "text", "text": …}]`, as models do that also see pictures.
    Parts,
    /// It leaves out what a person says.
    Lost,
}

#[derive(Clone)]
struct Turn {
    role: Role,
    content: String,
}

impl Turn {
    fn to_value(&self, content: Content) -> Value {
        let role = match self.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let text = self.content.as_str();
        match content {
            Content::Text | Content::Lost => context! { role, content => text },
            Content::Parts => {
                context! { role, content => vec![context! { type => "text", text }] }
            }
        }
    }
}

impl ChatTemplate {
    /// Takes the file's template. Without one it is ChatML if the vocabulary has its tokens, else
    /// plain text.
    ///
    /// Fails with [`ErrorKind::ModelFile`] for a template that does not parse.
    pub fn from_gguf(file: &gguf::File, tokenizer: &Tokenizer) -> Result<Self, Error> {
        Self::of(file.path(), file.metadata().str("tokenizer.chat_template"), tokenizer)
    }

    /// The same for a template that lies beside a model.
    pub fn of(model: &Path, own: Option<&str>, tokenizer: &Tokenizer) -> Result<Self, Error> {
        Self::new(own, tokenizer).map_err(|why| {
            let path = model.display();
            broken(format!("The chat template of {path} cannot be used: {why}."))
        })
    }

    pub(crate) fn new(own: Option<&str>, tokenizer: &Tokenizer) -> Result<Self, String> {
        let chatml = ["<|im_start|>", "<|im_end|>"];
        let (source, stops): (&str, &[&str]) = match own {
            Some(source) => (source, &[]),
            None if chatml.iter().all(|t| tokenizer.special(t).is_some()) => (CHATML, &[]),
            None => (PLAIN, &["\nUser:"]),
        };
        if source.len() > MAX_SOURCE {
            return Err(format!("it has {} bytes, and {MAX_SOURCE} are the most", source.len()));
        }
        if source.contains(|c| PRIVATE.contains(&c)) {
            return Err("it has characters that are kept for marking messages".into());
        }
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .map_err(|error| error.to_string())?,
        );
        python::add_to(&mut environment);
        environment.add_global("bos_token", tokenizer.bos_text());
        environment.add_global("eos_token", tokenizer.eos_text());
        environment
            .add_template_owned("chat", source::adapt(source))
            .map_err(|error| error.to_string())?;
        let (marking, thinks) = Marking::of(source, tokenizer);
        Ok(Self { environment, stops, marking, thinks, content: OnceLock::new() })
    }

    /// How its model sets thoughts apart.
    pub fn marking(&self) -> &'static Marking {
        self.marking
    }

    /// Whether the template or the vocabulary has the marks of thoughts.
    pub fn thinks(&self) -> bool {
        self.thinks
    }

    /// What it knows about thinking, by the names that it asks for. It is not run: it may not come to
    /// an end.
    pub fn thinking(&self) -> ThinkingSupport {
        let template = self.environment.get_template("chat");
        let asked = template.map(|it| it.undeclared_variables(false)).unwrap_or_default();
        let asks = |names: &[&str]| names.iter().any(|name| asked.contains(*name));
        ThinkingSupport {
            thinks: self.thinks,
            switch: asks(&["enable_thinking", "thinking", "thinking_budget"]),
            effort: asks(&["reasoning_effort"]),
        }
    }

    /// Texts that end an answer besides the request's own, for a model without turn tokens.
    pub fn stops(&self) -> &'static [&'static str] {
        self.stops
    }

    /// Writes the prompt. If the last message is the assistant's, the prompt ends inside it, so
    /// that the model goes on; otherwise it ends where the assistant's turn begins.
    ///
    /// Fails with [`ErrorKind::InvalidRequest`] if the template refuses the conversation, and with
    /// [`ErrorKind::ModelFile`] if it fails or does not end.
    pub fn render(
        &self,
        messages: &[Message],
        thinking: Thinking,
        tokenizer: &Tokenizer,
    ) -> Result<Prompt, Error> {
        let (guard, mark) = free_characters(messages)?;
        let guarded = |text: &str, role| tokenizer.guard(text, role, guard);
        let mut turns: Vec<Turn> = messages
            .iter()
            .map(|message| Turn {
                role: message.role,
                content: guarded(&message.text, message.role),
            })
            .collect();
        let continued = turns.pop_if(|turn| turn.role == Role::Assistant);
        let (text, stage) = match continued.zip(messages.last()) {
            None => self.write_asked(turns, thinking, mark)?,
            Some((turn, message)) => {
                let thought = guarded(&message.thought, Role::Assistant);
                self.write_continued(turns, &thought, &turn.content, thinking, mark)?
            }
        };
        Ok(Prompt { text, guard, stage })
    }

    /// Writes up to where the assistant's turn begins, or the thought that the template begins there.
    fn write_asked(
        &self,
        mut turns: Vec<Turn>,
        thinking: Thinking,
        mark: char,
    ) -> Result<(String, Stage), Error> {
        let asked = self.write_or_fold(turns.clone(), Some(thinking))?;
        if self.marking.stage_after(&asked) == Stage::Start {
            return Ok((asked, Stage::Start));
        }
        // It counts after the last message only: what it ends with may be a person's.
        turns.iter_mut().next_back().into_iter().for_each(|turn| turn.content.push(mark));
        let marked = self.write_or_fold(turns, Some(thinking))?;
        let tail = &marked[marked.rfind(mark).unwrap_or(0)..];
        Ok((asked, self.marking.stage_after(tail)))
    }

    /// Writes up to the end of the assistant's unfinished message.
    fn write_continued(
        &self,
        turns: Vec<Turn>,
        thought: &str,
        answer: &str,
        thinking: Thinking,
        mark: char,
    ) -> Result<(String, Stage), Error> {
        let asked = self.write_asked(turns.clone(), thinking, mark);
        let opened = matches!(asked, Ok((_, Stage::Thought)));
        if !thought.is_empty() || opened {
            // Templates write finished thoughts anew; this is what the model had when it stopped.
            let (mut text, _) = asked?;
            if !opened {
                // What it ends with may be an empty thought, where none was wanted this time.
                let wanted = Thinking { mode: ThinkingMode::On, ..thinking };
                text = self.write_or_fold(turns, Some(wanted))?;
                let there = self.marking.stage_after(&text) == Stage::Thought;
                text.push_str(if there { "" } else { self.marking.open() });
            }
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(thought);
            if answer.is_empty() {
                return Ok((text, Stage::Thought));
            }
            text.push_str(self.marking.close);
            text.push_str(answer);
            return Ok((text, Stage::Answer));
        }
        let mut marked = turns;
        marked.push(Turn { role: Role::Assistant, content: format!("{answer}{mark}") });
        let mut text = self.write_or_fold(marked, None)?;
        if let Some(end) = text.rfind(mark) {
            text.truncate(end);
            return Ok((text.replace(mark, ""), Stage::Answer));
        }
        // A template that leaves the last message out: begin a turn, and the message in it.
        Ok((asked?.0 + answer, Stage::Answer))
    }

    /// Some templates refuse an answer without words, as one that was stopped at once; then it is a
    /// space. Some refuse system messages; then what they say begins the first question.
    fn write_or_fold(&self, mut turns: Vec<Turn>, ask: Option<Thinking>) -> Result<String, Error> {
        let written = self.write(&turns, ask);
        let refused = written.as_ref().is_err_and(|error| error.kind == ErrorKind::InvalidRequest);
        let is_empty = |turn: &Turn| turn.role == Role::Assistant && turn.content.is_empty();
        if refused && turns.iter().any(is_empty) {
            turns.iter_mut().filter(|turn| is_empty(turn)).for_each(|turn| turn.content.push(' '));
            return self.write_or_fold(turns, ask);
        }
        let [first, second, ..] = turns.as_mut_slice() else { return written };
        if !refused || first.role != Role::System || second.role != Role::User {
            return written;
        }
        second.content = format!("{}\n\n{}", first.content, second.content);
        self.write(&turns[1..], ask)
    }

    /// Asks for an answer, and how to think before it, unless `ask` is `None`.
    fn write(&self, turns: &[Turn], ask: Option<Thinking>) -> Result<String, Error> {
        match *self.content.get_or_init(|| self.find_content()) {
            Content::Lost => Err(broken(
                "The model's chat template leaves out what is asked. Choose another file of this model."
                    .into(),
            )),
            content => self.write_as(content, turns, ask),
        }
    }

    /// Tries with one word. A template that refuses it can only be given what all others are.
    fn find_content(&self) -> Content {
        const PROBE: &str = "Probe";
        let probe = [Turn { role: Role::User, content: PROBE.into() }];
        let written = |content| self.write_as(content, &probe, Some(Thinking::default()));
        let shows =
            |text: &Result<String, Error>| text.as_ref().is_ok_and(|text| text.contains(PROBE));
        let as_text = written(Content::Text);
        if shows(&as_text) {
            Content::Text
        } else if shows(&written(Content::Parts)) {
            Content::Parts
        } else if as_text.is_ok() {
            Content::Lost
        } else {
            Content::Text
        }
    }

    fn write_as(
        &self,
        content: Content,
        turns: &[Turn],
        ask: Option<Thinking>,
    ) -> Result<String, Error> {
        let written = self.write_with(content, turns, ask, Value::from(()));
        let failed =
            |error: &minijinja::Error| error.kind() == minijinja::ErrorKind::InvalidOperation;
        match written {
            // Templates for tools alone go through a list of them, which nothing is not.
            Err(error) if failed(&error) && python::refusal(&error).is_none() => {
                let none = Value::from(Vec::<Value>::new());
                self.write_with(content, turns, ask, none).map_err(|_| explain(&error))
            }
            written => written.map_err(|error| explain(&error)),
        }
    }

    fn write_with(
        &self,
        content: Content,
        turns: &[Turn],
        ask: Option<Thinking>,
        tools: Value,
    ) -> Result<String, minijinja::Error> {
        let messages: usize = turns.iter().map(|turn| turn.content.len()).sum();
        let mut out = Capped { text: Vec::new(), left: messages * 4 + MAX_EXTRA };
        let Thinking { mode, effort, .. } = ask.unwrap_or_default();
        let on = match mode {
            ThinkingMode::Automatic => Value::UNDEFINED,
            ThinkingMode::On => true.into(),
            ThinkingMode::Off => false.into(),
        };
        let effort = effort.map_or(Value::UNDEFINED, |effort| word(effort).into());
        let budget = if mode == ThinkingMode::Off { 0.into() } else { Value::UNDEFINED };
        let context = context! {
            messages => turns.iter().map(|turn| turn.to_value(content)).collect::<Vec<_>>(),
            add_generation_prompt => ask.is_some(),
            enable_thinking => on.clone(),
            thinking => on,
            reasoning_effort => effort,
            thinking_budget => budget,
            documents => tools.clone(),
            tools,
        };
        self.environment.get_template("chat")?.render_captured_to(context, &mut out)?;
        Ok(String::from_utf8(out.text).expect("a template writes whole strings"))
    }
}

fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    }
}

fn explain(error: &minijinja::Error) -> Error {
    if let Some(refusal) = python::refusal(error) {
        let message = format!("This model's chat template refuses the conversation: {refusal}");
        return Error::new(ErrorKind::InvalidRequest, message);
    }
    broken(match error.kind() {
        minijinja::ErrorKind::OutOfFuel => {
            "The model's chat template does not come to an end. Choose another file of this model."
                .into()
        }
        minijinja::ErrorKind::WriteFailure => {
            "The model's chat template writes without end. Choose another file of this model."
                .into()
        }
        _ => {
            format!("The model's chat template failed: {error}. Choose another file of this model.")
        }
    })
}

fn broken(message: String) -> Error {
    Error::new(ErrorKind::ModelFile, message)
}

/// Two private characters that occur in no message.
fn free_characters(messages: &[Message]) -> Result<(char, char), Error> {
    let used: HashSet<char> = messages
        .iter()
        .flat_map(|message| message.text.chars().chain(message.thought.chars()))
        .filter(|c| PRIVATE.contains(c))
        .collect();
    let mut free = PRIVATE.filter(|c| !used.contains(c));
    free.next().zip(free.next()).ok_or_else(|| {
        Error::new(ErrorKind::InvalidRequest, "The messages use every private character there is.")
    })
}

/// Keeps what is written, up to a limit.
struct Capped {
    text: Vec<u8>,
    left: usize,
}

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or_else(|| io::Error::other("the prompt is too long"))?;
        self.text.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
