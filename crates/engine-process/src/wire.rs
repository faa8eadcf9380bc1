use std::fs::File;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use hearth_engine::protocol::{self, FromEngine};
use serde::Serialize;

use crate::process;

/// The way back to the app, shared by the threads that have something to say.
#[derive(Clone)]
pub struct Wire {
    pipe: Arc<Mutex<File>>,
}

impl Wire {
    pub fn new(pipe: File) -> Self {
        Self { pipe: Arc::new(Mutex::new(pipe)) }
    }

    /// Sends, or ends the process: without the app there is nobody to work for.
    pub fn send(&self, message: &FromEngine) {
        let mut pipe = self.pipe.lock().unwrap_or_else(|e| e.into_inner());
        if protocol::write_frame(&mut *pipe, message).is_err() {
            process::exit();
        }
    }
}

pub fn print_json(mut to: File, value: &impl Serialize) -> ExitCode {
    let text = serde_json::to_string_pretty(value).expect("a report is plain data");
    match writeln!(to, "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
