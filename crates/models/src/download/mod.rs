//! Downloads: a model's file from a hub to the folder of the models, checked on the way.
//!
//! What is here of a file survives whatever happens: each has a part on disk and a journal of what
//! the part holds, and goes on from there. A file gets its name only when all of it is on disk and
//! its SHA-256 is the published one; the sum comes from the catalog or else from the hub itself.

mod error;
mod hub;
mod journal;
mod part;
mod queue;
mod source;
mod transfer;

use std::time::Duration;

pub use error::DownloadError;
pub use hub::{Hub, Published, look_up};
pub use queue::{Download, DownloadState, Downloads, Wanted};
pub use source::{NotASha256, NotASource, Sha256, Source};

/// How patiently and how eagerly.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Between two looks at what was written.
    pub tick: Duration,
    /// The longest silence of a host.
    pub patience: Duration,
    /// Failures in a row, without anything new between them, before a download gives up.
    pub attempts: u32,
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// A connection that brings less than `slow_bytes` in this time is made anew.
    pub slow_window: Duration,
    pub slow_bytes: u64,
    /// The least that is written between two entries in the journal.
    pub least_step: u64,
    /// What is left free on the disk.
    pub reserve: u64,
    /// Connections for one file of at least `parallel_from` bytes; smaller ones have one.
    pub connections: u64,
    pub parallel_from: u64,
    /// Files at the same time; the others queue.
    pub at_once: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(200),
            patience: Duration::from_secs(30),
            attempts: 8,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
            slow_window: Duration::from_secs(60),
            slow_bytes: 60 << 10,
            least_step: 256 << 10,
            reserve: 64 << 20,
            connections: 4,
            parallel_from: 256 << 20,
            at_once: 1,
        }
    }
}
