//! From a conversation to the tokens of its prompt, within a time.
//!
//! The template is a program from an untrusted file, and so are the words that the tokenizer
//! knows. A limit on steps bounds neither: one step may go through megabytes. So both run on a
//! thread of their own, which cannot be stopped, only left behind; whoever gets the error ends the
//! process.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use hearth_chat::{Error, ErrorKind, Message, Thinking};

use crate::template::ChatTemplate;
use crate::thinking::Stage;
use crate::tokenizer::Tokenizer;

/// What a template and a tokenizer take at most where the text is short. Sound ones need a few
/// milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of a conversation for which there is another second: far fewer than slow computers read.
const PER_SECOND: usize = 100_000;

/// Deep recursion in a template should meet its own limits before the stack's end.
const STACK: usize = 16 << 20;

/// What a model is to read.
pub struct Prompt {
    pub tokens: Vec<u32>,
    /// Where the model begins.
    pub stage: Stage,
}

/// Renders and encodes a conversation.
///
/// Fails as [`ChatTemplate::render`] does, and with [`ErrorKind::ModelFile`] where it takes too
/// long; then the thread that is at it goes on for as long as this process lives.
pub fn prepare(
    template: &Arc<ChatTemplate>,
    tokenizer: &Arc<Tokenizer>,
    messages: &[Message],
    thinking: Thinking,
) -> Result<Prompt, Error> {
    let bytes: usize =
        messages.iter().map(|message| message.text.len() + message.thought.len()).sum();
    let patience = PATIENCE + Duration::from_secs((bytes / PER_SECOND) as u64);
    let (template, tokenizer) = (template.clone(), tokenizer.clone());
    let messages = messages.to_vec();
    let prepared = within(patience, move || {
        let prompt = template.render(&messages, thinking, &tokenizer)?;
        Ok(Prompt { tokens: tokenizer.encode_prompt(&prompt), stage: prompt.stage })
    });
    prepared.unwrap_or_else(|| Err(late(patience)))
}

fn late(patience: Duration) -> Error {
    let seconds = patience.as_secs();
    Error::new(
        ErrorKind::ModelFile,
        format!(
            "The model's chat template, or its tokenizer, was not done after {seconds} s. \
             Choose another file of this model."
        ),
    )
}

/// `None` where the work takes longer. A panic of the work is one here.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = sync_channel(1);
    let worker = thread::Builder::new()
        .name("prompt".into())
        .stack_size(STACK)
        .spawn(move || done.send(work()))
        .expect("the system gives a thread");
    match result.recv_timeout(limit) {
        Ok(result) => Some(result),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => match worker.join() {
            Err(panic) => resume_unwind(panic),
            Ok(_) => unreachable!("the thread sends before it ends"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_not_end_is_left_behind() {
        let (_never, wait) = sync_channel::<()>(1);
        assert_eq!(within(Duration::from_millis(1), move || wait.recv().is_ok()), None);
        assert_eq!(within(Duration::from_secs(3600), || 42), Some(42));
    }

    #[test]
    #[should_panic = "as the work did"]
    fn a_panic_is_handed_on() {
        within(Duration::from_secs(3600), || panic!("as the work did"));
    }
}
