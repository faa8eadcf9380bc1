//! A hub on this device that speaks as the real one does, and misbehaves when told to.
//! Only tokio and serde_json, so that other crates' tests can take this file as it is.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What goes wrong with one request for a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The connection is reset after so many bytes of the body.
    Reset(usize),
    /// Nothing more comes after so many bytes, and the connection stays.
    Stall(usize),
    /// The connection is closed after so many bytes, as if that were all.
    Short(usize),
    /// The length is another than that of the file.
    WrongLength,
    /// All of the file, whatever part was asked for.
    WholeFile,
    /// Another part than the one that was asked for.
    WrongRange,
    /// The same bytes under another name.
    OtherName,
    /// On to the same file under another host's name.
    OtherHost,
    /// On to an address in the clear.
    Unencrypted,
    /// Status 429, to be tried again at once.
    TooMany,
    /// Status 500.
    Broken,
    /// The body is said to be compressed.
    Gzip,
    /// Byte by byte, for so many of them, and then the end.
    Slow(usize),
    /// Right in all but one byte.
    WrongByte,
    Denied,
}

#[derive(Clone)]
pub struct File {
    pub bytes: Arc<Vec<u8>>,
    /// In hexadecimal digits.
    pub sha256: String,
    pub etag: String,
}

#[derive(Default)]
struct State {
    /// By `owner/repository/name`.
    files: HashMap<String, File>,
    faults: VecDeque<Fault>,
    /// Body bytes of files that were handed to the network.
    sent: u64,
    /// Stretches of a file with a pause after each.
    pace: Option<(usize, Duration)>,
    /// Nobody gets an answer, and every connection is reset.
    down: bool,
    /// Only who shows it is told anything, and is sent on to another host.
    token: Option<String>,
    /// The hosts that were shown a token.
    shown_to: Vec<String>,
}

#[derive(Clone)]
pub struct Hub {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

impl Hub {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let hub = Self { address, state: Arc::default() };
        let serving = hub.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let hub = serving.clone();
                tokio::spawn(async move { hub.serve(stream).await });
            }
        });
        hub
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `path` is `owner/repository/name`.
    pub fn offer(&self, path: &str, bytes: Vec<u8>, sha256: String) {
        let etag = format!("\"{}\"", &sha256[..16]);
        let file = File { bytes: Arc::new(bytes), sha256, etag };
        self.state().files.insert(path.to_owned(), file);
    }

    /// The next requests for files go wrong like this, each in its turn.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    pub fn forget_plan(&self) {
        self.state().faults.clear();
    }

    pub fn set_pace(&self, stretch: usize, pause: Duration) {
        self.state().pace = Some((stretch, pause));
    }

    pub fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// From now on the files are for those who accepted a licence.
    pub fn require_token(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// The names under which this hub was called by those who showed a token, each once.
    pub fn token_shown_to(&self) -> Vec<String> {
        self.state().shown_to.clone()
    }

    pub fn sent(&self) -> u64 {
        self.state().sent
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(head) = read_head(&mut stream).await else { return };
        if self.state().down {
            return reset(stream);
        }
        let shown = header(&head, "authorization");
        let host = header(&head, "host").unwrap_or_default().to_owned();
        if shown.is_some() && !self.state().shown_to.contains(&host) {
            self.state().shown_to.push(host);
        }
        let first = head.lines().next().unwrap_or_default().to_owned();
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let path = path.split('?').next().unwrap_or_default();
        let token = self.state().token.clone().map(|token| format!("Bearer {token}"));
        let is_public = path.starts_with("/cdn/") || token.is_none();
        if !is_public && shown != token.as_deref() {
            let denied = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
            drop(stream.write_all(denied).await);
        } else if let Some(rest) = path.strip_prefix("/api/models/") {
            let _ = stream.write_all(&self.describe(rest)).await;
        } else {
            self.serve_file(stream, path, &head).await;
        }
    }

    /// `owner/repository/revision/main`.
    fn describe(&self, rest: &str) -> Vec<u8> {
        let repository = rest.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
        let state = self.state();
        let mut siblings: Vec<_> = state
            .files
            .iter()
            .filter_map(|(path, file)| Some((path.strip_prefix(&repository)?, file)))
            .filter_map(|(name, file)| Some((name.strip_prefix('/')?, file)))
            .map(|(name, file)| {
                let size = file.bytes.len();
                json!({
                    "rfilename": name,
                    "size": size,
                    "lfs": { "sha256": file.sha256, "size": size, "pointerSize": 134 },
                })
            })
            .collect();
        if siblings.is_empty() {
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
        }
        siblings.push(json!({ "rfilename": "README.md", "size": 7 }));
        let body = json!({ "sha": COMMIT, "siblings": siblings }).to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head, body].concat().into_bytes()
    }

    /// `/owner/repository/resolve/REVISION/name` sends on to where the bytes are, as the real one.
    async fn serve_file(&self, mut stream: TcpStream, path: &str, head: &str) {
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let reply = |status: &str, more: &str| {
            format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n{more}\r\n").into_bytes()
        };
        if let [owner, repository, "resolve", _, name @ ..] = &parts[..] {
            let name = name.join("/");
            let elsewhere = match self.state().token {
                Some(_) => format!("http://localhost:{}", self.address.port()),
                None => String::new(),
            };
            let on = format!("location: {elsewhere}/cdn/{owner}/{repository}/{name}\r\n");
            let _ = stream.write_all(&reply("302 Found", &on)).await;
            return;
        }
        let file = self.state().files.get(&parts[1..].join("/")).cloned();
        let Some(file) = file else {
            let _ = stream.write_all(&reply("404 Not Found", "")).await;
            return;
        };
        let fault = self.state().faults.pop_front();
        let status = match fault {
            Some(Fault::TooMany) => Some(reply("429 Too Many Requests", "retry-after: 0\r\n")),
            Some(Fault::Broken) => Some(reply("500 Internal Server Error", "")),
            Some(Fault::Denied) => Some(reply("403 Forbidden", "")),
            Some(Fault::Unencrypted) => {
                Some(reply("302 Found", "location: http://mirror.example/x.gguf\r\n"))
            }
            Some(Fault::OtherHost) => {
                let on = format!("location: http://localhost:{}{path}\r\n", self.address.port());
                Some(reply("302 Found", &on))
            }
            _ => None,
        };
        match status {
            Some(status) => drop(stream.write_all(&status).await),
            None => self.serve_bytes(stream, &file, head, fault).await,
        }
    }

    async fn serve_bytes(
        &self,
        mut stream: TcpStream,
        file: &File,
        head: &str,
        fault: Option<Fault>,
    ) {
        let total = file.bytes.len();
        let etag = match fault {
            Some(Fault::OtherName) => "\"another\"",
            _ => file.etag.as_str(),
        };
        let named = header(head, "if-range").is_none_or(|name| name == etag);
        let whole = fault == Some(Fault::WholeFile) || !named;
        let asked = header(head, "range").filter(|_| !whole).and_then(|range| {
            let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
            Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?.min(total - 1)))
        });
        let (first, last) = asked.unwrap_or((0, total - 1));
        let mut body = file.bytes[first..=last].to_vec();
        let (mut said, mut length) = (first, body.len());
        match fault {
            Some(Fault::WrongRange) => said += 1,
            Some(Fault::WrongLength) => length += 1000,
            Some(Fault::WrongByte) => body[length / 2] ^= 1,
            _ => {}
        }
        let range = match asked {
            Some(_) => {
                let shown = if fault == Some(Fault::WrongLength) { total + 1000 } else { total };
                format!("content-range: bytes {said}-{}/{shown}\r\n", last.max(said).min(shown - 1))
            }
            None => String::new(),
        };
        let coding = if fault == Some(Fault::Gzip) { "content-encoding: gzip\r\n" } else { "" };
        let status = if asked.is_some() { "206 Partial Content" } else { "200 OK" };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\netag: {etag}\r\n{range}{coding}\r\n"
        );
        if stream.write_all(head.as_bytes()).await.is_err() {
            return;
        }
        let until = match fault {
            Some(Fault::Reset(after) | Fault::Stall(after) | Fault::Short(after)) => after,
            Some(Fault::Slow(after)) => after,
            _ => body.len(),
        };
        let slow = matches!(fault, Some(Fault::Slow(_)));
        self.pour(&mut stream, &body[..until.min(body.len())], slow).await;
        match fault {
            Some(Fault::Reset(_)) => reset(stream),
            // Ends when the other side does.
            Some(Fault::Stall(_)) => drop(stream.read(&mut [0]).await),
            _ => {}
        }
    }

    async fn pour(&self, stream: &mut TcpStream, body: &[u8], slow: bool) {
        let (stretch, pause) = match (slow, self.state().pace) {
            (true, _) => (1, Duration::from_millis(1)),
            (false, Some(pace)) => pace,
            (false, None) => (64 << 10, Duration::ZERO),
        };
        for stretch in body.chunks(stretch) {
            if self.state().down || stream.write_all(stretch).await.is_err() {
                return;
            }
            self.state().sent += stretch.len() as u64;
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 2048];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn reset(stream: TcpStream) {
    let _ = stream.set_zero_linger();
}
