//! Families that norm what comes out of a layer's parts.

use hearth_chat::Error;

use crate::model::{
    plan::{HeadNorm, Norms, Plan},
    reader::Reader,
    rope::Pairs,
};

/// OLMo 2 and 3: queries and keys are normed as a whole; in 3, three of four layers see a window and
/// are not stretched.
pub fn olmo2(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = norm_after(reader)?;
    plan.layers.iter_mut().for_each(|layer| layer.attention.head_norm = HeadNorm::Together);
    let windowed = reader.windowed(plan.layers.len(), 4);
    let Some(window) = reader.size("attention.sliding_window").filter(|n| *n > 0) else {
        return Ok(plan);
    };
    plan.set_window(window, &windowed);
    let base = reader.number("rope.freq_base_swa").or(reader.number("rope.freq_base"));
    plan.set_rope_of_windowed(reader, Pairs::Halves, base.unwrap_or(10_000.0))?;
    Ok(plan)
}

/// EXAONE 4: the 32B has windows in three of four layers, and no rope in the fourth.
pub fn exaone4(reader: &Reader<'_>) -> Result<Plan, Error> {
    const LAYERS_OF_32B: usize = 64;
    let mut plan = norm_after(reader)?;
    plan.layers.iter_mut().for_each(|layer| layer.attention.head_norm = HeadNorm::BeforeRope);
    let windowed = reader.windowed(plan.layers.len(), 4);
    let window = reader.size("attention.sliding_window").unwrap_or(4096);
    if plan.layers.len() != LAYERS_OF_32B || window == 0 {
        return Ok(plan);
    }
    plan.set_window(window, &windowed);
    for layer in plan.layers.iter_mut().filter(|layer| layer.attention.window.is_none()) {
        layer.attention.rope = None;
    }
    Ok(plan)
}

/// GLM 4: norms before and after; half of a head is turned.
pub fn glm4(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = Plan::of_llama(reader, Pairs::Neighbours)?;
    for layer in &mut plan.layers {
        layer.attention.norms.after = Some("post_attention_norm");
        layer.feed_forward.norms.after = Some("post_ffw_norm");
    }
    Ok(plan)
}

/// Norms after, and none before.
fn norm_after(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = Plan::of_llama(reader, Pairs::Halves)?;
    for layer in &mut plan.layers {
        layer.attention.norms = Norms::after("post_attention_norm");
        layer.feed_forward.norms = Norms::after("post_ffw_norm");
    }
    Ok(plan)
}
