/// The process itself and its threads' stacks.
const BASE: u64 = 8 << 20;

/// For each token that a model knows: its entries in the tokenizer's tables, and four rows of logits
/// in f32.
const OF_TOKEN: u64 = 250;

/// What running a model takes beside its weights and its KV cache, in bytes: the process, the
/// tokenizer for `vocabulary` tokens, logits, and activations, which are about a twentieth of the
/// weights. Measured with the cpu backend; `cargo xtask bench fit` holds it against the engine.
///
/// Here because two crates that may not know each other build on it: one foresees from a catalog
/// what a file will need, the other computes it from the file.
pub fn headroom(weights: u64, vocabulary: u64) -> u64 {
    BASE.saturating_add(weights / 20).saturating_add(vocabulary.saturating_mul(OF_TOKEN))
}
