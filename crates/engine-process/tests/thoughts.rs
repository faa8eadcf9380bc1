//! Thoughts through the real engine process, with both backends: the starter with a template that
//! begins one.

mod support;

use std::fs;

use futures::StreamExt;
use hearth_chat::{Channel, Event, EventStream, Grammar, Piece, Request, Sampling, ThinkingMode};
use hearth_engine::{Engine, ModelSpec, ModelState};
use support::*;

const THINKING: &str = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n\
    {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>{% endif %}";

/// What it closes a thought with, in the starter's tokens.
const CLOSING: u32 = 10;

struct Thinker {
    engine: Engine,
    spec: ModelSpec,
    _folder: tempfile::TempDir,
}

fn thinkers() -> impl Iterator<Item = Thinker> {
    backends().into_iter().map(|backend| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thinking.gguf");
        fs::write(&path, starter_with_template(THINKING)).unwrap();
        let spec = ModelSpec { path, ..spec(backend) };
        Thinker { engine: engine(), spec, _folder: folder }
    })
}

/// Any word may come next, so that neither thought nor answer ends by itself.
fn rambling(answer: u32) -> Request {
    let sampling = Sampling {
        temperature: 1e6,
        top_k: 0,
        top_p: 1.0,
        seed: Some(3),
        max_tokens: Some(answer),
        ..Sampling::default()
    };
    Request { sampling, ..question("Hello!") }
}

fn of(pieces: &[Piece], channel: Channel) -> Vec<&Piece> {
    pieces.iter().filter(|piece| piece.channel == channel).collect()
}

#[tokio::test]
async fn a_budget_closes_a_thought_and_the_answer_goes_on() {
    for Thinker { engine, spec, .. } in thinkers() {
        let model = engine.model(spec.clone());
        for budget in [0, 1, 20] {
            let mut request = rambling(8);
            request.thinking.budget = Some(budget);
            let answer = read(model.stream(request)).await.unwrap();
            let usage = answer.outcome.usage;
            let thought = usage.thought_tokens - budget;
            assert!((1..=CLOSING).contains(&thought), "{budget}: {thought} tokens close it");
            assert_eq!(usage.completion_tokens - usage.thought_tokens, 8);
            let said: String =
                of(&answer.pieces, Channel::Thought).iter().map(|piece| &*piece.text).collect();
            assert_eq!(said.is_empty(), budget == 0, "{said:?}");
            assert!(!of(&answer.pieces, Channel::Answer).is_empty());
            assert!(!answer.text.contains("</think>"), "{}", answer.text);
        }
        let ModelState::Loaded { thinking, .. } = engine.state().borrow().model.clone() else {
            panic!("it is loaded")
        };
        assert!(!thinking.switch && !thinking.effort, "the template asks for neither");
    }
}

#[tokio::test]
async fn a_grammar_binds_the_answer_alone_and_off_thinks_nothing() {
    for Thinker { engine, spec, .. } in thinkers() {
        let model = engine.model(spec);
        let mut request = rambling(8);
        request.sampling.grammar = Some(Grammar::Regex("[0-9]{4}".into()));
        request.thinking.budget = Some(30);
        let answer = read(model.stream(request.clone())).await.unwrap();
        let of = |channel| -> String {
            of(&answer.pieces, channel).iter().map(|piece| piece.text.as_str()).collect()
        };
        assert!(of(Channel::Thought).chars().any(|c| !c.is_ascii_digit()));
        let digits = of(Channel::Answer);
        assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()), "{digits:?}");

        request.thinking.mode = ThinkingMode::Off;
        let answer = read(model.stream(request)).await.unwrap();
        assert!(answer.pieces.iter().all(|p| p.channel == Channel::Answer || p.text.is_empty()));
    }
}

#[tokio::test]
async fn answer_now_ends_a_thought_within_a_token() {
    for Thinker { engine, spec, .. } in thinkers() {
        let model = engine.model(spec);
        let mut stream = model.stream(rambling(4));
        let mut before = 0;
        while before < 20 {
            before += thought_tokens(&mut stream).await.expect("it thinks on");
        }
        model.answer_now();
        let answer = read(stream).await.unwrap();
        let usage = answer.outcome.usage;
        assert_eq!(usage.completion_tokens - usage.thought_tokens, 4);
        let room = 4096 - usage.prompt_tokens;
        assert!(usage.thought_tokens < room / 2, "it did not think to its end");
    }
}

/// Those of the next piece; `None` once the answer begins.
async fn thought_tokens(stream: &mut EventStream) -> Option<usize> {
    loop {
        match stream.next().await.unwrap().unwrap() {
            Event::Text(piece) => {
                return (piece.channel == Channel::Thought).then_some(piece.tokens.len());
            }
            Event::Finished(_) => return None,
            Event::Loading { .. } | Event::Prefill { .. } => {}
        }
    }
}
