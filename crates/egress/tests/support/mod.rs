//! A server on this device that says exactly what a test tells it to, and a log that can be read.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hearth_egress::{ConnectionId, ConnectionLog, ConnectionStart, End, Traffic};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// What the server does after it has read a request.
#[derive(Clone)]
pub enum Reply {
    /// These bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes, and then silence for as long as the other side stays.
    Hang(Vec<u8>),
}

/// What one connection brought.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub request: String,
    /// The other side closed it.
    pub closed: bool,
}

#[derive(Clone)]
pub struct Server {
    pub url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers the n-th request with the n-th reply, and the rest with the last.
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a?b=c", listener.local_addr().unwrap());
        let server = Self { url: url.parse().unwrap(), seen: Arc::default() };
        let seen = Arc::clone(&server.seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let index = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(Seen::default());
                    seen.len() - 1
                };
                let reply = replies[index.min(replies.len() - 1)].clone();
                tokio::spawn(serve(stream, reply, Arc::clone(&seen), index));
            }
        });
        server
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The same server under another name, which makes it another origin.
    pub fn under_another_name(&self) -> Url {
        let mut url = self.url.clone();
        url.set_host(Some("localhost")).unwrap();
        url
    }
}

async fn serve(mut stream: TcpStream, reply: Reply, seen: Arc<Mutex<Vec<Seen>>>, index: usize) {
    let request = read_request(&mut stream).await;
    seen.lock().unwrap()[index].request = String::from_utf8(request).unwrap();
    let (bytes, hang) = match reply {
        Reply::Bytes(bytes) => (bytes, false),
        Reply::Hang(bytes) => (bytes, true),
    };
    let _ = stream.write_all(&bytes).await;
    if hang {
        // Ends when the other side does.
        let _ = stream.read(&mut [0]).await;
        seen.lock().unwrap()[index].closed = true;
    }
}

/// Head and, as its length says, body.
async fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if read == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return bytes;
        }
    }
}

pub fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub fn sent_on(to: &Url) -> Reply {
    let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
    Reply::Bytes(head.into_bytes())
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub start: ConnectionStart,
    pub closed: Option<(Traffic, End)>,
}

#[derive(Clone, Default)]
pub struct Log {
    pub rows: Arc<Mutex<Vec<Row>>>,
    pub full: bool,
}

impl Log {
    pub fn rows(&self) -> Vec<Row> {
        self.rows.lock().unwrap().clone()
    }

    /// The ends, once every row has one.
    pub async fn ends(&self) -> Vec<(Traffic, End)> {
        until(|| self.rows().iter().map(|row| row.closed).collect()).await
    }
}

impl ConnectionLog for Log {
    fn opened(&self, start: &ConnectionStart) -> Result<ConnectionId, String> {
        if self.full {
            return Err("the disk is full".into());
        }
        let mut rows = self.rows.lock().unwrap();
        rows.push(Row { start: start.clone(), closed: None });
        Ok(rows.len() as ConnectionId - 1)
    }

    fn progress(&self, _: ConnectionId, _: Traffic) {}

    fn closed(&self, id: ConnectionId, traffic: Traffic, end: End) {
        self.rows.lock().unwrap()[id as usize].closed = Some((traffic, end));
    }
}

/// Asks until there is an answer. A test that waits in vain is ended by its runner.
pub async fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    loop {
        match ask() {
            Some(answer) => return answer,
            None => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}
