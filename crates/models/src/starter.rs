use std::path::{Path, PathBuf};

use hearth_model_catalog::{Kind, Model, models};

/// Where an installed Hearth keeps its starter, relative to the folder of the executable: beside
/// it, in `/usr/lib/hearth` of a Linux package, and in the bundle on macOS.
const PLACES: [&str; 3] = ["starter", "../lib/hearth/starter", "../Resources/starter"];

/// The repository's own, for what was built in it and not installed.
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../model-catalog/starter");

/// The folder with the files of the built-in pair: the first of `PLACES` beside the running
/// executable, or the repository's, that holds the starter's model. `None` when Hearth was
/// moved without it.
pub fn starter_folder() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    let beside = PLACES.iter().filter_map(|place| Some(executable.parent()?.join(place)));
    let folders = beside.chain([PathBuf::from(REPOSITORY)]);
    // `..` is resolved, so that the folder can be compared and shown.
    folders
        .filter_map(|folder| folder.canonicalize().ok())
        .find(|folder| builtin().any(|model| file_in(folder, model).is_some()))
}

/// The built-in models that a person can choose; drafts only serve them.
pub(crate) fn builtin() -> impl Iterator<Item = &'static Model> {
    models().iter().filter(|model| model.builtin && model.kind != Kind::Draft)
}

/// The first of the model's files that is in `folder`.
pub(crate) fn file_in(folder: &Path, model: &Model) -> Option<PathBuf> {
    model.files.iter().map(|file| folder.join(&file.name)).find(|path| path.is_file())
}

/// The draft partner's file in `folder`.
pub(crate) fn draft_in(folder: &Path, model: &Model) -> Option<PathBuf> {
    let partners = model.drafts.iter().filter_map(|id| hearth_model_catalog::model(id));
    partners.filter_map(|partner| file_in(folder, partner)).next()
}
