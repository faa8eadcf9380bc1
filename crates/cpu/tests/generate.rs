//! Answers, from messages to outcomes, of a small model with made-up weights.

use hearth_chat::{
    DraftChoice, ErrorKind, Event, Finish, Grammar, Message, Outcome, Request, Role, Signals,
    SpeculationOff,
};
use hearth_cpu::{
    LoadOptions, LoadedModel,
    synthetic::{self, Mix, Shape, TINY},
};
use hearth_gguf::TensorType;

fn load() -> LoadedModel {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    synthetic::write(&path, &TINY, Mix::Uniform(TensorType::Q8_0), 3).unwrap();
    let options = LoadOptions { threads: Some(2), ..LoadOptions::default() };
    LoadedModel::load(&*path, &options, &mut |_| {}).unwrap()
}

fn ask(messages: &[(Role, &str)], max_tokens: u32) -> Request {
    let messages = messages.iter().map(|(role, text)| Message::new(*role, *text)).collect();
    let mut request = Request::new(messages);
    request.sampling.temperature = 0.0;
    request.sampling.max_tokens = Some(max_tokens);
    request
}

fn question(text: &str) -> Request {
    ask(&[(Role::User, text)], 20)
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

#[test]
fn an_answer_reports_what_it_was() {
    let mut model = load();
    let (text, outcome) = answer(&mut model, &question("hello there"));
    assert!(!text.is_empty());
    assert_eq!(outcome.finish, Finish::Length);
    assert_eq!(outcome.usage.completion_tokens, 20);
    assert_eq!(outcome.usage.reused_tokens, 0);
    assert_eq!(outcome.backend, "cpu");
    assert!(outcome.confidence.is_some_and(|c| c.mean_logprob < 0.0));
    assert!(outcome.timing.ttft_ms.is_some() && outcome.timing.decode_tok_s.is_some());
    assert!(outcome.speculation.is_some_and(|s| s.accepted <= s.drafted));
}

#[test]
fn drafting_that_the_user_turned_off_is_reported_as_such() {
    let request = Request { draft: DraftChoice::Off, ..question("hello") };
    let (_, outcome) = answer(&mut load(), &request);
    assert_eq!(outcome.speculation.unwrap().off_reason, Some(SpeculationOff::Disabled));
}

#[test]
fn the_tokens_of_the_pieces_add_up_to_their_text() {
    let mut model = load();
    let request = Request { want_alternatives: true, ..question("hello") };
    let mut tokens = 0;
    model
        .generate(&request, &Signals::default(), &mut |event| {
            if let Event::Text(piece) = event {
                let bytes: u32 = piece.tokens.iter().map(|t| t.text_bytes).sum();
                assert_eq!(bytes as usize, piece.text.len());
                assert!(piece.tokens.iter().all(|t| t.alternatives.len() == 5));
                tokens += piece.tokens.len();
            }
        })
        .unwrap();
    assert_eq!(tokens, 20);
}

#[test]
fn the_next_turn_computes_only_what_is_new_and_says_the_same() {
    let mut model = load();
    let long = "the quick brown fox jumps over the lazy dog ".repeat(12);
    let (first, _) = answer(&mut model, &question(&long));
    let turns = [(Role::User, long.as_str()), (Role::Assistant, &first), (Role::User, "go on")];
    let (reused, outcome) = answer(&mut model, &ask(&turns, 20));
    let usage = outcome.usage;
    assert!(usage.reused_tokens > usage.prompt_tokens * 3 / 4, "{usage:?}");
    let (fresh, outcome) = answer(&mut load(), &ask(&turns, 20));
    assert_eq!(outcome.usage.reused_tokens, 0);
    assert_eq!(reused, fresh);
}

#[test]
fn answers_computed_together_are_those_computed_alone() {
    let mut model = load();
    let requests: Vec<Request> =
        ["one", "two two", "three three three"].iter().map(|text| question(text)).collect();
    let mut together = vec![String::new(); 3];
    let outcomes = model.generate_all(&requests, &Signals::default(), &mut |i, event| {
        if let Event::Text(piece) = event {
            together[i] += &piece.text;
        }
    });
    assert!(outcomes.iter().all(Result::is_ok));
    for (request, together) in requests.iter().zip(&together) {
        assert_eq!(answer(&mut load(), request).0, *together);
    }
}

#[test]
fn cancel_stops_within_one_token() {
    let mut model = load();
    let signals = Signals::default();
    let mut tokens = 0;
    let outcome = model
        .generate(&ask(&[(Role::User, "hello")], 500), &signals, &mut |event| {
            if let Event::Text(piece) = event {
                tokens += piece.tokens.len();
                if tokens >= 3 {
                    signals.cancel();
                }
            }
        })
        .unwrap();
    assert_eq!(outcome.finish, Finish::Cancelled);
    assert_eq!(outcome.usage.completion_tokens, 3);
}

#[test]
fn cancelling_a_long_prompt_stops_between_chunks() {
    let mut model = load();
    let signals = Signals::default();
    let mut computed = Vec::new();
    let request = question(&"word after word ".repeat(100));
    let outcome = model
        .generate(&request, &signals, &mut |event| {
            if let Event::Prefill { done, total } = event {
                computed.push((done, total));
                signals.cancel();
            }
        })
        .unwrap();
    assert_eq!(outcome.finish, Finish::Cancelled);
    assert_eq!(computed.len(), 1);
    assert!(computed[0].0 < computed[0].1);
    assert_eq!(outcome.timing.ttft_ms, None);
}

#[test]
fn a_prompt_that_is_too_long_is_refused_with_both_numbers() {
    let request = question(&"x y ".repeat(3000));
    let error = load().generate(&request, &Signals::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind, ErrorKind::ContextLength);
    assert!(error.message.contains("2048"), "{}", error.message);
}

#[test]
fn an_answer_ends_where_the_context_does() {
    let mut request = question(&"abc ".repeat(480));
    request.sampling.max_tokens = None;
    let (_, outcome) = answer(&mut load(), &request);
    assert_eq!(outcome.finish, Finish::Length);
    assert_eq!(outcome.usage.prompt_tokens + outcome.usage.completion_tokens, 2048);
}

#[test]
fn an_answer_of_no_tokens_computes_nothing() {
    let (text, outcome) = answer(&mut load(), &ask(&[(Role::User, "hello")], 0));
    assert_eq!((text.as_str(), outcome.usage.completion_tokens), ("", 0));
    assert_eq!(outcome.finish, Finish::Length);
    assert_eq!(outcome.confidence, None);
}

#[test]
fn the_same_seed_gives_the_same_text() {
    let mut request = question("hello");
    request.sampling.temperature = 1.0;
    request.sampling.seed = Some(5);
    assert_eq!(answer(&mut load(), &request).0, answer(&mut load(), &request).0);
}

#[test]
fn a_grammar_shapes_the_answer() {
    let mut request = question("hello");
    request.sampling.grammar = Some(Grammar::Regex("(yes|no)".into()));
    let (text, outcome) = answer(&mut load(), &request);
    assert!(["yes", "no"].contains(&text.as_str()), "{text}");
    assert_eq!(outcome.finish, Finish::Stop);
}

#[test]
fn a_grammar_that_does_not_parse_is_an_invalid_request() {
    let mut request = question("hello");
    request.sampling.grammar = Some(Grammar::Regex("(".into()));
    let error = load().generate(&request, &Signals::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
}

#[test]
fn a_file_of_another_kind_says_what_it_is() {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    std::fs::write(&path, b"not a model").unwrap();
    let error = LoadedModel::load(&*path, &LoadOptions::default(), &mut |_| {}).err().unwrap();
    assert_eq!(error.kind, ErrorKind::ModelFile);
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let other = Shape { architecture: "gptneox", ..TINY };
    synthetic::write(&path, &other, Mix::Uniform(TensorType::Q8_0), 3).unwrap();
    let error = LoadedModel::load(&*path, &LoadOptions::default(), &mut |_| {}).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("gptneox"), "{}", error.message);
}
