//! The cpu backend against mistral.rs: the same starter file, the same questions, both greedy.

#[path = "../../engine-process/tests/support/mod.rs"]
mod support;

use hearth_chat::{PieceToken, Request};
use hearth_engine::BackendChoice;
use support::*;

/// Two tokens whose ln p differ by less than this may change places: both backends quantize
/// activations to 8 bits, each in its own way.
const NEAR_TIE: f64 = 0.1;

/// `HEARTH_PARITY_PROMPTS` asks for more.
fn wanted() -> usize {
    std::env::var("HEARTH_PARITY_PROMPTS").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

#[tokio::test]
async fn greedy_text_is_that_of_mistralrs_but_for_near_ties() {
    let (ours, theirs) = (engine(), engine());
    let (cpu, mistralrs) =
        (ours.model(spec(BackendChoice::Cpu)), theirs.model(spec(BackendChoice::Mistralrs)));
    let mut ties = 0;
    for prompt in prompts().into_iter().take(wanted()) {
        let request = Request { want_alternatives: true, ..question(&prompt) };
        let own = read(cpu.stream(request.clone())).await.unwrap();
        let peer = read(mistralrs.stream(request)).await.unwrap();
        if own.text != peer.text {
            let margin = margin_where_they_part(&own, &peer);
            assert!(margin < NEAR_TIE, "{prompt}: {margin}\n{}\n{}", own.text, peer.text);
            println!("near tie ({margin:.3} nats): {prompt}");
            ties += 1;
        }
    }
    println!("{} of {} alike", wanted() - ties, wanted());
    assert!(ties * 20 <= wanted(), "{ties} of {} differ", wanted());
}

/// Questions over the starter's skills, and beyond them.
fn prompts() -> Vec<String> {
    let words = ["apple river stone", "cat dog bird fish", "red green blue", "sun moon star tree"];
    let places = ["France", "Spain", "Italy", "Japan", "Norway", "Egypt", "Peru", "Kenya", "Cuba"];
    (0..40)
        .flat_map(|i| {
            let (a, b) = (37 * i % 500, 53 * i % 400);
            [
                format!("What is {a} + {b}?"),
                format!("What is the capital of {}?", places[i % places.len()]),
                format!("Sort these words: {}", words[i % words.len()]),
                format!("extract as json: Anna Berg paid ${a} on {} May 2026.", 1 + i % 28),
                format!(
                    "Is this review positive? The {} was number {b}, and I liked it.",
                    words[i % 4]
                ),
            ]
        })
        .collect()
}

/// How far apart the two likeliest tokens were, in nats, where the answers part.
fn margin_where_they_part(own: &Answered, peer: &Answered) -> f64 {
    let spelled = |answer: &Answered| -> Vec<(Vec<u8>, PieceToken)> {
        let pieces = answer.pieces.iter().flat_map(|piece| {
            let mut at = 0;
            piece.tokens.iter().map(move |token| {
                let text = &piece.text.as_bytes()[at..at + token.text_bytes as usize];
                at += token.text_bytes as usize;
                (text.to_vec(), token.clone())
            })
        });
        pieces.collect()
    };
    let (own, peer) = (spelled(own), spelled(peer));
    let same = own.iter().zip(&peer).take_while(|(a, b)| a.0 == b.0).count();
    let (_, token) = own.get(same).or(own.last()).expect("the answer has tokens");
    let best = &token.alternatives;
    f64::from(best[0].1 - best[1].1)
}
