//! What is noted about every connection, before it is made and while it lasts.

use hearth_router::Purpose;

/// Where connections are noted. The methods may block; they are called where that is allowed.
///
/// A row holds who was talked to, why, and how much: never headers, bodies or paths.
pub trait ConnectionLog: Send + Sync + 'static {
    /// A connection is about to be made. One that cannot be noted is not made; the error is a
    /// sentence without its full stop.
    fn opened(&self, start: &ConnectionStart) -> Result<ConnectionId, String>;
    /// What went over it so far; told now and then, so that a killed process has noted most.
    fn progress(&self, id: ConnectionId, traffic: Traffic);
    fn closed(&self, id: ConnectionId, traffic: Traffic, end: End);
}

/// The log's own name for a row.
pub type ConnectionId = i64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionStart {
    pub purpose: Purpose,
    /// Host, and the port where it is not the scheme's own.
    pub host: String,
}

/// Bytes of HTTP in both directions: request line or status line, headers and body as HTTP/1.1
/// writes them. What TLS and TCP add is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub sent: u64,
    pub received: u64,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The response was read to its end.
    Complete,
    /// Whoever asked wanted no more of it.
    Dropped,
    /// By [`crate::Egress::cut`] or [`crate::Egress::allow`].
    Cut,
    /// It could not be made, or broke.
    Failed,
}
