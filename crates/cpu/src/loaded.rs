//! A model in memory, with everything between messages and logits.

use std::{path::PathBuf, sync::Arc};

use hearth_chat::{Error, ErrorKind, SpeculationOff, ThinkingSupport};
use hearth_gguf::File;
use hearth_text::{grammar::Grammars, template::ChatTemplate, tokenizer::Tokenizer};

use crate::{
    generate::FIRST_CHUNK,
    kernels::Isa,
    model::{self, Model},
    pool::Pool,
    sequence::Idle,
    speculate::{Costs, Draft, Rehearsal, Speculator},
};

/// How to load a model.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Threads to compute with; `None` is one for each physical core.
    pub threads: Option<u32>,
    /// Most tokens of a conversation; `None` is what the model was trained for.
    pub context_length: Option<u32>,
    /// A smaller model of the same vocabulary to draft with.
    pub draft: Option<PathBuf>,
    /// Why there is none, where more is known than that nobody named one.
    pub draft_off: Option<SpeculationOff>,
}

/// Whether this backend runs the file: `Err` says why not.
pub fn supports(file: &File) -> Result<(), String> {
    model::check(file).map_err(|error| error.message)?;
    match Tokenizer::check(file) {
        Err(error) if error.kind == ErrorKind::Unsupported => Err(error.message),
        _ => Ok(()),
    }
}

/// A model that answers requests.
pub struct LoadedModel {
    pub(crate) model: Model,
    pub(crate) tokenizer: Arc<Tokenizer>,
    pub(crate) template: Arc<ChatTemplate>,
    pub(crate) grammars: Grammars,
    pub(crate) context_length: usize,
    /// Prompt tokens of the next pass.
    pub(crate) chunk: usize,
    pub(crate) idle: Idle,
    pub(crate) speculator: Speculator,
}

impl LoadedModel {
    /// Reads and packs a model file. `progress` gets the share that is done, in 0..=1.
    pub fn load(
        path: impl Into<PathBuf>,
        options: &LoadOptions,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Self, Error> {
        let file = File::open(path.into())
            .map_err(|error| Error::new(ErrorKind::ModelFile, error.to_string()))?;
        let file = Arc::new(file);
        let tokenizer = Arc::new(Tokenizer::from_gguf(&file)?);
        let template = Arc::new(ChatTemplate::from_gguf(&file, &tokenizer)?);
        let threads = options.threads.map_or_else(physical_cores, |n| n as usize);
        let pool = Arc::new(Pool::new(threads.clamp(1, 256)));
        let mut model = Model::load(file.clone(), Isa::best(), pool.clone(), progress)?;
        if tokenizer.vocab_size() > model.plan.vocabulary {
            let (name, words, rows) =
                (file.path().display(), tokenizer.vocab_size(), model.plan.vocabulary);
            let what =
                format!("{name} names {words} tokens and has weights for {rows}. Fetch it again.");
            return Err(Error::new(ErrorKind::ModelFile, what));
        }
        let trained = model.plan.context_length;
        let context_length =
            options.context_length.map_or(trained, |wanted| trained.min(wanted.max(1) as usize));
        model.limit_context(context_length);
        // One conversation of full length, which is what the memory was checked for.
        let idle = Idle::new(model.kv_shape().bytes(context_length));
        let mut draft = match &options.draft {
            Some(path) => {
                Draft::load(path, &tokenizer, pool, context_length, &mut |_| progress(1.0))
            }
            None => Err(options.draft_off.unwrap_or(SpeculationOff::NoPartner)),
        };
        let costs = Costs::measure(&mut model, draft.as_mut().ok().map(Draft::model));
        let speculator = Speculator::new(draft, costs);
        Ok(Self {
            model,
            tokenizer,
            template,
            grammars: Grammars::default(),
            context_length,
            chunk: FIRST_CHUNK,
            idle,
            speculator,
        })
    }

    /// Most tokens of a conversation.
    pub fn context_length(&self) -> usize {
        self.context_length
    }

    /// What it knows about thinking.
    pub fn thinking(&self) -> ThinkingSupport {
        self.template.thinking()
    }

    /// Bytes of weights and of conversations that are kept, the draft model's included.
    pub fn memory_bytes(&self) -> u64 {
        let own = self.model.weight_bytes() + self.idle.bytes();
        (own + self.speculator.memory_bytes()) as u64
    }

    /// Lets answers be read from a script, or be the model's own again.
    pub(crate) fn rehearse(&mut self, rehearsal: Option<Rehearsal>) {
        self.speculator.rehearse(rehearsal);
    }

    /// Makes so many guesses before each pass, at most 16, or as many as pay (`None`): for tests
    /// and measurements.
    pub fn fix_draft_length(&mut self, length: Option<usize>) {
        self.speculator.fix_length(length);
    }
}

/// Cores that do not share their arithmetic with another: more threads would only wait for it.
fn physical_cores() -> usize {
    let logical = std::thread::available_parallelism().map_or(1, usize::from);
    let siblings = |cpu: usize| {
        let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        std::fs::read_to_string(path).ok()
    };
    let mut cores: Vec<String> = (0..logical).map_while(siblings).collect();
    if cores.len() < logical {
        return logical;
    }
    cores.sort();
    cores.dedup();
    cores.len()
}
