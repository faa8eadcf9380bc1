use std::sync::Arc;
use std::time::Instant;

use hearth_chat::{
    ErrorKind, Finish, Grammar, Message, Piece, Request, Role, Sampling, Speculation,
    SpeculationOff, ThinkingMode, TokenOrigin,
};

use super::{Chooser, Generation};
use crate::grammar::Grammars;
use crate::prompt::Prompt;
use crate::template::ChatTemplate;
use crate::thinking::Stage;
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

/// What is answered where the model wants these tokens in turn, and how it ends.
fn say(request: &Request, room: usize, wanted: &[u32]) -> (String, Generation) {
    let ([_, answer], generation) = say_from(Stage::Start, request, room, wanted);
    (answer, generation)
}

/// What is thought and what is answered.
fn say_from(
    stage: Stage,
    request: &Request,
    room: usize,
    wanted: &[u32],
) -> ([String; 2], Generation) {
    let tokenizer = Arc::new(chatml_tokenizer());
    let template = ChatTemplate::new(None, &tokenizer).unwrap();
    let mut grammars = Grammars::default();
    let prompt = Prompt { tokens: vec![1, 2], stage };
    let mut chooser =
        Chooser::new(request, &prompt, room, &template, tokenizer.clone(), &mut grammars).unwrap();
    let mut generation = Generation::new(request, 2, 1, room, Instant::now());
    let mut said = [String::new(), String::new()];
    let mut hear = |piece: Piece| said[piece.channel as usize] += &piece.text;
    for token in wanted {
        if generation.finish().is_some() {
            break;
        }
        let logits = logits(&tokenizer, *token);
        let token = chooser.choose(&logits).unwrap();
        let choice = chooser.accept(token, &logits, TokenOrigin::Target).unwrap();
        generation.push(choice.as_ref());
        choice.into_iter().flat_map(|choice| choice.pieces).for_each(&mut hear);
    }
    chooser.rest().into_iter().for_each(&mut hear);
    (said, generation)
}

fn no_speculation() -> Speculation {
    Speculation {
        draft: None,
        drafted: 0,
        accepted: 0,
        mean_accepted: None,
        speedup_estimate: None,
        off_reason: Some(SpeculationOff::Backend),
    }
}

fn choosing(request: &Request, tokenizer: &Arc<Tokenizer>) -> Result<Chooser, hearth_chat::Error> {
    let template = ChatTemplate::new(None, tokenizer).unwrap();
    let prompt = Prompt { tokens: Vec::new(), stage: Stage::Start };
    let mut grammars = Grammars::default();
    Chooser::new(request, &prompt, 100, &template, tokenizer.clone(), &mut grammars)
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
    let error = choosing(&request, &Arc::new(chatml_tokenizer())).err().unwrap();
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
    let outcome = silent.outcome(silent.finish().unwrap(), "cpu", no_speculation());
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
        let mut chooser = choosing(&request, &tokenizer).unwrap();
        let logits = logits(&tokenizer, 97);
        let choice = chooser.accept(97, &logits, TokenOrigin::Target).unwrap().unwrap();
        let tokens = choice.pieces.into_iter().flat_map(|piece| piece.tokens);
        let alternatives: Vec<_> = tokens.flat_map(|token| token.alternatives).collect();
        assert_eq!(alternatives.first().map(|(text, _)| text.as_str()), wanted.then_some("a"));
        assert_eq!(alternatives.len(), if wanted { 5 } else { 0 });
    }
}

#[test]
fn a_thought_is_counted_apart_and_says_nothing_of_how_sure_the_answer_is() {
    let said = bytes("<think>Hm.</think>Yes");
    let (parted, ended) = say_from(Stage::Start, &greedy(), 100, &said);
    assert_eq!(parted, ["Hm.", "Yes"]);
    let outcome = ended.outcome(Finish::Stop, "cpu", no_speculation());
    let (all, thought) = (said.len() as u32, "<think>Hm.</think>".len() as u32);
    assert_eq!(outcome.usage.completion_tokens, all);
    // Until its last letter the mark could have become an answer.
    assert!((thought - 6..=thought).contains(&outcome.usage.thought_tokens));
    assert!(outcome.timing.thought_ms.is_some());
    assert!(outcome.confidence.is_some());
}

#[test]
fn a_spent_budget_closes_the_thought_and_the_answer_goes_on() {
    let mut request = greedy();
    let thinks = bytes("abcdefghijklmnopqrstuvwxyz");
    for budget in [0, 1, 5] {
        request.thinking.budget = Some(budget);
        let close = "\n</think>\n\n".len();
        let (parted, _) = say_from(Stage::Thought, &request, 1000, &thinks);
        let thought: String = ('a'..='z').take(budget as usize).collect();
        // While the mark is said, what the model wants is not asked for.
        let answer: String = ('a'..='z').skip(budget as usize + close).collect();
        assert_eq!(parted, [thought, answer], "{budget}");
    }
    request.thinking.budget = None;
    request.thinking.mode = ThinkingMode::Off;
    let (parted, ended) = say_from(Stage::Thought, &request, 1000, &thinks);
    assert_eq!(parted, ["".into(), ('a'..='z').skip(11).collect::<String>()]);
    assert_eq!(ended.finish(), None);
}

#[test]
fn a_thought_leaves_room_for_an_answer() {
    let (parted, ended) = say_from(Stage::Thought, &greedy(), 80, &[97; 200]);
    assert_eq!(parted, ["a".repeat(60), "a".repeat(80 - 60 - "\n</think>\n\n".len())]);
    assert_eq!(ended.finish(), Some(Finish::Length));

    let mut short = greedy();
    short.sampling.max_tokens = Some(2);
    let (parted, _) = say_from(Stage::Thought, &short, 80, &bytes("Hm.</think>Yes"));
    assert_eq!(parted, ["Hm.", "Ye"], "the answer's length is the answer's");
}

#[test]
fn a_grammar_binds_the_answer_and_not_the_thought() {
    let mut request = greedy();
    request.sampling.grammar = Some(Grammar::Regex("yes".into()));
    let (parted, ended) =
        say_from(Stage::Thought, &request, 100, &bytes("Hm, no?</think>nothing of that"));
    assert_eq!(parted, ["Hm, no?", "yes"]);
    assert_eq!(ended.finish(), Some(Finish::Stop));
}
