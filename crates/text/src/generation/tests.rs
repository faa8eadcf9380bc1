use std::sync::Arc;
use std::time::Instant;

use hearth_chat::{
    ErrorKind, Finish, Grammar, Message, Request, Role, Sampling, Speculation, SpeculationOff,
    TokenOrigin,
};

use super::{Chooser, Generation};
use crate::grammar::Grammars;
use crate::template::ChatTemplate;
use crate::tokenizer::Tokenizer;
use crate::tokenizer::tests::chatml_tokenizer;

fn greedy() -> Request {
    let mut request = Request::new(vec![Message::new(Role::User, "Hi")]);
    request.sampling = Sampling { temperature: 0.0, ..Sampling::default() };
    request
}

/// Logits by which this token, given by its number, is the likeliest by far.
fn logits(tokenizer: &Tokenizer, token: u32) -> Vec<f32> {
    (0..tokenizer.vocab_size() as u32).map(|id| if id == token { 20.0 } else { 0.0 }).collect()
}

/// What is said where the model wants these tokens in turn, and how it ends.
fn say(request: &Request, room: usize, wanted: &[u32]) -> (String, Generation) {
    let tokenizer = Arc::new(chatml_tokenizer());
    let template = ChatTemplate::new(None, &tokenizer).unwrap();
    let mut grammars = Grammars::default();
    let mut chooser = Chooser::new(request, &[1, 2], tokenizer.clone(), &mut grammars).unwrap();
    let mut generation = Generation::new(request, &template, 2, 1, room, Instant::now());
    let mut said = String::new();
    for token in wanted {
        if generation.finish().is_some() {
            break;
        }
        let logits = logits(&tokenizer, *token);
        let token = chooser.choose(&logits).unwrap();
        let choice = chooser.accept(token, &logits).unwrap();
        let piece = generation.push(&tokenizer, choice, TokenOrigin::Target);
        said.extend(piece.map(|piece| piece.text));
    }
    said.extend(generation.rest().map(|piece| piece.text));
    (said, generation)
}

fn bytes(text: &str) -> Vec<u32> {
    text.bytes().map(u32::from).collect()
}

#[test]
fn an_answer_ends_with_its_turn_with_a_stop_string_or_for_want_of_room() {
    let turn = [bytes("Yes"), vec![257], bytes("more")].concat();
    let (said, ended) = say(&greedy(), 100, &turn);
    assert_eq!((said.as_str(), ended.finish(), ended.tokens()), ("Yes", Some(Finish::Stop), 3));

    let mut stopped = greedy();
    stopped.sampling.stop = vec!["es".into()];
    let (said, ended) = say(&stopped, 100, &turn);
    assert_eq!((said.as_str(), ended.finish(), ended.tokens()), ("Y", Some(Finish::Stop), 3));

    let (said, ended) = say(&greedy(), 2, &turn);
    assert_eq!((said.as_str(), ended.finish()), ("Ye", Some(Finish::Length)));

    let mut short = greedy();
    short.sampling.max_tokens = Some(0);
    assert_eq!(say(&short, 100, &turn).1.finish(), Some(Finish::Length));
}

#[test]
fn an_answer_with_a_grammar_ends_when_it_is_whole() {
    let mut request = greedy();
    request.sampling.grammar = Some(Grammar::Regex("yes".into()));
    let (said, ended) = say(&request, 100, &bytes("no! nothing of that"));
    assert_eq!((said.as_str(), ended.finish()), ("yes", Some(Finish::Stop)));

    request.sampling.grammar = Some(Grammar::Regex("(".into()));
    let tokenizer = Arc::new(chatml_tokenizer());
    let error = Chooser::new(&request, &[], tokenizer, &mut Grammars::default()).err().unwrap();
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
}

#[test]
fn what_ended_is_not_cancelled_and_what_was_not_measured_is_nothing() {
    let (_, mut ended) = say(&greedy(), 100, &[257]);
    ended.cancel();
    assert_eq!(ended.finish(), Some(Finish::Stop));
    assert!(ended.has_begun(), "a token was chosen, if only the last");

    let (_, mut silent) = say(&greedy(), 100, &[]);
    silent.cancel();
    let none = Speculation {
        draft: None,
        drafted: 0,
        accepted: 0,
        mean_accepted: None,
        speedup_estimate: None,
        off_reason: Some(SpeculationOff::Backend),
    };
    let outcome = silent.outcome(silent.finish().unwrap(), "cpu", none);
    assert_eq!(outcome.finish, Finish::Cancelled);
    assert_eq!((outcome.usage.prompt_tokens, outcome.usage.reused_tokens), (2, 1));
    assert_eq!(outcome.usage.completion_tokens, 0);
    assert_eq!(outcome.timing.ttft_ms, None);
    assert_eq!(outcome.timing.decode_tok_s, None);
    assert_eq!(outcome.confidence, None);
}

#[test]
fn alternatives_come_where_they_were_asked_for() {
    let tokenizer = Arc::new(chatml_tokenizer());
    let mut request = greedy();
    for wanted in [false, true] {
        request.want_alternatives = wanted;
        let mut chooser =
            Chooser::new(&request, &[], tokenizer.clone(), &mut Grammars::default()).unwrap();
        let choice = chooser.accept(97, &logits(&tokenizer, 97)).unwrap().unwrap();
        assert_eq!(
            choice.alternatives.first().map(|(text, _)| text.as_str()),
            wanted.then_some("a")
        );
        assert_eq!(choice.alternatives.len(), if wanted { 5 } else { 0 });
    }
}
