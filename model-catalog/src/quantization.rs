use std::fmt;

use serde::Deserialize;

/// Where the losses of [`Quantization::perplexity_loss`] stand.
pub const QUALITY_SOURCE: &str =
    "https://github.com/ggml-org/llama.cpp/blob/master/tools/quantize/quantize.cpp";

/// How a file stores most of its weights. The names are GGML's; `_M` is a mix that keeps the
/// weights that matter most at two bits more.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub enum Quantization {
    Q3_K_M,
    Q4_K,
    Q4_K_M,
    Q5_K_M,
    Q6_K,
    Q8_0,
}

/// A quantization as a choice between size and quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Below 4 bits: answers get noticeably worse. Shown with a warning.
    Small,
    /// The usual choice.
    Balanced,
    /// Hardly told apart from the original.
    Best,
}

impl Quantization {
    pub fn choice(self) -> Choice {
        match self {
            Self::Q3_K_M => Choice::Small,
            Self::Q4_K | Self::Q4_K_M => Choice::Balanced,
            Self::Q5_K_M | Self::Q6_K | Self::Q8_0 => Choice::Best,
        }
    }

    /// Bits of one weight in most tensors, scales included.
    pub fn bits(self) -> f64 {
        match self {
            Self::Q3_K_M => 3.4375,
            Self::Q4_K | Self::Q4_K_M => 4.5,
            Self::Q5_K_M => 5.5,
            Self::Q6_K => 6.5625,
            Self::Q8_0 => 8.5,
        }
    }

    /// How much worse Llama 3 8B foresees a text when its weights are stored like this: points
    /// of perplexity above the original's. From [`QUALITY_SOURCE`]; `None` where it has none.
    pub fn perplexity_loss(self) -> Option<f64> {
        match self {
            Self::Q3_K_M => Some(0.6569),
            Self::Q4_K => None,
            Self::Q4_K_M => Some(0.1754),
            Self::Q5_K_M => Some(0.0569),
            Self::Q6_K => Some(0.0217),
            Self::Q8_0 => Some(0.0026),
        }
    }
}

impl fmt::Display for Quantization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
