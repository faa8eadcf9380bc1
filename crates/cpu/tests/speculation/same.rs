//! Greedy text, and text drawn with a seed, is the same to the token.

use hearth_chat::{DraftChoice, Event, Finish, Grammar, Request, Signals};
use hearth_cpu::LoadedModel;

use super::{answer, ask, choices, drafting, lengths, load, questions, random_pair, starter};

/// Asks with every kind of draft at some lengths, and expects what is said without one.
fn promise_the_same(model: &mut LoadedModel, requests: &[Request]) -> (u32, u32) {
    let mut total = (0, 0);
    for (i, request) in requests.iter().enumerate() {
        model.fix_draft_length(None);
        let (plain, without) = answer(model, request);
        let turns = choices().into_iter().enumerate();
        let turns = turns.flat_map(|(j, choice)| {
            lengths(i + 5 * j).into_iter().map(move |n| (choice.clone(), n))
        });
        for (choice, length) in turns {
            model.fix_draft_length((length > 0).then_some(length));
            let (text, outcome) = answer(model, &drafting(request, &choice));
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
    let folder = tempfile::tempdir().unwrap();
    let (target, draft) = random_pair(&folder, 0.2);
    let own = [starter("starter-6m-q8_0.gguf"), starter("starter-draft-1m-q8_0.gguf")];
    for [target, draft] in [own, [target, draft]] {
        let mut model = load(&target, Some(&draft));
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
}

#[test]
fn a_grammar_holds_with_every_draft() {
    let draft = starter("starter-draft-1m-q8_0.gguf");
    let mut model = load(&starter("starter-6m-q8_0.gguf"), Some(&draft));
    let schema = r#"{"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}"#;
    let mut requests = Vec::new();
    for (i, text) in questions().enumerate() {
        let mut request = ask(&text, 60);
        request.sampling.grammar = Some(match i % 4 {
            0 => Grammar::JsonSchema(schema.into()),
            1 => Grammar::Regex("(yes|no|perhaps), [a-z]{3,9}(, [a-z]{3,9}){2,5}".into()),
            2 => Grammar::Lark("start: \"a\"+ \"b\"".into()),
            _ => Grammar::Lark("start: \"Name: \" name\nname[max_tokens=9]: /[a-z ]+/".into()),
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
    for (i, text) in questions().enumerate() {
        let request = ask(&text, 40);
        model.fix_draft_length(None);
        let (plain, outcome) = answer(&mut model, &request);
        for length in 1..=16 {
            model.fix_draft_length(Some(length));
            let last = 1 + (i + length) % outcome.usage.completion_tokens as usize;
            for choice in choices() {
                let request = drafting(&request, &choice);
                let (text, tokens, finish) = cancel_after(&mut model, &request, last);
                // An answer may end with the very token at which it is cancelled.
                assert!(tokens == last || finish != Finish::Cancelled, "{tokens} of {last}");
                assert!(plain.starts_with(&text), "{text}");
            }
        }
        // What was computed for a broken draft is not reused.
        assert_eq!(answer(&mut model, &drafting(&request, &DraftChoice::Automatic)).0, plain);
    }
}

/// What is said, in how many tokens, and how it ends, when it is cancelled at the `last` token.
fn cancel_after(
    model: &mut LoadedModel,
    request: &Request,
    last: usize,
) -> (String, usize, Finish) {
    let signals = Signals::default();
    let (mut text, mut tokens) = (String::new(), 0);
    let outcome = model.generate(request, &signals, &mut |event| {
        if let Event::Text(piece) = event {
            text += &piece.text;
            tokens += piece.tokens.len();
            if tokens >= last {
                signals.cancel();
            }
        }
    });
    let outcome = outcome.unwrap();
    assert_eq!(outcome.usage.completion_tokens as usize, tokens);
    (text, tokens, outcome.finish)
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
        let outcomes = model.generate_all(&with, &Signals::default(), &mut |i, event| {
            if let Event::Text(piece) = event {
                together[i] += &piece.text;
            }
        });
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(together, alone);
    }
}
