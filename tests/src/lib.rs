//! What the tests of the real window share: a place of its own for each test (display, session bus,
//! folders), the window in it, and hands and eyes for that window.
#![cfg(target_os = "linux")]

mod desk;
mod processes;
mod window;

pub mod export;
pub mod hub;
pub mod packets;

pub use desk::Desk;
pub use processes::{
    Background, children, contains, crash, descendants, kill, kill_9, memory_holds, program,
    resident_bytes,
};
pub use window::{Finished, Window, until};
