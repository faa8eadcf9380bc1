use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::error::shown;
use crate::{Cause, Config, Dtype, Error, Tensor, header};

/// Of a description, in bytes.
const MAX_CONFIG: u64 = 1 << 20;

/// Of the list of which tensor is in which file, in bytes.
const MAX_INDEX: u64 = 64 << 20;

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const INDEX: &str = "model.safetensors.index.json";
const WHOLE: &str = "model.safetensors";

/// What else an engine may want to read, where it is there.
const BESIDES: [&str; 4] = [
    "tokenizer_config.json",
    "generation_config.json",
    "chat_template.jinja",
    "chat_template.json",
];

/// A folder with a model in it, whose description was read and checked.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    config: Config,
    weights: Vec<PathBuf>,
    tensors: Vec<Tensor>,
}

impl Folder {
    /// Whether it is worth opening: a person who drops any other folder means something else.
    pub fn looks_like_one(path: &Path) -> bool {
        path.join(CONFIG).is_file() && path.join(TOKENIZER).is_file()
    }

    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let missing = |what| Error::new(path, Cause::Missing(what));
        let config = path.join(CONFIG);
        if !config.is_file() {
            return Err(missing(CONFIG));
        }
        if !path.join(TOKENIZER).is_file() {
            return Err(missing(TOKENIZER));
        }
        let config = Config::parse(&config, &read_whole(&config, MAX_CONFIG)?)?;
        let weights = weights(path)?;
        if weights.is_empty() {
            return Err(missing(".safetensors file"));
        }
        let mut names = BTreeSet::new();
        let mut tensors = Vec::new();
        for file in &weights {
            for tensor in header::read(file)? {
                if !names.insert(tensor.name.clone()) {
                    return Err(Error::new(file, Cause::Twice(shown(&tensor.name))));
                }
                tensors.push(tensor);
            }
        }
        Ok(Self { path: path.to_owned(), config, weights, tensors })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn config_file(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    pub fn tokenizer_file(&self) -> PathBuf {
        self.path.join(TOKENIZER)
    }

    /// The files with the weights.
    pub fn weights(&self) -> &[PathBuf] {
        &self.weights
    }

    /// Every file that running the model can need.
    pub fn files(&self) -> Vec<PathBuf> {
        let besides = BESIDES.iter().map(|name| self.path.join(name)).filter(|path| path.is_file());
        let own = [self.config_file(), self.tokenizer_file()];
        own.into_iter().chain(besides).chain(self.weights.iter().cloned()).collect()
    }

    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Numbers in all tensors together.
    pub fn parameters(&self) -> u64 {
        self.tensors.iter().map(Tensor::elements).fold(0, u64::saturating_add)
    }

    /// How most of the bytes are stored; `None` for a folder without tensors.
    pub fn dtype(&self) -> Option<Dtype> {
        let mut bytes: HashMap<Dtype, u64> = HashMap::new();
        for tensor in &self.tensors {
            let sum = bytes.entry(tensor.dtype).or_default();
            *sum = sum.saturating_add(tensor.bytes);
        }
        bytes.into_iter().max_by_key(|(_, bytes)| *bytes).map(|(dtype, _)| dtype)
    }

    /// The bytes of the weights' files, and when one of a model's files last changed; without
    /// reading any of them.
    pub fn stamp(path: &Path) -> (u64, Option<SystemTime>) {
        let weights = weights(path).unwrap_or_default();
        let about = |file: &PathBuf| fs::metadata(file).ok();
        let bytes = weights.iter().filter_map(about).map(|file| file.len()).sum();
        let described = [CONFIG, TOKENIZER].map(|name| path.join(name));
        let all = weights.iter().chain(&described).filter_map(about);
        (bytes, all.filter_map(|file| file.modified().ok()).max())
    }

    /// The folder's own name. The cache of Hugging Face names folders by numbers, and the model one
    /// above: `models--OWNER--NAME/snapshots/COMMIT`.
    pub fn name(path: &Path) -> String {
        let names = path.ancestors().filter_map(|folder| folder.file_name()?.to_str());
        let published = names.take(3).find_map(|name| name.strip_prefix("models--"));
        match published.and_then(|name| name.rsplit("--").next()) {
            Some(name) => name.to_owned(),
            None => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }
}

/// Reads one of a folder's small files; fails above `limit` bytes.
pub(crate) fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let error = |e: std::io::Error| Error::new(path, e);
    let bytes = fs::metadata(path).map_err(error)?.len();
    if bytes > limit {
        return Err(Error::new(path, Cause::TooLarge { bytes, limit }));
    }
    fs::read(path).map_err(error)
}

/// The files that hold the weights once: as the index says, else the whole file, else whatever
/// there is. Some publishers put the same weights beside them under other names.
fn weights(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let index = path.join(INDEX);
    if index.is_file() {
        return indexed(path, &index);
    }
    let whole = path.join(WHOLE);
    if whole.is_file() {
        return Ok(vec![whole]);
    }
    let entries = fs::read_dir(path).map_err(|e| Error::new(path, e))?;
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "safetensors"))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    Ok(files)
}

fn indexed(path: &Path, index: &Path) -> Result<Vec<PathBuf>, Error> {
    let malformed = |why: &str| Error::new(index, Cause::Malformed(why.into()));
    let text = read_whole(index, MAX_INDEX)?;
    let json: Value = serde_json::from_slice(&text).map_err(|_| malformed("it is no JSON"))?;
    let map = json["weight_map"].as_object().ok_or_else(|| malformed("it has no weight_map"))?;
    let names: BTreeSet<&str> = map.values().filter_map(Value::as_str).collect();
    let file = |name: &str| {
        // A name that leads out of the folder is no part of it.
        let plain = Path::new(name).file_name().is_some_and(|own| own == name);
        let file = path.join(name);
        match plain && file.is_file() {
            true => Ok(file),
            false => Err(Error::new(index, Cause::Gone(shown(name)))),
        }
    };
    names.into_iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use crate::write::Writer;

    use super::*;

    const CONFIG_TEXT: &str = r#"{"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3",
        "num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 4, "head_dim": 16,
        "num_key_value_heads": 2, "vocab_size": 10, "max_position_embeddings": 4096}"#;

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(CONFIG), CONFIG_TEXT).unwrap();
        fs::write(dir.path().join(TOKENIZER), "{}").unwrap();
        dir
    }

    fn weights_at(path: &Path, name: &str) {
        Writer::default().f32(name, &[2, 3], &[0.0; 6]).write(path).unwrap();
    }

    #[test]
    fn a_folder_says_what_is_in_it() {
        let dir = folder();
        weights_at(&dir.path().join(WHOLE), "w");
        // The same weights once more, as some publishers have them.
        weights_at(&dir.path().join("consolidated.safetensors"), "w");
        let model = Folder::open(dir.path()).unwrap();
        assert_eq!(model.config().class, "Qwen3ForCausalLM");
        assert_eq!(model.config().kv_per_token(), 2 * 2 * 2 * 16);
        assert_eq!((model.parameters(), model.dtype()), (6, Some(Dtype::F32)));
        assert_eq!(model.weights(), [dir.path().join(WHOLE)]);
    }

    #[test]
    fn the_index_says_which_files_belong_to_it_and_none_outside() {
        let dir = folder();
        for (file, name) in [("a.safetensors", "x"), ("b.safetensors", "y")] {
            weights_at(&dir.path().join(file), name);
        }
        let index = |text: &str| fs::write(dir.path().join(INDEX), text).unwrap();
        index(r#"{"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}"#);
        assert_eq!(Folder::open(dir.path()).unwrap().tensors().len(), 2);
        for outside in ["../a.safetensors", "/etc/passwd", "c.safetensors", "."] {
            index(&format!(r#"{{"weight_map": {{"x": "{outside}"}}}}"#));
            let error = Folder::open(dir.path()).unwrap_err();
            assert!(matches!(error.cause, Cause::Gone(_)), "{outside}: {error}");
        }
    }

    #[test]
    fn every_cut_of_a_file_is_an_error() {
        let dir = folder();
        let file = dir.path().join(WHOLE);
        weights_at(&file, "w");
        assert!(Folder::open(dir.path()).is_ok());
        let whole = fs::read(&file).unwrap();
        for cut in 0..whole.len() {
            fs::write(&file, &whole[..cut]).unwrap();
            assert!(Folder::open(dir.path()).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_header_that_lies_is_refused_before_anything_is_reserved_for_it() {
        let dir = folder();
        let file = dir.path().join(WHOLE);
        let header = |text: &str| {
            let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
            bytes.extend(text.as_bytes());
            bytes.extend([0; 64]);
            fs::write(&file, bytes).unwrap();
            Folder::open(dir.path()).unwrap_err()
        };
        for lie in [
            r#"{"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 999]}}"#,
            r#"{"w": {"dtype": "F32", "shape": [4], "data_offsets": [16, 0]}}"#,
            r#"{"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 12]}}"#,
            r#"{"w": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 0]}}"#,
            r#"{"w": {"dtype": "F31", "shape": [4], "data_offsets": [0, 16]}}"#,
            r#"{"w": 3}"#,
            "[]",
            "{",
        ] {
            assert!(header(lie).to_string().contains(WHOLE), "{lie}");
        }
        fs::write(&file, u64::MAX.to_le_bytes()).unwrap();
        let error = Folder::open(dir.path()).unwrap_err();
        assert!(matches!(error.cause, Cause::TooLarge { .. }), "{error}");
    }

    #[test]
    fn a_name_in_an_error_is_short_and_hides_nothing() {
        let dir = folder();
        let file = dir.path().join(WHOLE);
        let name = format!("\u{202e}\u{1b}[2J{}", "x".repeat(1 << 20));
        for entry in [
            serde_json::json!(3),
            serde_json::json!({"dtype": "F32", "shape": [4], "data_offsets": [0, 999]}),
            serde_json::json!({"dtype": "F32", "shape": [4], "data_offsets": [0, 12]}),
        ] {
            let header = serde_json::json!({ &name: entry }).to_string();
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend(header.as_bytes());
            bytes.extend([0; 64]);
            fs::write(&file, bytes).unwrap();
            let told = Folder::open(dir.path()).unwrap_err().to_string();
            assert!(told.contains("[2Jxxx") && told.len() < 1000, "{} bytes", told.len());
            assert!(!told.contains(['\u{202e}', '\u{1b}']), "{told:?}");
        }
    }

    #[test]
    fn a_folder_of_something_else_says_what_it_lacks() {
        let dir = tempfile::tempdir().unwrap();
        let lacks = || Folder::open(dir.path()).unwrap_err().to_string();
        assert!(lacks().contains("has no config.json"));
        fs::write(dir.path().join(CONFIG), CONFIG_TEXT).unwrap();
        assert!(lacks().contains("has no tokenizer.json"));
        assert!(!Folder::looks_like_one(dir.path()));
        fs::write(dir.path().join(TOKENIZER), "{}").unwrap();
        assert!(lacks().contains("has no .safetensors file"));
    }

    #[test]
    fn a_model_in_a_cache_has_the_name_it_was_published_under() {
        let name = |path: &str| Folder::name(Path::new(path));
        assert_eq!(name("/c/hub/models--Qwen--Qwen3-0.6B/snapshots/0a1b"), "Qwen3-0.6B");
        assert_eq!(name("/home/ada/SmolLM2"), "SmolLM2");
    }
}
