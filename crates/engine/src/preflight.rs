//! What is checked before there is a process.

use std::path::{Path, PathBuf};

use hearth_chat::{Error, ErrorKind, SpeculationOff};
use hearth_gguf as gguf;

use crate::fit::{self, Plan};
use crate::protocol::LoadRequest;
use crate::{BackendChoice, ModelSpec};

/// Reads the header, here where a broken one can do no harm, and chooses what fits.
pub(crate) fn plan(spec: &ModelSpec) -> Result<LoadRequest, Error> {
    let path = absolute(&spec.path)?;
    let file = open(&path)?;
    let available = fit::available();
    let plan = fit::plan(&file, spec.context_length, spec.backend, available)?;
    let (draft, draft_off) = match draft(spec, &plan, available)? {
        None => (None, None),
        Some(Ok(draft)) => (Some(draft), None),
        Some(Err(reason)) => (None, Some(reason)),
    };
    Ok(LoadRequest {
        path,
        backend: spec.backend,
        draft,
        draft_off,
        context_length: plan.context_length,
        threads: spec.threads,
    })
}

/// The draft model's file, or why it has to stay out: an answer without a draft is better than
/// none, and a longer context is better than a draft. `None` if none is wanted.
fn draft(
    spec: &ModelSpec,
    plan: &Plan,
    available: u64,
) -> Result<Option<Result<PathBuf, SpeculationOff>>, Error> {
    let Some(draft) = spec.draft_path() else { return Ok(None) };
    if spec.backend == BackendChoice::Mistralrs {
        return Ok(Some(Err(SpeculationOff::Backend)));
    }
    let draft = absolute(&draft)?;
    let both = plan.estimate.with_draft(&open(&draft)?, plan.context_length);
    let fits = fit::check(&both, available).is_ok();
    Ok(Some(if fits { Ok(draft) } else { Err(SpeculationOff::TooLittleMemory) }))
}

fn open(path: &Path) -> Result<gguf::File, Error> {
    gguf::File::open(path).map_err(|e| Error::new(ErrorKind::ModelFile, format!("{e}.")))
}

/// The child has another working directory, and the kernel's rules follow no links.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::fs::canonicalize(path).map_err(|e| {
        let message = format!("{} could not be opened: {e}.", path.display());
        Error::new(ErrorKind::ModelFile, message)
    })
}
