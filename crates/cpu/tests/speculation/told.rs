//! What an answer says about its drafts.

use hearth_chat::{DraftChoice, Event, Signals, SpeculationOff, TokenOrigin};
use hearth_cpu::{
    LoadedModel,
    bench::{PairOptions, PairReport, run_pair},
};

use super::{answer, ask, choices, drafting, load, random_pair, starter};

#[test]
fn each_token_says_who_proposed_it() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&draft));
    model.fix_draft_length(Some(4));
    for (choice, origin) in
        choices().into_iter().zip([TokenOrigin::Draft, TokenOrigin::Ngram, TokenOrigin::Draft])
    {
        let request = drafting(&ask("Repeat this: one two three, one two three.", 40), &choice);
        let mut guessed = 0;
        let outcome = model.generate(&request, &Signals::default(), &mut |event| {
            if let Event::Text(piece) = event {
                guessed += piece.tokens.iter().filter(|t| t.origin != TokenOrigin::Target).count();
                if choice != DraftChoice::Automatic {
                    let known = [origin, TokenOrigin::Target];
                    assert!(piece.tokens.iter().all(|token| known.contains(&token.origin)));
                }
            }
        });
        let speculation = outcome.unwrap().speculation.unwrap();
        // The end of the turn can have been guessed too, and is no token of the text.
        assert!((guessed..=guessed + 1).contains(&(speculation.accepted as usize)));
        assert!(
            choice == DraftChoice::Ngram || speculation.draft.unwrap().contains("starter-draft")
        );
    }
}

#[test]
fn a_draft_of_another_vocabulary_is_off_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_, other) = random_pair(&folder, 1.0);
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&other));
    let request = ask("What is 2 + 3?", 20);
    let (text, outcome) =
        answer(&mut model, &drafting(&request, &DraftChoice::Model(String::new())));
    assert_eq!(text, answer(&mut model, &request).0);
    let speculation = outcome.speculation.unwrap();
    assert_eq!(speculation.off_reason, Some(SpeculationOff::VocabularyDiffers));
    assert_eq!((speculation.draft, speculation.drafted), (None, 0));
}

#[test]
fn a_damaged_draft_costs_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.gguf");
    std::fs::write(&broken, b"GGUF and nothing else").unwrap();
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&broken));
    let request = drafting(&ask("Hello", 8), &DraftChoice::Model(String::new()));
    let speculation = answer(&mut model, &request).1.speculation.unwrap();
    assert_eq!(speculation.off_reason, Some(SpeculationOff::DraftUnusable));
}

#[test]
fn without_a_draft_the_reason_is_known() {
    let mut model = load(&starter("starter-6m-q8_0.gguf"), None);
    let reason = |model: &mut LoadedModel, choice| {
        let request = drafting(&ask("Hello", 3), &choice);
        answer(model, &request).1.speculation.unwrap().off_reason
    };
    assert_eq!(reason(&mut model, DraftChoice::Off), Some(SpeculationOff::Disabled));
    let named = DraftChoice::Model(String::new());
    assert_eq!(reason(&mut model, named), Some(SpeculationOff::NoPartner));
}

fn pair(acceptance: Vec<f64>) -> PairReport {
    run_pair(&PairOptions {
        target: starter("starter-6m-q8_0.gguf"),
        draft: Some(starter("starter-draft-1m-q8_0.gguf")),
        tokens: 60,
        acceptance,
        threads: Some(1),
    })
    .unwrap()
}

#[test]
fn measuring_a_pair_changes_no_answer() {
    let report = pair(Vec::new());
    assert!(report.identical);
    assert_eq!(report.off_reason, None);
    let cases: Vec<_> = report.answers.iter().map(|case| case.case.as_str()).collect();
    assert_eq!(cases, ["repetitions", "model", "automatic"]);
}

#[test]
fn a_rehearsal_accepts_what_was_asked() {
    let report = pair(vec![0.0, 0.9]);
    let right = |case: &str, least: f64, most: f64| {
        let gain = report.rehearsed.iter().find(|found| found.case == case).unwrap().gain;
        let share = f64::from(gain.accepted) / f64::from(gain.drafted.max(1));
        // Whether it drafts at all depends on how fast it found this computer to be.
        gain.drafted < 20 || (least..=most).contains(&share)
    };
    assert!(right("acceptance 0", 0.0, 0.0), "{report:?}");
    // The first wrong guess of a draft hides those after it.
    assert!(right("acceptance 0.9", 0.4, 1.0), "{report:?}");
    assert!(right("60 % repeated", 0.3, 1.0), "{report:?}");
}
