//! What is checked before there is a process.

use std::path::{Path, PathBuf};

use hearth_chat::{Error, ErrorKind};
use hearth_gguf as gguf;

use crate::protocol::LoadRequest;
use crate::{ModelSpec, fit};

/// Reads the header, here where a broken one can do no harm, and chooses what fits.
pub(crate) fn plan(spec: &ModelSpec) -> Result<LoadRequest, Error> {
    let path = absolute(&spec.path)?;
    let file = open(&path)?;
    let draft = spec.draft_path().map(|draft| absolute(&draft)).transpose()?;
    let mut available = fit::available();
    if let Some(draft) = &draft {
        let draft = fit::estimate(&open(draft)?, spec.context_length.unwrap_or(0));
        available = available.saturating_sub(draft.weights.saturating_add(draft.kv));
    }
    let plan = fit::plan(&file, spec.context_length, spec.backend, available)?;
    Ok(LoadRequest {
        path,
        backend: spec.backend,
        draft,
        context_length: plan.context_length,
        threads: spec.threads,
    })
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
