//! The families of models: each reads a file's metadata into a [`Plan`].
//!
//! To add one: write a function here or in a file beside it that takes the plan of a Llama and
//! changes what differs, and name its architecture in [`FAMILIES`].

mod gemma;
mod near_llama;
mod norms_after;
mod phi;

use hearth_chat::Error;

use super::{plan::Plan, reader::Reader};

type Family = fn(&Reader<'_>) -> Result<Plan, Error>;

/// By `general.architecture`.
pub const FAMILIES: [(&str, Family); 17] = [
    ("llama", near_llama::llama),
    ("qwen2", near_llama::qwen2),
    ("qwen3", near_llama::qwen3),
    ("mistral3", near_llama::mistral3),
    ("smollm3", near_llama::smollm3),
    ("granite", near_llama::granite),
    ("seed_oss", near_llama::seed_oss),
    ("hunyuan-dense", near_llama::hunyuan),
    ("ernie4_5", near_llama::ernie),
    ("internlm2", near_llama::llama),
    ("gemma", gemma::gemma),
    ("gemma2", gemma::gemma2),
    ("gemma3", gemma::gemma3),
    ("phi3", phi::phi3),
    ("olmo2", norms_after::olmo2),
    ("exaone4", norms_after::exaone4),
    ("glm4", norms_after::glm4),
];

/// How the file's family is read, or what the file is instead of a model of a known one.
pub fn of(reader: &Reader<'_>) -> Result<Family, Error> {
    let architecture = reader.file.architecture();
    if let Some(what) = reader.file.is_no_model() {
        return Err(reader.unsupported(&format!("it {what}")));
    }
    if reader.size("expert_count").is_some_and(|n| n > 0) {
        return Err(reader.unsupported("it is a mixture of experts"));
    }
    let family = FAMILIES.iter().find(|(name, _)| *name == architecture);
    family.map(|(_, family)| *family).ok_or_else(|| {
        let what = format!("it is a `{architecture}` model, which is not known here");
        reader.unsupported(&what)
    })
}
