//! Writing safetensors files: for tests and for models with made-up weights.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, json};

/// Collects tensors; all of them are in memory until they are written.
#[derive(Default)]
pub struct Writer {
    header: Map<String, serde_json::Value>,
    data: Vec<u8>,
}

impl Writer {
    /// Adds a tensor, outermost dimension first.
    ///
    /// # Panics
    /// If there are more or fewer numbers than the shape has.
    pub fn f32(&mut self, name: &str, shape: &[u64], numbers: &[f32]) -> &mut Self {
        assert_eq!(shape.iter().product::<u64>(), numbers.len() as u64, "the shape of {name}");
        let begin = self.data.len();
        self.data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        let entry =
            json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, self.data.len()] });
        self.header.insert(name.into(), entry);
        self
    }

    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut header = serde_json::to_vec(&self.header)?;
        // Readers that map the file want its numbers aligned.
        header.resize(header.len().next_multiple_of(8), b' ');
        let length = (header.len() as u64).to_le_bytes();
        fs::write(path, [&length[..], &header, &self.data].concat())
    }
}
