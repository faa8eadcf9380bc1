//! Drafts of the starter, measured with a model that answers from a script.

use hearth_chat::{
    DraftChoice, Event, FakeModel, Finish, Outcome, Speculation, SpeculationOff, Timing, Usage,
    gain::Comparison,
};
use tempfile::TempDir;

use crate::{Assistant, Dirs, api::DraftView, api::Settings};

async fn open(folder: &TempDir, model: &FakeModel) -> Assistant {
    Assistant::open_with(Dirs::under(folder.path()), std::sync::Arc::new(model.clone()))
        .await
        .unwrap()
}

/// Plain and drafted answers in turn, at these speeds.
fn will_answer_everything(model: &FakeModel, plain: f64, drafted: f64) {
    let answer = |tok_s, speculation| Outcome {
        finish: Finish::Length,
        usage: Usage {
            prompt_tokens: 9,
            completion_tokens: 48,
            reused_tokens: 0,
            thought_tokens: 0,
        },
        timing: Timing { decode_tok_s: Some(tok_s), ..Timing::default() },
        confidence: None,
        speculation,
        backend: "cpu".into(),
        device: None,
        peak_rss_bytes: Some(5_000_000),
    };
    let speculation = Speculation {
        draft: Some("draft+ngram".into()),
        drafted: 20,
        accepted: 15,
        mean_accepted: None,
        speedup_estimate: None,
        off_reason: None,
    };
    for _ in Comparison::questions() {
        model.will_answer(vec![Ok(Event::Finished(answer(plain, None)))]);
        model.will_answer(vec![Ok(Event::Finished(answer(drafted, Some(speculation.clone()))))]);
    }
}

fn of_starter(assistant: &Assistant) -> DraftView {
    assistant.models().into_iter().find(|model| model.builtin).unwrap().draft
}

async fn choose(assistant: &Assistant, draft: DraftChoice) {
    let drafts = [("starter".to_owned(), draft)].into();
    assistant.settings_update(Settings { drafts, ..assistant.settings() }).await.unwrap();
}

#[tokio::test]
async fn a_measured_gain_is_kept_and_stands_beside_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = FakeModel::default();
    let assistant = open(&folder, &model).await;
    assert_eq!(of_starter(&assistant).measured, None);
    will_answer_everything(&model, 20.0, 30.0);
    let view = assistant.draft_measure("starter".into()).await.unwrap();
    let measured = view.draft.measured.clone().unwrap();
    assert!(measured.helps && (measured.gain.speedup - 1.5).abs() < 1e-9);
    assert_eq!(measured.memory_bytes, Some(5_000_000));
    assert_eq!(view.draft.off_reason, None);

    let kinds: Vec<_> = model.requests().into_iter().map(|request| request.draft).collect();
    assert_eq!(kinds[..2], [DraftChoice::Off, DraftChoice::Automatic], "in turn");

    // What was measured is of this pair, and of no other.
    choose(&assistant, DraftChoice::Ngram).await;
    assert_eq!(of_starter(&assistant).measured, None);
    choose(&assistant, DraftChoice::Automatic).await;
    assert_eq!(of_starter(&assistant), view.draft);
    assistant.shut_down().await;
    drop(assistant);
    assert_eq!(of_starter(&open(&folder, &model).await), view.draft);
}

#[tokio::test]
async fn a_pair_that_does_not_help_is_said_not_to() {
    let folder = tempfile::tempdir().unwrap();
    let model = FakeModel::default();
    let assistant = open(&folder, &model).await;
    will_answer_everything(&model, 20.0, 20.1);
    let view = assistant.draft_measure("starter".into()).await.unwrap();
    assert!(!view.draft.measured.unwrap().helps);
    assert_eq!(view.draft.off_reason, Some(SpeculationOff::NotFaster));
}

#[tokio::test]
async fn a_models_own_choice_goes_before_that_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let assistant = open(&folder, &FakeModel::default()).await;
    let automatic = of_starter(&assistant);
    assert_eq!(automatic.choice, DraftChoice::Automatic);
    assert!(automatic.model.is_some() && !automatic.candidates.is_empty());
    let for_all = Settings { draft: DraftChoice::Off, ..assistant.settings() };
    assistant.settings_update(for_all).await.unwrap();
    assert_eq!(of_starter(&assistant).off_reason, Some(SpeculationOff::Disabled));
    assert!(assistant.draft_measure("starter".into()).await.is_err(), "nothing is to be measured");
    choose(&assistant, DraftChoice::Ngram).await;
    let own = of_starter(&assistant);
    assert_eq!((own.choice, own.off_reason, own.model), (DraftChoice::Ngram, None, None));
}

#[tokio::test]
async fn why_a_draft_will_not_work_is_known_before_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let assistant = open(&folder, &FakeModel::default()).await;
    let broken = folder.path().join("broken.gguf");
    std::fs::write(&broken, b"GGUF and nothing else").unwrap();
    choose(&assistant, DraftChoice::Model(broken.display().to_string())).await;
    assert_eq!(of_starter(&assistant).off_reason, Some(SpeculationOff::DraftUnusable));
    choose(&assistant, DraftChoice::Automatic).await;
    let backend = crate::api::BackendChoice::Mistralrs;
    assistant.settings_update(Settings { backend, ..assistant.settings() }).await.unwrap();
    assert_eq!(of_starter(&assistant).off_reason, Some(SpeculationOff::Backend));
}
