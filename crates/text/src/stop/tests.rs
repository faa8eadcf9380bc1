use hearth_chat::{Channel, Piece, PieceToken, TokenOrigin};

use super::DecodeStream;
use crate::thinking::{Marking, Stage};
use crate::tokenizer::tests::byte_tokenizer;

fn token() -> PieceToken {
    PieceToken { text_bytes: 0, score: None, origin: TokenOrigin::Target, alternatives: vec![] }
}

/// One that begins at this stage, with the marks of this template.
fn stream(stops: &[&str], template: &str, stage: Stage) -> DecodeStream {
    let (marking, _) = Marking::of(template, &byte_tokenizer());
    DecodeStream::new(stops.iter().map(|stop| stop.to_string()), marking, true, stage)
}

/// Feeds the bytes of a text one token each; returns the pieces, and whether a stop was met.
fn answer(stops: &[&str], text: &str) -> (Vec<Piece>, bool) {
    let tokenizer = byte_tokenizer();
    let mut answer = stream(stops, "", Stage::Start);
    let mut pieces = Vec::new();
    for byte in text.bytes() {
        pieces.extend(answer.push(&tokenizer, byte.into(), token()));
        if answer.is_stopped() {
            break;
        }
    }
    pieces.extend(answer.finish());
    for piece in &pieces {
        let bytes: u32 = piece.tokens.iter().map(|token| token.text_bytes).sum();
        assert_eq!(bytes as usize, piece.text.len(), "tokens add up to their text");
    }
    (pieces, answer.is_stopped())
}

fn text(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

fn tokens(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.tokens.len()).sum()
}

#[test]
fn an_answer_ends_before_its_stop_string() {
    let (pieces, stopped) = answer(&["END", "\n\n"], "one E ENDtwo");
    assert!(stopped);
    assert_eq!(text(&pieces), "one E ");
    assert_eq!(tokens(&pieces), "one E END".len(), "the tokens of the stop string were made");
}

#[test]
fn what_could_become_a_stop_string_is_held_back_until_it_does_not() {
    let (pieces, stopped) = answer(&["abc"], "xababd");
    assert!(!stopped);
    let texts: Vec<_> = pieces.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(texts, ["x", "ab", "abd"]);
}

#[test]
fn the_end_releases_what_was_held_back() {
    let (pieces, stopped) = answer(&["abc"], "xab");
    assert_eq!((text(&pieces).as_str(), stopped), ("xab", false));
    assert_eq!(tokens(&pieces), 3);
}

#[test]
fn the_earliest_of_several_stop_strings_counts() {
    let (pieces, _) = answer(&["dog", "o"], "a dog");
    assert_eq!(text(&pieces), "a d");
}

#[test]
fn characters_come_whole() {
    let (pieces, _) = answer(&[], "é🦙");
    let texts: Vec<_> = pieces.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(texts.concat(), "é🦙");
    assert_eq!(tokens(&pieces), 6);
}

#[test]
fn half_a_character_at_the_end_is_no_text() {
    let tokenizer = byte_tokenizer();
    let mut answer = stream(&[], "", Stage::Answer);
    answer.push(&tokenizer, 0xe2, token());
    assert_eq!(answer.finish(), None);
}

#[test]
fn an_empty_stop_string_stops_nothing() {
    let (pieces, stopped) = answer(&[""], "ab");
    assert_eq!((text(&pieces).as_str(), stopped), ("ab", false));
}

/// What was thought and what was answered, where the prompt ended at this stage and the model says
/// `text`, a byte each token.
fn split(template: &str, stage: Stage, text: &str, stops: &[&str]) -> (String, String) {
    let tokenizer = byte_tokenizer();
    let mut stream = stream(stops, template, stage);
    let mut pieces = Vec::new();
    for byte in text.bytes() {
        pieces.extend(stream.push(&tokenizer, byte.into(), token()));
        if stream.is_stopped() {
            break;
        }
    }
    pieces.extend(stream.finish());
    let said = |channel| {
        pieces.iter().filter(|piece| piece.channel == channel).map(|p| p.text.as_str()).collect()
    };
    (said(Channel::Thought), said(Channel::Answer))
}

const HARMONY: &str = "<|start|> <|channel|> <|message|>";

/// Template, stage, what the model says, thought, answer.
const SAID: &[(&str, Stage, &str, &str, &str)] = &[
    ("", Stage::Start, "<think>\nHm.\n</think>\n\nHi.", "Hm.", "Hi."),
    ("", Stage::Start, "\n<think>Hm.</think>Hi.", "Hm.", "Hi."),
    ("", Stage::Thought, "\nHm.\n\nOr so.\n</think>\n\nHi.\n", "Hm.\n\nOr so.", "Hi.\n"),
    ("", Stage::Between, "\n\nHi.", "", "Hi."),
    ("", Stage::Start, "<think>\n\n</think>\n\nHi.", "", "Hi."),
    ("", Stage::Start, "<think>\nHm.", "Hm.", ""),
    ("", Stage::Start, "<think>\nHm. </thin", "Hm. </thin", ""),
    ("", Stage::Start, "<thing> is a tag.", "", "<thing> is a tag."),
    (
        "",
        Stage::Start,
        "The <think> tag ends with </think>.",
        "",
        "The <think> tag ends with </think>.",
    ),
    ("", Stage::Thought, "a </think> b </think> c", "a", "b </think> c"),
    ("", Stage::Answer, "<think>x</think>", "", "<think>x</think>"),
    ("", Stage::Start, "", "", ""),
    ("", Stage::Start, "  two blanks", "", "  two blanks"),
    ("", Stage::Thought, "Hm.</think>\n<answer>\nHi.</answer>", "Hm.", "Hi."),
    ("", Stage::Start, "<think>Hm.</think><response>Hi.</response>", "Hm.", "Hi."),
    ("", Stage::Start, "<response>Hi.</response>", "", "<response>Hi.</response>"),
    ("[THINK]", Stage::Start, "[THINK]Hm.[/THINK]Hi.", "Hm.", "Hi."),
    ("<|channel>thought", Stage::Start, "<|channel>thought\nHm.\n<channel|>Hi.", "Hm.", "Hi."),
    (
        "Here is my thought process: Here is my response:",
        Stage::Start,
        "Here is my thought process:\nHm.\n\nHere is my response:\nHi.",
        "Hm.",
        "Hi.",
    ),
    (
        HARMONY,
        Stage::Start,
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi.",
        "Hm.",
        "Hi.",
    ),
    (HARMONY, Stage::Start, "<|channel|>final<|message|>Hi.", "", "Hi."),
    (
        HARMONY,
        Stage::Start,
        "<|channel|>commentary<|message|>First,<|end|><|start|>assistant<|channel|>analysis<|message|>\
         Hm.<|end|><|start|>assistant<|channel|>final<|message|> then.",
        "Hm.",
        "First,then.",
    ),
];

#[test]
fn thoughts_are_parted_from_answers_by_every_format() {
    for (template, stage, said, thought, answer) in SAID {
        let parted = split(template, *stage, said, &[]);
        assert_eq!(parted, (thought.to_string(), answer.to_string()), "{said:?}");
    }
}

#[test]
fn a_stop_string_ends_the_answer_and_no_thought() {
    let parted = |said: &str| split("", Stage::Start, said, &["END", "\n\n"]);
    assert_eq!(parted("<think>END\n\nHm.</think>Hi.END more"), ("END\n\nHm.".into(), "Hi.".into()));
    assert_eq!(parted("\n\nHi."), (String::new(), String::new()));
}

#[test]
fn half_a_mark_is_shown_as_little_as_half_a_stop_string() {
    let tokenizer = byte_tokenizer();
    for (template, stage, said, thought, answer) in SAID {
        let mut stream = stream(&[], template, *stage);
        let (mut thoughts, mut answers) = (String::new(), String::new());
        for byte in said.bytes() {
            for piece in stream.push(&tokenizer, byte.into(), token()) {
                match piece.channel {
                    Channel::Thought => thoughts += &piece.text,
                    Channel::Answer => answers += &piece.text,
                }
            }
            assert!(thought.starts_with(&thoughts), "{said:?}: {thoughts:?}");
            assert!(answer.starts_with(&answers), "{said:?}: {answers:?}");
        }
    }
}

#[test]
fn whoever_reads_along_sees_that_something_comes() {
    let tokenizer = byte_tokenizer();
    for (stage, said) in [(Stage::Start, " "), (Stage::Thought, "a\n"), (Stage::Between, "\n")] {
        let mut stream = stream(&[], "", stage);
        let said = said.chars().chain(std::iter::repeat('\n')).take(1000);
        let pushes: Vec<_> =
            said.map(|c| !stream.push(&tokenizer, c as u32, token()).is_empty()).collect();
        let silence = pushes.split(|spoke| *spoke).map(<[bool]>::len).max().unwrap();
        assert!(silence <= 1, "{stage:?}: {silence} tokens without a sign");
    }
}

#[test]
fn blanks_of_a_model_that_thinks_nothing_are_its_answer() {
    let tokenizer = byte_tokenizer();
    let (marking, _) = Marking::of("", &tokenizer);
    let mut stream = DecodeStream::new([], marking, false, Stage::Start);
    let said = stream.push(&tokenizer, b'\n'.into(), token());
    assert_eq!((text(&said).as_str(), tokens(&said)), ("\n", 1));
}
