use std::path::Path;

use serde_json::Value;

use crate::{Cause, Error};

/// What `config.json` says of the model's shape. A field is `None` where it is not said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The class that runs it, such as `Qwen3ForCausalLM`.
    pub class: String,
    /// Such as `qwen3`.
    pub family: Option<String>,
    pub layers: Option<u64>,
    pub hidden: Option<u64>,
    pub heads: Option<u64>,
    pub kv_heads: Option<u64>,
    pub head_dim: Option<u64>,
    pub vocabulary: Option<u64>,
    /// The longest context it was made for, in tokens.
    pub context_length: Option<u32>,
    /// How the context is stretched, such as `yarn`; `None` where it is not.
    pub stretched: Option<String>,
    /// How the weights were quantized before they were published, such as `gptq`.
    pub quantized: Option<String>,
}

impl Config {
    pub(crate) fn parse(path: &Path, text: &[u8]) -> Result<Self, Error> {
        let malformed = |why: String| Error::new(path, Cause::Malformed(why));
        let json: Value = serde_json::from_slice(text).map_err(|e| malformed(e.to_string()))?;
        let class = match json["architectures"].as_array().map(Vec::as_slice) {
            Some([class]) => class.as_str(),
            _ => None,
        };
        let class = class.ok_or_else(|| malformed("it does not name one architecture".into()))?;
        let number = |key: &str| json[key].as_u64();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let scaling = &json["rope_scaling"];
        let kind = text(&scaling["rope_type"]).or_else(|| text(&scaling["type"]));
        let stretched = match kind.as_deref() {
            Some("default") => None,
            None if scaling.is_null() => None,
            None => Some("an unknown way".into()),
            Some(_) => kind,
        };
        let quantization = &json["quantization_config"];
        Ok(Self {
            class: class.into(),
            family: text(&json["model_type"]),
            layers: number("num_hidden_layers"),
            hidden: number("hidden_size"),
            heads: number("num_attention_heads"),
            kv_heads: number("num_key_value_heads").or_else(|| number("num_attention_heads")),
            head_dim: number("head_dim"),
            vocabulary: number("vocab_size"),
            context_length: number("max_position_embeddings").and_then(|n| n.try_into().ok()),
            stretched,
            quantized: (!quantization.is_null())
                .then(|| text(&quantization["quant_method"]).unwrap_or_else(|| "quantized".into())),
        })
    }

    /// Numbers in the keys and values of one token in all layers.
    pub fn kv_per_token(&self) -> u64 {
        let heads = self.heads.unwrap_or(1).max(1);
        let head_dim = self.head_dim.unwrap_or(self.hidden.unwrap_or(0) / heads);
        let kv_heads = self.kv_heads.unwrap_or(heads);
        let layer = kv_heads.saturating_mul(head_dim).saturating_mul(2);
        self.layers.unwrap_or(0).saturating_mul(layer)
    }
}
