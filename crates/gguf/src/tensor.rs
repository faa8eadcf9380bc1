use std::fmt;

/// How a tensor's numbers are stored. The names and numbers are GGML's.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum TensorType {
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q8_1 = 9,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    Q8_K = 15,
    IQ2_XXS = 16,
    IQ2_XS = 17,
    IQ3_XXS = 18,
    IQ1_S = 19,
    IQ4_NL = 20,
    IQ3_S = 21,
    IQ2_S = 22,
    IQ4_XS = 23,
    I8 = 24,
    I16 = 25,
    I32 = 26,
    I64 = 27,
    F64 = 28,
    IQ1_M = 29,
    BF16 = 30,
    TQ1_0 = 34,
    TQ2_0 = 35,
    MXFP4 = 39,
    NVFP4 = 40,
    Q1_0 = 41,
    Q2_0 = 42,
}

impl TensorType {
    pub const ALL: [Self; 35] = {
        use TensorType::*;
        [
            F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K,
            IQ2_XXS, IQ2_XS, IQ3_XXS, IQ1_S, IQ4_NL, IQ3_S, IQ2_S, IQ4_XS, I8, I16, I32, I64, F64,
            IQ1_M, BF16, TQ1_0, TQ2_0, MXFP4, NVFP4, Q1_0, Q2_0,
        ]
    };

    pub(crate) fn from_id(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == id)
    }

    /// Numbers in one block. A tensor's innermost dimension is a multiple of it.
    pub const fn block_len(self) -> usize {
        use TensorType::*;
        match self {
            F32 | F16 | BF16 | F64 | I8 | I16 | I32 | I64 => 1,
            Q4_0 | Q4_1 | Q5_0 | Q5_1 | Q8_0 | Q8_1 | IQ4_NL | MXFP4 => 32,
            NVFP4 | Q2_0 => 64,
            Q1_0 => 128,
            Q2_K | Q3_K | Q4_K | Q5_K | Q6_K | Q8_K | IQ2_XXS | IQ2_XS | IQ3_XXS | IQ1_S
            | IQ3_S | IQ2_S | IQ4_XS | IQ1_M | TQ1_0 | TQ2_0 => 256,
        }
    }

    /// Bytes of one block.
    pub const fn block_bytes(self) -> usize {
        use TensorType::*;
        match self {
            I8 => 1,
            F16 | BF16 | I16 => 2,
            F32 | I32 => 4,
            F64 | I64 => 8,
            MXFP4 => 17,
            Q4_0 | IQ4_NL | Q1_0 | Q2_0 => 18,
            Q4_1 => 20,
            Q5_0 => 22,
            Q5_1 => 24,
            Q8_0 => 34,
            Q8_1 | NVFP4 => 36,
            IQ1_S => 50,
            TQ1_0 => 54,
            IQ1_M => 56,
            IQ2_XXS | TQ2_0 => 66,
            IQ2_XS => 74,
            IQ2_S => 82,
            Q2_K => 84,
            IQ3_XXS => 98,
            Q3_K | IQ3_S => 110,
            IQ4_XS => 136,
            Q4_K => 144,
            Q5_K => 176,
            Q6_K => 210,
            Q8_K => 292,
        }
    }

    /// Bytes that the cpu backend keeps for one block, where those are not the file's: indices into
    /// codebooks are written out as nibbles, and some scales as whole bytes. A test beside its
    /// kernels holds these numbers against what it does.
    ///
    /// Here because two crates that may not know each other build on it: one foresees from a
    /// file's header what it will need, the other computes it.
    pub const fn loaded_block_bytes(self) -> usize {
        use TensorType::*;
        match self {
            TQ1_0 | TQ2_0 => 84,
            Q3_K => 114,
            IQ1_S | IQ2_XXS | IQ3_XXS | IQ3_S | IQ4_XS => 138,
            IQ1_M | IQ2_XS | IQ2_S => 146,
            Q4_K => 148,
            Q5_K => 180,
            F32 | F16 | BF16 | F64 | I8 | I16 | I32 | I64 | Q4_0 | Q4_1 | Q5_0 | Q5_1 | Q8_0
            | Q8_1 | Q2_K | Q6_K | Q8_K | IQ4_NL | MXFP4 | NVFP4 | Q1_0 | Q2_0 => {
                self.block_bytes()
            }
        }
    }

    /// Bytes that a tensor of this shape takes (innermost dimension first), or `None` where the
    /// innermost dimension is not whole blocks or the product overflows.
    pub fn bytes_for(self, dims: &[u64]) -> Option<u64> {
        let block_len = self.block_len() as u64;
        let innermost = *dims.first()?;
        if !innermost.is_multiple_of(block_len) {
            return None;
        }
        let elements = dims.iter().try_fold(1u64, |n, dim| n.checked_mul(*dim))?;
        (elements / block_len).checked_mul(self.block_bytes() as u64)
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One tensor of an open file.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    pub name: &'a str,
    /// Innermost (contiguous) dimension first: a weight matrix is `[columns, rows]`.
    pub dims: &'a [u64],
    pub kind: TensorType,
    /// The blocks as they lie in the file, mapped and read on first use.
    pub data: &'a [u8],
}

impl Tensor<'_> {
    /// How many numbers it holds.
    pub fn elements(&self) -> u64 {
        self.dims.iter().product()
    }

    /// Bytes that it takes once the cpu backend has loaded it.
    pub fn loaded_bytes(&self) -> u64 {
        let blocks = self.data.len() / self.kind.block_bytes();
        blocks as u64 * self.kind.loaded_block_bytes() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_format() {
        assert_eq!(TensorType::Q4_K.to_string(), "Q4_K");
        assert_eq!(TensorType::IQ2_XXS.to_string(), "IQ2_XXS");
    }

    #[test]
    fn every_type_is_found_by_its_number() {
        for kind in TensorType::ALL {
            assert_eq!(TensorType::from_id(kind as u32), Some(kind));
        }
        assert_eq!(TensorType::from_id(4), None, "Q4_2 was removed from the format");
    }

    #[test]
    fn sizes_count_whole_blocks_and_never_overflow() {
        assert_eq!(TensorType::Q4_K.bytes_for(&[512, 3]), Some(2 * 3 * 144));
        assert_eq!(TensorType::Q4_K.bytes_for(&[100, 3]), None, "half a block");
        assert_eq!(TensorType::NVFP4.bytes_for(&[128]), Some(2 * 36));
        assert_eq!(TensorType::Q1_0.bytes_for(&[256]), Some(2 * 18), "a bit for each and a scale");
        assert_eq!(TensorType::F32.bytes_for(&[u64::MAX, 2]), None);
        assert_eq!(TensorType::F32.bytes_for(&[1 << 62, 1]), None, "the bytes overflow");
        assert_eq!(TensorType::F32.bytes_for(&[]), None);
    }
}
