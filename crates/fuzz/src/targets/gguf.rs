//! A model file, up to where its weights begin: opening it, and everything that is said of it.

use hearth_engine::ModelFile;
use hearth_gguf::File;

use super::assert_fit_to_show;
use crate::scratch;

pub fn run(bytes: &[u8]) {
    let path = scratch::file("model.gguf", bytes);
    match File::open(&path) {
        Err(error) => assert_fit_to_show(&error.to_string()),
        Ok(file) => {
            walk(&file);
            // Its words come from the engine, which is believed nothing: the app cleans them.
            let _ = hearth_cpu::supports(&file);
            hearth_engine::fit::estimate(&ModelFile::Gguf(file), u32::MAX);
        }
    }
    match hearth_models::Facts::read(&path) {
        Ok(facts) => {
            [facts.name, facts.architecture].iter().for_each(|text| assert_fit_to_show(text))
        }
        Err(error) => assert_fit_to_show(&error.to_string()),
    }
}

/// Every value by every way of asking for it, and the ends of every tensor.
fn walk(file: &File) {
    let metadata = file.metadata();
    for key in metadata.keys() {
        metadata.str(key);
        metadata.u64(key);
        metadata.f32(key);
        metadata.bool(key);
        metadata.f32s(key);
        metadata.i32s(key);
        metadata.strs(key).into_iter().flatten().for_each(drop);
    }
    for tensor in file.tensors() {
        tensor.elements();
        std::hint::black_box([tensor.data.first().copied(), tensor.data.last().copied()]);
        assert!(file.tensor(tensor.name).is_some(), "a tensor is found by its name");
    }
    file.parameters();
    file.quantization();
    file.context_length();
    file.rope_scaling();
}
