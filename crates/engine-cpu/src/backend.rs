use hearth_chat::{Error, ErrorKind, Event, Outcome, Request, Signals, ThinkingSupport};
use hearth_cpu::{LoadOptions, LoadedModel};
use hearth_engine::ModelFile;
use hearth_engine::protocol::LoadRequest;
use hearth_engine_process::{Backend, unsupported};

/// Hearth's own inference.
struct Cpu {
    model: LoadedModel,
}

/// Whether this backend runs it, by its header alone.
pub fn check(file: &ModelFile) -> Result<(), Error> {
    let ModelFile::Gguf(file) = file else {
        return Err(unsupported(file.path(), "is a folder, which this backend does not read"));
    };
    hearth_cpu::supports(file).map_err(|why| Error::new(ErrorKind::Unsupported, why))
}

pub fn load(
    file: &ModelFile,
    request: &LoadRequest,
    progress: &mut dyn FnMut(f32),
) -> Result<Box<dyn Backend>, Error> {
    check(file)?;
    let options = LoadOptions {
        threads: request.threads,
        context_length: Some(request.context_length),
        draft: request.draft.clone(),
        draft_off: request.draft_off,
    };
    let model = LoadedModel::load(&request.path, &options, progress)?;
    Ok(Box::new(Cpu { model }))
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn thinking(&self) -> ThinkingSupport {
        self.model.thinking()
    }

    fn generate(
        &mut self,
        request: &Request,
        signals: &Signals,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Outcome, Error> {
        self.model.generate(request, signals, emit)
    }
}
