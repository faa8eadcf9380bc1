//! What comes through the pipe from the engine, which is not trusted, and into it.

use hearth_engine::protocol::{FromEngine, ToEngine, read_frame, write_frame};
use serde::{Serialize, de::DeserializeOwned};

pub fn run(bytes: &[u8]) {
    read_all::<FromEngine>(bytes);
    read_all::<ToEngine>(bytes);
}

/// Each message that is understood is one that can be sent and understood again.
fn read_all<M: DeserializeOwned + Serialize>(mut bytes: &[u8]) {
    while let Ok(Some(message)) = read_frame::<M>(&mut bytes) {
        let mut wire = Vec::new();
        write_frame(&mut wire, &message).expect("what was read can be written");
        let again = read_frame::<M>(&mut &wire[..]).expect("what was written can be read");
        let text = |message: &M| serde_json::to_string(message).expect("a message is JSON");
        assert_eq!(again.as_ref().map(text), Some(text(&message)));
    }
}
