//! Asking the starter through the real engine process, with both backends.

mod support;

use std::sync::Arc;

use futures::StreamExt;
use hearth_chat::{
    Confidence, DraftChoice, ErrorKind, Event, Finish, Grammar, Message, Model, Request, Role,
    Sampling, SpeculationOff,
};
use hearth_engine::{BackendChoice, ModelSpec, ModelState, ProcessState, SandboxLevel};
use support::*;

#[tokio::test]
async fn an_answer_comes_with_true_scores_and_whole_accounts() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(spec(backend));
        let answer = read(model.stream(question("Hello!"))).await.unwrap();
        assert!(!answer.text.trim().is_empty(), "{backend:?}");

        let tokens: Vec<_> = answer.pieces.iter().flat_map(|piece| &piece.tokens).collect();
        let bytes: u32 = tokens.iter().map(|token| token.text_bytes).sum();
        assert_eq!(bytes as usize, answer.text.len(), "every byte belongs to a token");
        assert_eq!(tokens.len() as u32, answer.outcome.usage.completion_tokens);

        let scores: Vec<_> = tokens.iter().map(|token| token.score.unwrap()).collect();
        assert!(scores.iter().all(|score| score.logprob <= 0.0 && score.entropy >= 0.0));
        let (told, counted) =
            (answer.outcome.confidence.unwrap(), Confidence::of(&scores).unwrap());
        assert!((told.mean_logprob - counted.mean_logprob).abs() < 1e-9);
        assert!((told.mean_entropy - counted.mean_entropy).abs() < 1e-9);

        let timing = answer.outcome.timing;
        assert!(timing.load_ms.is_some() && timing.ttft_ms.is_some());
        assert!(answer.outcome.usage.prompt_tokens > 0);
        assert!(answer.outcome.peak_rss_bytes.is_some());
        let again = read(model.stream(question("Hello!"))).await.unwrap();
        assert_eq!(again.text, answer.text, "greedy answers repeat");
        assert_eq!(again.outcome.timing.load_ms, None, "it was loaded already");
    }
}

#[tokio::test]
async fn a_seed_repeats_an_answer_and_another_changes_it() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(spec(backend));
        let mut request = endless();
        request.sampling.max_tokens = Some(24);
        let first = read(model.stream(request.clone())).await.unwrap().text;
        assert_eq!(read(model.stream(request.clone())).await.unwrap().text, first);
        request.sampling.seed = Some(2);
        assert_ne!(read(model.stream(request)).await.unwrap().text, first, "{backend:?}");
    }
}

/// Long enough for memory to be asked for and given back, threads to sleep and wake, and more of
/// them than there are processors: all that is asked of the kernel meanwhile is on the list.
#[tokio::test]
async fn a_thousand_tokens_are_written_within_the_sandbox() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(ModelSpec { threads: Some(5), ..spec(backend) });
        let mut request = endless();
        request.sampling.grammar = Some(Grammar::Regex("[a-z ]{9000}".into()));
        request.sampling.max_tokens = Some(1000);
        let answer = read(model.stream(request)).await.unwrap();
        assert_eq!(answer.outcome.usage.completion_tokens, 1000, "{backend:?}");
        assert_ne!(engine.state().borrow().sandbox.level, SandboxLevel::None);
    }
}

#[tokio::test]
async fn an_answer_ends_at_its_limit_or_before_a_stop_string() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(spec(backend));
        let mut request = endless();
        request.sampling.max_tokens = Some(5);
        let short = read(model.stream(request.clone())).await.unwrap();
        assert_eq!(short.outcome.finish, Finish::Length);
        assert_eq!(short.outcome.usage.completion_tokens, 5);

        request.sampling.max_tokens = Some(400);
        request.sampling.stop = vec!["e".into()];
        let stopped = read(model.stream(request)).await.unwrap();
        assert_eq!(stopped.outcome.finish, Finish::Stop);
        assert!(!stopped.text.contains('e'), "{backend:?}: {}", stopped.text);
    }
}

#[tokio::test]
async fn an_unfinished_answer_is_continued_and_not_begun_again() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(spec(backend));
        let whole = read(model.stream(question("Hello!"))).await.unwrap().text;
        let cut = whole.char_indices().nth(whole.chars().count() / 2).unwrap().0;
        let cut = whole[..cut].rfind(' ').unwrap_or(cut);
        let mut request = question("Hello!");
        request.messages.push(Message::new(Role::Assistant, &whole[..cut]));
        let rest = read(model.stream(request)).await.unwrap().text;
        assert_eq!(format!("{}{rest}", &whole[..cut]), whole, "{backend:?}");
    }
}

#[tokio::test]
async fn a_dropped_answer_stops_and_the_next_one_comes() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(spec(backend));
        let mut story = model.stream(endless());
        read_some(&mut story).await;
        drop(story);
        let answer = read(model.stream(question("Hello!"))).await.unwrap();
        assert!(!answer.text.is_empty(), "{backend:?}");
    }
}

/// Cancelled at once, so that hardly a token can be made before the word is there; the client
/// would hear of those that wait in the pipe, which says nothing about the engine.
#[test]
fn a_cancelled_answer_computes_no_more_than_the_token_under_way() {
    for backend in backends() {
        let mut wire = Wire::load(backend);
        wire.generate(1, endless());
        wire.cancel(1);
        let outcome = loop {
            if let Event::Finished(outcome) = wire.event() {
                break outcome;
            }
        };
        assert_eq!(outcome.finish, Finish::Cancelled);
        assert!(outcome.usage.completion_tokens < 100, "{backend:?}: {outcome:?}");
        wire.generate(2, question("Hello!"));
        while !matches!(wire.event(), Event::Finished(_)) {}
        wire.hang_up();
    }
}

#[tokio::test]
async fn a_conversation_longer_than_the_context_is_refused_with_the_numbers() {
    for backend in backends() {
        let engine = engine();
        let spec = ModelSpec { context_length: Some(64), ..spec(backend) };
        let long = "word ".repeat(200);
        let error = read(engine.model(spec).stream(question(&long))).await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::ContextLength, "{error}");
        assert!(error.message.contains("64"), "{error}");
    }
}

#[tokio::test]
async fn a_setting_out_of_range_is_refused_and_does_no_harm() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(spec(backend));
        let sampling = Sampling { top_p: 7.0, ..Sampling::default() };
        let request = Request { sampling, ..question("Hello!") };
        let error = read(model.stream(request)).await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{error}");
        assert!(read(model.stream(question("Hello!"))).await.is_ok());
    }
}

#[tokio::test]
async fn loading_is_told_and_unloading_ends_the_process() {
    for backend in backends() {
        let engine = engine();
        engine.load(spec(backend)).await.unwrap();
        let pid = pid(&engine);
        match &engine.state().borrow().model {
            ModelState::Loaded { path, memory_bytes, .. } => {
                assert_eq!(path, &starter());
                assert!(memory_bytes.unwrap() > 1_000_000);
            }
            other => panic!("{other:?}"),
        }
        engine.unload().await;
        assert!(!is_alive(pid));
        assert_eq!(engine.state().borrow().process, ProcessState::NotStarted);
        assert_eq!(engine.state().borrow().model, ModelState::None);
    }
}

#[tokio::test]
async fn answers_to_several_askers_come_one_after_the_other() {
    let engine = engine();
    let model: Arc<dyn Model> = engine.model(spec(BackendChoice::Auto));
    let asked = ["Hello!", "What is 2 + 2?", "What is the capital of Italy?"];
    let answers = futures::future::join_all(asked.map(|q| read(model.stream(question(q))))).await;
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn the_last_event_is_the_end() {
    let engine = engine();
    let mut stream = engine.model(spec(BackendChoice::Auto)).stream(question("Hello!"));
    while !matches!(stream.next().await, Some(Ok(Event::Finished(_)))) {}
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_draft_whose_file_comes_back_is_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("draft.gguf");
    let draft = DraftChoice::Model(path.to_str().unwrap().into());
    let engine = engine();
    let model = engine.model(ModelSpec { draft, ..spec(BackendChoice::Cpu) });
    let off_reason = async || {
        let answer = read(model.stream(question("Hello!"))).await.unwrap();
        answer.outcome.speculation.unwrap().off_reason
    };
    assert_eq!(off_reason().await, Some(SpeculationOff::DraftUnusable));
    std::fs::copy(starter().with_file_name("starter-draft-1m-q8_0.gguf"), &path).unwrap();
    // On a busy machine it may not pay; it is there all the same.
    let then = off_reason().await;
    assert!(matches!(then, None | Some(SpeculationOff::NotFaster)), "{then:?}");
}
