//! Writing GGUF files: for tests and for models with made-up weights.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::header::{self, Header, Stop};
use crate::{Cause, File, Metadata, TensorType};

/// Alignment of the data of each tensor, in bytes.
const ALIGNMENT: u64 = 32;

/// A metadata value to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    U16(u16),
    U32(u32),
    U64(u64),
    I32(i32),
    F32(f32),
    Bool(bool),
    Str(String),
    U32s(Vec<u32>),
    I32s(Vec<i32>),
    F32s(Vec<f32>),
    Strs(Vec<String>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

value_from! {
    u16 => U16, u32 => U32, u64 => U64, i32 => I32, f32 => F32, bool => Bool, &str => Str, String => Str,
    Vec<u32> => U32s, Vec<i32> => I32s, Vec<f32> => F32s, Vec<String> => Strs,
}

/// Collects the description of a file; [`Writer::start`] then streams the tensors' data, so that
/// a file larger than memory can be written.
#[derive(Default)]
pub struct Writer {
    /// Entries as they stand in another file.
    copied: Vec<u8>,
    copied_entries: u64,
    metadata: Vec<(String, Value)>,
    tensors: Vec<Declared>,
}

struct Declared {
    name: String,
    dims: Vec<u64>,
    kind: TensorType,
    bytes: u64,
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a metadata entry.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) -> &mut Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Declares the next tensor, innermost dimension first.
    ///
    /// # Panics
    /// If the innermost dimension is not whole blocks of `kind`.
    pub fn tensor(&mut self, name: impl Into<String>, dims: &[u64], kind: TensorType) -> &mut Self {
        let bytes = kind.bytes_for(dims).expect("the innermost dimension is whole blocks");
        self.tensors.push(Declared { name: name.into(), dims: dims.to_vec(), kind, bytes });
        self
    }

    /// Writes the header and hands over to the tensors' data.
    pub fn start(&self, path: impl AsRef<Path>) -> io::Result<DataWriter> {
        let mut header = Vec::new();
        self.write_header(&mut header);
        pad(&mut header);
        let mut out = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
        out.write_all(&header)?;
        let mut lengths: Vec<u64> = self.tensors.iter().map(|tensor| tensor.bytes).collect();
        lengths.reverse();
        Ok(DataWriter { out, left: lengths.pop().unwrap_or(0), lengths, padding: 0 })
    }

    /// Writes a whole file whose data fits in memory: `data` holds one slice for each tensor.
    pub fn write(&self, path: impl AsRef<Path>, data: &[&[u8]]) -> io::Result<()> {
        let mut out = self.start(path)?;
        for tensor in data {
            out.push(tensor)?;
        }
        out.finish()
    }

    /// The description alone, in memory, read and checked as that of a file is.
    pub fn describe(&self) -> Result<Described, Cause> {
        let mut bytes = Vec::new();
        self.write_header(&mut bytes);
        pad(&mut bytes);
        let file_len = self.tensors.iter().fold(bytes.len() as u64, |sum, tensor| {
            sum.saturating_add(tensor.bytes.next_multiple_of(ALIGNMENT))
        });
        match header::parse(&bytes, file_len) {
            Ok(header) => Ok(Described { bytes, header }),
            Err(Stop::Broken(cause)) => Err(cause),
            Err(Stop::NeedMore) => Err(Cause::Truncated {
                what: "the header",
                offset: 0,
                needed: file_len,
                file_len: bytes.len() as u64,
            }),
        }
    }

    fn write_header(&self, out: &mut Vec<u8>) {
        out.extend(b"GGUF");
        out.extend(3u32.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.copied_entries + self.metadata.len() as u64).to_le_bytes());
        out.extend(&self.copied);
        for (key, value) in &self.metadata {
            put_str(out, key);
            put_value(out, value);
        }
        let mut offset = 0u64;
        for tensor in &self.tensors {
            put_str(out, &tensor.name);
            out.extend((tensor.dims.len() as u32).to_le_bytes());
            tensor.dims.iter().for_each(|dim| out.extend(dim.to_le_bytes()));
            out.extend((tensor.kind as u32).to_le_bytes());
            out.extend(offset.to_le_bytes());
            offset += tensor.bytes.next_multiple_of(ALIGNMENT);
        }
    }
}

/// Writes an open model in several files as llama.cpp's `gguf-split` does, beside each other as
/// `STEM-00001-of-00003.gguf` and so on: `tensors` says how many each of them gets. All are aligned
/// as this writer aligns.
///
/// # Panics
/// If the numbers do not add up to the model's.
pub fn split(file: &File, stem: &Path, tensors: &[usize]) -> io::Result<Vec<PathBuf>> {
    let all: Vec<_> = file.tensors().collect();
    assert_eq!(tensors.iter().sum::<usize>(), all.len(), "each tensor is in one part");
    let mut left = all.as_slice();
    let mut paths = Vec::new();
    for (number, count) in tensors.iter().enumerate() {
        let (own, rest) = left.split_at(*count);
        left = rest;
        let mut writer = Writer::new();
        if number == 0 {
            (writer.copied_entries, writer.copied) = file.entries();
        }
        writer
            .set("split.no", number as u16)
            .set("split.count", tensors.len() as u16)
            .set("split.tensors.count", all.len() as i32);
        for tensor in own {
            writer.tensor(tensor.name, tensor.dims, tensor.kind);
        }
        let mut path = stem.as_os_str().to_owned();
        path.push(format!("-{:05}-of-{:05}.gguf", number + 1, tensors.len()));
        let data: Vec<_> = own.iter().map(|tensor| tensor.data).collect();
        writer.write(&path, &data)?;
        paths.push(path.into());
    }
    Ok(paths)
}

/// What a file says about a model, without the file.
pub struct Described {
    bytes: Vec<u8>,
    header: Header,
}

impl Described {
    pub fn metadata(&self) -> Metadata<'_> {
        Metadata { header: &self.bytes, entries: &self.header.entries }
    }
}

/// Takes the data of the declared tensors, in their order, in pieces of any size.
pub struct DataWriter {
    out: BufWriter<fs::File>,
    /// Lengths of the tensors after this one, last first.
    lengths: Vec<u64>,
    /// Bytes that the tensor under way still lacks.
    left: u64,
    /// Bytes of this tensor modulo the alignment.
    padding: u64,
}

impl DataWriter {
    /// Appends data; a piece may end one tensor and begin the next.
    pub fn push(&mut self, mut data: &[u8]) -> io::Result<()> {
        while !data.is_empty() {
            if self.left == 0 {
                return Err(io::Error::other("more tensor data than was declared"));
            }
            let (now, later) = data.split_at(data.len().min(self.left as usize));
            self.out.write_all(now)?;
            self.left -= now.len() as u64;
            self.padding = (self.padding + now.len() as u64) % ALIGNMENT;
            data = later;
            if self.left == 0 {
                self.end_tensor()?;
            }
        }
        Ok(())
    }

    fn end_tensor(&mut self) -> io::Result<()> {
        let zeros = [0; ALIGNMENT as usize];
        let missing = self.padding.next_multiple_of(ALIGNMENT) - self.padding;
        self.out.write_all(&zeros[..missing as usize])?;
        self.padding = 0;
        self.left = self.lengths.pop().unwrap_or(0);
        Ok(())
    }

    /// Flushes; fails if a declared tensor has not got all its data.
    pub fn finish(mut self) -> io::Result<()> {
        if self.left > 0 || !self.lengths.is_empty() {
            return Err(io::Error::other("less tensor data than was declared"));
        }
        self.out.flush()
    }
}

fn put_str(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    let mut kind = |id: u32| out.extend(id.to_le_bytes());
    match value {
        Value::U16(v) => {
            kind(2);
            out.extend(v.to_le_bytes());
        }
        Value::U32(v) => {
            kind(4);
            out.extend(v.to_le_bytes());
        }
        Value::I32(v) => {
            kind(5);
            out.extend(v.to_le_bytes());
        }
        Value::F32(v) => {
            kind(6);
            out.extend(v.to_le_bytes());
        }
        Value::Bool(v) => {
            kind(7);
            out.push((*v).into());
        }
        Value::Str(v) => {
            kind(8);
            put_str(out, v);
        }
        Value::U64(v) => {
            kind(10);
            out.extend(v.to_le_bytes());
        }
        Value::U32s(v) => put_array(out, 4, v, |out, v| out.extend(v.to_le_bytes())),
        Value::I32s(v) => put_array(out, 5, v, |out, v| out.extend(v.to_le_bytes())),
        Value::F32s(v) => put_array(out, 6, v, |out, v| out.extend(v.to_le_bytes())),
        Value::Strs(v) => put_array(out, 8, v, |out, v| put_str(out, v)),
    }
}

fn put_array<T>(out: &mut Vec<u8>, kind: u32, items: &[T], put: fn(&mut Vec<u8>, &T)) {
    out.extend(9u32.to_le_bytes());
    out.extend(kind.to_le_bytes());
    out.extend((items.len() as u64).to_le_bytes());
    items.iter().for_each(|item| put(out, item));
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(ALIGNMENT as usize), 0);
}
