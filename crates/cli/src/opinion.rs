//! `hearth ask --mode ask`: a second opinion, after a yes on the terminal.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    pin::{Pin, pin},
    process::ExitCode,
};

use futures::StreamExt;
use hearth_assistant::{
    Assistant, OpinionOnce, Proposal,
    api::{ConsentView, Leave, Place},
};
use hearth_chat::{Channel, Event, Outcome};
use hearth_cloud::{Account, Certainty};

use crate::{
    failure::{Failure, INTERRUPTED},
    report::{self, SecondOpinion},
    terminal::{self, one_line, say},
};

/// Shows what would leave and asks, unless the user's rules have decided already. Without a terminal
/// to ask on, the answer is no.
pub async fn offer(
    assistant: &Assistant,
    question: &str,
    typed: bool,
    local: (&str, &Outcome),
    provider: Option<&str>,
    json: bool,
) -> Result<ExitCode, Failure> {
    // The local answer has listened already, and from then on Ctrl-C ends nothing by itself.
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    let proposal = tokio::select! {
        proposal = assistant.opinion_once(question, typed, local, provider) => proposal?,
        _ = &mut interrupted => return Ok(ExitCode::from(INTERRUPTED)),
    };
    let (consent, leave) = match proposal {
        Proposal::Keep(reasons) => {
            reasons.iter().for_each(|reason| say!("{}", reason.sentence()));
            return Ok(ExitCode::SUCCESS);
        }
        Proposal::Send(consent) => (consent, Leave::Policy),
        Proposal::Ask(consent) => (consent, Leave::Consent),
    };
    show(&consent);
    if leave == Leave::Consent {
        let (agreed, code) = tokio::select! {
            agreed = agreed(&consent.provider) => (agreed?, ExitCode::SUCCESS),
            _ = &mut interrupted => {
                say!("");
                (false, ExitCode::from(INTERRUPTED))
            }
        };
        if !agreed {
            assistant.opinion_decline(&consent.id);
            say!("It stays here.");
            return Ok(code);
        }
    }
    // Not cut off by Ctrl-C, so that the ledger is right; what is signalled now ends the answer.
    let opinion = assistant.opinion_once_send(&consent.id, consent.body, leave).await?;
    print(opinion, interrupted, json).await
}

fn show(consent: &ConsentView) {
    let unknown = || "unknown".to_owned();
    let region = consent.region.map_or_else(unknown, |region| format!("{region:?}").to_uppercase());
    let kept = consent.retention_days.map_or_else(unknown, |days| format!("for {days} days"));
    let [provider, model, destination] =
        [&consent.provider, &consent.model, &consent.destination].map(|name| one_line(name));
    say!("\nA second opinion by {provider} ({model}):");
    say!("  goes to      {destination} ({})", report::place_name(consent.place));
    say!("  computed in  {}", region);
    say!("  kept there   {}", kept);
    say!("  costs        at most {}", consent.worst_case);
    for reason in &consent.reasons {
        say!("  because      {}", reason.sentence());
    }
    for replaced in &consent.redactions {
        say!("  replaced     {} by {}", one_line(&replaced.original), replaced.placeholder);
    }
    say!("  what is sent, to the last byte ({} bytes):", consent.body.len());
    for line in consent.body.lines() {
        say!("  | {line}");
    }
}

/// Reads a line on a thread of its own, which goes on waiting when this is dropped.
async fn agreed(provider: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    write!(terminal::stderr(), "Send this once to {}? [y/N] ", one_line(provider))?;
    let typed = tokio::task::spawn_blocking(|| {
        let mut typed = String::new();
        io::stdin().lock().read_line(&mut typed).map(|_| typed)
    });
    let typed = typed.await.map_err(|error| Failure::new(1, error.to_string()))??;
    Ok(matches!(typed.trim(), "y" | "Y" | "yes"))
}

/// Prints it as it comes, or as one object with `json`. Ctrl-C cuts the connection.
async fn print(
    opinion: OpinionOnce,
    mut interrupted: Pin<&mut impl Future>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let OpinionOnce { provider, model, place, mut events, account } = opinion;
    say!("\n{} ({}), {}:", one_line(&provider), one_line(&model), report::place_name(place));
    let (mut text, mut thought) = (String::new(), String::new());
    let mut end = Ok(ExitCode::SUCCESS);
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = &mut interrupted => {
                end = Ok(ExitCode::from(INTERRUPTED));
                break;
            }
        };
        match event {
            Some(Ok(Event::Text(piece))) if piece.channel == Channel::Thought => {
                thought.push_str(&piece.text);
            }
            Some(Ok(Event::Text(piece))) => {
                text.push_str(&piece.text);
                if !json {
                    let mut stdout = terminal::stdout();
                    stdout.write_all(piece.text.as_bytes())?;
                    stdout.flush()?;
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => end = Err(error.into()),
            None => break,
        }
    }
    drop(events);
    if !json {
        writeln!(terminal::stdout())?;
    }
    let account = account.await.ok();
    if let Some(account) = &account {
        say!("{}", bill(account, place));
    }
    // What failed before the first word is no answer to report.
    if json && (end.is_ok() || !text.is_empty()) {
        let opinion = SecondOpinion::of(text, thought, provider, model, place, account.as_ref());
        let line = serde_json::to_string(&opinion).expect("an opinion has a JSON text");
        writeln!(terminal::stdout(), "{line}")?;
    }
    end
}

fn bill(account: &Account, place: Place) -> String {
    let most = if account.certainty == Certainty::UpperBound { "at most " } else { "" };
    let sent = account.bytes_sent;
    format!("{}, {sent} bytes left this device, {most}{}", report::place_name(place), account.cost)
}
