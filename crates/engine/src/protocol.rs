//! What the app and the engine process say to each other.
//!
//! Frames go over the child's stdin and stdout: a length (`u32`, little-endian, at most
//! [`MAX_FRAME`]) and that many bytes of JSON. Both directions are closed enums, because the
//! client treats the child as hostile: whatever is not one of these ends the conversation.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use hearth_chat as chat;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{BackendChoice, SandboxReport};

/// Grows whenever a message changes; both sides refuse another one's.
pub const VERSION: u32 = 4;

/// The largest frame either side accepts, in bytes.
pub const MAX_FRAME: u32 = 8 << 20;

/// From the app to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ToEngine {
    /// Sent once, before anything else but pings.
    Load(LoadRequest),
    /// Answered with events and one `Failed` or `Finished` for this id.
    Generate {
        id: u64,
        request: chat::Request,
    },
    /// Ends the answer with this id within a token; one that already ended is ignored.
    Cancel {
        id: u64,
    },
    /// Closes the thought of the answer with this id within a token.
    AnswerNow {
        id: u64,
    },
    Ping,
    Shutdown,
}

/// What to load, as decided by the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadRequest {
    pub path: PathBuf,
    pub backend: BackendChoice,
    /// The GPU to run it on, by its number; `None` is the processor. It fails with
    /// [`chat::ErrorKind::Gpu`] where that cannot be used.
    pub gpu: Option<u32>,
    /// A smaller model of the same vocabulary that may draft tokens.
    pub draft: Option<PathBuf>,
    /// Why there is none although one was wanted.
    pub draft_off: Option<chat::SpeculationOff>,
    /// In tokens: prompt and answer together.
    pub context_length: u32,
    pub threads: Option<u32>,
}

/// From the engine to the app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum FromEngine {
    /// The first message, sent when the sandbox has been applied and measured.
    Hello {
        protocol: u32,
        build: String,
        pid: u32,
        sandbox: SandboxReport,
    },
    /// In 0..=1.
    LoadProgress {
        fraction: f32,
    },
    Loaded {
        backend: String,
        /// The GPU that runs it, by its number; `None` is the processor.
        gpu: Option<u32>,
        memory_bytes: Option<u64>,
        thinking: chat::ThinkingSupport,
    },
    /// The process is of no further use afterwards and ends.
    LoadFailed {
        error: chat::Error,
    },
    Event {
        id: u64,
        event: chat::Event,
    },
    Failed {
        id: u64,
        error: chat::Error,
    },
    /// Units of work done since the start: tokens, prompt chunks, steps of loading.
    Pong {
        steps: u64,
    },
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("the pipe failed: {0}")]
    Io(#[from] io::Error),
    #[error("a frame of {0} bytes is larger than {MAX_FRAME}")]
    TooLarge(u64),
    #[error("a frame ended early")]
    Truncated,
    #[error("a frame was not a known message")]
    Garbage,
}

/// Writes one message and flushes.
pub fn write_frame(to: &mut impl Write, message: &impl Serialize) -> Result<(), FrameError> {
    let body = body(message)?;
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.extend_from_slice(&(body.len() as u32).to_le_bytes());
    frame.extend_from_slice(&body);
    to.write_all(&frame)?;
    to.flush()?;
    Ok(())
}

/// A message as JSON of at most [`MAX_FRAME`] bytes.
pub(crate) fn body(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let body = serde_json::to_vec(message).map_err(|_| FrameError::Garbage)?;
    if body.len() > MAX_FRAME as usize {
        return Err(FrameError::TooLarge(body.len() as u64));
    }
    Ok(body)
}

/// Reads one message; `None` at the end of the stream, between frames.
pub fn read_frame<M: DeserializeOwned>(from: &mut impl Read) -> Result<Option<M>, FrameError> {
    let mut length = [0; 4];
    match read_up_to(from, &mut length)? {
        0 => return Ok(None),
        4 => {}
        _ => return Err(FrameError::Truncated),
    }
    let length = u32::from_le_bytes(length);
    if length > MAX_FRAME {
        return Err(FrameError::TooLarge(u64::from(length)));
    }
    // Grows with the bytes that come, so a length alone reserves no memory.
    let mut body = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut body)?;
    if body.len() != length as usize {
        return Err(FrameError::Truncated);
    }
    serde_json::from_slice(&body).map(Some).map_err(|_| FrameError::Garbage)
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32).to_le_bytes()[..], body].concat()
    }

    fn read(bytes: &[u8]) -> Result<Option<FromEngine>, FrameError> {
        read_frame(&mut &bytes[..])
    }

    #[test]
    fn messages_come_back_as_they_were_sent() {
        let sent = [
            FromEngine::Pong { steps: 7 },
            FromEngine::Event {
                id: 1,
                event: chat::Event::Text(chat::Piece::answer("zwölf", vec![])),
            },
            FromEngine::LoadFailed {
                error: chat::Error::new(chat::ErrorKind::ModelFile, "x.gguf is empty"),
            },
        ];
        let mut wire = Vec::new();
        for message in &sent {
            write_frame(&mut wire, message).unwrap();
        }
        let mut wire = &wire[..];
        for message in &sent {
            assert_eq!(read_frame::<FromEngine>(&mut wire).unwrap().as_ref(), Some(message));
        }
        assert!(read_frame::<FromEngine>(&mut wire).unwrap().is_none());
    }

    #[test]
    fn a_frame_that_claims_too_much_is_refused_before_its_bytes_are_read() {
        assert!(matches!(read(&[0xff; 4]), Err(FrameError::TooLarge(_))));
        assert!(matches!(read(&(MAX_FRAME + 1).to_le_bytes()), Err(FrameError::TooLarge(_))));
    }

    #[test]
    fn every_truncation_of_a_frame_is_an_error() {
        let whole = frame(br#"{"type":"pong","steps":3}"#);
        assert!(read(&whole).is_ok());
        for cut in 1..whole.len() {
            assert!(matches!(read(&whole[..cut]), Err(FrameError::Truncated)), "cut at {cut}");
        }
    }

    #[test]
    fn unknown_messages_and_other_bytes_are_garbage() {
        for body in [
            &b"{\"type\":\"run\",\"command\":\"rm\"}"[..],
            b"{\"type\":\"pong\",\"steps\":-1}",
            b"{\"type\":\"pong\"} trailing",
            b"Error: model not found",
            b"\x00\xff\xfe",
            b"",
        ] {
            assert!(matches!(read(&frame(body)), Err(FrameError::Garbage)), "{body:?}");
        }
    }

    #[test]
    fn a_message_over_the_cap_is_not_sent() {
        let error = chat::Error::new(chat::ErrorKind::Internal, "x".repeat(MAX_FRAME as usize));
        let mut wire = Vec::new();
        let result = write_frame(&mut wire, &FromEngine::Failed { id: 1, error });
        assert!(matches!(result, Err(FrameError::TooLarge(_))));
        assert!(wire.is_empty());
    }
}
