//! Drafting never changes what is said.

mod same;
mod sampled;
mod told;

use std::path::{Path, PathBuf};

use hearth_chat::{DraftChoice, Event, Message, Outcome, Request, Role, Signals};
use hearth_cpu::{
    LoadOptions, LoadedModel,
    synthetic::{self, Pair, Shape, TINY},
};
use hearth_gguf::TensorType;
use tempfile::TempDir;

const TARGET: Shape = Shape { name: "target", layers: 4, ..TINY };

/// Prompts of one test, unless the environment asks for another number.
fn prompts() -> usize {
    std::env::var("HEARTH_SPECULATION_PROMPTS").map_or(12, |n| n.parse().unwrap())
}

/// The numbers of guesses that a request is tried with, where 0 stands for as many as pay. Over
/// the requests each is met; the environment can ask for all of them with each request.
fn lengths(turn: usize) -> Vec<usize> {
    match std::env::var_os("HEARTH_SPECULATION_EVERY_LENGTH") {
        Some(_) => (0..=16).collect(),
        None => vec![turn % 17],
    }
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
        .generate(request, &Signals::default(), &mut |event| {
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
