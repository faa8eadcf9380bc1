//! What a program brings to compute answers, and how much memory it gets for that.

use std::path::Path;

use hearth_chat::{Error, ErrorKind, Event, Outcome, Request, Signals, ThinkingSupport};
use hearth_engine::protocol::LoadRequest;
use hearth_engine::{ModelFile, fit};

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

    /// What its model knows about thinking.
    fn thinking(&self) -> ThinkingSupport;

    /// Answers, telling `Prefill` and `Text` events as they come, and never `Finished`: that is
    /// the value returned. After a [`Signals::cancel`] it returns within a token.
    fn generate(
        &mut self,
        request: &Request,
        signals: &Signals,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Outcome, Error>;
}

/// Loads a model whose header was read. Fails with [`ErrorKind::Unsupported`] where the file is
/// sound and this backend cannot run it. The closure is told the fraction done, in 0..=1.
pub type Load =
    fn(&ModelFile, &LoadRequest, &mut dyn FnMut(f32)) -> Result<Box<dyn Backend>, Error>;

/// Whether a model can be run, by what describes it alone. Fails as [`Load`] would.
pub type Check = fn(&ModelFile) -> Result<(), Error>;

/// Loads within the memory that was planned.
pub(crate) fn load(
    load: Load,
    request: &LoadRequest,
    progress: &mut dyn FnMut(f32),
) -> Result<Box<dyn Backend>, Error> {
    let file = ModelFile::open(&request.path)?;
    // The file's chat template is a program, and nothing else bounds the strings that it makes.
    let mut planned = fit::estimate(&file, request.context_length);
    // A draft that cannot be read is left out of the load, which says so.
    if let Some(Ok(draft)) = request.draft.as_deref().map(ModelFile::open) {
        planned = planned.with_draft(&draft, request.context_length);
    }
    let kv = planned.kv.saturating_add(planned.draft);
    let answering = kv.saturating_mul(COPIES).saturating_add(SLACK);
    let loading = planned.weights.saturating_mul(COPIES).saturating_add(answering);
    // A GPU's driver maps the GPU's whole memory, which is not this computer's.
    let limit = |more| {
        if request.gpu.is_none() {
            process::limit_memory(more)
        }
    };
    limit(loading);
    let model = load(&file, request, progress)?;
    limit(answering);
    Ok(model)
}

/// A sound file that a backend cannot run; `why` ends a sentence that begins with its name.
pub fn unsupported(path: &Path, why: &str) -> Error {
    let message = format!("{} {why}. Choose another model.", path.display());
    Error::new(ErrorKind::Unsupported, message)
}
