//! How models set their thoughts apart from their answers.
//!
//! A mark counts where the model or its template writes it, and only in its place: before the first
//! word a thought can begin, and in a thought it can end. The same letters anywhere else are text, and
//! what a person types is never looked at.

use hearth_chat::Channel::{self, Answer, Thought};

use crate::tokenizer::Tokenizer;

/// A mark and the channel that it leads to.
type Mark = (&'static str, Channel);

/// The marks of one format.
#[derive(Debug, PartialEq)]
pub struct Marking {
    /// What the first word can be preceded by.
    pub begins: &'static [Mark],
    /// What can follow in a thought.
    pub in_thought: &'static [Mark],
    /// What can follow in an answer.
    pub in_answer: &'static [Mark],
    /// Closes a thought before the model would.
    pub close: &'static str,
    /// A template that contains all of these has this format.
    names: &'static [&'static str],
}

/// Where an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was said.
    Start,
    Thought,
    /// A thought has ended, and no word has followed.
    Between,
    Answer,
}

impl Stage {
    pub fn after(channel: Channel) -> Self {
        match channel {
            Thought => Stage::Thought,
            Answer => Stage::Between,
        }
    }
}

/// What some models set their answer in after a thought.
pub const WRAPPERS: [(&str, &str); 2] = [("<answer>", "</answer>"), ("<response>", "</response>")];

const NO_MARKS: &[Mark] = &[];

/// A format of one mark before a thought and one after it.
macro_rules! pair {
    ($open:literal, $close:literal) => {
        Marking {
            begins: &[($open, Thought)],
            in_thought: &[($close, Answer)],
            in_answer: NO_MARKS,
            close: concat!("\n", $close, "\n\n"),
            names: &[$open],
        }
    };
}

/// Between the channels of gpt-oss.
const HARMONY: &[Mark] = &[
    ("<|end|><|start|>assistant<|channel|>analysis<|message|>", Thought),
    ("<|end|><|start|>assistant<|channel|>commentary<|message|>", Answer),
    ("<|end|><|start|>assistant<|channel|>final<|message|>", Answer),
];

/// Of DeepSeek R1, and of most models since; models that were tuned on its answers have it without
/// a word of it in their templates.
static THINK: Marking = pair!("<think>", "</think>");

/// The others. Sources: the public chat templates of the models named, and for gpt-oss OpenAI's
/// description of its "harmony" format.
static OTHERS: [Marking; 11] = [
    // gpt-oss.
    Marking {
        begins: &[
            ("<|channel|>analysis<|message|>", Thought),
            ("<|channel|>commentary<|message|>", Answer),
            ("<|channel|>final<|message|>", Answer),
        ],
        in_thought: HARMONY,
        in_answer: HARMONY,
        close: "<|end|><|start|>assistant<|channel|>final<|message|>",
        names: &["<|channel|>", "<|message|>"],
    },
    // Gemma 4.
    pair!("<|channel>thought", "<channel|>"),
    // Mistral's reasoning models.
    pair!("[THINK]", "[/THINK]"),
    // Seed-OSS.
    pair!("<seed:think>", "</seed:think>"),
    // Command A and R7B.
    pair!("<|START_THINKING|>", "<|END_THINKING|>"),
    // Apertus.
    pair!("<|inner_prefix|>", "<|inner_suffix|>"),
    // MiniMax M3.
    pair!("<mm:think>", "</mm:think>"),
    // EXAONE Deep.
    pair!("<thought>", "</thought>"),
    // Kimi's first thinking models.
    pair!("◁think▷", "◁/think▷"),
    // Granite 3.2.
    Marking {
        begins: &[("Here is my thought process:", Thought)],
        in_thought: &[("Here is my response:", Answer)],
        in_answer: NO_MARKS,
        close: "\n\nHere is my response:\n\n",
        names: &["Here is my thought process:", "Here is my response:"],
    },
    // Apriel.
    Marking {
        begins: &[("Here are my reasoning steps:", Thought)],
        in_thought: &[("[BEGIN FINAL RESPONSE]", Answer)],
        in_answer: &[("[END FINAL RESPONSE]", Answer)],
        close: "\n[BEGIN FINAL RESPONSE]\n",
        names: &["Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"],
    },
];

impl Marking {
    /// The format of a template, and whether the template or the vocabulary says that the model thinks.
    pub fn of(template: &str, tokenizer: &Tokenizer) -> (&'static Self, bool) {
        let named = |marking: &&Marking| {
            marking.names.iter().all(|name| template.contains(name))
                || marking.names.iter().all(|name| tokenizer.special(name).is_some())
        };
        let thinks = template.contains("</think>") || tokenizer.special("</think>").is_some();
        match OTHERS.iter().find(named) {
            Some(other) => (other, true),
            None => (&THINK, thinks),
        }
    }

    /// Where an answer begins whose prompt ends so; the rest of the prompt is a person's.
    pub fn stage_after(&self, tail: &str) -> Stage {
        let tail = tail.trim_end();
        let ends = |marks: &[Mark]| marks.iter().find(|(mark, _)| tail.ends_with(mark)).copied();
        match ends(self.begins).or_else(|| ends(self.in_thought)) {
            Some((_, channel)) => Stage::after(channel),
            None => Stage::Start,
        }
    }

    /// The mark before a thought.
    pub fn open(&self) -> &'static str {
        self.begins[0].0
    }

    /// Whether this token's name is one of the marks, or a part of one.
    pub fn has(&self, name: &str) -> bool {
        let marks = [self.begins, self.in_thought, self.in_answer];
        !name.is_empty() && marks.iter().copied().flatten().any(|(mark, _)| mark.contains(name))
    }
}
