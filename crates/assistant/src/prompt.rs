//! What of a conversation a model is shown: all of it, or as much as its context holds.

use hearth_chat::{Message, Role};

/// The messages for a model, and how many of the oldest were left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub messages: Vec<Message>,
    pub omitted: usize,
}

/// How many tokens a prompt may have, as an estimate from its bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Budget {
    /// In tokens.
    pub prompt: usize,
    /// Low on purpose: the engine refuses a prompt that is too long, and the caller
    /// then halves the budget.
    pub bytes_per_token: f64,
}

impl Budget {
    /// Leaves room for the answer: `max_tokens` where that is small, else a quarter of `context`.
    pub fn of(context: u32, max_tokens: Option<u32>) -> Self {
        let answer = max_tokens.unwrap_or(u32::MAX).min(context / 4);
        Self { prompt: (context - answer) as usize, bytes_per_token: 3.0 }
    }

    /// After the engine found the prompt too long.
    pub fn halved(self) -> Self {
        Self { prompt: self.prompt / 2, ..self }
    }

    fn tokens(&self, message: &Message) -> usize {
        /// Role markers of a chat template.
        const MARKERS: usize = 6;
        (message.text.len() as f64 / self.bytes_per_token).ceil() as usize + MARKERS
    }
}

/// `history` is the branch from its first message to the question (or to the answer that is to
/// be continued). Whole turns are left out, oldest first; the system prompt and the last turn
/// always stay.
///
/// The cut moves in steps of a quarter of the budget, not with every turn, so that the start of
/// the prompt stays the same from turn to turn and the engine can reuse its KV cache.
pub(crate) fn build(system: &str, history: &[Message], budget: Budget) -> Prompt {
    let system = (!system.trim().is_empty()).then(|| Message::new(Role::System, system));
    let room = budget.prompt.saturating_sub(system.iter().map(|m| budget.tokens(m)).sum());
    let total: usize = history.iter().map(|m| budget.tokens(m)).sum();
    let step = (room / 4).max(1);
    let to_drop = total.saturating_sub(room).div_ceil(step) * step;

    let omitted = first_kept(history, to_drop, budget);
    let messages = system.into_iter().chain(history[omitted..].iter().cloned()).collect();
    Prompt { messages, omitted }
}

/// The first turn boundary with at least `to_drop` tokens before it, or that of the last turn.
fn first_kept(history: &[Message], to_drop: usize, budget: Budget) -> usize {
    let mut dropped = 0;
    let mut boundary = 0;
    for (i, message) in history.iter().enumerate() {
        if message.role == Role::User {
            boundary = i;
            if dropped >= to_drop {
                break;
            }
        }
        dropped += budget.tokens(message);
    }
    boundary
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `turns` questions of 20 tokens, each answered but the last.
    fn history(turns: usize) -> Vec<Message> {
        (0..turns)
            .flat_map(|i| {
                let text = format!("{i:042}");
                [Message::new(Role::User, &*text), Message::new(Role::Assistant, &*text)]
            })
            .take(turns * 2 - 1)
            .collect()
    }

    const BUDGET: Budget = Budget { prompt: 1000, bytes_per_token: 3.0 };

    #[test]
    fn a_short_conversation_is_shown_whole() {
        let prompt = build("Be brief.", &history(3), BUDGET);
        assert_eq!(prompt.omitted, 0);
        assert_eq!(prompt.messages[0], Message::new(Role::System, "Be brief."));
        assert_eq!(prompt.messages[1..], history(3));
    }

    #[test]
    fn without_a_system_prompt_there_is_no_system_message() {
        assert_eq!(build(" \n", &history(1), BUDGET).messages, history(1));
    }

    #[test]
    fn a_long_conversation_loses_whole_turns_from_its_start() {
        for turns in 20..120 {
            let all = history(turns);
            let prompt = build("Be brief.", &all, BUDGET);
            let tokens: usize = prompt.messages.iter().map(|m| BUDGET.tokens(m)).sum();
            assert!(tokens <= BUDGET.prompt, "{turns} turns: {tokens} tokens");
            assert_eq!(prompt.messages[0].role, Role::System);
            assert_eq!(prompt.messages[1].role, Role::User, "starts with a question");
            assert_eq!(prompt.messages[1..], all[prompt.omitted..]);
        }
    }

    #[test]
    fn the_cut_stays_put_for_several_turns() {
        let cuts: Vec<_> =
            (30..90).map(|turns| build("", &history(turns), BUDGET).omitted).collect();
        let moves = cuts.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(cuts.is_sorted() && moves > 0);
        assert!(moves <= 10, "moved {moves} times in 60 turns of 40 tokens");
    }

    #[test]
    fn the_last_turn_stays_even_when_it_alone_is_too_long() {
        let mut all = history(3);
        all.last_mut().unwrap().text = "x".repeat(9000);
        let prompt = build("", &all, BUDGET);
        assert_eq!(prompt.messages, all[4..]);
    }

    #[test]
    fn the_answer_has_room() {
        assert_eq!(Budget::of(4096, None).prompt, 3072);
        assert_eq!(Budget::of(4096, Some(100)).prompt, 3996);
        assert_eq!(Budget::of(4096, Some(100_000)).prompt, 3072);
    }
}
