use std::io::Read;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::header::{self, Header, MAX_HEADER, Stop, TensorInfo, shown};
use crate::metadata::text;
use crate::{Cause, Error, Metadata, Tensor, TensorType, split};

const ADAPTER: &str = "is an adapter (LoRA), which changes another model, and not a model itself";

/// What is read first: enough for the whole header of a small model.
const FIRST_READ: u64 = 1 << 20;

/// An open model: a GGUF file, or all the files of one in several, whose headers have been checked
/// from end to end.
///
/// The headers are read and the tensors' data is mapped. A process that asks only for facts never
/// touches the mappings, so a file that shrinks while it is open cannot take that process down.
pub struct File {
    /// The first has the metadata.
    parts: Vec<Part>,
    /// All tensors, sorted by name.
    by_name: Vec<At>,
}

/// A tensor by its part, and its place there.
type At = (u32, u32);

/// One file.
pub(crate) struct Part {
    pub path: PathBuf,
    bytes: Vec<u8>,
    pub header: Header,
    data: Mmap,
}

impl Part {
    /// Opens and checks one file. Fails with its name and a [`Cause`] unless every length lies
    /// inside it.
    pub fn open(path: &Path) -> Result<Self, Error> {
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

    pub fn metadata(&self) -> Metadata<'_> {
        Metadata { header: &self.bytes, entries: &self.header.entries }
    }

    fn tensors(&self) -> impl Iterator<Item = Tensor<'_>> {
        self.header.tensors.iter().map(|info| self.view(info))
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

impl File {
    /// Opens and checks a model, by its file or by any of its parts.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let parts = split::gather(Part::open(path.as_ref())?)?;
        let mut by_name: Vec<At> = parts
            .iter()
            .zip(0..)
            .flat_map(|(part, number)| part.header.by_name.iter().map(move |at| (number, *at)))
            .collect();
        by_name.sort_by_key(|at| name_at(&parts, *at));
        let twice =
            by_name.array_windows().find(|[a, b]| name_at(&parts, *a) == name_at(&parts, *b));
        if let Some([_, (part, at)]) = twice {
            let name = shown(name_at(&parts, (*part, *at)));
            let why = format!("it has the tensor `{name}`, and so has another part");
            return Err(Error::new(&parts[*part as usize].path, Cause::OtherModel { why }));
        }
        Ok(Self { parts, by_name })
    }

    /// The file, or the first of its parts.
    pub fn path(&self) -> &Path {
        &self.parts[0].path
    }

    /// The files that it consists of, in their order.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().map(|part| part.path.as_path())
    }

    pub fn metadata(&self) -> Metadata<'_> {
        self.parts[0].metadata()
    }

    /// The tensors, in the order of the files.
    pub fn tensors(&self) -> impl Iterator<Item = Tensor<'_>> {
        self.parts.iter().flat_map(Part::tensors)
    }

    pub fn tensor(&self, name: &str) -> Option<Tensor<'_>> {
        let at = self.by_name.binary_search_by(|at| name_at(&self.parts, *at).cmp(name)).ok()?;
        let (part, at) = self.by_name[at];
        let part = &self.parts[part as usize];
        Some(part.view(&part.header.tensors[at as usize]))
    }

    /// The metadata of the first file as it stands there: how many entries, and their bytes.
    pub(crate) fn entries(&self) -> (u64, Vec<u8>) {
        /// Magic, version, and the two counts.
        const BEGIN: usize = 24;
        /// Length of the name, rank, type and offset.
        const FIXED: usize = 8 + 4 + 4 + 8;
        let Part { bytes, header, .. } = &self.parts[0];
        let infos = header.tensors.iter();
        let tensors: usize =
            infos.map(|info| FIXED + info.name.range().len() + 8 * info.rank as usize).sum();
        (header.entries.len() as u64, bytes[BEGIN..header.len - tensors].to_vec())
    }

    /// `general.architecture`, such as `llama` or `qwen3`; empty where the file does not say.
    pub fn architecture(&self) -> &str {
        self.metadata().str("general.architecture").unwrap_or_default()
    }

    /// What it is instead of a model that can be asked, where it says so: the end of a sentence that
    /// begins with its name. Files of earlier years say it by other keys.
    pub fn is_no_model(&self) -> Option<&'static str> {
        let metadata = self.metadata();
        match (metadata.str("general.type"), self.architecture()) {
            (Some("adapter"), _) => Some(ADAPTER),
            (Some("mmproj"), _) | (None, "clip") => {
                Some("is the eyes or the ears of a model and not the model itself")
            }
            (Some("imatrix"), _) | (None, "imatrix") => {
                Some("only says which weights of a model matter most")
            }
            _ if metadata.str("adapter.type").is_some() => Some(ADAPTER),
            _ => None,
        }
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
            let same = self.tensors().filter(|tensor| tensor.kind == kind);
            same.map(|tensor| tensor.data.len() as u64).fold(0, u64::saturating_add)
        };
        let (kind, bytes) = TensorType::ALL
            .map(|kind| (kind, bytes_of(kind)))
            .into_iter()
            .max_by_key(|(_, n)| *n)?;
        (bytes > 0).then_some(kind)
    }
}

fn name_at(parts: &[Part], (part, at): At) -> &str {
    let part = &parts[part as usize];
    part.name(&part.header.tensors[at as usize])
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
