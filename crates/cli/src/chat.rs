//! `hearth chat`: a conversation in the terminal, kept like any other.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::Mutex,
};

use hearth_assistant::{
    Assistant, Dirs,
    api::{Ask, ChatEvent, MessageView},
};
use hearth_chat::Finish;
use rustyline::{DefaultEditor, error::ReadlineError};

use crate::{
    args::ModelArgs,
    failure::Failure,
    progress::Progress,
    report,
    terminal::{self, one_line, say},
};

const HELP: &str = "\
/new    start another conversation
/help   show this
/quit   leave; Ctrl-D does too
Ctrl-C stops an answer. Up brings back what you typed.";

pub async fn run(args: ModelArgs) -> Result<ExitCode, Failure> {
    let dirs = Dirs::of_this_user()?;
    hearth_assistant::log::start(&dirs);
    let assistant = Assistant::open(dirs).await?;
    let settings = args.over(assistant.settings());
    assistant.settings_for_this_run(settings)?;
    greet(&assistant).await?;

    let mut chat = Chat { assistant, conversation: None, tip: None, told: None };
    chat.tell_problem().await?;
    let mut editor = DefaultEditor::new().map_err(|error| Failure::new(1, error.to_string()))?;
    loop {
        let (returned, line) = read_line(editor).await?;
        editor = returned;
        match line.as_deref().map(str::trim) {
            None | Some("/quit" | "/exit") => break,
            Some("") => {}
            Some("/help") => say!("{HELP}"),
            Some("/new") => chat.start_anew(),
            Some(command) if is_command(command) => {
                say!("There is no {command}. /help lists what there is.");
            }
            Some(question) => chat.ask(question).await?,
        }
    }
    chat.assistant.shut_down().await;
    Ok(ExitCode::SUCCESS)
}

/// A slash and one word; a path or a sentence that begins with a slash is a question.
fn is_command(line: &str) -> bool {
    line.strip_prefix('/').is_some_and(|word| word.chars().all(char::is_alphabetic))
}

async fn greet(assistant: &Assistant) -> Result<(), Failure> {
    let status = assistant.status().await?;
    let model = one_line(status.model.as_deref().unwrap_or("no model"));
    say!("Hearth · {model} · {} · /help", report::place_name(status.place));
    if let Some(problem) = status.settings_problem {
        say!("{problem}");
    }
    if let Some(restored) = status.restored {
        say!("{}", report::restored(&restored));
    }
    Ok(())
}

/// One line, or `None` at the end of the input. Ctrl-C drops what was typed so far.
async fn read_line(mut editor: DefaultEditor) -> Result<(DefaultEditor, Option<String>), Failure> {
    let read = tokio::task::spawn_blocking(move || {
        let line = loop {
            match editor.readline("> ") {
                Ok(line) => {
                    // Kept for this run only: a file of questions would be one more place to guard.
                    let _ = editor.add_history_entry(&line);
                    break Ok(Some(line));
                }
                Err(ReadlineError::Interrupted) => say!("/quit leaves."),
                Err(ReadlineError::Eof) => break Ok(None),
                Err(error) => break Err(Failure::new(1, error.to_string())),
            }
        };
        (editor, line)
    });
    let (editor, line) = read.await.map_err(|error| Failure::new(1, error.to_string()))?;
    Ok((editor, line?))
}

struct Chat {
    assistant: Assistant,
    /// Made with the first question.
    conversation: Option<String>,
    /// The last message, under which the next question goes.
    tip: Option<String>,
    /// Why nothing is kept, as it was said last.
    told: Option<String>,
}

impl Chat {
    /// Says once when the chats cannot be kept, and once when they can again.
    async fn tell_problem(&mut self) -> Result<(), Failure> {
        let problem = self.assistant.status().await?.storage_problem;
        if problem != self.told {
            say!("{}", problem.as_deref().unwrap_or("The chats are kept again."));
            self.told = problem;
        }
        Ok(())
    }

    fn start_anew(&mut self) {
        self.conversation = None;
        self.tip = None;
        say!("A new conversation.");
    }

    async fn ask(&mut self, question: &str) -> Result<(), Failure> {
        let conversation = match &self.conversation {
            Some(id) => id.clone(),
            None => self.assistant.conversation_create().await?.id,
        };
        self.conversation = Some(conversation.clone());
        let ask = Ask::Send { conversation, parent: self.tip.clone(), text: question.to_owned() };

        let screen = Screen::default();
        let assistant = self.assistant.clone();
        let answering = assistant.send(ask, |event| screen.show(event));
        tokio::pin!(answering);
        let sent = loop {
            tokio::select! {
                sent = &mut answering => break sent,
                _ = tokio::signal::ctrl_c() => {
                    if let Some(turn) = screen.turn() {
                        self.assistant.cancel(&turn).await?;
                    }
                }
            }
        };
        match sent {
            Ok(()) => self.tip = screen.tip().or(self.tip.take()),
            Err(error) => Failure::from(error).show(),
        }
        self.tell_problem().await
    }
}

/// What of a turn is on the terminal.
#[derive(Default)]
struct Screen {
    drawn: Mutex<Drawn>,
}

#[derive(Default)]
struct Drawn {
    turn: Option<String>,
    answer: Option<String>,
    /// Under the local answer, a second opinion is being written.
    second: bool,
    model: String,
    progress: Option<Progress>,
}

impl Screen {
    fn show(&self, event: ChatEvent) -> bool {
        let mut drawn = self.drawn.lock().expect("drawing does not panic");
        drawn.show(event).is_ok()
    }

    fn turn(&self) -> Option<String> {
        self.drawn.lock().expect("drawing does not panic").turn.clone()
    }

    fn tip(&self) -> Option<String> {
        self.drawn.lock().expect("drawing does not panic").answer.clone()
    }
}

impl Drawn {
    fn show(&mut self, event: ChatEvent) -> io::Result<()> {
        match event {
            ChatEvent::Started { turn, answer, .. } => {
                self.turn = Some(turn);
                self.second = self.answer.replace(answer.id).is_some();
                if self.second {
                    self.clear();
                    writeln!(terminal::stdout())?;
                }
            }
            ChatEvent::Routed { place, model, .. } => {
                if self.second {
                    say!("\n{}, {}:", one_line(&model), report::place_name(place));
                }
                self.model = model;
            }
            ChatEvent::Trimmed { messages } => {
                say!("(The oldest {messages} messages no longer fit and were left out.)");
            }
            ChatEvent::Loading { fraction } => {
                let model = self.model.clone();
                self.progress().loading(&model, fraction);
            }
            ChatEvent::Prefill { done, total } => self.progress().prefill(done, total),
            // It is kept with the answer; the window shows it.
            ChatEvent::Thought { .. } => self.progress().thinking(),
            ChatEvent::Text { text, .. } => {
                self.clear();
                let mut stdout = terminal::stdout();
                stdout.write_all(text.as_bytes())?;
                stdout.flush()?;
            }
            // The terminal offers no second opinion inside a chat; `hearth ask` does.
            ChatEvent::Kept { .. } => {}
            ChatEvent::Finished { answer } => {
                self.clear();
                writeln!(terminal::stdout())?;
                print_footer(&answer);
            }
            ChatEvent::Failed { error, .. } => {
                self.clear();
                writeln!(terminal::stdout())?;
                say!("{}", error.message);
                if let Some(action) = error.action {
                    say!("{action}");
                }
            }
        }
        Ok(())
    }

    fn progress(&mut self) -> &Progress {
        self.progress.get_or_insert_with(Progress::new)
    }

    fn clear(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.clear();
        }
    }
}

/// How the answer came about, in one quiet line; only what was measured.
fn print_footer(answer: &MessageView) {
    let Some(about) = &answer.answer else { return };
    let timing = about.timing.unwrap_or_default();
    let parts = [
        Some(report::place_name(about.place).to_owned()),
        Some(about.model.clone()),
        timing.ttft_ms.map(|ms| format!("first token after {:.2} s", ms / 1e3)),
        timing.decode_tok_s.map(|rate| format!("{rate:.0} tok/s")),
        match about.finish {
            Some(Finish::Cancelled) => Some("stopped".to_owned()),
            Some(Finish::Length) => Some("cut at the length limit".to_owned()),
            _ => None,
        },
    ];
    let line = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    if io::stderr().is_terminal() {
        let line = one_line(&line);
        let _ = writeln!(io::stderr(), "\x1b[2m{line}\x1b[0m\n");
    } else {
        say!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::is_command;

    #[test]
    fn a_path_is_a_question_and_not_a_command() {
        assert!(is_command("/halp"));
        assert!(!is_command("/etc/passwd holds what?"));
        assert!(!is_command("what is /dev/null?"));
    }
}
