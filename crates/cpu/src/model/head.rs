//! The part of the output matrix that a draft computes.
//!
//! A draft may miss a token now and then, and the output matrix is a third of the bytes that a 0.6B
//! one reads for a token. So it leaves out the tokens that are rare, until the text has one.

use super::Model;
use crate::kernels::LANES;

/// Tiles of the output matrix that are computed.
pub struct Head {
    pub tiles: Vec<usize>,
    /// Whether a tile is among them, by tile.
    taken: Vec<bool>,
}

impl Head {
    fn take(&mut self, token: u32) {
        let tile = token as usize / LANES;
        if let Some(taken) = self.taken.get_mut(tile)
            && !std::mem::replace(taken, true)
        {
            self.tiles.push(tile);
        }
    }
}

impl Model {
    /// From now on only `tokens` and their neighbours get logits, all others negative infinity.
    pub fn narrow(&mut self, tokens: impl IntoIterator<Item = u32>) {
        let tiles = self.plan.vocabulary.div_ceil(LANES);
        let mut head = Head { tiles: Vec::new(), taken: vec![false; tiles] };
        tokens.into_iter().for_each(|token| head.take(token));
        self.head = Some(head);
        self.scratch.logits.clear();
    }

    /// Adds tokens to what [`Model::narrow`] left; nothing where it was never called.
    pub fn widen(&mut self, tokens: &[u32]) {
        if let Some(head) = &mut self.head {
            tokens.iter().for_each(|token| head.take(*token));
        }
    }
}
