//! `hearth ask --mode ask`: a second opinion, after a yes on the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use futures::StreamExt;
use hearth_assistant::{
    Assistant, OpinionOnce, Proposal,
    api::{ConsentView, Leave, Place},
};
use hearth_chat::{Event, Outcome};
use hearth_cloud::{Account, Certainty};

use crate::{failure::Failure, report};

/// Shows what would leave and asks, unless the user's rules have decided already. Without a terminal
/// to ask on, the answer is no.
pub async fn offer(
    assistant: &Assistant,
    question: &str,
    local: (&str, &Outcome),
    provider: Option<&str>,
) -> Result<(), Failure> {
    let (consent, leave) = match assistant.opinion_once(question, local, provider).await? {
        Proposal::Keep(reasons) => {
            reasons.iter().for_each(|reason| eprintln!("{}", reason.sentence()));
            return Ok(());
        }
        Proposal::Send(consent) => (consent, Leave::Policy),
        Proposal::Ask(consent) => (consent, Leave::Consent),
    };
    show(&consent);
    if leave == Leave::Consent && !agreed(&consent.provider)? {
        assistant.opinion_decline(&consent.id);
        eprintln!("It stays here.");
        return Ok(());
    }
    print(assistant.opinion_once_send(&consent.id, consent.body, leave).await?).await
}

fn show(consent: &ConsentView) {
    let unknown = || "unknown".to_owned();
    let region = consent.region.map_or_else(unknown, |region| format!("{region:?}").to_uppercase());
    let kept = consent.retention_days.map_or_else(unknown, |days| format!("for {days} days"));
    eprintln!("\nA second opinion by {} ({}):", consent.provider, consent.model);
    eprintln!("  goes to      {} ({})", consent.destination, report::place_name(consent.place));
    eprintln!("  computed in  {}", region);
    eprintln!("  kept there   {}", kept);
    eprintln!("  costs        at most {}", consent.worst_case);
    for reason in &consent.reasons {
        eprintln!("  because      {}", reason.sentence());
    }
    for replaced in &consent.redactions {
        eprintln!("  replaced     {} by {}", replaced.original, replaced.placeholder);
    }
    eprintln!("  what is sent, to the last byte ({} bytes):", consent.body.len());
    for line in consent.body.lines() {
        eprintln!("  | {line}");
    }
}

fn agreed(provider: &str) -> io::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("Send this once to {provider}? [y/N] ");
    io::stderr().flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    Ok(matches!(typed.trim(), "y" | "Y" | "yes"))
}

async fn print(opinion: OpinionOnce) -> Result<(), Failure> {
    let OpinionOnce { provider, model, place, mut events, account } = opinion;
    eprintln!("\n{provider} ({model}), {}:", report::place_name(place));
    let mut failed = None;
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Text(piece)) => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(piece.text.as_bytes())?;
                stdout.flush()?;
            }
            Ok(_) => {}
            Err(error) => failed = Some(error),
        }
    }
    writeln!(io::stdout())?;
    if let Ok(account) = account.await {
        eprintln!("{}", bill(&account, place));
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}

fn bill(account: &Account, place: Place) -> String {
    let most = if account.certainty == Certainty::UpperBound { "at most " } else { "" };
    let sent = account.bytes_sent;
    format!("{}, {sent} bytes left this device, {most}{}", report::place_name(place), account.cost)
}
