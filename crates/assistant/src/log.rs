//! A log file for finding faults. It holds no prompt, no answer and no key: the code that handles
//! those does not log them, and a test looks.

use std::{fs, io, path::Path, sync::Mutex};

use tracing_subscriber::EnvFilter;

use crate::Dirs;

const FILE_NAME: &str = "hearth.log";
/// At the start, a larger file becomes `hearth.log.old`, in place of the one before.
const LARGEST: u64 = 1 << 20;

/// Starts logging into the data folder. `HEARTH_LOG` changes what is logged, such as `debug`.
/// Called once, by whoever owns the process; without it, or where the file cannot be written,
/// nothing is logged.
pub fn start(dirs: &Dirs) {
    let Ok(file) = open(&dirs.data) else { return };
    let filter =
        EnvFilter::try_from_env("HEARTH_LOG").unwrap_or_else(|_| "warn,hearth=info".into());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .finish();
    // A second start in one process would be a test's; its log is not needed.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn open(data: &Path) -> io::Result<fs::File> {
    let path = data.join(FILE_NAME);
    if fs::metadata(&path).is_ok_and(|file| file.len() > LARGEST) {
        fs::rename(&path, data.join(format!("{FILE_NAME}.old")))?;
    }
    fs::OpenOptions::new().create(true).append(true).open(path)
}
