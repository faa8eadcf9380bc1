use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::error::shown;
use crate::{Cause, Error};

/// Bytes of header that are read at most. A model of 1,000 layers has a few megabytes.
const MAX_HEADER: u64 = 64 << 20;

/// How one number of a tensor is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dtype {
    F64,
    F32,
    F16,
    Bf16,
    /// Any other, with the bits of one number: whole numbers, and floats of eight bits.
    Other {
        bits: u32,
    },
}

impl Dtype {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            "I64" | "U64" => Self::Other { bits: 64 },
            "I32" | "U32" => Self::Other { bits: 32 },
            "I16" | "U16" => Self::Other { bits: 16 },
            "I8" | "U8" | "BOOL" | "F8_E4M3" | "F8_E5M2" | "F8_E8M0" => Self::Other { bits: 8 },
            "F4" => Self::Other { bits: 4 },
            _ => return None,
        })
    }

    fn bits(self) -> u64 {
        match self {
            Self::F64 => 64,
            Self::F32 => 32,
            Self::F16 | Self::Bf16 => 16,
            Self::Other { bits } => bits.into(),
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::Other { .. } => "other",
        }
    }
}

/// One tensor's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    pub name: String,
    pub dtype: Dtype,
    /// Outermost dimension first.
    pub shape: Vec<u64>,
    pub bytes: u64,
}

impl Tensor {
    pub fn elements(&self) -> u64 {
        self.shape.iter().fold(1, |product: u64, dim| product.saturating_mul(*dim))
    }
}

/// Reads the header of one file, whose every tensor then lies inside that file.
pub(crate) fn read(path: &Path) -> Result<Vec<Tensor>, Error> {
    let error = |cause: Cause| Error::new(path, cause);
    let malformed = |why: &str| error(Cause::Malformed(why.into()));
    let mut file = File::open(path).map_err(|e| error(e.into()))?;
    let bytes = file.metadata().map_err(|e| error(e.into()))?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|e| error(e.into()))?;
    let length = u64::from_le_bytes(length);
    let limit = MAX_HEADER.min(bytes.saturating_sub(8));
    if length > limit {
        return Err(error(Cause::TooLarge { bytes: length, limit }));
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).map_err(|e| error(e.into()))?;
    let header: Value = serde_json::from_slice(&header)
        .map_err(|e| error(Cause::Malformed(format!("its header is no JSON: {e}"))))?;
    let entries =
        header.as_object().ok_or_else(|| malformed("its header is no list of tensors"))?;
    let room = bytes - 8 - length;
    let described = entries.iter().filter(|(name, _)| *name != "__metadata__");
    described.map(|(name, entry)| tensor(name, entry, room).map_err(error)).collect()
}

/// `room` is what the file has behind its header, in bytes.
fn tensor(name: &str, entry: &Value, room: u64) -> Result<Tensor, Cause> {
    let malformed =
        || Cause::Malformed(format!("it does not describe the tensor `{}`", shown(name)));
    let numbers = |value: &Value| -> Option<Vec<u64>> {
        value.as_array()?.iter().map(Value::as_u64).collect()
    };
    let dtype = entry["dtype"].as_str().and_then(Dtype::parse).ok_or_else(malformed)?;
    let shape = numbers(&entry["shape"]).ok_or_else(malformed)?;
    let offsets = numbers(&entry["data_offsets"]).ok_or_else(malformed)?;
    let [begin, end] = offsets[..] else { return Err(malformed()) };
    if end > room {
        return Err(Cause::TensorOutside { name: shown(name), end, bytes: room });
    }
    let stored = end.checked_sub(begin).ok_or_else(malformed)?;
    let elements = shape.iter().try_fold(1u64, |product, dim| product.checked_mul(*dim));
    let needed = elements.and_then(|n| n.checked_mul(dtype.bits())).map(|bits| bits.div_ceil(8));
    if needed != Some(stored) {
        return Err(Cause::Shape { name: shown(name) });
    }
    Ok(Tensor { name: name.into(), dtype, shape, bytes: stored })
}
