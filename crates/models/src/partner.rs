use std::path::PathBuf;

use crate::InstalledModel;

/// A draft has to be this many times smaller than its model: one of half its size takes half its
/// time for each guess, and no guess is worth that.
const TIMES_SMALLER: u64 = 4;

/// The installed model that can draft for `model` although no catalog pairs them: of those with
/// the same tokens the smallest, as a draft's speed counts more than its quality. Whether both
/// fit into memory is known when they are loaded, and whether it pays when it is measured.
pub(crate) fn of(models: &[InstalledModel], model: &InstalledModel) -> Option<PathBuf> {
    let facts = model.facts.as_ref().ok()?;
    let vocabulary = facts.vocabulary?;
    let drafts = models.iter().filter_map(|other| Some((other.facts.as_ref().ok()?, &other.path)));
    let fit = drafts.filter(|(draft, _)| {
        draft.vocabulary == Some(vocabulary) && draft.parameters <= facts.parameters / TIMES_SMALLER
    });
    fit.min_by_key(|(draft, _)| draft.parameters).map(|(_, path)| path.clone())
}

/// The installed models that a person may choose to draft for `model`: smaller ones with the same
/// tokens, the smallest first.
pub fn partners<'m>(
    models: &'m [InstalledModel],
    model: &InstalledModel,
) -> Vec<&'m InstalledModel> {
    let Ok(facts) = &model.facts else { return Vec::new() };
    let size = |other: &InstalledModel| {
        let other = other.facts.as_ref().ok()?;
        let same = other.vocabulary.is_some() && other.vocabulary == facts.vocabulary;
        (same && other.parameters < facts.parameters).then_some(other.parameters)
    };
    let mut found: Vec<_> = models.iter().filter_map(|other| Some((size(other)?, other))).collect();
    found.sort_by_key(|(parameters, _)| *parameters);
    found.into_iter().map(|(_, other)| other).collect()
}
