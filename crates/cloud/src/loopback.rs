//! A provider on this machine that says exactly what a test wants, counts what it is sent, and
//! fails in every way that providers fail.

use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{Usage, Wire};

/// Answers every request with the next scripted reply, or else with the usual one.
#[derive(Clone)]
pub struct Provider {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Reply>,
    usual: Option<Reply>,
    seen: Vec<Seen>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Request line and headers.
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    /// Everything that came over the wire for it.
    pub fn bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }
}

/// What is written back, byte for byte.
#[derive(Clone, Debug)]
pub struct Reply {
    pub pieces: Vec<Vec<u8>>,
    /// Before every piece.
    pub pause: Duration,
    /// Keeps the connection open afterwards, in silence.
    pub hang: bool,
    /// Says the last piece again and again, for as long as anybody reads.
    pub endless: bool,
}

impl Provider {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let provider = Self { address, state: Arc::default() };
        let state = Arc::clone(&provider.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        provider
    }

    /// The start of its addresses.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Answers the next request that has no reply yet.
    pub fn will(&self, reply: Reply) {
        lock(&self.state).script.push_back(reply);
    }

    /// Answers every request that has no reply of its own.
    pub fn always(&self, reply: Reply) {
        lock(&self.state).usual = Some(reply);
    }

    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state).seen.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let Some(seen) = read_request(&mut stream)? else { return Ok(()) };
    let reply = {
        let mut state = lock(state);
        state.seen.push(seen);
        state.script.pop_front().or_else(|| state.usual.clone())
    };
    let reply = reply.unwrap_or_else(|| Reply::status(500, ""));
    for piece in &reply.pieces {
        thread::sleep(reply.pause);
        stream.write_all(piece)?;
        stream.flush()?;
    }
    while reply.endless
        && let Some(piece) = reply.pieces.last()
    {
        thread::sleep(reply.pause);
        stream.write_all(piece)?;
    }
    if reply.hang {
        // Ends when the other side does.
        while stream.read(&mut [0; 64])? > 0 {}
    }
    Ok(())
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<Seen>> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut part)? {
            0 => return Ok(None),
            n => bytes.extend_from_slice(&part[..n]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let length: usize = length.unwrap_or(0);
    while bytes.len() < end + length {
        match stream.read(&mut part)? {
            0 => return Ok(None),
            n => bytes.extend_from_slice(&part[..n]),
        }
    }
    Ok(Some(Seen { head, body: bytes.split_off(end) }))
}

impl Reply {
    /// These bytes at once, and then the connection is closed.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pieces: vec![bytes.into()], pause: Duration::ZERO, hang: false, endless: false }
    }

    /// A refusal, with `body` as JSON.
    pub fn status(status: u16, body: &str) -> Self {
        Self::raw(format!(
            "HTTP/1.1 {status} Test\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// A whole answer: each word an event, then the counts, then the end.
    pub fn answer(wire: Wire, words: &[&str], usage: Usage) -> Self {
        let mut reply = Self::raw(HEAD);
        reply.pieces.extend(events(wire, words, usage).into_iter().map(String::into_bytes));
        reply
    }

    /// The same bytes, all at once.
    pub fn at_once(self) -> Self {
        Self { pieces: vec![self.pieces.concat()], ..self }
    }

    pub fn slowly(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    pub fn without_an_end(self) -> Self {
        Self { endless: true, ..self }
    }

    pub fn then_silence(self) -> Self {
        Self { hang: true, ..self }
    }
}

/// The body ends where the connection does, so that nothing but its content tells of a cut.
pub const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// The events of a whole answer in the words of one dialect.
pub fn events(wire: Wire, words: &[&str], usage: Usage) -> Vec<String> {
    let quoted = |word: &str| serde_json::to_string(word).expect("text has a JSON text");
    let prompt = usage.prompt();
    match wire {
        Wire::OpenAi | Wire::Mistral | Wire::OpenAiCompatible => {
            let word = |word: &&str| {
                let word = quoted(word);
                format!(
                    "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{word}}},\"finish_reason\":null}}],\"usage\":null}}\n\n"
                )
            };
            let mut events: Vec<_> = words.iter().map(word).collect();
            events.push(
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                    .into(),
            );
            events.push(format!(
                "data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":{prompt},\"completion_tokens\":{},\"prompt_tokens_details\":{{\"cached_tokens\":{}}},\"completion_tokens_details\":{{\"reasoning_tokens\":{}}}}}}}\n\n",
                usage.completion(), usage.cache_read, usage.reasoning
            ));
            events.push("data: [DONE]\n\n".into());
            events
        }
        Wire::Anthropic => {
            let mut events = vec![format!(
                "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\"usage\":{{\"input_tokens\":{},\"cache_read_input_tokens\":{},\"cache_creation_input_tokens\":{},\"output_tokens\":1}}}}}}\n\n",
                usage.input, usage.cache_read, usage.cache_write_5m
            )];
            events.extend(words.iter().map(|word| {
                format!("event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":{}}}}}\n\n", quoted(word))
            }));
            events.push("event: ping\ndata: {\"type\":\"ping\"}\n\n".into());
            events.push(format!(
                "event: message_delta\ndata: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"end_turn\"}},\"usage\":{{\"output_tokens\":{}}}}}\n\n",
                usage.completion()
            ));
            events.push("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".into());
            events
        }
        Wire::Gemini => {
            let word = |(at, word): (usize, &&str)| {
                let stop = if at + 1 == words.len() { ",\"finishReason\":\"STOP\"" } else { "" };
                format!(
                    "data: {{\"candidates\":[{{\"content\":{{\"role\":\"model\",\"parts\":[{{\"text\":{}}}]}}{stop}}}],\"usageMetadata\":{{\"promptTokenCount\":{prompt},\"cachedContentTokenCount\":{},\"candidatesTokenCount\":{},\"thoughtsTokenCount\":{}}}}}\r\n\r\n",
                    quoted(word),
                    usage.cache_read,
                    usage.output,
                    usage.reasoning
                )
            };
            words.iter().enumerate().map(word).collect()
        }
    }
}
