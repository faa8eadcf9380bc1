//! Drafting never changes what is said.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use hearth_chat::{
    DraftChoice, Event, Finish, Grammar, Message, Outcome, Request, Role, SpeculationOff,
    TokenOrigin,
};
use hearth_cpu::{
    LoadOptions, LoadedModel,
    bench::{PairOptions, run_pair},
    synthetic::{self, Pair, Shape, Stretch},
};
use hearth_gguf::TensorType;
use tempfile::TempDir;

const TARGET: Shape = Shape {
    name: "target",
    architecture: "qwen3",
    layers: 4,
    width: 64,
    feed_forward: 128,
    heads: 4,
    kv_heads: 2,
    head_dim: 32,
    vocabulary: 600,
    context_length: 2048,
    rope_base: 1e4,
    tied: true,
    stretch: Stretch::None,
};

/// Prompts of one test, unless the environment asks for another number.
fn prompts() -> usize {
    std::env::var("HEARTH_SPECULATION_PROMPTS").map_or(12, |n| n.parse().unwrap())
}

/// A target with made-up weights, whose later layers matter as little as `rest` says, and a draft
/// that is its first two layers.
fn random_pair(folder: &TempDir, rest: f32) -> (PathBuf, PathBuf) {
    let (target, draft) = (folder.path().join("target.gguf"), folder.path().join("draft.gguf"));
    let pair = Pair { shape: &TARGET, shared: 2, rest };
    synthetic::write_pair(&target, &draft, &pair, TensorType::Q8_0, 3).unwrap();
    (target, draft)
}

fn starter(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../model-catalog/starter").join(file)
}

fn load(target: &Path, draft: Option<&Path>) -> LoadedModel {
    let draft = draft.map(Path::to_owned);
    let options = LoadOptions { threads: Some(1), draft, ..LoadOptions::default() };
    LoadedModel::load(target, &options, &mut |_| {}).unwrap()
}

fn ask(text: &str, max_tokens: u32) -> Request {
    let mut request = Request::new(vec![Message::new(Role::User, text)]);
    request.sampling.temperature = 0.0;
    request.sampling.max_tokens = Some(max_tokens);
    request.draft = DraftChoice::Off;
    request
}

fn answer(model: &mut LoadedModel, request: &Request) -> (String, Outcome) {
    let mut text = String::new();
    let outcome = model
        .generate(request, &AtomicBool::new(false), &mut |event| {
            if let Event::Text(piece) = event {
                text += &piece.text;
            }
        })
        .unwrap();
    (text, outcome)
}

fn drafting(request: &Request, draft: &DraftChoice) -> Request {
    Request { draft: draft.clone(), ..request.clone() }
}

fn choices() -> [DraftChoice; 3] {
    [DraftChoice::Model(String::new()), DraftChoice::Ngram, DraftChoice::Automatic]
}

/// Questions of the kinds that the starter knows, some of them with much to repeat.
fn questions() -> impl Iterator<Item = String> {
    let names = ["Anna", "Ben", "Chloe", "David", "Emma", "Farid", "Grace"];
    let places = ["France", "Japan", "Peru", "Kenya", "Norway", "India"];
    (0..prompts()).map(move |i| {
        let (name, place) = (names[i % names.len()], places[i / 5 % places.len()]);
        match i % 5 {
            0 => format!("What is {} + {}?", i * 7 % 100, i * 13 % 90),
            1 => format!("What is the capital of {place}?"),
            2 => format!("Hello, I am {name}. How are you? My number is {i}."),
            3 => format!("Repeat this: {name} went to {place}. {name} went to {place} {i} times."),
            _ => format!("What is Hearth, and does it send my diary to {place}? Case {i}."),
        }
    })
}

/// Asks with every kind of draft at some lengths, and expects what is said without one.
fn promise_the_same(model: &mut LoadedModel, requests: &[Request]) -> (u32, u32) {
    let mut total = (0, 0);
    for (i, request) in requests.iter().enumerate() {
        model.fix_draft_length(None);
        let (plain, without) = answer(model, request);
        for (j, choice) in choices().iter().enumerate() {
            // Over the requests, each choice meets every length and its own control.
            let length = (i + 5 * j) % 17;
            model.fix_draft_length((length > 0).then_some(length));
            let (text, outcome) = answer(model, &drafting(request, choice));
            assert_eq!(text, plain, "{choice:?} with {length} guesses: {request:?}");
            assert_eq!(outcome.finish, without.finish);
            assert_eq!(outcome.usage.completion_tokens, without.usage.completion_tokens);
            let speculation = outcome.speculation.unwrap();
            assert!(speculation.accepted <= speculation.drafted);
            total = (total.0 + speculation.drafted, total.1 + speculation.accepted);
        }
    }
    total
}

#[test]
fn greedy_text_of_the_starter_is_the_same_with_every_draft_and_length() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    for target in ["starter-6m-q8_0.gguf", "starter-6m-q4_k.gguf"] {
        let mut model = load(&starter(target), Some(&draft));
        let requests: Vec<_> = questions().map(|text| ask(&text, 40)).collect();
        let (drafted, accepted) = promise_the_same(&mut model, &requests);
        assert!(accepted * 4 > drafted, "the starter's draft knows it: {accepted} of {drafted}");
        assert!(accepted < drafted, "and is not always right");
    }
}

#[test]
fn greedy_text_of_random_weights_is_the_same_whatever_the_acceptance() {
    let mut shares = Vec::new();
    for rest in [0.0, 0.3, 1.0] {
        let folder = tempfile::tempdir().unwrap();
        let (target, draft) = random_pair(&folder, rest);
        let mut model = load(&target, Some(&draft));
        let requests: Vec<_> = questions().map(|text| ask(&text, 30)).collect();
        promise_the_same(&mut model, &requests);
        model.fix_draft_length(Some(4));
        let only_model = drafting(&requests[0], &DraftChoice::Model(String::new()));
        let speculation = answer(&mut model, &only_model).1.speculation.unwrap();
        shares.push(f64::from(speculation.accepted) / f64::from(speculation.drafted));
    }
    assert!(shares[0] > 0.95, "without a rest the draft is the target: {shares:?}");
    assert!(shares[2] < shares[0], "{shares:?}");
}

#[test]
fn a_seed_gives_the_same_text_with_every_draft() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&draft));
    let requests: Vec<_> = questions()
        .enumerate()
        .map(|(seed, text)| {
            let mut request = ask(&text, 30);
            request.sampling.temperature = 1.0;
            request.sampling.repetition_penalty = 1.0 + 0.1 * (seed % 3) as f32;
            request.sampling.top_k = [0, 40][seed % 2];
            request.sampling.min_p = 0.02;
            request.sampling.seed = Some(seed as u64);
            request
        })
        .collect();
    promise_the_same(&mut model, &requests);
}

#[test]
fn stop_strings_and_limits_inside_a_draft_end_the_text_where_they_would_without() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&draft));
    let mut requests = Vec::new();
    for (i, text) in questions().enumerate() {
        let (plain, _) = answer(&mut model, &ask(&text, 40));
        // A stop string from the middle of what would be said, and every length up to 12.
        let middle: String =
            plain.chars().skip(plain.chars().count() / 2).take(1 + i % 4).collect();
        let mut request = ask(&text, 40);
        request.sampling.stop = vec![middle];
        requests.extend([request, ask(&text, 1 + i as u32 % 12)]);
    }
    promise_the_same(&mut model, &requests);
}

#[test]
fn a_grammar_holds_with_every_draft() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&draft));
    let schema = r#"{"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}"#;
    let mut requests = Vec::new();
    for (i, text) in questions().enumerate() {
        let mut request = ask(&text, 60);
        request.sampling.grammar = Some(match i % 3 {
            0 => Grammar::JsonSchema(schema.into()),
            1 => Grammar::Regex("(yes|no|perhaps), [a-z]{3,9}(, [a-z]{3,9}){2,5}".into()),
            _ => Grammar::Lark("start: \"a\"+ \"b\"".into()),
        });
        if i % 2 == 1 {
            request.sampling.temperature = 0.8;
            request.sampling.seed = Some(i as u64);
        }
        requests.push(request);
    }
    promise_the_same(&mut model, &requests);
}

#[test]
fn cancelling_inside_a_draft_stops_at_that_token() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&draft));
    let request = ask("What is Hearth?", 40);
    let (plain, _) = answer(&mut model, &request);
    for length in 1..=16 {
        model.fix_draft_length(Some(length));
        for choice in choices() {
            let cancelled = AtomicBool::new(false);
            let (mut text, mut tokens) = (String::new(), 0);
            let outcome = model
                .generate(&drafting(&request, &choice), &cancelled, &mut |event| {
                    if let Event::Text(piece) = event {
                        text += &piece.text;
                        tokens += piece.tokens.len();
                        cancelled.store(tokens >= 3 + length % 4, Ordering::Relaxed);
                    }
                })
                .unwrap();
            assert_eq!(outcome.finish, Finish::Cancelled);
            assert_eq!(outcome.usage.completion_tokens as usize, tokens);
            assert!(plain.starts_with(&text), "{text}");
        }
        // What was computed for the broken draft is not reused.
        assert_eq!(answer(&mut model, &drafting(&request, &DraftChoice::Automatic)).0, plain);
    }
}

#[test]
fn answers_computed_together_with_drafts_are_those_computed_alone() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&draft));
    let requests: Vec<_> = questions().take(4).map(|text| ask(&text, 30)).collect();
    let alone: Vec<_> = requests.iter().map(|request| answer(&mut model, request).0).collect();
    let choices = choices();
    let pairs = requests.iter().zip(choices.iter().cycle());
    let with: Vec<_> = pairs.map(|(request, choice)| drafting(request, choice)).collect();
    for length in [None, Some(3), Some(16)] {
        model.fix_draft_length(length);
        let mut together = vec![String::new(); with.len()];
        let outcomes = model.generate_all(&with, &AtomicBool::new(false), &mut |i, event| {
            if let Event::Text(piece) = event {
                together[i] += &piece.text;
            }
        });
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(together, alone);
    }
}

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
        let outcome = model.generate(&request, &AtomicBool::new(false), &mut |event| {
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

#[test]
fn measuring_a_pair_changes_no_answer_and_rehearses_what_was_asked() {
    let report = run_pair(&PairOptions {
        target: starter("starter-6m-q8_0.gguf"),
        draft: Some(starter("starter-draft-1m-q8_0.gguf")),
        tokens: 60,
        acceptance: vec![0.0, 0.9],
        threads: Some(1),
    })
    .unwrap();
    assert!(report.identical);
    assert_eq!(report.off_reason, None);
    let right = |case: &str, least: f64, most: f64| {
        let gain = report.rehearsed.iter().find(|gain| gain.case == case).unwrap();
        let share = f64::from(gain.accepted) / f64::from(gain.drafted.max(1));
        // Whether it drafts at all depends on how fast it found this computer to be.
        gain.drafted < 20 || (least..=most).contains(&share)
    };
    assert!(right("acceptance 0", 0.0, 0.0), "{report:?}");
    // The first wrong guess of a draft hides those after it.
    assert!(right("acceptance 0.9", 0.4, 1.0), "{report:?}");
    assert!(right("60 % repeated", 0.3, 1.0), "{report:?}");
}
