mod archive;
mod frames;
mod gguf;
mod ledger;
mod redact;
mod safetensors;
mod settings;
mod sse;
mod tokenizer;

use crate::Target;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// What SQLite's side of the store, a temporary file or a table made once may take, and a fixed number
/// of times the input.
const fn times(factor: usize, bytes: usize) -> usize {
    8 * MIB + factor * bytes
}

pub const TARGETS: &[Target] = &[
    Target {
        name: "gguf",
        run: gguf::run,
        longest: 64 * KIB,
        // A header is first read as a mebibyte, then grown by what the file has.
        memory: |bytes| times(64, bytes),
    },
    Target {
        name: "safetensors",
        run: safetensors::run,
        longest: 64 * KIB,
        // A number of JSON takes two bytes there and sixteen times as many here.
        memory: |bytes| times(256, bytes),
    },
    Target { name: "sse", run: sse::run, longest: 64 * KIB, memory: |bytes| times(64, bytes) },
    Target {
        name: "frames",
        run: frames::run,
        longest: 64 * KIB,
        memory: |bytes| times(64, bytes),
    },
    Target {
        name: "archive",
        run: archive::run,
        longest: 32 * KIB,
        memory: |bytes| times(64, bytes),
    },
    Target { name: "ledger", run: ledger::run, longest: 4 * KIB, memory: |bytes| times(64, bytes) },
    Target {
        name: "settings",
        run: settings::run,
        longest: 32 * KIB,
        memory: |bytes| times(256, bytes),
    },
    Target {
        name: "tokenizer",
        run: tokenizer::run,
        longest: 32 * KIB,
        memory: |bytes| times(256, bytes),
    },
    Target {
        name: "redact",
        run: redact::run,
        longest: 32 * KIB,
        memory: |bytes| times(256, bytes),
    },
];

/// It goes into a list of models: a line that nobody can turn round or fill a screen with.
fn assert_fit_to_show(text: &str) {
    assert!(text.len() <= 4096, "{} bytes are shown", text.len());
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.chars().any(|c| c.is_control() || turns(c)), "{text:?} is shown");
}
