use std::num::NonZero;

use crate::header::{Entry, Span, Value, ValueType};

/// The key-value part of a file. Getters answer `None` for a missing key and for a value of
/// another type, which text in another encoding than UTF-8 is; integers of every width are one type
/// as long as the value fits.
#[derive(Clone, Copy)]
pub struct Metadata<'a> {
    pub(crate) header: &'a [u8],
    /// Sorted by key.
    pub(crate) entries: &'a [Entry],
}

impl<'a> Metadata<'a> {
    pub fn str(&self, key: &str) -> Option<&'a str> {
        match self.get(key)? {
            Value::Str(span) => std::str::from_utf8(&self.header[span.range()]).ok(),
            _ => None,
        }
    }

    pub fn u32(&self, key: &str) -> Option<u32> {
        self.u64(key)?.try_into().ok()
    }

    pub fn u64(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Value::Unsigned(v) => Some(v),
            Value::Signed(v) => v.try_into().ok(),
            _ => None,
        }
    }

    pub fn f32(&self, key: &str) -> Option<f32> {
        match self.get(key)? {
            Value::Float(v) => Some(v as f32),
            _ => None,
        }
    }

    pub fn bool(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(v) => Some(v),
            _ => None,
        }
    }

    /// The strings of an array, read where they lie. In one where a string is not UTF-8, as that of a
    /// vocabulary may be, it is U+FFFD.
    pub fn strs(
        &self,
        key: &str,
    ) -> Option<impl ExactSizeIterator<Item = &'a str> + Clone + use<'a>> {
        let of = |bytes| std::str::from_utf8(bytes).unwrap_or("\u{fffd}");
        Some(self.byte_strs(key)?.map(of))
    }

    /// The strings of an array as their bytes, read where they lie: a vocabulary is not copied.
    pub fn byte_strs(&self, key: &str) -> Option<Strings<'a>> {
        match self.get(key)? {
            Value::Array(ValueType::Str, count, span) => {
                Some(Strings { bytes: &self.header[span.range()], left: count as usize })
            }
            _ => None,
        }
    }

    pub fn f32s(&self, key: &str) -> Option<Vec<f32>> {
        let (kind, bytes) = self.array(key)?;
        match kind {
            ValueType::F32 => Some(numbers(bytes, f32::from_le_bytes)),
            ValueType::F64 => {
                Some(numbers(bytes, f64::from_le_bytes).into_iter().map(|v| v as f32).collect())
            }
            _ => None,
        }
    }

    /// An array of integers of any width, or of truths (0 and 1); `None` if one does not fit.
    pub fn i32s(&self, key: &str) -> Option<Vec<i32>> {
        let (kind, bytes) = self.array(key)?;
        match kind {
            ValueType::U8 | ValueType::Bool => fit(numbers(bytes, u8::from_le_bytes)),
            ValueType::I8 => fit(numbers(bytes, i8::from_le_bytes)),
            ValueType::U16 => fit(numbers(bytes, u16::from_le_bytes)),
            ValueType::I16 => fit(numbers(bytes, i16::from_le_bytes)),
            ValueType::U32 => fit(numbers(bytes, u32::from_le_bytes)),
            ValueType::I32 => Some(numbers(bytes, i32::from_le_bytes)),
            ValueType::U64 => fit(numbers(bytes, u64::from_le_bytes)),
            ValueType::I64 => fit(numbers(bytes, i64::from_le_bytes)),
            _ => None,
        }
    }

    /// Every key, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let header = self.header;
        self.entries.iter().map(move |entry| text(header, entry.key))
    }

    fn array(&self, key: &str) -> Option<(ValueType, &'a [u8])> {
        match self.get(key)? {
            Value::Array(kind, _, span) => Some((kind, &self.header[span.range()])),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Value> {
        let at = self.entries.binary_search_by(|e| text(self.header, e.key).cmp(key)).ok()?;
        Some(self.entries[at].value)
    }
}

/// The strings of a metadata array, in order.
#[derive(Clone)]
pub struct Strings<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = NonZero::new(self.left)?.get() - 1;
        // The header's parser walked these same lengths.
        let (len, rest) = self.bytes.split_first_chunk::<8>()?;
        let (item, rest) = rest.split_at(u64::from_le_bytes(*len) as usize);
        self.bytes = rest;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Strings<'_> {}

/// A key, or the name of a tensor.
pub(crate) fn text(header: &[u8], span: Span) -> &str {
    std::str::from_utf8(&header[span.range()]).expect("names are checked when the header is parsed")
}

fn numbers<const N: usize, T>(bytes: &[u8], read: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)).collect()
}

fn fit<T: TryInto<i32>>(values: Vec<T>) -> Option<Vec<i32>> {
    values.into_iter().map(|v| v.try_into().ok()).collect()
}
