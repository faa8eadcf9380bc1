use serde::Deserialize;

use crate::Quantization;

/// The sizes of a dense transformer of the llama family, from which its memory follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    pub layers: u64,
    /// Numbers that stand for one token between layers.
    pub embedding: u64,
    pub heads: u64,
    pub kv_heads: u64,
    pub head_dim: u64,
    pub feed_forward: u64,
    /// Tokens of the vocabulary, padding included.
    pub vocabulary: u64,
    /// The output layer is the embedding table.
    pub tied_embedding: bool,
}

impl Shape {
    /// Weights of all matrices; norms and biases are less than a thousandth of them.
    pub fn parameters(&self) -> u64 {
        let tables = if self.tied_embedding { 1 } else { 2 };
        self.layers * self.layer_parameters() + tables * self.table_parameters()
    }

    /// Bytes of the keys and values of one token in all layers, in f16.
    pub fn kv_bytes_per_token(&self) -> u64 {
        2 * self.layers * self.kv_heads * self.head_dim * 2
    }

    /// Bytes of all weights as llama.cpp's `quantize` stores them, within about 1 %. It gives
    /// the output layer a better type, in the `_M` mixes also half of the attention's values and
    /// of the feed-forward's way down, and in `Q3_K_M` all of them and the attention's output; a
    /// row that is no multiple of 256 gets the next type with blocks of 32.
    pub fn weight_bytes(&self, quantization: Quantization) -> u64 {
        let table = self.table_parameters() as f64;
        let output = bits_of(better_output(quantization), self.embedding) * table;
        let input = match self.tied_embedding {
            true => 0.0,
            false => bits_of(quantization, self.embedding) * table,
        };
        let bits = output + input + self.layers as f64 * self.layer_bits(quantization);
        (bits / 8.0) as u64
    }

    /// Bytes that one step of decoding reads: all weights but an embedding table from which
    /// only one row is taken.
    pub fn bytes_per_step(&self, quantization: Quantization) -> u64 {
        let table = bits_of(quantization, self.embedding) * self.table_parameters() as f64 / 8.0;
        let unread = if self.tied_embedding { 0 } else { table as u64 };
        self.weight_bytes(quantization) - unread
    }

    fn table_parameters(&self) -> u64 {
        self.vocabulary * self.embedding
    }

    fn layer_parameters(&self) -> u64 {
        let attention = 2 * self.embedding * (self.heads + self.kv_heads) * self.head_dim;
        attention + 3 * self.embedding * self.feed_forward
    }

    fn layer_bits(&self, quantization: Quantization) -> f64 {
        let values = (self.embedding * self.kv_heads * self.head_dim) as f64;
        let output = (self.embedding * self.heads * self.head_dim) as f64;
        let down = (self.embedding * self.feed_forward) as f64;
        let others = self.layer_parameters() as f64 - values - output - down;
        // The rows of all matrices but the way down are `embedding` long; those of the
        // attention's output are as long or a multiple of 64 of the same kind.
        let bits = |share: Share, row| {
            let (usual, better) = (bits_of(quantization, row), bits_of(share.better, row));
            usual + share.of * (better - usual)
        };
        let Better { attention_output, values_and_down } = better(quantization);
        others * bits_of(quantization, self.embedding)
            + output * bits(attention_output, self.embedding)
            + values * bits(values_and_down, self.embedding)
            + down * bits(values_and_down, self.feed_forward)
    }
}

/// The type of the output layer.
fn better_output(quantization: Quantization) -> Quantization {
    match quantization {
        Quantization::Q8_0 => Quantization::Q8_0,
        _ => Quantization::Q6_K,
    }
}

/// How many of the layers get a better type for a matrix, from 0 to 1.
#[derive(Clone, Copy)]
struct Share {
    of: f64,
    better: Quantization,
}

/// What a mix stores better than the rest of a layer.
struct Better {
    attention_output: Share,
    /// The attention's values and the feed-forward's way down.
    values_and_down: Share,
}

fn better(quantization: Quantization) -> Better {
    let plain = Share { of: 0.0, better: quantization };
    match quantization {
        Quantization::Q4_K_M | Quantization::Q5_K_M => Better {
            attention_output: plain,
            values_and_down: Share { of: 0.5, better: Quantization::Q6_K },
        },
        Quantization::Q3_K_M => {
            let all = Share { of: 1.0, better: Quantization::Q4_K };
            Better { attention_output: all, values_and_down: all }
        }
        Quantization::Q4_K | Quantization::Q6_K | Quantization::Q8_0 => {
            Better { attention_output: plain, values_and_down: plain }
        }
    }
}

/// Bits of one weight in rows of this length.
fn bits_of(quantization: Quantization, row: u64) -> f64 {
    if row.is_multiple_of(256) {
        return quantization.bits();
    }
    match quantization {
        // IQ4_NL, Q5_0, Q5_1 and Q8_0.
        Quantization::Q3_K_M => 4.5,
        Quantization::Q4_K | Quantization::Q4_K_M => 5.5,
        Quantization::Q5_K_M => 6.0,
        Quantization::Q6_K | Quantization::Q8_0 => 8.5,
    }
}
