//! The words every other room speaks: what is asked of a model, and what it answers.
//!
//! No I/O happens here. A model of any kind, on this device or elsewhere, is a [`Model`]:
//! one streaming method from a [`Request`] to [`Event`]s.

mod device;
#[cfg(feature = "fake")]
mod fake;
pub mod gain;
mod model;
mod outcome;
mod printable;
mod request;
mod signals;

pub use device::{Device, DeviceChoice, GpuOff, NoGpu};
#[cfg(feature = "fake")]
pub use fake::{Expectation, FakeModel};
pub use model::{
    Channel, Error, ErrorKind, Event, EventStream, Model, Piece, PieceToken, TokenOrigin,
};
pub use outcome::{
    Confidence, Finish, Outcome, Speculation, SpeculationOff, Timing, TokenScore, Usage,
};
pub use printable::{clipped, printable};
pub use request::{
    DraftChoice, Effort, Grammar, Message, Request, Role, Sampling, Thinking, ThinkingMode,
    ThinkingSupport,
};
pub use signals::Signals;
