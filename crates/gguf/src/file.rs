use std::io::Read;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::header::{self, Header, MAX_HEADER, Stop, TensorInfo};
use crate::metadata::text;
use crate::{Cause, Error, Metadata, Tensor, TensorType};

/// What is read first: enough for the whole header of a small model.
const FIRST_READ: u64 = 1 << 20;

/// An open GGUF file, whose header has been checked from end to end.
///
/// The header is read and the tensors' data is mapped. A process that asks only for facts never
/// touches the mapping, so a file that shrinks while it is open cannot take that process down.
pub struct File {
    path: PathBuf,
    bytes: Vec<u8>,
    header: Header,
    data: Mmap,
}

impl File {
    /// Opens and checks a file. Fails with the file's name and a [`Cause`] unless every length
    /// lies inside the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::open_inner(path).map_err(|cause| Error::new(path, cause))
    }

    fn open_inner(path: &Path) -> Result<Self, Cause> {
        let about = std::fs::metadata(path)?;
        if about.is_dir() {
            return Err(Cause::Directory);
        }
        // Opening a pipe or a device could block for ever.
        if !about.is_file() {
            return Err(Cause::NotAFile);
        }
        let file = std::fs::File::open(path)?;
        let file_len = file.metadata()?.len();
        if file_len == 0 {
            return Err(Cause::Empty);
        }
        let (bytes, header) = read_header(&file, file_len)?;
        // SAFETY: mapping is sound while nobody writes to the file. Model files are written
        // once and renamed into place; another program that truncates one all the same raises
        // SIGBUS on the next access, which is why only the engine's process reads tensors.
        let data = unsafe { Mmap::map(&file)? };
        // The file may have shrunk since its length was taken.
        if (data.len() as u64) < file_len {
            return Err(Cause::Truncated {
                what: "the file",
                offset: 0,
                needed: file_len,
                file_len: data.len() as u64,
            });
        }
        Ok(Self { path: path.to_owned(), bytes, header, data })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn metadata(&self) -> Metadata<'_> {
        Metadata { header: &self.bytes, entries: &self.header.entries }
    }

    /// The tensors, in the file's order.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Tensor<'_>> {
        self.header.tensors.iter().map(|info| self.view(info))
    }

    pub fn tensor(&self, name: &str) -> Option<Tensor<'_>> {
        let at = self
            .header
            .by_name
            .binary_search_by(|at| self.name(&self.header.tensors[*at as usize]).cmp(name))
            .ok()?;
        Some(self.view(&self.header.tensors[self.header.by_name[at] as usize]))
    }

    /// `general.architecture`, such as `llama` or `qwen3`; empty where the file does not say.
    pub fn architecture(&self) -> &str {
        self.metadata().str("general.architecture").unwrap_or_default()
    }

    /// The longest context the model was made for, in tokens.
    pub fn context_length(&self) -> Option<u32> {
        self.metadata().u32(&format!("{}.context_length", self.architecture()))
    }

    /// How the context is stretched: the kind, such as `linear`, `yarn` or `none`, and how many times,
    /// 1 where it is not said. Files of 2023 have another key and no kind.
    pub fn rope_scaling(&self) -> (&str, f32) {
        let (meta, architecture) = (self.metadata(), self.architecture());
        let key = |name: &str| format!("{architecture}.rope.{name}");
        let factor = meta.f32(&key("scaling.factor")).or_else(|| meta.f32(&key("scale_linear")));
        let kind = meta.str(&key("scaling.type")).unwrap_or("linear");
        (kind, factor.filter(|factor| *factor > 0.0).unwrap_or(1.0))
    }

    /// Numbers in all tensors together.
    pub fn parameters(&self) -> u64 {
        self.tensors().map(|tensor| tensor.elements()).fold(0, u64::saturating_add)
    }

    /// The type that most of the tensors' bytes have; `None` for a file without tensors.
    pub fn quantization(&self) -> Option<TensorType> {
        let bytes_of = |kind| -> u64 {
            let same = self.header.tensors.iter().filter(|tensor| tensor.kind == kind);
            same.map(|tensor| tensor.bytes.end - tensor.bytes.start).fold(0, u64::saturating_add)
        };
        let (kind, bytes) = TensorType::ALL
            .map(|kind| (kind, bytes_of(kind)))
            .into_iter()
            .max_by_key(|(_, n)| *n)?;
        (bytes > 0).then_some(kind)
    }

    fn view<'a>(&'a self, info: &'a TensorInfo) -> Tensor<'a> {
        Tensor {
            name: self.name(info),
            dims: &info.dims[..info.rank as usize],
            kind: info.kind,
            data: &self.data[info.bytes.start as usize..info.bytes.end as usize],
        }
    }

    fn name(&self, info: &TensorInfo) -> &str {
        text(&self.bytes, info.name)
    }
}

/// Reads as much of the file as its header needs, doubling until it is all there.
fn read_header(mut file: &std::fs::File, file_len: u64) -> Result<(Vec<u8>, Header), Cause> {
    let mut bytes = Vec::new();
    let mut wanted = FIRST_READ;
    loop {
        let missing = wanted - bytes.len() as u64;
        let got = file.by_ref().take(missing).read_to_end(&mut bytes)?;
        match header::parse(&bytes, file_len) {
            Ok(header) => {
                bytes.truncate(header.len);
                bytes.shrink_to_fit();
                return Ok((bytes, header));
            }
            Err(Stop::Broken(cause)) => return Err(cause),
            Err(Stop::NeedMore) if got as u64 == missing && wanted < MAX_HEADER => wanted *= 2,
            Err(Stop::NeedMore) => {
                return Err(Cause::Truncated {
                    what: "the header",
                    offset: 0,
                    needed: wanted,
                    file_len: bytes.len() as u64,
                });
            }
        }
    }
}
