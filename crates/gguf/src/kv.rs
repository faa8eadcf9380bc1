//! What the keys and values of a conversation take.
//!
//! Here because two crates that may not know each other build on it: one foresees from a file's
//! header what it will need, the other computes it. A test beside its cache holds these numbers
//! against what it does.

use crate::File;

/// Tokens of one block of a cache.
pub const KV_BLOCK: usize = 128;

/// Tokens that layers with a window keep beyond it, so that an answer can be taken back.
pub const KV_SLACK: usize = 1024;

/// Bytes of one token's keys and values, f16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kv {
    /// In the layers that see everything.
    pub full: u64,
    /// In the layers that see a window only.
    pub windowed: u64,
    /// The widest window, in tokens.
    pub window: u64,
}

impl Kv {
    pub fn of(file: &File) -> Self {
        let metadata = file.metadata();
        let architecture = file.architecture();
        let of = |key: &str| metadata.u64(&format!("{architecture}.{key}"));
        let guessing = of("nextn_predict_layers").unwrap_or(0);
        // More layers than any model has are not gone through one by one.
        let layers = of("block_count").unwrap_or(0).saturating_sub(guessing).min(MOST_LAYERS);
        let each = |key: &str| -> Option<Vec<u64>> {
            let all = || {
                let all = metadata.i32s(&format!("{architecture}.{key}"))?;
                (all.len() as u64 >= layers)
                    .then(|| all.into_iter().map(|n| n.max(0) as u64).collect())
            };
            of(key).map(|one| vec![one; layers as usize]).or_else(all)
        };
        let heads = each("attention.head_count").unwrap_or_else(|| vec![1; layers as usize]);
        let kv_heads = each("attention.head_count_kv").unwrap_or_else(|| heads.clone());
        let first = heads.first().copied().unwrap_or(1).max(1);
        let head_dim = of("embedding_length").unwrap_or(0) / first;
        let key = of("attention.key_length").unwrap_or(head_dim);
        let value = of("attention.value_length").unwrap_or(head_dim);
        let of_head = key.saturating_add(value).saturating_mul(2);
        let mut kv = Self::default();
        for (heads, window) in kv_heads.iter().zip(windows(file, layers as usize)) {
            let own = if window.is_some() { &mut kv.windowed } else { &mut kv.full };
            *own = own.saturating_add(heads.saturating_mul(of_head));
            kv.window = kv.window.max(window.unwrap_or(0));
        }
        kv
    }

    /// Bytes at `context` tokens.
    pub fn bytes(&self, context: u32) -> u64 {
        let context = u64::from(context);
        let kept = self.window.saturating_add((KV_SLACK + KV_BLOCK) as u64).min(context);
        let windowed = self.windowed.saturating_mul(kept);
        self.full.saturating_mul(context).saturating_add(windowed)
    }

    /// Bytes at `context` tokens of a backend that keeps all of them in every layer.
    pub fn bytes_without_windows(&self, context: u32) -> u64 {
        self.full.saturating_add(self.windowed).saturating_mul(context.into())
    }
}

const MOST_LAYERS: u64 = 1024;

/// The window of each layer in tokens, as the families have them; `None` sees everything.
fn windows(file: &File, layers: usize) -> Vec<Option<u64>> {
    let metadata = file.metadata();
    let architecture = file.architecture();
    let key = |name: &str| format!("{architecture}.attention.{name}");
    let said = metadata.u64(&key("sliding_window"));
    // All layers but every n-th, where the file does not say which.
    let (window, usual) = match architecture {
        "gemma2" => (said.unwrap_or(4096).max(1), 2),
        "gemma3" => (said.unwrap_or(0), 6),
        "olmo2" => (said.unwrap_or(0), 4),
        "exaone4" if layers == 64 => (said.unwrap_or(4096), 4),
        "llama" | "internlm2" | "mistral3" | "smollm3" | "granite" | "phi3" => {
            let longest = file.context_length().unwrap_or(2048).max(1);
            let window = said.filter(|window| *window < longest.into());
            return vec![window.filter(|window| *window > 0); layers];
        }
        _ => (0, 0),
    };
    if window == 0 {
        return vec![None; layers];
    }
    let pattern = key("sliding_window_pattern");
    let each = metadata.i32s(&pattern);
    let is_windowed = |i: usize| match &each {
        Some(each) if each.len() >= layers => each[i] != 0,
        _ => match metadata.u64(&pattern).unwrap_or(usual) as usize {
            0 => true,
            n => i % n < n - 1,
        },
    };
    (0..layers).map(|i| is_windowed(i).then_some(window)).collect()
}
