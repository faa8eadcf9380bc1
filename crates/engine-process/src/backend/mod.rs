//! What computes the answers: two backends behind one trait.

mod cpu;
mod mistralrs;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use hearth_chat::{Error, ErrorKind, Event, Outcome, Request};
use hearth_engine::protocol::LoadRequest;
use hearth_engine::{BackendChoice, fit};
use hearth_gguf as gguf;

use crate::process;

/// Of what is planned for weights, and for keys and values, how many times as much is allowed.
/// mistral.rs unpacks the embeddings and has each tensor twice while it loads; it keeps keys and
/// values in f32, which is twice what is planned, and copies them when they grow.
const COPIES: u64 = 4;

/// What is allowed besides, in bytes: activations, logits, long texts, threads' stacks.
const SLACK: u64 = 512 << 20;

/// A loaded model.
pub trait Backend: Send {
    /// As it stands in [`Outcome::backend`].
    fn name(&self) -> &'static str;

    /// Answers, telling `Prefill` and `Text` events as they come, and never `Finished`: that is
    /// the value returned. Once `cancelled` is set it returns within a token.
    fn generate(
        &mut self,
        request: &Request,
        cancelled: &AtomicBool,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Outcome, Error>;
}

/// Loads with the backend asked for; `Auto` takes `cpu` where it knows the model.
/// `progress` is told the fraction done, in 0..=1.
pub fn load(
    request: &LoadRequest,
    progress: &mut dyn FnMut(f32),
) -> Result<Box<dyn Backend>, Error> {
    let file = open(&request.path)?;
    // The file's chat template is a program, and nothing else bounds the strings that it makes.
    let mut planned = fit::estimate(&file, request.context_length);
    // A draft that cannot be read is left out of the load, which says so.
    if let Some(Ok(draft)) = request.draft.as_deref().map(open) {
        planned = planned.with_draft(&draft, request.context_length);
    }
    let kv = planned.kv.saturating_add(planned.draft);
    let answering = kv.saturating_mul(COPIES).saturating_add(SLACK);
    process::limit_memory(planned.weights.saturating_mul(COPIES).saturating_add(answering));
    let cpu_knows_it = hearth_cpu::supports(&file);
    let model = match (request.backend, cpu_knows_it) {
        (BackendChoice::Cpu, Err(why)) => Err(Error::new(ErrorKind::Unsupported, why)),
        (BackendChoice::Cpu | BackendChoice::Auto, Ok(())) => cpu::load(request, progress),
        (BackendChoice::Auto, Err(why)) => {
            mistralrs::load(&file, request, progress).map_err(|error| neither(&why, error))
        }
        (BackendChoice::Mistralrs, _) => mistralrs::load(&file, request, progress),
    }?;
    process::limit_memory(answering);
    Ok(model)
}

fn open(path: &Path) -> Result<gguf::File, Error> {
    gguf::File::open(path).map_err(|e| Error::new(ErrorKind::ModelFile, format!("{e}.")))
}

/// A file that no backend runs: what each of them says.
fn neither(why: &str, error: Error) -> Error {
    match error.kind {
        ErrorKind::Unsupported => {
            let message = format!("{why} Nor does mistral.rs run it: {}", error.message);
            Error::new(error.kind, message)
        }
        _ => error,
    }
}

/// A sound file that this backend cannot run; `why` ends a sentence that begins with its name.
fn unsupported(path: &Path, why: &str) -> Error {
    let message = format!("{} {why}. Choose another model.", path.display());
    Error::new(ErrorKind::Unsupported, message)
}
