//! Llama, and families that differ from it in a few numbers.

use hearth_chat::Error;

use crate::model::{
    plan::{HeadNorm, Norms, Plan, Temperature},
    reader::Reader,
    rope::Pairs,
};

/// Llama, Mistral, SmolLM, Falcon 3, Yi, InternLM 2.
pub fn llama(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = Plan::of_llama(reader, Pairs::Neighbours)?;
    scale_attention(&mut plan, reader);
    // The first Mistral 7B was trained with one.
    plan.set_window_of_all(reader);
    Ok(plan)
}

/// Qwen 2 and 2.5; their queries, keys and values have biases. They can have a window, and none that is
/// published has it switched on.
pub fn qwen2(reader: &Reader<'_>) -> Result<Plan, Error> {
    reader.read_elsewhere(&["attention.sliding_window"]);
    Plan::of_llama(reader, Pairs::Halves)
}

pub fn qwen3(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = qwen2(reader)?;
    plan.layers.iter_mut().for_each(|l| l.attention.head_norm = HeadNorm::BeforeRope);
    Ok(plan)
}

/// Ministral 3: queries that grow with their position, past what was trained at first.
pub fn mistral3(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = llama(reader)?;
    let Some(growth) = reader.number("attention.temperature_scale").filter(|n| *n != 0.0) else {
        return Ok(plan);
    };
    let step = reader.size("rope.scaling.original_context_length").filter(|n| *n > 0);
    let step = step.ok_or_else(|| reader.lacks("rope.scaling.original_context_length"))?;
    let temperature = Some(Temperature { growth, step });
    plan.layers.iter_mut().for_each(|layer| layer.attention.temperature = temperature);
    Ok(plan)
}

/// SmolLM 3: every fourth layer has no rope (Yang et al. 2025).
pub fn smollm3(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = llama(reader)?;
    for layer in plan.layers.iter_mut().skip(3).step_by(4) {
        layer.attention.rope = None;
    }
    Ok(plan)
}

/// Granite 3 and 4: four numbers that scale what flows; rope may be off.
pub fn granite(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = llama(reader)?;
    plan.embedding_scale = reader.number("embedding_scale").filter(|n| *n != 0.0).unwrap_or(1.0);
    let divisor = reader.number("logit_scale").filter(|n| *n != 0.0);
    plan.logit_scale = 1.0 / divisor.ok_or_else(|| reader.lacks("logit_scale"))?;
    let residual = reader.number("residual_scale").filter(|n| *n != 0.0).unwrap_or(1.0);
    let has_rope = reader.flag("rope.scaling.finetuned").unwrap_or(true);
    for layer in &mut plan.layers {
        layer.residual_scale = residual;
        layer.attention.rope = has_rope.then_some(0);
    }
    Ok(plan)
}

/// Seed-OSS: the norm before its feed-forward network has the name of one after attention.
pub fn seed_oss(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = Plan::of_llama(reader, Pairs::Halves)?;
    scale_attention(&mut plan, reader);
    for layer in &mut plan.layers {
        layer.feed_forward.norms = Norms::before("post_attention_norm");
    }
    Ok(plan)
}

/// Hunyuan, dense: heads are normed once they are turned.
pub fn hunyuan(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = Plan::of_llama(reader, Pairs::Halves)?;
    plan.layers.iter_mut().for_each(|layer| layer.attention.head_norm = HeadNorm::AfterRope);
    Ok(plan)
}

pub fn ernie(reader: &Reader<'_>) -> Result<Plan, Error> {
    Plan::of_llama(reader, Pairs::Neighbours)
}

fn scale_attention(plan: &mut Plan, reader: &Reader<'_>) {
    if let Some(scale) = reader.number("attention.scale").filter(|scale| *scale != 0.0) {
        plan.layers.iter_mut().for_each(|layer| layer.attention.scale = scale);
    }
}
