//! Phi 3, 3.5 and 4 (Abdin et al. 2024). Their matrices are fused, which any family's may be; their
//! contexts are stretched by factors that [`Rope`](crate::model::rope::Rope) reads.

use hearth_chat::Error;

use crate::model::{plan::Plan, reader::Reader, rope::Pairs};

pub fn phi3(reader: &Reader<'_>) -> Result<Plan, Error> {
    let mut plan = Plan::of_llama(reader, Pairs::Halves)?;
    // The smallest were trained with one.
    plan.set_window_of_all(reader);
    Ok(plan)
}
