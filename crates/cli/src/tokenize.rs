//! `hearth tokenize`: what a model's vocabulary makes of a text.

use std::{io::Write, process::ExitCode};

use hearth_text::tokenizer::Tokenizer;
use serde::Serialize;

use crate::{
    args::TokenizeArgs,
    failure::{Failure, MODEL_UNUSABLE},
    terminal,
};

#[derive(Serialize)]
struct Token {
    id: u32,
    /// Bytes that are no text of their own are shown as U+FFFD.
    piece: String,
}

pub fn run(args: TokenizeArgs) -> Result<ExitCode, Failure> {
    let unusable = |error: &dyn std::fmt::Display| Failure::new(MODEL_UNUSABLE, error.to_string());
    let file = hearth_gguf::File::open(&args.model).map_err(|error| unusable(&error))?;
    let tokenizer = Tokenizer::from_gguf(&file).map_err(|error| unusable(&error))?;
    let text = terminal::typed_or_stdin(&args.text)?;
    let ids = tokenizer.encode_text(&text);
    let tokens = ids.into_iter().map(|id| Token { id, piece: tokenizer.token_text(id) });

    let mut stdout = terminal::stdout();
    if args.json {
        let list = serde_json::to_string(&tokens.collect::<Vec<_>>());
        writeln!(stdout, "{}", list.expect("tokens have a JSON text"))?;
    } else {
        for Token { id, piece } in tokens {
            writeln!(stdout, "{id:>7}  {piece:?}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
