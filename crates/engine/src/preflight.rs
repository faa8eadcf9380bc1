//! What is checked before there is a process.

use std::path::{Path, PathBuf};

use hearth_chat::{Error, ErrorKind, SpeculationOff};
use hearth_gguf as gguf;

use crate::fit::{self, Plan};
use crate::protocol::LoadRequest;
use crate::spec::Backend;
use crate::ways::Way;
use crate::{ModelFile, ModelSpec};

/// A model's file or folder, read here where a broken one can do no harm.
pub(crate) fn open(path: &Path) -> Result<ModelFile, Error> {
    ModelFile::open(&absolute(path)?)
}

/// Chooses what fits where this way leads.
pub(crate) fn plan(spec: &ModelSpec, file: &ModelFile, way: &Way) -> Result<LoadRequest, Error> {
    let available = match &way.gpu {
        // One that does not tell is asked to try.
        Some(gpu) => gpu.free_bytes.unwrap_or(u64::MAX),
        None => fit::available(),
    };
    let plan = fit::plan(file, spec.context_length, way.backend, available)?;
    let (draft, draft_off) = match draft(spec, way.backend, &plan, available) {
        Ok(draft) => (draft, None),
        Err(reason) => (None, Some(reason)),
    };
    Ok(LoadRequest {
        path: file.path().to_owned(),
        backend: spec.backend,
        gpu: way.gpu.as_ref().map(|gpu| gpu.index),
        draft,
        draft_off,
        context_length: plan.context_length,
        threads: spec.threads,
    })
}

/// Everything that a process which loads this may read of the user's.
pub(crate) fn readable(file: &ModelFile, load: &LoadRequest) -> Vec<PathBuf> {
    let draft = load.draft.iter().flat_map(|draft| gguf::parts_of(draft));
    files(file).into_iter().chain(draft).collect()
}

/// What a model consists of; of a folder's contents, only these.
pub(crate) fn files(file: &ModelFile) -> Vec<PathBuf> {
    match file {
        ModelFile::Gguf(file) => file.paths().map(Path::to_owned).collect(),
        ModelFile::Folder(folder) => {
            std::iter::once(folder.path().to_owned()).chain(folder.files()).collect()
        }
    }
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
    let file = open(&path).map_err(unusable)?;
    let both = plan.estimate.with_draft(&file, plan.context_length);
    fit::check(&both, available).map_err(|_| SpeculationOff::TooLittleMemory)?;
    Ok(Some(file.path().to_owned()))
}

/// The child has another working directory.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    gguf::resolved(path).map_err(|e| {
        let message = format!("{} could not be opened: {e}.", path.display());
        Error::new(ErrorKind::ModelFile, message)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hearth_chat::DraftChoice;
    use hearth_gguf::{TensorType, write::Writer, write::split};

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

        let plan = |spec: ModelSpec| {
            let file = open(&spec.path).unwrap();
            plan(&spec, &file, &Way { backend: Backend::Cpu, gpu: None }).unwrap()
        };
        for draft in [&gone, &damaged] {
            let draft = DraftChoice::Model(draft.to_str().unwrap().into());
            let load = plan(ModelSpec { draft, ..ModelSpec::new(&model) });
            assert_eq!(load.draft, None);
            assert_eq!(load.draft_off, Some(SpeculationOff::DraftUnusable));
        }
        let draft = DraftChoice::Model(model.to_str().unwrap().into());
        let load = plan(ModelSpec { draft, ..ModelSpec::new(&model) });
        assert_eq!((load.draft, load.draft_off), (Some(load.path), None));
    }

    /// So that the sandbox lets each of them be read, and nothing else.
    #[test]
    fn every_part_of_a_model_and_of_its_draft_may_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let whole = dir.path().join("whole.gguf");
        let mut writer = Writer::new();
        writer.set("general.architecture", "llama");
        writer.tensor("a", &[8], TensorType::F32).tensor("b", &[8], TensorType::F32);
        writer.write(&whole, &[&[0; 32], &[1; 32]]).unwrap();
        let whole = gguf::File::open(&whole).unwrap();
        let parts = |name: &str| split(&whole, &dir.path().join(name), &[1, 1]).unwrap();
        let (model, draft) = (parts("model"), parts("draft"));

        let choice = DraftChoice::Model(draft[1].to_str().unwrap().into());
        let spec = ModelSpec { draft: choice, ..ModelSpec::new(&model[1]) };
        let file = open(&spec.path).unwrap();
        let load = plan(&spec, &file, &Way { backend: Backend::Cpu, gpu: None }).unwrap();
        assert_eq!((&load.path, load.draft.as_ref()), (&model[0], Some(&draft[0])));
        assert_eq!(readable(&file, &load), [model, draft].concat());
    }
}
