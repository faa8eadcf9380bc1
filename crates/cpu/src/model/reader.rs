//! A model file as the families read it. It remembers what was asked for: a tensor or a key that
//! nobody asked for would change the result unseen, so it refuses the file.

use std::{cell::RefCell, collections::HashSet};

use hearth_chat::{Error, ErrorKind};
use hearth_gguf::{File, Tensor};

use crate::kernels::{Format, matrix::Source};

/// Keys of an architecture that change no result of a text, whatever they say. The last ones tell of
/// parts that a mixture of experts, a window or a vision model would have, which has tensors or keys
/// of its own that are looked at.
const WITHOUT_EFFECT: [&str; 11] = [
    "vocab_size",
    "tensor_data_layout",
    "attention.layer_norm_epsilon",
    "attention.key_length_swa",
    "attention.value_length_swa",
    "rope.dimension_count_swa",
    "rope.scaling.finetuned",
    "rope.dimension_sections",
    "pooling_type",
    "embedding_length_out",
    "n_deepstack_layers",
];

/// An open model file and what was read of it.
pub struct Reader<'a> {
    pub file: &'a File,
    keys: RefCell<HashSet<String>>,
    tensors: RefCell<HashSet<String>>,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a File) -> Self {
        Self { file, keys: RefCell::default(), tensors: RefCell::default() }
    }

    /// The key with the architecture before it; it counts as read.
    pub fn key(&self, name: &str) -> String {
        self.keys.borrow_mut().insert(name.to_owned());
        format!("{}.{name}", self.file.architecture())
    }

    /// These keys are read by other means.
    pub fn read_elsewhere(&self, names: &[&str]) {
        self.keys.borrow_mut().extend(names.iter().map(|name| (*name).to_owned()));
    }

    /// A size or a count. Where a file gives one for each layer and all are equal, that one.
    pub fn size(&self, name: &str) -> Option<usize> {
        let key = self.key(name);
        let metadata = self.file.metadata();
        let all = || metadata.i32s(&key).and_then(|all| same(&all)).map(|n| n as u32);
        metadata.u32(&key).or_else(all).map(|n| n as usize)
    }

    pub fn needed(&self, name: &str) -> Result<usize, Error> {
        self.size(name).ok_or_else(|| self.lacks(name))
    }

    /// A size for each of `layers` layers, whether the file gives one or as many.
    pub fn each(&self, name: &str, layers: usize) -> Result<Option<Vec<usize>>, Error> {
        if let Some(one) = self.size(name) {
            return Ok(Some(vec![one; layers]));
        }
        let Some(all) = self.file.metadata().i32s(&self.key(name)) else { return Ok(None) };
        if all.len() < layers || all.iter().any(|n| *n < 0) {
            return Err(self.broken(&format!("`{name}` does not say a size for each layer")));
        }
        Ok(Some(all.into_iter().take(layers).map(|n| n as usize).collect()))
    }

    /// A number. Where a file gives one for each layer and all are equal, that one.
    pub fn number(&self, name: &str) -> Option<f32> {
        let key = self.key(name);
        let metadata = self.file.metadata();
        let all = || metadata.f32s(&key).and_then(|all| same(&all));
        metadata.f32(&key).or_else(all).filter(|number| number.is_finite())
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.file.metadata().bool(&self.key(name))
    }

    /// Which layers look at a window only. A file says so for each layer, or that it is all but every
    /// n-th; `usual` is the n of a file that does not say.
    pub fn windowed(&self, layers: usize, usual: usize) -> Vec<bool> {
        const PATTERN: &str = "attention.sliding_window_pattern";
        let by = |n: usize| (0..layers).map(|i| n == 0 || i % n < n - 1).collect();
        match self.file.metadata().i32s(&self.key(PATTERN)) {
            Some(each) if each.len() >= layers => {
                each[..layers].iter().map(|is_windowed| *is_windowed != 0).collect()
            }
            _ => by(self.size(PATTERN).unwrap_or(usual)),
        }
    }

    /// How many tokens the vocabulary has weights for.
    pub fn vocabulary(&self) -> Result<usize, Error> {
        let embedding = self.tensor("token_embd.weight")?;
        match embedding.dims.get(1).copied().unwrap_or(0) {
            count @ 1..=0x100_0000 => Ok(count as usize),
            count => Err(self.broken(&format!("a vocabulary of {count} tokens cannot be"))),
        }
    }

    /// A tensor; it counts as read.
    pub fn tensor(&self, name: &str) -> Result<Tensor<'a>, Error> {
        self.optional(name).ok_or_else(|| self.broken(&format!("it lacks `{name}`")))
    }

    pub fn optional(&self, name: &str) -> Option<Tensor<'a>> {
        let tensor = self.file.tensor(name)?;
        self.tensors.borrow_mut().insert(name.to_owned());
        Some(tensor)
    }

    /// A matrix, `[rows, columns]`.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Source<'a>, Error> {
        let tensor = self.tensor(name)?;
        if tensor.dims != [columns as u64, rows as u64] {
            let dims = tensor.dims;
            let what = format!("`{name}` has the shape {dims:?} instead of [{columns}, {rows}]");
            return Err(self.broken(&what));
        }
        let format = Format::of(tensor.kind)
            .ok_or_else(|| self.unsupported(&format!("`{name}` is stored as {}", tensor.kind)))?;
        Ok(Source { format, rows, columns, data: tensor.data })
    }

    /// Plain numbers.
    pub fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, Error> {
        let tensor = self.tensor(name)?;
        let format = Format::of(tensor.kind).filter(|format| format.is_float());
        let (Some(format), true) = (format, tensor.elements() == len as u64) else {
            return Err(self.broken(&format!("`{name}` is not {len} plain numbers")));
        };
        let mut out = vec![0.0; len];
        Source { format, rows: 1, columns: len, data: tensor.data }.row(0, &mut out);
        Ok(out)
    }

    pub fn optional_vector(&self, name: &str, len: usize) -> Result<Option<Vec<f32>>, Error> {
        self.file.tensor(name).map(|_| self.vector(name, len)).transpose()
    }

    /// Refuses a file that says something about its architecture that nobody asked for.
    pub fn all_keys_are_read(&self) -> Result<(), Error> {
        let metadata = self.file.metadata();
        let architecture = self.file.architecture();
        let read = self.keys.borrow();
        let unread = metadata.keys().find(|key| {
            let Some(name) = key.strip_prefix(architecture).and_then(|n| n.strip_prefix('.'))
            else {
                return false;
            };
            let says_nothing = metadata.u64(key) == Some(0)
                || metadata.f32(key) == Some(0.0)
                || metadata.bool(key) == Some(name == "attention.causal");
            !read.contains(name) && !WITHOUT_EFFECT.contains(&name) && !says_nothing
        });
        match unread {
            None => Ok(()),
            Some(key) => Err(self.unsupported(&format!("what `{key}` says is not known here"))),
        }
    }

    /// Refuses a file with weights that nobody asked for, such as a bias that is not computed here:
    /// its answers would be wrong, and nothing would say so. Layers beyond `layers` guess further
    /// tokens, and an answer is the same without them.
    pub fn all_tensors_are_read(&self, layers: usize) -> Result<(), Error> {
        let read = self.tensors.borrow();
        let has_guessing = self.size("nextn_predict_layers").is_some_and(|n| n > 0);
        let guesses = |name: &str| {
            let layer = name.strip_prefix("blk.").and_then(|rest| rest.split('.').next());
            let beyond = |layer: &str| layer.parse::<usize>().is_ok_and(|layer| layer >= layers);
            has_guessing && layer.is_some_and(beyond)
        };
        match self.file.tensors().find(|t| !read.contains(t.name) && !guesses(t.name)) {
            None => Ok(()),
            Some(Tensor { name, .. }) => {
                Err(self.unsupported(&format!("`{name}` is not known here")))
            }
        }
    }

    pub fn lacks(&self, name: &str) -> Error {
        self.broken(&format!("it lacks `{}`", self.key(name)))
    }

    /// An error about a file that is damaged or contradicts itself.
    pub fn broken(&self, what: &str) -> Error {
        let name = self.file.path().display();
        let message = format!("{name} cannot be read as a model: {what}. Fetch it again.");
        Error::new(ErrorKind::ModelFile, message)
    }

    /// An error about a file that is sound, but not for this backend.
    pub fn unsupported(&self, what: &str) -> Error {
        let name = self.file.path().display();
        let message = format!(
            "{name} cannot run on the cpu backend: {what}. Choose another backend or file."
        );
        Error::new(ErrorKind::Unsupported, message)
    }
}

/// The value that all have.
fn same<T: PartialEq + Copy>(all: &[T]) -> Option<T> {
    let first = *all.first()?;
    all.iter().all(|value| *value == first).then_some(first)
}
