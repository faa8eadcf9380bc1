//! A model's weights, as its plan says: found in the file, and packed.

use std::sync::Arc;

use hearth_chat::{Error, ErrorKind};
use hearth_gguf::File;

use super::{
    Model, Scratch,
    plan::{self, HeadNorm, Norms, Plan},
    reader::Reader,
};
use crate::{
    kernels::{
        Format, Isa,
        matrix::{Matrix, Packer, Source},
    },
    memory,
    pool::Pool,
};

pub struct Weights {
    pub embedding: Embedding,
    pub layers: Vec<Layer>,
    pub norm: Vec<f32>,
    pub output: Matrix,
}

pub enum Embedding {
    /// Tied: a token's embedding is a row of the output matrix.
    IsOutput,
    /// Rows are read from the file as they are needed.
    InFile { file: Arc<File>, format: Format },
}

/// A weight matrix and what is added to its products, where there is such a thing.
pub struct Linear<M = Matrix> {
    pub matrix: M,
    pub bias: Option<Vec<f32>>,
}

/// The weights of one layer; in [`Parts`] as they lie in the file.
pub struct Layer<M = Matrix> {
    pub attention: Around,
    pub query: Linear<M>,
    pub key: Linear<M>,
    pub value: Linear<M>,
    pub query_norm: Option<Vec<f32>>,
    pub key_norm: Option<Vec<f32>>,
    pub attention_output: Linear<M>,
    pub feed_forward: Around,
    pub gate: Linear<M>,
    pub up: Linear<M>,
    pub down: Linear<M>,
}

/// The weights of the norms around a part of a layer.
pub struct Around {
    pub before: Option<Vec<f32>>,
    pub after: Option<Vec<f32>>,
}

/// Everything that a plan asks of a file.
struct Parts<'a> {
    layers: Vec<Layer<Source<'a>>>,
    norm: Vec<f32>,
    output: Source<'a>,
    /// `None` where the output matrix is the table of embeddings.
    embedding: Option<Source<'a>>,
}

/// Whether this backend can run the file: its architecture, its metadata and every tensor.
pub fn check(file: &File) -> Result<(), Error> {
    let reader = Reader::new(file);
    let plan = Plan::read(&reader)?;
    Parts::find(&reader, &plan).map(|_| ())
}

impl Model {
    /// Reads and packs the weights. `progress` gets the share that is done, in 0..=1.
    pub fn load(
        file: Arc<File>,
        isa: Isa,
        pool: impl Into<Arc<Pool>>,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Self, Error> {
        let reader = Reader::new(&file);
        let (plan, pool) = (Plan::read(&reader)?, pool.into());
        let parts = Parts::find(&reader, &plan)?;
        let weights = parts.pack(&file, &pool, progress)?;
        let kv_shape = plan.kv_shape();
        Ok(Self { plan, kv_shape, weights, isa, pool, head: None, scratch: Scratch::default() })
    }
}

impl<'a> Parts<'a> {
    fn find(reader: &Reader<'a>, plan: &Plan) -> Result<Self, Error> {
        let find = |(i, layer)| Layer::find(reader, plan, i, layer);
        let layers = plan.layers.iter().enumerate().map(find).collect::<Result<_, _>>()?;
        let norm = reader.vector("output_norm.weight", plan.width)?;
        let table = reader.matrix("token_embd.weight", plan.vocabulary, plan.width)?;
        let own = match reader.optional("output.weight") {
            Some(_) => Some(reader.matrix("output.weight", plan.vocabulary, plan.width)?),
            None => None,
        };
        reader.all_tensors_are_read(plan.layers.len())?;
        let (output, embedding) = match own {
            Some(own) => (own, Some(table)),
            None => (table, None),
        };
        Ok(Self { layers, norm, output, embedding })
    }

    fn pack(
        self,
        file: &Arc<File>,
        pool: &Pool,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Weights, Error> {
        let sources = self.layers.iter().flat_map(Layer::matrices).chain([&self.output]);
        let total = sources.map(Packer::bytes_for).sum();
        let mut packer = Packer::new(total).ok_or_else(|| {
            let (name, need) = (file.path().display(), total / 1_000_000);
            let what = format!("{name} needs {need} MB, and the system has less. Close something.");
            Error::new(ErrorKind::Memory, what)
        })?;
        let mut done = 0;
        let mut pack = |source: Source<'_>| {
            done += Packer::bytes_for(&source);
            memory::will_read(source.data);
            // SAFETY: every source is a tensor of the mapped file, or some rows of one.
            let matrix = packer.pack(pool, source, |done| unsafe { memory::give_back(done) });
            progress(done as f32 / total as f32);
            matrix
        };
        let layers = self.layers.into_iter().map(|layer| layer.pack(&mut pack)).collect();
        let output = pack(self.output);
        let embedding = match self.embedding {
            Some(Source { format, .. }) => Embedding::InFile { file: file.clone(), format },
            None => Embedding::IsOutput,
        };
        Ok(Weights { embedding, layers, norm: self.norm, output })
    }
}

impl<'a> Layer<Source<'a>> {
    fn find(
        reader: &Reader<'a>,
        plan: &Plan,
        index: usize,
        layer: &plan::Layer,
    ) -> Result<Self, Error> {
        let find = Finder { reader, index };
        let plan::Layer { attention, feed_forward, .. } = layer;
        let heads = attention.heads;
        let (queries, keys) = (heads.query * heads.dim, heads.kv * heads.dim);
        let inner = feed_forward.width;
        let [query, key, value] =
            find.fused(["attn_q", "attn_k", "attn_v"], &["attn_qkv"], [queries, keys, keys], plan)?;
        // Phi 3 and GLM 4 fuse under the name of one of the two.
        let [gate, up] =
            find.fused(["ffn_gate", "ffn_up"], &["ffn_gate_up", "ffn_up"], [inner, inner], plan)?;
        let [query_len, key_len] = match attention.head_norm {
            HeadNorm::None => [None; 2],
            HeadNorm::BeforeRope | HeadNorm::AfterRope => [Some(heads.dim); 2],
            HeadNorm::Together => [Some(queries), Some(keys)],
        };
        let norm =
            |name: &str, len: Option<usize>| len.map(|len| find.vector(name, len)).transpose();
        Ok(Self {
            attention: find.around(attention.norms, plan.width)?,
            query,
            key,
            value,
            query_norm: norm("attn_q_norm", query_len)?,
            key_norm: norm("attn_k_norm", key_len)?,
            attention_output: find.linear("attn_output", plan.width, queries)?,
            feed_forward: find.around(feed_forward.norms, plan.width)?,
            gate,
            up,
            down: find.linear("ffn_down", plan.width, inner)?,
        })
    }

    fn pack(self, pack: &mut impl FnMut(Source<'a>) -> Matrix) -> Layer {
        let mut linear =
            |from: Linear<Source<'a>>| Linear { matrix: pack(from.matrix), bias: from.bias };
        Layer {
            attention: self.attention,
            query: linear(self.query),
            key: linear(self.key),
            value: linear(self.value),
            query_norm: self.query_norm,
            key_norm: self.key_norm,
            attention_output: linear(self.attention_output),
            feed_forward: self.feed_forward,
            gate: linear(self.gate),
            up: linear(self.up),
            down: linear(self.down),
        }
    }
}

impl<M> Layer<M> {
    pub fn matrices(&self) -> [&M; 7] {
        [
            &self.query.matrix,
            &self.key.matrix,
            &self.value.matrix,
            &self.attention_output.matrix,
            &self.gate.matrix,
            &self.up.matrix,
            &self.down.matrix,
        ]
    }
}

/// Finds the tensors of one layer.
struct Finder<'r, 'a> {
    reader: &'r Reader<'a>,
    index: usize,
}

impl<'a> Finder<'_, 'a> {
    fn name(&self, part: &str) -> String {
        format!("blk.{}.{part}", self.index)
    }

    fn has(&self, matrix: &str) -> bool {
        self.reader.file.tensor(&self.name(&format!("{matrix}.weight"))).is_some()
    }

    fn linear(&self, name: &str, rows: usize, columns: usize) -> Result<Linear<Source<'a>>, Error> {
        Ok(Linear {
            matrix: self.reader.matrix(&self.name(&format!("{name}.weight")), rows, columns)?,
            bias: self.reader.optional_vector(&self.name(&format!("{name}.bias")), rows)?,
        })
    }

    /// Matrices of the residual stream's width, which lie each by itself or one after the other in a
    /// single tensor, whose name is one of `together`; their biases too.
    fn fused<const N: usize>(
        &self,
        names: [&str; N],
        together: &[&str],
        rows: [usize; N],
        plan: &Plan,
    ) -> Result<[Linear<Source<'a>>; N], Error> {
        let whole = together.iter().filter(|_| !self.has(names[0])).find(|name| self.has(name));
        let whole =
            whole.map(|name| self.linear(name, rows.iter().sum(), plan.width)).transpose()?;
        let mut first = 0;
        let mut found = Vec::with_capacity(N);
        for (name, rows) in names.into_iter().zip(rows) {
            let range = first..first + rows;
            first += rows;
            let Some(whole) = &whole else {
                found.push(self.linear(name, rows, plan.width)?);
                continue;
            };
            let bias = match &whole.bias {
                Some(bias) => Some(bias[range.clone()].to_vec()),
                None => self.reader.optional_vector(&self.name(&format!("{name}.bias")), rows)?,
            };
            found.push(Linear { matrix: whole.matrix.rows(range), bias });
        }
        Ok(found.try_into().unwrap_or_else(|_| unreachable!("one for each name")))
    }

    fn around(&self, norms: Norms, width: usize) -> Result<Around, Error> {
        let vector = |name: Option<&str>| name.map(|name| self.vector(name, width)).transpose();
        Ok(Around { before: vector(norms.before)?, after: vector(norms.after)? })
    }

    fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, Error> {
        self.reader.vector(&self.name(&format!("{name}.weight")), len)
    }
}
