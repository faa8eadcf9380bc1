//! Gemma 1 to 3 (Gemma Team 2024, 2025).

use hearth_chat::Error;

use crate::model::{
    plan::{Activation, HeadNorm, Norms, Plan},
    reader::Reader,
    rope::Pairs,
};

/// Gemma 1: embeddings grow by the square root of their width; GELU gates.
pub fn gemma(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = Plan::of_llama(reader, Pairs::Halves)?;
    plan.embedding_scale = (plan.width as f32).sqrt();
    plan.layers.iter_mut().for_each(|l| l.feed_forward.activation = Activation::Gelu);
    Ok(plan)
}

/// Gemma 2: norms before and after, every other layer sees a window, scores and logits are capped.
pub fn gemma2(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = gemma(reader)?;
    norm_around(&mut plan);
    scale_like_the_27b(&mut plan, 46);
    let windowed = reader.windowed(plan.layers.len(), 2);
    plan.set_window(reader.size("attention.sliding_window").unwrap_or(4096).max(1), &windowed);
    let cap = |name: &str, usual| Some(reader.number(name).unwrap_or(usual)).filter(|c| *c > 0.0);
    let score_cap = cap("attn_logit_softcapping", 50.0);
    plan.layers.iter_mut().for_each(|layer| layer.attention.score_cap = score_cap);
    plan.logit_cap = cap("final_logit_softcapping", 30.0);
    Ok(plan)
}

/// Gemma 3: five of six layers see a window and have a rope of their own; heads are normed.
pub fn gemma3(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = gemma(reader)?;
    norm_around(&mut plan);
    scale_like_the_27b(&mut plan, 62);
    plan.layers.iter_mut().for_each(|l| l.attention.head_norm = HeadNorm::BeforeRope);
    plan.logit_cap = reader.number("final_logit_softcapping").filter(|cap| *cap > 0.0);
    let windowed = reader.windowed(plan.layers.len(), 6);
    let Some(window) = reader.size("attention.sliding_window").filter(|n| *n > 0) else {
        return Ok(plan);
    };
    plan.set_window(window, &windowed);
    let base = reader.number("rope.freq_base_swa").unwrap_or(10_000.0);
    plan.set_rope_of_windowed(reader, Pairs::Halves, base)?;
    Ok(plan)
}

fn norm_around(plan: &mut Plan) {
    for layer in &mut plan.layers {
        layer.attention.norms =
            Norms { before: Some("attn_norm"), after: Some("post_attention_norm") };
        layer.feed_forward.norms = Norms { before: Some("ffn_norm"), after: Some("post_ffw_norm") };
    }
}

/// The largest of both generations scales scores by the width that a head would have if the heads
/// shared the residual stream; no key says so, only the number of layers.
fn scale_like_the_27b(plan: &mut Plan, layers: usize) {
    if plan.layers.len() != layers {
        return;
    }
    for layer in &mut plan.layers {
        let share = plan.width / layer.attention.heads.query;
        layer.attention.scale = 1.0 / (share as f32).sqrt();
    }
}
