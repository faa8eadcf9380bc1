mod archive;
mod frames;
mod gguf;
mod ledger;
mod redact;
mod settings;
mod sse;

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
        name: "redact",
        run: redact::run,
        longest: 32 * KIB,
        memory: |bytes| times(256, bytes),
    },
];
