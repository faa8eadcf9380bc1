/// The process itself, its threads' stacks, and buffers that do not grow with the model.
const BASE: u64 = 96 << 20;

/// Rows of logits that are there at once, in f32.
const LOGITS: u64 = 4;

/// What running a model takes beside its weights and its KV cache, in bytes: activations, logits
/// for `vocabulary` tokens, and the process itself.
///
/// Here because two crates that may not know each other build on it: one foresees from a catalog
/// what a file will need, the other computes it from the file.
pub fn headroom(weights: u64, vocabulary: u64) -> u64 {
    let logits = vocabulary.saturating_mul(LOGITS * 4);
    BASE.saturating_add(weights / 20).saturating_add(logits)
}
