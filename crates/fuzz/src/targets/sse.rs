//! An answer from a provider, in each dialect, as the network may cut it.

use hearth_cloud::{Pico, Price, Usage, Wire, replay};

const WIRES: [Wire; 5] =
    [Wire::OpenAi, Wire::Mistral, Wire::OpenAiCompatible, Wire::Anthropic, Wire::Gemini];

pub fn run(bytes: &[u8]) {
    for wire in WIRES {
        let whole = replay(wire, &[bytes]);
        let (head, tail) = bytes.split_at(bytes.len() / 3);
        let cut = replay(wire, &[head, &tail[..tail.len() / 2], &tail[tail.len() / 2..]]);
        assert_eq!(whole, cut, "where the network cuts changes nothing");
        if let Some(usage) = whole.usage {
            count(usage);
        }
    }
}

/// Counts of any size have a sum and a price.
fn count(usage: Usage) {
    usage.prompt();
    usage.completion();
    let _ = hearth_chat::Usage::from(usage);
    let dear = || Pico::try_from("10000".to_owned()).expect("a price");
    let price = Price { input: dear(), output: dear(), ..Price::NOTHING };
    price.cost(&usage);
}
