//! What the catalog offers and what the cpu backend runs, held against each other.

use hearth_assistant::{Assistant, Dirs};

#[tokio::test]
async fn every_model_that_is_offered_runs_on_our_own_backend() {
    let home = tempfile::tempdir().unwrap();
    let assistant = Assistant::without_history(Dirs::under(home.path())).await.unwrap();
    let offered = assistant.catalog().await.unwrap();
    assert!(offered.len() > 20);
    for model in offered {
        let is_it = |(name, _): &(&str, _)| *name == model.architecture;
        assert!(hearth_cpu::model::FAMILIES.iter().any(is_it), "{}", model.id);
    }
}
