//! `hearth ask`: one question, one answer.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use futures::StreamExt;
use hearth_assistant::{Assistant, Dirs, Once, api::Settings};
use hearth_chat::{Channel, Event, Finish, Outcome};

use crate::{
    args::{AskArgs, AskMode},
    failure::{Failure, INTERRUPTED},
    opinion,
    progress::Progress,
    report::Report,
    terminal,
};

pub async fn run(args: AskArgs) -> Result<ExitCode, Failure> {
    let question = terminal::typed_or_stdin(&args.prompt)?;
    let typed = args.prompt != "-" || io::stdin().is_terminal();
    let dirs = Dirs::of_this_user()?;
    // What leaves is noted for good, so the ledger must be open; without it nothing is locked.
    let assistant = match args.mode {
        AskMode::Local => Assistant::without_history(dirs).await?,
        AskMode::Ask | AskMode::Auto => Assistant::open(dirs).await?,
    };
    let settings = args.model.over(assistant.settings());
    assistant.settings_for_this_run(Settings { mode: args.mode.mode(), ..settings })?;

    let answer = Answer::of(assistant.ask_once(&question)?, !args.json, args.thoughts).await?;
    let local = match &answer.ended {
        Ended::Finished(outcome) => Some((answer.text.clone(), outcome.clone())),
        Ended::Failed(_) | Ended::Interrupted => None,
    };
    let printed = answer.print(args.json);
    let ended = match (printed, local) {
        (Ok(_), Some((text, outcome))) if args.mode != AskMode::Local => {
            let provider = args.provider.as_deref();
            let local = (&*text, &*outcome);
            opinion::offer(&assistant, &question, typed, local, provider, args.json).await
        }
        (printed, _) => printed,
    };
    assistant.shut_down().await;
    ended
}

/// An answer that ended, well or not.
struct Answer {
    text: String,
    thought: String,
    model: String,
    reasons: Vec<hearth_assistant::api::Reason>,
    ended: Ended,
}

enum Ended {
    Finished(Box<Outcome>),
    Failed(hearth_chat::Error),
    Interrupted,
}

impl Answer {
    /// Waits for the whole answer; with `show`, its text is printed as it comes, with `thoughts` what
    /// is thought.
    async fn of(asked: Once, show: bool, thoughts: bool) -> Result<Self, Failure> {
        let Once { reasons, model, mut events, .. } = asked;
        let progress = Progress::new();
        let (mut text, mut thought) = (String::new(), String::new());
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        let ended = loop {
            let event = tokio::select! {
                event = events.next() => event,
                _ = &mut interrupted => break Ended::Interrupted,
            };
            match event {
                Some(Ok(Event::Loading { fraction })) => progress.loading(&model, fraction),
                Some(Ok(Event::Prefill { done, total })) => progress.prefill(done, total),
                Some(Ok(Event::Text(piece))) if piece.channel == Channel::Thought => {
                    thought.push_str(&piece.text);
                    if thoughts {
                        progress.clear();
                        terminal::aside(&piece.text)?;
                    } else {
                        progress.thinking();
                    }
                }
                Some(Ok(Event::Text(piece))) => {
                    progress.clear();
                    if thoughts && text.is_empty() && !thought.is_empty() {
                        terminal::aside("\n\n")?;
                    }
                    text.push_str(&piece.text);
                    if show {
                        let mut stdout = terminal::stdout();
                        stdout.write_all(piece.text.as_bytes())?;
                        stdout.flush()?;
                    }
                }
                Some(Ok(Event::Finished(outcome))) => break Ended::Finished(outcome.into()),
                Some(Err(error)) => break Ended::Failed(error),
                None => break Ended::Interrupted,
            }
        };
        progress.clear();
        if show && !text.is_empty() {
            writeln!(terminal::stdout())?;
        }
        Ok(Self { text, thought, model, reasons, ended })
    }

    /// Prints its object with `json`; ends with the exit code that `hearth --help` documents.
    fn print(self, json: bool) -> Result<ExitCode, Failure> {
        let (finish, outcome, end) = match self.ended {
            Ended::Finished(outcome) => (outcome.finish, Some(*outcome), Ok(ExitCode::SUCCESS)),
            Ended::Interrupted => (Finish::Cancelled, None, Ok(ExitCode::from(INTERRUPTED))),
            Ended::Failed(error) => (Finish::Failed, None, Err(Failure::from(error))),
        };
        // What failed before the first word is no answer to report.
        if json && (end.is_ok() || !self.text.is_empty()) {
            let report = Report::on_this_device(
                self.text,
                self.thought,
                self.model,
                finish,
                outcome,
                &self.reasons,
            );
            let line = serde_json::to_string(&report).expect("a report has a JSON text");
            writeln!(terminal::stdout(), "{line}")?;
        }
        end
    }
}
