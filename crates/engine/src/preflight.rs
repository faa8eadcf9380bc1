//! What is checked before there is a process.

use std::path::{Path, PathBuf};

use hearth_chat::{Error, ErrorKind, SpeculationOff};
use hearth_gguf as gguf;

use crate::ModelSpec;
use crate::fit::{self, Plan};
use crate::protocol::LoadRequest;
use crate::spec::Backend;

/// Reads the header, here where a broken one can do no harm, and chooses what fits with `backend`.
pub(crate) fn plan(spec: &ModelSpec, backend: Backend) -> Result<LoadRequest, Error> {
    let path = absolute(&spec.path)?;
    let file = open(&path)?;
    let available = fit::available();
    let plan = fit::plan(&file, spec.context_length, backend, available)?;
    let (draft, draft_off) = match draft(spec, backend, &plan, available) {
        Ok(draft) => (draft, None),
        Err(reason) => (None, Some(reason)),
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
    backend: Backend,
    plan: &Plan,
    available: u64,
) -> Result<Option<PathBuf>, SpeculationOff> {
    let Some(path) = spec.draft_path() else { return Ok(None) };
    if backend == Backend::Mistralrs {
        return Err(SpeculationOff::Backend);
    }
    let unusable = |_: Error| SpeculationOff::DraftUnusable;
    let path = absolute(&path).map_err(unusable)?;
    let file = open(&path).map_err(unusable)?;
    let both = plan.estimate.with_draft(&file, plan.context_length);
    fit::check(&both, available).map_err(|_| SpeculationOff::TooLittleMemory)?;
    Ok(Some(path))
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

#[cfg(test)]
mod tests {
    use std::fs;

    use hearth_chat::DraftChoice;
    use hearth_gguf::{TensorType, write::Writer};

    use super::*;

    #[test]
    fn a_draft_that_is_gone_or_damaged_leaves_its_model_usable() {
        let dir = tempfile::tempdir().unwrap();
        let [model, gone, damaged] =
            ["model.gguf", "gone.gguf", "damaged.gguf"].map(|name| dir.path().join(name));
        let mut writer = Writer::new();
        writer.set("general.architecture", "llama").tensor("w", &[8], TensorType::F32);
        writer.write(&model, &[&[0; 32]]).unwrap();
        fs::write(&damaged, b"GGUF").unwrap();

        for draft in [&gone, &damaged] {
            let draft = DraftChoice::Model(draft.to_str().unwrap().into());
            let load = plan(&ModelSpec { draft, ..ModelSpec::new(&model) }, Backend::Cpu).unwrap();
            assert_eq!(load.draft, None);
            assert_eq!(load.draft_off, Some(SpeculationOff::DraftUnusable));
        }
        let draft = DraftChoice::Model(model.to_str().unwrap().into());
        let load = plan(&ModelSpec { draft, ..ModelSpec::new(&model) }, Backend::Cpu).unwrap();
        assert_eq!((load.draft, load.draft_off), (Some(load.path), None));
    }
}
