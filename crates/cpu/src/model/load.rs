//! From an open GGUF file to packed weights.

use std::sync::Arc;

use hearth_chat::{Error, ErrorKind};
use hearth_gguf::{File, Tensor};

use super::{
    Biases, Embedding, Layer, Model, Scratch, Weights,
    config::{Config, broken, unsupported},
};
use crate::{
    kernels::{
        Format, Isa,
        matrix::{Matrix, Packer, Source},
    },
    memory,
    pool::Pool,
};

/// Whether this backend can run the file: its architecture, its metadata and every tensor.
pub fn check(file: &File) -> Result<(), Error> {
    let config = Config::read(file)?;
    let tensors = Tensors { file, config: &config };
    for layer in 0..config.layers {
        for (name, rows, columns) in layer_shapes(&config) {
            tensors.matrix(&format!("blk.{layer}.{name}.weight"), rows, columns)?;
        }
    }
    tensors.matrix("token_embd.weight", config.vocabulary, config.width)?;
    tensors.output()?;
    tensors.all_are_read()
}

impl Model {
    /// Packs the file's weights on all threads. `progress` gets the share that is done, in 0..=1.
    pub fn load(
        file: Arc<File>,
        isa: Isa,
        pool: impl Into<Arc<Pool>>,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Self, Error> {
        let (config, pool) = (Config::read(&file)?, pool.into());
        let weights = Loader::new(&file, &config, &pool, progress)?.weights(&file)?;
        Ok(Self { config, weights, isa, pool, head: None, scratch: Scratch::default() })
    }
}

/// The matrices of one layer: name, rows, columns.
fn layer_shapes(config: &Config) -> [(&'static str, usize, usize); 7] {
    let (queries, keys) =
        (config.heads.query * config.heads.dim, config.heads.kv * config.heads.dim);
    [
        ("attn_q", queries, config.width),
        ("attn_k", keys, config.width),
        ("attn_v", keys, config.width),
        ("attn_output", config.width, queries),
        ("ffn_gate", config.feed_forward, config.width),
        ("ffn_up", config.feed_forward, config.width),
        ("ffn_down", config.width, config.feed_forward),
    ]
}

/// What a layer may have besides its matrices.
const LAYER_VECTORS: [&str; 7] = [
    "attn_norm.weight",
    "ffn_norm.weight",
    "attn_q.bias",
    "attn_k.bias",
    "attn_v.bias",
    "attn_q_norm.weight",
    "attn_k_norm.weight",
];

/// What a model may have besides its layers.
const OUTSIDE_LAYERS: [&str; 4] =
    ["token_embd.weight", "output_norm.weight", "output.weight", "rope_freqs.weight"];

fn is_read(name: &str, config: &Config) -> bool {
    let Some((layer, part)) = name.strip_prefix("blk.").and_then(|rest| rest.split_once('.'))
    else {
        return OUTSIDE_LAYERS.contains(&name);
    };
    let matrix = part.strip_suffix(".weight");
    layer.parse::<usize>().is_ok_and(|layer| layer < config.layers)
        && (LAYER_VECTORS.contains(&part)
            || layer_shapes(config).iter().any(|(name, ..)| matrix == Some(name)))
}

struct Tensors<'a> {
    file: &'a File,
    config: &'a Config,
}

impl<'a> Tensors<'a> {
    fn get(&self, name: &str) -> Result<Tensor<'a>, Error> {
        self.file.tensor(name).ok_or_else(|| broken(self.file, format!("it lacks `{name}`")))
    }

    /// Refuses a model with weights that are not computed here, such as a bias of the
    /// feed-forward network: its answers would be wrong, and nothing would say so.
    fn all_are_read(&self) -> Result<(), Error> {
        match self.file.tensors().find(|tensor| !is_read(tensor.name, self.config)) {
            None => Ok(()),
            Some(Tensor { name, .. }) => {
                Err(unsupported(self.file, format!("`{name}` is not known here")))
            }
        }
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Source<'a>, Error> {
        let tensor = self.get(name)?;
        if tensor.dims != [columns as u64, rows as u64] {
            let dims = tensor.dims;
            let what = format!("`{name}` has the shape {dims:?} instead of [{columns}, {rows}]");
            return Err(broken(self.file, what));
        }
        let format = Format::of(tensor.kind).ok_or_else(|| {
            unsupported(self.file, format!("`{name}` is stored as {}", tensor.kind))
        })?;
        Ok(Source { format, rows, columns, data: tensor.data })
    }

    /// The output matrix; the embedding where the model has none of its own.
    fn output(&self) -> Result<Source<'a>, Error> {
        let name = if self.has_output() { "output.weight" } else { "token_embd.weight" };
        self.matrix(name, self.config.vocabulary, self.config.width)
    }

    fn has_output(&self) -> bool {
        self.file.tensor("output.weight").is_some()
    }

    fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, Error> {
        let tensor = self.get(name)?;
        let format = Format::of(tensor.kind).filter(|format| format.is_float());
        let (Some(format), true) = (format, tensor.elements() == len as u64) else {
            let what = format!("`{name}` is not {len} plain numbers");
            return Err(broken(self.file, what));
        };
        let mut out = vec![0.0; len];
        Source { format, rows: 1, columns: len, data: tensor.data }.row(0, &mut out);
        Ok(out)
    }

    fn optional_vector(&self, name: &str, len: usize) -> Result<Option<Vec<f32>>, Error> {
        self.file.tensor(name).map(|_| self.vector(name, len)).transpose()
    }
}

struct Loader<'a> {
    tensors: Tensors<'a>,
    pool: &'a Pool,
    packer: Packer,
    total: usize,
    done: usize,
    progress: &'a mut dyn FnMut(f32),
}

impl<'a> Loader<'a> {
    fn new(
        file: &'a File,
        config: &'a Config,
        pool: &'a Pool,
        progress: &'a mut dyn FnMut(f32),
    ) -> Result<Self, Error> {
        let tensors = Tensors { file, config };
        let mut total = Packer::bytes_for(&tensors.output()?);
        for layer in 0..config.layers {
            for (name, rows, columns) in layer_shapes(config) {
                let source =
                    tensors.matrix(&format!("blk.{layer}.{name}.weight"), rows, columns)?;
                total += Packer::bytes_for(&source);
            }
        }
        tensors.all_are_read()?;
        let packer = Packer::new(total).ok_or_else(|| {
            let (name, need) = (file.path().display(), total / 1_000_000);
            let what = format!("{name} needs {need} MB, and the system has less. Close something.");
            Error::new(ErrorKind::Memory, what)
        })?;
        Ok(Self { tensors, pool, packer, total, done: 0, progress })
    }

    fn weights(mut self, file: &Arc<File>) -> Result<Weights, Error> {
        let config = self.tensors.config;
        let layers = (0..config.layers).map(|i| self.layer(i)).collect::<Result<_, _>>()?;
        let norm = self.tensors.vector("output_norm.weight", config.width)?;
        let output = self.pack(self.tensors.output()?);
        let embedding = if self.tensors.has_output() {
            let source =
                self.tensors.matrix("token_embd.weight", config.vocabulary, config.width)?;
            Embedding::InFile { file: file.clone(), format: source.format }
        } else {
            Embedding::IsOutput
        };
        Ok(Weights { embedding, layers, norm, output })
    }

    fn layer(&mut self, index: usize) -> Result<Layer, Error> {
        let config = self.tensors.config;
        let [q, k, v, attention_output, gate, up, down] =
            layer_shapes(config).map(|(name, rows, columns)| {
                self.tensors.matrix(&format!("blk.{index}.{name}.weight"), rows, columns)
            });
        let vector =
            |name: &str, len| self.tensors.vector(&format!("blk.{index}.{name}.weight"), len);
        let optional =
            |name: &str, len| self.tensors.optional_vector(&format!("blk.{index}.{name}"), len);
        let keys = config.heads.kv * config.heads.dim;
        let attention_norm = vector("attn_norm", config.width)?;
        let feed_forward_norm = vector("ffn_norm", config.width)?;
        let biases = Biases {
            query: optional("attn_q.bias", config.heads.query * config.heads.dim)?,
            key: optional("attn_k.bias", keys)?,
            value: optional("attn_v.bias", keys)?,
        };
        let query_norm = optional("attn_q_norm.weight", config.heads.dim)?;
        let key_norm = optional("attn_k_norm.weight", config.heads.dim)?;
        Ok(Layer {
            attention_norm,
            query: self.pack(q?),
            key: self.pack(k?),
            value: self.pack(v?),
            biases,
            query_norm,
            key_norm,
            attention_output: self.pack(attention_output?),
            feed_forward_norm,
            gate: self.pack(gate?),
            up: self.pack(up?),
            down: self.pack(down?),
        })
    }

    fn pack(&mut self, source: Source<'_>) -> Matrix {
        self.done += Packer::bytes_for(&source);
        memory::will_read(source.data);
        // SAFETY: every source of a loader is a tensor of its mapped file.
        let matrix = self.packer.pack(self.pool, source, |done| unsafe { memory::give_back(done) });
        (self.progress)(self.done as f32 / self.total as f32);
        matrix
    }
}
