//! What a provider counted, in buckets that do not overlap, whatever its own words for them.

use serde::{Deserialize, Serialize};

/// A million books.
const MOST: u64 = 1 << 40;

/// Tokens of one request. No token is in two buckets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Read afresh.
    pub input: u64,
    /// Read from the provider's prompt cache.
    pub cache_read: u64,
    /// Read and put into its cache for five minutes.
    pub cache_write_5m: u64,
    /// Read and put into its cache for an hour.
    pub cache_write_1h: u64,
    /// Written as the answer.
    pub output: u64,
    /// Written as thoughts, which are charged like the answer.
    pub reasoning: u64,
}

impl Usage {
    /// All tokens of the prompt.
    pub fn prompt(&self) -> u64 {
        [self.cache_read, self.cache_write_5m, self.cache_write_1h]
            .into_iter()
            .fold(self.input, u64::saturating_add)
    }

    /// All tokens written.
    pub fn completion(&self) -> u64 {
        self.output.saturating_add(self.reasoning)
    }

    /// Whether a person could be charged for so much; nobody can read or write more.
    pub(crate) fn is_believable(&self) -> bool {
        self.prompt() <= MOST && self.completion() <= MOST
    }

    /// From totals that contain their parts, as OpenAI and Gemini count the prompt.
    /// `None` when a part is larger than its whole: such counts are not believed.
    pub(crate) fn of_totals(
        prompt: u64,
        cached: u64,
        completion: u64,
        reasoning: u64,
    ) -> Option<Self> {
        Some(Self {
            input: prompt.checked_sub(cached)?,
            cache_read: cached,
            output: completion.checked_sub(reasoning)?,
            reasoning,
            ..Self::default()
        })
    }
}

impl From<Usage> for hearth_chat::Usage {
    fn from(usage: Usage) -> Self {
        let count = |tokens: u64| u32::try_from(tokens).unwrap_or(u32::MAX);
        Self {
            prompt_tokens: count(usage.prompt()),
            completion_tokens: count(usage.completion()),
            reused_tokens: count(usage.cache_read),
            thought_tokens: count(usage.reasoning),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_overflow_add_up_and_are_not_believed() {
        let max = u64::MAX;
        for usage in [
            Usage { input: max, cache_read: 1, ..Usage::default() },
            Usage { cache_write_5m: max, cache_write_1h: max, ..Usage::default() },
            Usage { output: max, reasoning: max, ..Usage::default() },
            Usage { output: MOST + 1, ..Usage::default() },
        ] {
            assert!(!usage.is_believable(), "{usage:?}");
            assert!(hearth_chat::Usage::from(usage).reused_tokens <= 1);
        }
        assert!(Usage { input: MOST, output: MOST, ..Usage::default() }.is_believable());
    }
}
