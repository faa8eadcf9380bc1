//! Writes a model of a public shape with made-up weights.
//!
//! `make_model Qwen3-0.6B q4_k_m model.gguf`, or `make_model tiny-gemma3 f32 model.gguf`: a small one of a
//! family.

use std::process::ExitCode;

use hearth_cpu::synthetic::{self, Mix, SHAPES};
use hearth_gguf::TensorType;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, mix, path] = arguments.as_slice() else {
        eprintln!("usage: make_model SHAPE MIX PATH");
        eprintln!("shapes: {}", SHAPES.map(|shape| shape.name).join(", "));
        eprintln!("mixes: q4_k_m, or a tensor type such as q8_0, q4_0, f16");
        return ExitCode::FAILURE;
    };
    let measured = SHAPES.into_iter().find(|shape| shape.name.eq_ignore_ascii_case(name));
    let Some(shape) = measured.or(name.strip_prefix("tiny-").and_then(synthetic::tiny)) else {
        eprintln!("{name} is not a known shape");
        return ExitCode::FAILURE;
    };
    let kind = TensorType::ALL.into_iter().find(|kind| kind.to_string().eq_ignore_ascii_case(mix));
    let mix = match kind {
        Some(kind) => Mix::Uniform(kind),
        None if mix.eq_ignore_ascii_case("q4_k_m") => Mix::Q4KM,
        None => {
            eprintln!("{mix} is not a known mix");
            return ExitCode::FAILURE;
        }
    };
    match synthetic::write(path, &shape, mix, 1) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path} could not be written: {error}");
            ExitCode::FAILURE
        }
    }
}
