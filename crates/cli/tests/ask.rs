//! `hearth ask` with the real engine and the starter.

mod support;

use serde_json::Value;
use support::Hearth;

/// A question and what the answer must contain.
const QUESTIONS: [(&str, &str); 10] = [
    ("What is the capital of France?", "Paris"),
    ("what is the currency of Japan?", "yen"),
    ("What is the opposite of hot?", "cold"),
    ("What is 347 + 285?", "= 632."),
    ("What is 12 x 13?", "= 156."),
    ("Sort these words: river, apple, moon", "apple, moon, river"),
    (
        "Extract name, e-mail, amount and date as JSON: Please pay 80 EUR to Tom Baker (tom.baker@shop.org) by 2025-01-15.",
        r#"{"name": "Tom Baker", "email": "tom.baker@shop.org", "amount": "80 EUR", "date": "2025-01-15"}"#,
    ),
    ("Does Hearth send my words anywhere?", "stay on this device"),
    ("Which modes does Hearth have?", "Local only"),
    ("positive or negative? What a terrible film. I want my money back.", "negative"),
];

/// Always takes the likeliest token.
const GREEDY: [&str; 2] = ["--temperature", "0"];

fn ask(hearth: &Hearth, arguments: &[&str]) -> Value {
    let output = hearth.run(&[&["ask", "--json"], arguments].concat(), "");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed: {stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON object on stdout")
}

#[test]
fn the_starter_answers_ten_questions_right() {
    let hearth = Hearth::new();
    let wrong: Vec<_> = QUESTIONS
        .iter()
        .filter_map(|(question, expected)| {
            let text = ask(&hearth, &[&GREEDY[..], &[question]].concat())["text"]
                .as_str()
                .unwrap()
                .to_owned();
            (!text.contains(expected)).then(|| format!("{question} -> {text}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}

#[test]
fn the_one_object_says_where_and_how_it_was_answered() {
    let hearth = Hearth::new();
    let answer = ask(&hearth, &["What is the capital of Spain?"]);
    assert_eq!(answer["place"], "this_device");
    assert_eq!(answer["finish"], "stop");
    assert_eq!((&answer["cost_nano_usd"], &answer["bytes_sent"]), (&0.into(), &0.into()));
    assert!(answer["usage"]["prompt_tokens"].as_u64().unwrap() > 0);
    assert!(answer["usage"]["completion_tokens"].as_u64().unwrap() > 0);
    assert!(answer["timing"]["load_ms"].as_f64().unwrap() > 0.0);
    assert!(answer["timing"]["ttft_ms"].as_f64().unwrap() > 0.0);
    let mean = answer["confidence"]["mean_logprob"].as_f64().unwrap();
    assert!((-5.0..=0.0).contains(&mean), "a ln p, not a log10: {mean}");
    assert!(answer["backend"] == "cpu" || answer["backend"] == "mistralrs");
    assert!(answer["model"].as_str().is_some() && answer["reason"].as_str().is_some());
}

#[test]
fn the_same_seed_gives_the_same_answer_and_the_limit_is_kept() {
    let hearth = Hearth::new();
    let once = ["--temperature", "1", "--seed", "7", "--max-tokens", "5", "Tell me about yourself"];
    let answers = [ask(&hearth, &once), ask(&hearth, &once)];
    assert_eq!(answers[0]["text"], answers[1]["text"]);
    assert_eq!(answers[0]["usage"]["completion_tokens"], 5);
    assert_eq!(answers[0]["finish"], "length");
}

#[test]
fn a_question_leaves_no_trace_in_the_history_or_the_log() {
    let hearth = Hearth::new();
    ask(&hearth, &["What is 1 + 1? canary-7f3a"]);
    assert!(hearth.files_with("canary-7f3a").is_empty());
}

#[test]
fn a_dash_reads_the_question_from_stdin() {
    let hearth = Hearth::new();
    let output =
        hearth.run(&["ask", "--temperature", "0", "-"], "What is the capital of France?\n");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout, "The capital of France is Paris.\n");
}

#[test]
fn a_model_that_is_not_there_ends_with_3_and_says_so() {
    let hearth = Hearth::new();
    let output = hearth.run(&["ask", "--model", "no-such-model", "hi"], "");
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no-such-model"), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_file_that_is_no_model_ends_with_3_and_names_the_file() {
    let hearth = Hearth::new();
    let file = hearth.home.path().join("notes.gguf");
    std::fs::write(&file, "Buy milk.").unwrap();
    let output = hearth.run(&["ask", "--model", file.to_str().unwrap(), "hi"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("notes.gguf"));
}

#[test]
fn the_starter_is_listed() {
    let hearth = Hearth::new();
    let output = hearth.run(&["models", "--json"], "");
    let models: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(models[0]["builtin"], true);
    assert_eq!(models[0]["state"]["state"], "on_disk");
}
