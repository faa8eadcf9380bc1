//! Models that other programs have downloaded, offered for use where they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hearth_gguf::PartName;
use serde::Deserialize;

use crate::facts::name_of;
use crate::{Facts, size_of};

/// A disk of somebody who collects models has fewer files than this in these folders.
const MOST_FILES: usize = 5000;

/// LM Studio keeps `publisher/repository/file`, the cache of Hugging Face
/// `models--owner--name/snapshots/commit/file`.
const DEEPEST: usize = 6;

/// Smaller files are vocabularies and projectors, not models.
const LEAST_BYTES: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who downloaded it.
    pub program: &'static str,
    pub name: String,
    pub path: PathBuf,
    pub bytes: u64,
}

/// Where programs keep their models.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub lm_studio: Vec<PathBuf>,
    pub ollama: Vec<PathBuf>,
    pub jan: Vec<PathBuf>,
    pub hugging_face: Vec<PathBuf>,
}

impl Places {
    /// Their usual folders, and those that `OLLAMA_MODELS`, `HF_HUB_CACHE` and `HF_HOME` name.
    pub fn of_this_user() -> Self {
        let named = |name: &str| std::env::var_os(name).map(PathBuf::from).into_iter();
        let Some(user) = directories::BaseDirs::new() else { return Self::default() };
        let home = |path: &str| user.home_dir().join(path);
        let mut ollama: Vec<_> = named("OLLAMA_MODELS").collect();
        ollama.extend([home(".ollama/models"), "/usr/share/ollama/.ollama/models".into()]);
        let mut hugging_face: Vec<_> = named("HF_HUB_CACHE").collect();
        hugging_face.extend(named("HF_HOME").map(|folder| folder.join("hub")));
        hugging_face.push(home(".cache/huggingface/hub"));
        Self {
            lm_studio: vec![home(".lmstudio/models"), home(".cache/lm-studio/models")],
            ollama,
            jan: vec![
                user.data_dir().join("Jan/data/llamacpp/models"),
                user.data_dir().join("Jan/data/models"),
                home("jan/models"),
            ],
            hugging_face,
        }
    }

    /// The models in these places that Hearth can read, by name.
    pub fn look(&self) -> Vec<Found> {
        let folders = [
            ("LM Studio", &self.lm_studio),
            ("Jan", &self.jan),
            ("Hugging Face", &self.hugging_face),
        ];
        let mut found: Vec<Found> = Vec::new();
        for (program, folders) in folders {
            let files = folders.iter().flat_map(|folder| model_files(folder));
            found.extend(files.filter_map(|path| read(program, path, None)));
        }
        for folder in &self.ollama {
            found.extend(ollama(folder));
        }
        // The same file may be reached in two ways.
        let mut seen = BTreeSet::new();
        found.retain(|model| seen.insert(model.path.canonicalize().ok()));
        found.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.path.cmp(&b.path)));
        found
    }
}

fn read(program: &'static str, path: PathBuf, name: Option<String>) -> Option<Found> {
    let bytes = size_of(&path);
    if bytes < LEAST_BYTES {
        return None;
    }
    Facts::read(&path).ok()?;
    Some(Found { program, name: name.unwrap_or_else(|| name_of(&path)), bytes, path })
}

fn model_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            // Folders are not followed through links; files are, as caches name them by links.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && depth < DEEPEST {
                open.push((path, depth + 1));
            } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"))
                && !is_later_part(&path)
            {
                files.push(path);
            }
            if files.len() + open.len() > MOST_FILES {
                return files;
            }
        }
    }
    files
}

/// A model in several files is found by its first.
fn is_later_part(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| PartName::parse(name.to_str()?));
    name.is_some_and(|name| name.number() > 1)
}

/// What Ollama says about one of its models.
#[derive(Deserialize)]
struct Manifest {
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    #[serde(rename = "mediaType")]
    media_type: String,
    digest: String,
}

/// Ollama names files by their digests; their names stand in `manifests/host/space/name/tag`.
fn ollama(folder: &Path) -> Vec<Found> {
    let inside = |folder: PathBuf| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let hosts = inside(folder.join("manifests"));
    let tags = hosts.into_iter().flat_map(inside).flat_map(inside).flat_map(inside);
    let model = |tag: PathBuf| {
        let manifest: Manifest = serde_json::from_slice(&fs::read(&tag).ok()?).ok()?;
        let mut layers = manifest.layers.into_iter();
        let weights = layers.find(|layer| layer.media_type == "application/vnd.ollama.image.model");
        // A digest is part of a path only if it is nothing but a digest.
        let digest = weights?.digest;
        let digits = digest.strip_prefix("sha256:")?;
        digits.parse::<crate::download::Sha256>().ok()?;
        let name = format!("{}:{}", name_of_folder(tag.parent()?), name_of_folder(&tag));
        read("Ollama", folder.join("blobs").join(format!("sha256-{digits}")), Some(name))
    };
    tags.take(MOST_FILES).filter_map(model).collect()
}

fn name_of_folder(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
