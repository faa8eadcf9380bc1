//! Folders of safetensors, which mistral.rs quantizes while it loads them.
//!
//! Text becomes tokens by Hearth's own tokenizer and template, as with GGUF files, so a folder is
//! refused where those do not know its kind. mistral.rs still reads `tokenizer.json` itself and has no
//! say with it.

use std::fs;
use std::path::PathBuf;

use hearth_chat::{Error, ErrorKind};
use hearth_engine::{ModelFile, fit};
use hearth_engine_process::unsupported;
use hearth_safetensors::{Dtype, Folder};
use hearth_text::template::ChatTemplate;
use hearth_text::tokenizer::{Texts, Tokenizer};
use mistralrs::core::{Loader, NormalLoaderBuilder, NormalSpecificConfig};
use serde_json::Value;

use super::load::{self, Source};

/// More than any of the text files in a folder has, in bytes.
const MAX_TEXT: u64 = 64 << 20;

/// A class of models that was held against Hearth's own backend, what of it mistral.rs computes
/// beyond plain weights, and says nothing of otherwise (mistralrs-core 0.8.1, `models/*.rs`).
struct Class {
    name: &'static str,
    biases: &'static [&'static str],
    /// Ways to stretch the context.
    stretched: &'static [&'static str],
}

const CLASSES: [Class; 4] = [
    Class { name: "LlamaForCausalLM", biases: &[], stretched: &["llama3"] },
    Class { name: "MistralForCausalLM", biases: &[], stretched: &[] },
    Class {
        name: "Qwen2ForCausalLM",
        biases: &["q_proj.bias", "k_proj.bias", "v_proj.bias"],
        stretched: &[],
    },
    Class { name: "Qwen3ForCausalLM", biases: &[], stretched: &[] },
];

/// The folder's files for mistral.rs, each named outright: left alone it would take others of the
/// same weights beside them, and pickles.
pub(super) fn source(folder: &Folder) -> Result<Source, Error> {
    check(folder)?;
    let path = folder.path();
    let tokenizer = folder.tokenizer_file();
    let loader: Box<dyn Loader> = NormalLoaderBuilder::new(
        NormalSpecificConfig::default(),
        None,
        Some(tokenizer.display().to_string()),
        Some(path.display().to_string()),
        false,
        None,
    )
    .build(None)
    .map_err(|e| Error::new(ErrorKind::Internal, format!("mistral.rs did not start: {e}.")))?;
    let estimate = fit::estimate(&ModelFile::Folder(Box::new(folder.clone())), 0);
    Ok(Source {
        path: path.to_owned(),
        loader,
        paths: load::paths(tokenizer, folder.config_file(), folder.weights().to_vec()),
        quantize: true,
        bytes: estimate.weights,
    })
}

/// Refuses what would be computed wrong in silence.
pub(super) fn check(folder: &Folder) -> Result<(), Error> {
    let refuse = |why: String| Err(unsupported(folder.path(), &why));
    let config = folder.config();
    let Some(class) = CLASSES.iter().find(|class| class.name == config.class) else {
        return refuse(format!(
            "has the architecture `{}`, which this version cannot run from a folder",
            config.class
        ));
    };
    if let Some(method) = &config.quantized {
        return refuse(format!("was quantized before ({method}); get the original weights"));
    }
    if let Some(kind) = config.stretched.as_deref().filter(|kind| !class.stretched.contains(kind)) {
        return refuse(format!(
            "stretches its context in a way ({kind}) that mistral.rs does not compute"
        ));
    }
    let is_float = |dtype| matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::Bf16);
    if let Some(tensor) = folder.tensors().iter().find(|tensor| !is_float(tensor.dtype)) {
        return refuse(format!("stores `{}` in a way that mistral.rs cannot read", tensor.name));
    }
    let is_read = |name: &str| {
        !name.ends_with(".bias") || class.biases.iter().any(|bias| name.ends_with(bias))
    };
    if let Some(tensor) = folder.tensors().iter().find(|tensor| !is_read(&tensor.name)) {
        return refuse(format!("has `{}`, which mistral.rs does not compute", tensor.name));
    }
    Ok(())
}

/// How the folder's model reads and writes text.
pub(super) fn text(folder: &Folder) -> Result<(Tokenizer, ChatTemplate), Error> {
    let path = folder.path();
    let tokenizer = read(folder.tokenizer_file())?.unwrap_or_default();
    let config = read(path.join("tokenizer_config.json"))?;
    let generation = read(path.join("generation_config.json"))?;
    let texts = Texts {
        tokenizer: &tokenizer,
        config: config.as_deref(),
        generation: generation.as_deref(),
    };
    let tokenizer = Tokenizer::from_texts(path, texts)?;
    let template = match read(path.join("chat_template.jinja"))? {
        Some(template) => Some(template),
        None => {
            let beside = read(path.join("chat_template.json"))?;
            [beside, config].into_iter().flatten().find_map(|text| template_in(&text))
        }
    };
    let template = ChatTemplate::of(path, template.as_deref(), &tokenizer)?;
    Ok((tokenizer, template))
}

/// One template, or the one of several that is called `default`.
fn template_in(json: &str) -> Option<String> {
    let json: Value = serde_json::from_str(json).ok()?;
    let template = &json["chat_template"];
    let named = || {
        let mut all = template.as_array()?.iter();
        all.find(|template| template["name"] == "default")?["template"].as_str()
    };
    template.as_str().or_else(named).map(str::to_owned)
}

/// `None` for a file that is not there.
fn read(path: PathBuf) -> Result<Option<String>, Error> {
    let unreadable = |why: String| {
        Error::new(ErrorKind::ModelFile, format!("{} could not be read: {why}.", path.display()))
    };
    match fs::metadata(&path) {
        Err(_) => return Ok(None),
        Ok(file) if file.len() > MAX_TEXT => return Err(unreadable("it is too large".into())),
        Ok(_) => {}
    }
    fs::read_to_string(&path).map(Some).map_err(|e| unreadable(e.to_string()))
}
