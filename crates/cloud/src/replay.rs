//! An answer's bytes without the connection that they came by, for `hearth-fuzz`.

use crate::{Usage, Wire, sse, wire};

/// What was heard up to the end, or up to what could not be understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    pub text: String,
    pub usage: Option<Usage>,
    /// The provider said that this was all.
    pub complete: bool,
    pub failed: bool,
}

/// Hears `chunks` as [`answer`](crate::answer()) hears a body that comes in these pieces.
pub fn replay(wire: Wire, chunks: &[&[u8]]) -> Replayed {
    let (mut reader, mut messages) = (sse::Reader::default(), Vec::new());
    let (mut heard, mut replayed) = (wire::Heard::default(), Replayed::default());
    for chunk in chunks {
        let malformed = reader.push(chunk, &mut messages).is_err();
        for message in messages.drain(..) {
            if wire::hear(wire, &message, &mut heard).is_err() {
                replayed.failed = true;
                return replayed;
            }
            replayed.text.push_str(&heard.text);
            replayed.usage = heard.usage;
            replayed.complete = heard.complete;
        }
        if malformed {
            replayed.failed = true;
            return replayed;
        }
    }
    replayed
}
