use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use hearth_gguf::{File, Metadata, PartName};
use hearth_safetensors::Folder;

use crate::Error;

/// Longer names are cut; one line of a list has no room for more.
const LONGEST_NAME: usize = 80;

/// What a model file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `general.name`, or the file's name without its ending.
    pub name: String,
    /// Such as `llama` or `qwen3`.
    pub architecture: String,
    pub parameters: u64,
    /// The type that most of its bytes have, such as `Q4_K`.
    pub quantization: Option<String>,
    /// The longest context it was made for, in tokens.
    pub context_length: Option<u32>,
    /// The same number for the same tokens, for as long as Hearth runs: one model can draft for
    /// another only if both mean the same by each token. `None` where the file has none.
    pub vocabulary: Option<u64>,
}

impl Facts {
    /// Reads the description of a GGUF file or of a folder of safetensors, never the weights.
    pub fn read(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            return Ok(Self::of(&Folder::open(path)?));
        }
        let file = open(path)?;
        let metadata = file.metadata();
        let name = metadata.str("general.name").map(shown).filter(|name| !name.is_empty());
        Ok(Self {
            name: name.unwrap_or_else(|| name_of(path)),
            architecture: shown(file.architecture()),
            parameters: file.parameters(),
            quantization: file.quantization().map(|kind| kind.to_string()),
            context_length: file.context_length(),
            vocabulary: vocabulary(metadata),
        })
    }

    fn of(folder: &Folder) -> Self {
        let config = folder.config();
        let name = shown(&Folder::name(folder.path()));
        Self {
            name: if name.is_empty() { name_of(folder.path()) } else { name },
            architecture: shown(config.family.as_ref().unwrap_or(&config.class)),
            parameters: folder.parameters(),
            quantization: folder.dtype().map(|dtype| dtype.name().to_owned()),
            context_length: config.context_length,
            // What runs it drafts with nothing.
            vocabulary: None,
        }
    }
}

/// The tokens up to the last that is used: models of one family fill their tables to different
/// lengths.
fn vocabulary(metadata: Metadata<'_>) -> Option<u64> {
    const UNUSED: i32 = 5;
    let mut hasher = DefaultHasher::new();
    let tokens = metadata.strs("tokenizer.ggml.tokens")?;
    let types = metadata.i32s("tokenizer.ggml.token_type");
    let last = types.as_ref().and_then(|types| types.iter().rposition(|kind| *kind != UNUSED));
    let used = last.map_or(usize::MAX, |last| last + 1);
    tokens.take(used).for_each(|token| token.hash(&mut hasher));
    for name in ["model", "pre"] {
        metadata.str(&format!("tokenizer.ggml.{name}")).hash(&mut hasher);
    }
    types.map(|types| types.into_iter().take(used).collect::<Vec<_>>()).hash(&mut hasher);
    Some(hasher.finish())
}

fn open(path: &Path) -> Result<File, Error> {
    let file = File::open(path)?;
    match file.is_no_model() {
        Some(what) => Err(Error::NoModel { path: path.to_owned(), what }),
        None => Ok(file),
    }
}

/// The files of the model that this one is or belongs to, once each was found to be sound; a folder is
/// one by itself.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if path.is_dir() {
        Folder::open(path)?;
        return Ok(vec![path.to_owned()]);
    }
    Ok(open(path)?.paths().map(Path::to_owned).collect())
}

/// The file's name without its ending, and without the number of a part.
pub(crate) fn name_of(path: &Path) -> String {
    let part = path.file_name().and_then(|name| PartName::parse(name.to_str()?));
    match part {
        Some(part) => shown(part.stem()),
        None => shown(&path.file_stem().unwrap_or_default().to_string_lossy()),
    }
}

/// Text from a file that anyone may have made, fit for one line: no control characters and
/// none that turn the direction of writing.
fn shown(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = text.chars().filter(|c| !c.is_control() && !turns(*c));
    plain.take(LONGEST_NAME).collect::<String>().trim().to_owned()
}
