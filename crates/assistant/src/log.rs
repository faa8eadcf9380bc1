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

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use hearth_chat::{Error, ErrorKind, FakeModel};

    use crate::{Assistant, Dirs, api::Ask};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn no_question_reaches_the_log_at_any_level() {
        let written = Written::default();
        let log = written.clone();
        let everything = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_global_default(everything).unwrap();

        let home = tempfile::tempdir().unwrap();
        let model = FakeModel::default();
        let dirs = Dirs::under(home.path());
        let assistant = Assistant::open_with(dirs, Arc::new(model.clone())).await.unwrap();
        let conversation = assistant.conversation_create().await.unwrap().id;
        model.will_answer(vec![Err(Error::new(ErrorKind::EngineDied, "It ended."))]);
        let ask = Ask::Send { conversation, parent: None, text: "My canary-51c2".into() };
        assistant.send(ask, |_| true).await.unwrap();

        tracing::info!("the log is on");
        let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(written.contains("the log is on"));
        assert!(!written.contains("canary-51c2"), "{written}");
    }
}
