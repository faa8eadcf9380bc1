//! `hearth`: the same assistant as in the window, on the command line.
//! Answers go to stdout; progress, status and errors go to stderr.

// All of it goes through `terminal`.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod ask;
mod bench;
mod chat;
mod failure;
mod ledger;
mod models;
mod opinion;
mod progress;
mod report;
mod terminal;
mod tokenize;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

use crate::{
    args::{Args, Command},
    failure::Failure,
};

/// How long closing may take.
const CLOSING: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let args = Args::parse();
    hearth_assistant::write_for_this_user_alone();
    hearth_assistant::crash::leave_no_core_file();
    hearth_assistant::crash::keep_memory_to_itself();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(error).report(),
    };
    let done = runtime.block_on(async {
        match args.command {
            Command::Ask(ask) => ask::run(ask).await,
            Command::Chat(model) => chat::run(model).await,
            Command::Models(list) => models::run(list).await,
            Command::Ledger(which) => ledger::run(which).await,
            Command::Grades { file } => ledger::grades(&file).await,
            Command::Bench(bench) => bench::run(bench).await,
            Command::Tokenize(text) => tokenize::run(text),
        }
    });
    // The chats' file is closed by whoever held it last, which may be a task that is just ending.
    runtime.shutdown_timeout(CLOSING);
    match done {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
