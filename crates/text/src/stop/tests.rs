use hearth_chat::{Piece, PieceToken, TokenOrigin};

use super::DecodeStream;
use crate::tokenizer::tests::byte_tokenizer;

fn token() -> PieceToken {
    PieceToken { text_bytes: 0, score: None, origin: TokenOrigin::Target, alternatives: vec![] }
}

/// Feeds the bytes of a text one token each; returns the pieces, and whether a stop was met.
fn answer(stops: &[&str], text: &str) -> (Vec<Piece>, bool) {
    let tokenizer = byte_tokenizer();
    let mut answer = DecodeStream::new(stops.iter().map(|stop| stop.to_string()));
    let mut pieces = Vec::new();
    for byte in text.bytes() {
        pieces.push(answer.push(&tokenizer, byte.into(), token()));
        if answer.is_stopped() {
            break;
        }
    }
    pieces.push(answer.finish());
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
    assert_eq!(texts, ["x", "", "", "ab", "", "abd", ""]);
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
    assert_eq!(texts, ["", "é", "", "", "", "🦙", ""]);
    assert_eq!(tokens(&pieces), 6);
}

#[test]
fn half_a_character_at_the_end_is_no_text() {
    let tokenizer = byte_tokenizer();
    let mut answer = DecodeStream::new([]);
    answer.push(&tokenizer, 0xe2, token());
    assert_eq!(answer.finish().text, "");
}

#[test]
fn an_empty_stop_string_stops_nothing() {
    let (pieces, stopped) = answer(&[""], "ab");
    assert_eq!((text(&pieces).as_str(), stopped), ("ab", false));
}
