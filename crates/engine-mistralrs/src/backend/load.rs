use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hearth_chat::{Error, ErrorKind, Message, Role, Thinking};
use hearth_engine::protocol::LoadRequest;
use hearth_engine::{BackendChoice, ModelFile};
use hearth_engine_process::{Backend, process};
use hearth_text::grammar::Grammars;
use hearth_text::prompt;
use hearth_text::template::ChatTemplate;
use hearth_text::tokenizer::Tokenizer;
use mistralrs::core::{AdapterPaths, Loader, LocalModelPaths, MistralRsBuilder, ModelPaths};
use mistralrs::{
    DefaultSchedulerMethod, Device, DeviceMapSetting, IsqBits, MistralRs, SchedulerConfig,
};
use tokio::runtime::Runtime;

use super::{Mistralrs, folder, gguf};
use crate::device;

/// How often the progress is looked at.
const TICK: Duration = Duration::from_millis(50);

/// What mistral.rs is to load, and by which of its loaders.
pub(super) struct Source {
    pub path: PathBuf,
    pub loader: Box<dyn Loader>,
    pub paths: Box<dyn ModelPaths>,
    /// Whether its weights are to be quantized on the way.
    pub quantize: bool,
    /// Memory that it fills once it is loaded.
    pub bytes: u64,
}

/// The files of a model, and no others beside them.
pub(super) fn paths(
    tokenizer: PathBuf,
    config: PathBuf,
    weights: Vec<PathBuf>,
) -> Box<dyn ModelPaths> {
    Box::new(LocalModelPaths {
        tokenizer_filename: tokenizer,
        config_filename: config,
        template_filename: None,
        filenames: weights,
        adapter_paths: AdapterPaths::None,
        gen_conf: None,
        preprocessor_config: None,
        processor_config: None,
        chat_template_json_filename: None,
    })
}

pub fn load(
    file: &ModelFile,
    request: &LoadRequest,
    progress: &mut dyn FnMut(f32),
) -> Result<Box<dyn Backend>, Error> {
    let (source, tokenizer, template) = match file {
        ModelFile::Gguf(file) => {
            let source = gguf::source(file, request.backend)?;
            let tokenizer = Tokenizer::from_gguf(file)?;
            let template = ChatTemplate::from_gguf(file, &tokenizer)?;
            (source, tokenizer, template)
        }
        ModelFile::Folder(folder) => {
            let source = folder::source(folder)?;
            let (tokenizer, template) = folder::text(folder)?;
            (source, tokenizer, template)
        }
    };
    let (tokenizer, template) = (Arc::new(tokenizer), Arc::new(template));
    try_out(&template, &tokenizer)?;
    let device = device::open(request.gpu)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|e| Error::new(ErrorKind::Internal, format!("mistral.rs did not start: {e}.")))?;
    let model = build(&runtime, &source, &device, progress)?;
    Ok(Box::new(Mistralrs {
        model,
        _runtime: runtime,
        tokenizer,
        template,
        grammars: Grammars::default(),
        context_length: request.context_length,
    }))
}

/// Whether mistral.rs runs it, by what describes it alone.
pub fn can_run(file: &ModelFile) -> Result<(), Error> {
    match file {
        ModelFile::Gguf(file) => {
            gguf::check(file, BackendChoice::Auto)?;
            Tokenizer::check(file)
        }
        ModelFile::Folder(folder) => {
            folder::check(folder)?;
            folder::text(folder).map(drop)
        }
    }
}

/// A template that does not end is found before gigabytes are read for it. One that only refuses
/// this conversation may take another.
fn try_out(template: &Arc<ChatTemplate>, tokenizer: &Arc<Tokenizer>) -> Result<(), Error> {
    let messages = [Message::new(Role::User, "Hello")];
    match prompt::prepare(template, tokenizer, &messages, Thinking::default()) {
        Err(error) if error.kind == ErrorKind::ModelFile => Err(error),
        _ => Ok(()),
    }
}

/// Loads on a thread of its own, so that the memory filled so far can be told meanwhile.
fn build(
    runtime: &Runtime,
    source: &Source,
    device: &Device,
    progress: &mut dyn FnMut(f32),
) -> Result<Arc<MistralRs>, Error> {
    let expected = source.bytes.max(1) as f32;
    let before = process::resident_bytes();
    let built = std::thread::scope(|scope| {
        let building = scope.spawn(|| start(runtime, source, device));
        let mut told = 0.0;
        while !building.is_finished() {
            std::thread::sleep(TICK);
            if let (Some(now), Some(before)) = (process::resident_bytes(), before) {
                // Each tensor is in memory twice for a moment, so this runs a little ahead.
                let filled = now.saturating_sub(before) as f32 / expected;
                told = filled.clamp(told, 0.95);
                progress(told);
            }
        }
        building.join()
    });
    built.unwrap_or_else(|panic| resume_unwind(panic)).map_err(|e| {
        let message = format!("{} could not be loaded by mistral.rs: {e}.", source.path.display());
        // What works on the processor and not here is the fault of something else than the file.
        let kind = if device.is_cpu() { ErrorKind::ModelFile } else { ErrorKind::Gpu };
        Error::new(kind, message)
    })
}

/// Not by the builders of mistral.rs: where it was compiled for CUDA those run `nvidia-smi` to choose
/// a number type, also for the processor, which the sandbox refuses and they do not survive.
fn start(
    runtime: &Runtime,
    source: &Source,
    device: &Device,
) -> Result<Arc<MistralRs>, Box<dyn std::error::Error + Send + Sync>> {
    let quantization = source.quantize.then(|| IsqBits::Four.resolve(device));
    let pipeline = source.loader.load_model_from_path(
        &source.paths,
        &device::numbers(device, source.quantize),
        device,
        true,
        DeviceMapSetting::dummy(),
        quantization,
        None,
    )?;
    // Two at once compute wrong attention on a CPU.
    let method = DefaultSchedulerMethod::Fixed(NonZeroUsize::MIN);
    let scheduler = SchedulerConfig::DefaultScheduler { method };
    let engine = MistralRsBuilder::new(pipeline, scheduler, false, None)
        // On a CPU it never evicts, and can hand out an empty slot.
        .with_no_prefix_cache(true);
    Ok(runtime.block_on(engine.build()))
}
