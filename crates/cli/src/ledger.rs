//! `hearth ledger`: what left this device, and whether its record is as it was written.

use std::{io::Write, path::Path, process::ExitCode};

use hearth_assistant::{
    Assistant, Dirs,
    api::{LedgerCheck, LedgerEntry, LedgerFault, LedgerState},
};

use crate::{
    args::{LedgerArgs, LedgerCommand},
    failure::{Failure, LEDGER_BROKEN},
    report,
    terminal::{self, one_line, say},
};

pub async fn run(args: LedgerArgs) -> Result<ExitCode, Failure> {
    let assistant = opened().await?;
    let mut stdout = terminal::stdout();
    match args.command.unwrap_or(LedgerCommand::List { json: false }) {
        LedgerCommand::List { json } => {
            let ledger = assistant.ledger().await?;
            if json {
                let text = serde_json::to_string(&ledger).expect("a ledger has a JSON text");
                writeln!(stdout, "{text}")?;
                return verdict(&ledger.check);
            }
            for entry in &ledger.entries {
                writeln!(stdout, "{}", line(entry))?;
            }
            for id in &ledger.unreadable {
                say!("Entry {id} cannot be read.");
            }
            if ledger.entries.is_empty() && ledger.unreadable.is_empty() {
                say!("Nothing has left this device for an answer.");
            }
            say!("Today {}, this month {}.", ledger.spent_today, ledger.spent_this_month);
            verdict(&ledger.check)
        }
        LedgerCommand::Export { file } => {
            let rows = assistant.ledger_export(&file).await?;
            say!("{rows} rows written to {}.", file.display());
            Ok(ExitCode::SUCCESS)
        }
        LedgerCommand::Verify { against } => verdict(&assistant.ledger_verify(against).await?),
    }
}

/// Fails where the chats could not be opened: what they hold must not look like nothing.
async fn opened() -> Result<Assistant, Failure> {
    let assistant = Assistant::open(Dirs::of_this_user()?).await?;
    let status = assistant.status().await?;
    if let Some(restored) = status.restored {
        say!("{}", report::restored(&restored));
    }
    match status.storage_problem {
        Some(problem) => Err(Failure::new(1, problem)),
        None => Ok(assistant),
    }
}

fn verdict(check: &LedgerCheck) -> Result<ExitCode, Failure> {
    match check {
        LedgerCheck::Intact { rows } => {
            say!("The ledger is as it was written: {rows} rows.");
            Ok(ExitCode::SUCCESS)
        }
        LedgerCheck::Broken { at, fault } => {
            let what = match fault {
                LedgerFault::Changed => "was changed or moved",
                LedgerFault::Missing => "is missing",
                LedgerFault::Truncated => "and those after it are missing",
                LedgerFault::NoCheckpoint => {
                    "may be missing: the record of the ledger's end is gone or not ours"
                }
            };
            let message = format!("The ledger is not as it was written: row {at} {what}.");
            Err(Failure::new(LEDGER_BROKEN, message))
        }
    }
}

fn line(entry: &LedgerEntry) -> String {
    let at = jiff::Timestamp::from_millisecond(entry.at_ms).unwrap_or_default();
    let at = at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S");
    let state = match entry.state {
        LedgerState::Intended => "about to leave",
        LedgerState::Sent => "sent",
        LedgerState::Settled => "answered",
        LedgerState::Aborted => "cut off",
        LedgerState::Blocked => "blocked",
    };
    let leave = if entry.consented { "you agreed" } else { "your rules" };
    format!(
        "{at}  {:<14} {:<24} {}, {}  {} bytes  {}  {leave}",
        state,
        one_line(&entry.provider),
        one_line(&entry.model),
        report::place_name(entry.place),
        entry.body_bytes,
        entry.amount,
    )
}

/// `hearth grades`.
pub async fn grades(file: &Path) -> Result<ExitCode, Failure> {
    let assistant = opened().await?;
    let graded = assistant.grades_export(file).await?;
    say!("{graded} graded answers written to {}.", file.display());
    Ok(ExitCode::SUCCESS)
}
