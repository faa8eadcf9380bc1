//! The untrusted part: turning bytes into a table of where things lie.
//!
//! Every length is checked against what is left of the file before it is used, sums and
//! products are checked for overflow, and counts are capped far above any real model's, so that
//! a hostile file costs at most a small multiple of its header's size.

use std::ops::Range;

use crate::{Cause, TensorType};

/// Bytes of header (magic to the last tensor's description) that are read at most.
pub(crate) const MAX_HEADER: u64 = 64 << 20;
const MAX_ENTRIES: u64 = 100_000;
const MAX_TENSORS: u64 = 100_000;
const MAX_ARRAY: u64 = 4_000_000;
const MAX_STRING: u64 = 4 << 20;
const MAX_ALIGNMENT: u64 = 1 << 20;
const MAX_DIMS: u32 = 4;
const DEFAULT_ALIGNMENT: u64 = 32;

/// A place in the header. The header is capped at 64 MiB, so 32 bits hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub key: Span,
    pub value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    Str(Span),
    /// Element type, count, and the bytes of the elements.
    Array(ValueType, u32, Span),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Str,
    Array,
    U64,
    I64,
    F64,
}

impl ValueType {
    fn from_id(id: u32) -> Option<Self> {
        use ValueType::*;
        [U8, I8, U16, I16, U32, I32, F32, Bool, Str, Array, U64, I64, F64].get(id as usize).copied()
    }

    /// Bytes of one value; `None` where it varies.
    fn size(self) -> Option<u64> {
        use ValueType::*;
        match self {
            U8 | I8 | Bool => Some(1),
            U16 | I16 => Some(2),
            U32 | I32 | F32 => Some(4),
            U64 | I64 | F64 => Some(8),
            Str | Array => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct TensorInfo {
    pub name: Span,
    pub dims: [u64; MAX_DIMS as usize],
    pub rank: u8,
    pub kind: TensorType,
    /// Of the whole file.
    pub bytes: Range<u64>,
}

/// Where everything in a file lies.
pub(crate) struct Header {
    /// Length of the header itself, in bytes.
    pub len: usize,
    /// Sorted by key.
    pub entries: Vec<Entry>,
    /// In the file's order.
    pub tensors: Vec<TensorInfo>,
    /// Indices into `tensors`, sorted by name.
    pub by_name: Vec<u32>,
}

/// Why parsing stopped before the end of the header.
pub(crate) enum Stop {
    /// The file goes on, but the bytes given do not.
    NeedMore,
    Broken(Cause),
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Broken(cause)
    }
}

/// Parses the first bytes of a file that is `file_len` bytes long.
pub(crate) fn parse(bytes: &[u8], file_len: u64) -> Result<Header, Stop> {
    let mut cursor = Cursor { bytes, at: 0, file_len };
    cursor.magic_and_version()?;
    let tensor_count = within("a tensor count", cursor.u64("the header")?, MAX_TENSORS)?;
    let entry_count = within("a metadata count", cursor.u64("the header")?, MAX_ENTRIES)?;

    let mut entries = Vec::new();
    for _ in 0..entry_count {
        entries.push(cursor.entry()?);
    }
    entries.sort_unstable_by_key(|entry| &bytes[entry.key.range()]);
    if let Some([twice, _]) =
        entries.array_windows().find(|[a, b]| bytes[a.key.range()] == bytes[b.key.range()])
    {
        return Err(Cause::DuplicateKey(cursor.owned(twice.key)).into());
    }
    let alignment = alignment(bytes, &entries)?;

    let mut tensors = Vec::new();
    for _ in 0..tensor_count {
        tensors.push(cursor.tensor(alignment)?);
    }
    let by_name = sorted_by_name(&cursor, &tensors)?;
    place_data(&cursor, &mut tensors, alignment)?;
    Ok(Header { len: cursor.at, entries, tensors, by_name })
}

fn alignment(bytes: &[u8], entries: &[Entry]) -> Result<u64, Cause> {
    let Some(entry) = entries.iter().find(|e| &bytes[e.key.range()] == b"general.alignment") else {
        return Ok(DEFAULT_ALIGNMENT);
    };
    match entry.value {
        Value::Unsigned(v) if v.is_power_of_two() && v <= MAX_ALIGNMENT => Ok(v),
        Value::Unsigned(v) => Err(Cause::Alignment(v)),
        _ => Err(Cause::Alignment(0)),
    }
}

fn sorted_by_name(cursor: &Cursor, tensors: &[TensorInfo]) -> Result<Vec<u32>, Cause> {
    let name = |at: u32| &cursor.bytes[tensors[at as usize].name.range()];
    let mut by_name: Vec<u32> = (0..tensors.len() as u32).collect();
    by_name.sort_unstable_by_key(|at| name(*at));
    if let Some([twice, _]) = by_name.array_windows().find(|[a, b]| name(*a) == name(*b)) {
        return Err(Cause::DuplicateTensor(cursor.owned(tensors[*twice as usize].name)));
    }
    Ok(by_name)
}

/// Turns offsets into the data section into offsets into the file, all of them inside it.
fn place_data(cursor: &Cursor, tensors: &mut [TensorInfo], alignment: u64) -> Result<(), Cause> {
    let data_start = (cursor.at as u64).next_multiple_of(alignment);
    for tensor in tensors {
        let start = data_start.checked_add(tensor.bytes.start);
        let end = data_start.checked_add(tensor.bytes.end);
        match (start, end) {
            (Some(start), Some(end)) if end <= cursor.file_len => tensor.bytes = start..end,
            (_, end) => {
                return Err(Cause::TensorOutside {
                    name: cursor.owned(tensor.name),
                    end: end.unwrap_or(u64::MAX),
                    file_len: cursor.file_len,
                });
            }
        }
    }
    Ok(())
}

/// What tells people about the file may be in any encoding, and a token may be a part of a character.
/// Any other text is read to find out what the model is.
fn may_be_bytes(key: &[u8]) -> bool {
    key == b"tokenizer.ggml.tokens"
        || (key.starts_with(b"general.") && key != b"general.architecture")
}

fn within(what: &'static str, value: u64, limit: u64) -> Result<u64, Cause> {
    if value > limit { Err(Cause::Limit { what, value, limit }) } else { Ok(value) }
}

/// Reads forward through the bytes of a header.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    file_len: u64,
}

impl Cursor<'_> {
    fn magic_and_version(&mut self) -> Result<(), Stop> {
        if !self.bytes.starts_with(b"GGUF") {
            return Err(Cause::NotGguf(what_instead(self.bytes)).into());
        }
        self.at = 4;
        match self.u32("the header")? {
            2 | 3 => Ok(()),
            version if matches!(version.swap_bytes(), 1..=3) => Err(Cause::BigEndian.into()),
            version => Err(Cause::Version(version).into()),
        }
    }

    fn entry(&mut self) -> Result<Entry, Stop> {
        let key = self.string("a metadata key")?;
        let kind = self.u32("a metadata value")?;
        let Some(kind) = ValueType::from_id(kind) else {
            return Err(Cause::ValueType { key: self.owned(key), kind }.into());
        };
        let value = match kind {
            ValueType::Str => {
                let span = self.bytes_of_text("a metadata value")?;
                Value::Str(if may_be_bytes(&self.bytes[key.range()]) {
                    span
                } else {
                    self.text(span)?
                })
            }
            ValueType::Array => self.array(key)?,
            _ => self.scalar(kind)?,
        };
        Ok(Entry { key, value })
    }

    fn scalar(&mut self, kind: ValueType) -> Result<Value, Stop> {
        let size = kind.size().expect("strings and arrays are read elsewhere");
        let span = self.take("a metadata value", size)?;
        let mut wide = [0u8; 8];
        wide[..size as usize].copy_from_slice(&self.bytes[span.range()]);
        let bits = u64::from_le_bytes(wide);
        Ok(match kind {
            ValueType::I8 => Value::Signed((bits as i8).into()),
            ValueType::I16 => Value::Signed((bits as i16).into()),
            ValueType::I32 => Value::Signed((bits as i32).into()),
            ValueType::I64 => Value::Signed(bits as i64),
            ValueType::F32 => Value::Float(f32::from_bits(bits as u32).into()),
            ValueType::F64 => Value::Float(f64::from_bits(bits)),
            ValueType::Bool => Value::Bool(bits != 0),
            _ => Value::Unsigned(bits),
        })
    }

    fn array(&mut self, key: Span) -> Result<Value, Stop> {
        let id = self.u32("an array")?;
        let kind = match ValueType::from_id(id) {
            // Arrays of arrays are in the format's text, but in no model and no other reader.
            None | Some(ValueType::Array) => {
                return Err(Cause::ValueType { key: self.owned(key), kind: id }.into());
            }
            Some(kind) => kind,
        };
        let count = within("an array length", self.u64("an array")?, MAX_ARRAY)?;
        let span = match kind.size() {
            Some(size) => self.take("an array", count * size)?,
            None => {
                let start = self.at as u32;
                let any = may_be_bytes(&self.bytes[key.range()]);
                for _ in 0..count {
                    let span = self.bytes_of_text("an array")?;
                    if !any {
                        self.text(span)?;
                    }
                }
                Span { start, end: self.at as u32 }
            }
        };
        Ok(Value::Array(kind, count as u32, span))
    }

    fn tensor(&mut self, alignment: u64) -> Result<TensorInfo, Stop> {
        const WHAT: &str = "a tensor's description";
        let name = self.string(WHAT)?;
        let rank = self.u32(WHAT)?;
        if !(1..=MAX_DIMS).contains(&rank) {
            return Err(Cause::Limit {
                what: "a tensor rank",
                value: rank.into(),
                limit: MAX_DIMS.into(),
            }
            .into());
        }
        let mut dims = [1; MAX_DIMS as usize];
        for dim in &mut dims[..rank as usize] {
            *dim = self.u64(WHAT)?;
        }
        let id = self.u32(WHAT)?;
        let offset = self.u64(WHAT)?;

        let Some(kind) = TensorType::from_id(id) else {
            return Err(Cause::TensorType { name: self.owned(name), kind: id }.into());
        };
        let end = kind.bytes_for(&dims).filter(|n| *n > 0).and_then(|n| offset.checked_add(n));
        let Some(end) = end else {
            let dims = dims[..rank as usize].to_vec();
            return Err(Cause::Shape { name: self.owned(name), dims }.into());
        };
        if !offset.is_multiple_of(alignment) {
            return Err(Cause::Misaligned { name: self.owned(name), offset, alignment }.into());
        }
        Ok(TensorInfo { name, dims, rank: rank as u8, kind, bytes: offset..end })
    }

    fn string(&mut self, what: &'static str) -> Result<Span, Stop> {
        let span = self.bytes_of_text(what)?;
        self.text(span)
    }

    fn bytes_of_text(&mut self, what: &'static str) -> Result<Span, Stop> {
        let len = self.u64(what)?;
        self.take(what, within("a text length", len, MAX_STRING)?)
    }

    fn text(&self, span: Span) -> Result<Span, Stop> {
        if std::str::from_utf8(&self.bytes[span.range()]).is_err() {
            return Err(Cause::Utf8 { offset: span.start.into() }.into());
        }
        Ok(span)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, Stop> {
        let span = self.take(what, 4)?;
        Ok(u32::from_le_bytes(self.bytes[span.range()].try_into().expect("four bytes")))
    }

    fn u64(&mut self, what: &'static str) -> Result<u64, Stop> {
        let span = self.take(what, 8)?;
        Ok(u64::from_le_bytes(self.bytes[span.range()].try_into().expect("eight bytes")))
    }

    fn take(&mut self, what: &'static str, needed: u64) -> Result<Span, Stop> {
        let offset = self.at as u64;
        let end = match offset.checked_add(needed) {
            Some(end) if end <= self.file_len => end,
            _ => {
                let file_len = self.file_len;
                return Err(Cause::Truncated { what, offset, needed, file_len }.into());
            }
        };
        within("a header length", end, MAX_HEADER)?;
        if end > self.bytes.len() as u64 {
            return Err(Stop::NeedMore);
        }
        self.at = end as usize;
        Ok(Span { start: offset as u32, end: end as u32 })
    }

    /// A name for an error, which a list and a log show: as long as a name, and with its control and
    /// direction characters visible.
    fn owned(&self, span: Span) -> String {
        shown(&String::from_utf8_lossy(&self.bytes[span.range()]))
    }
}

/// Text of a file, for a sentence.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Names what a file is instead, from how it begins: the mistakes that people really make.
fn what_instead(bytes: &[u8]) -> &'static str {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(b"version https://git-lfs") {
        "it is a Git LFS pointer, so the download fetched a note about the model, not the model"
    } else if begins(b"<") {
        "it is a web page, so the download fetched a page about the model, not the model"
    } else if [b"tjgg", b"fmgg", b"lmgg"].iter().any(|magic| begins(*magic)) {
        "it is in the older GGML format, and only GGUF files can be read"
    } else if begins(b"PK\x03\x04") || begins(b"\x80\x02") {
        "it is a PyTorch file, and only GGUF files can be read"
    } else if bytes.get(8) == Some(&b'{') {
        "it is a safetensors file, and only GGUF files can be read"
    } else if begins(&[0; 4]) {
        "it begins with zeros, so its download was probably interrupted"
    } else {
        "it does not begin with the letters GGUF"
    }
}
