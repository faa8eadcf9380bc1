//! Writes the logits of every token of a prompt: for comparing with another implementation.
//!
//! `cargo run --example logits -- MODEL.gguf OUT.f32 TOKEN ...` writes `[tokens, vocabulary]`
//! little-endian f32.

use std::{error::Error, fs, sync::Arc};

use hearth_cpu::{
    kernels::Isa,
    kv::Kv,
    model::{Model, Run, Wanted},
    pool::Pool,
};
use hearth_gguf::File;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, out, tokens @ ..] = &arguments[..] else {
        return Err("say a model, a file to write, and tokens".into());
    };
    let tokens: Vec<u32> = tokens.iter().map(|t| t.parse()).collect::<Result<_, _>>()?;
    let file = Arc::new(File::open(model)?);
    let mut model = Model::load(file, Isa::best(), Pool::new(2), &mut |_| {})?;
    model.limit_context(tokens.len());
    let mut kv = Kv::new(model.kv_shape());
    let mut bytes = Vec::new();
    for tokens in tokens.chunks(128) {
        let run = Run { kv: &mut kv, tokens, logits: Wanted::All };
        bytes.extend(model.forward(&mut [run]).iter().flat_map(|logit| logit.to_le_bytes()));
    }
    fs::write(out, bytes)?;
    Ok(())
}
