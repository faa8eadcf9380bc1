//! Files that the user opens from outside the page: by a start with a path, or by a drop.

use std::{
    ffi::OsString,
    path::Path,
    sync::{Mutex, PoisonError},
};

use hearth_assistant::{api::AppEvent, is_model_folder};
use tauri::ipc::Channel;

/// Carries what was opened to the page, and keeps it until the page listens.
#[derive(Default)]
pub struct Opened(Mutex<Ear>);

#[derive(Default)]
struct Ear {
    page: Option<Channel<AppEvent>>,
    waiting: Option<String>,
}

impl Opened {
    /// What the command line of this start names, if anything.
    pub fn by_arguments(arguments: impl Iterator<Item = OsString>) -> Self {
        Self(Mutex::new(Ear { page: None, waiting: model_file(arguments) }))
    }

    /// From now on the page hears of files through `page`.
    pub fn listen(&self, page: Channel<AppEvent>) {
        let mut ear = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = ear.waiting.take() {
            tell(&page, Some(path));
        }
        ear.page = Some(page);
    }

    /// The user opened `path`, or only asked for the window.
    pub fn open(&self, path: Option<String>) {
        let mut ear = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &ear.page {
            Some(page) => tell(page, path),
            None => ear.waiting = path.or(ear.waiting.take()),
        }
    }
}

fn tell(page: &Channel<AppEvent>, path: Option<String>) {
    if page.send(AppEvent::Open { path }).is_err() {
        tracing::warn!("the page is gone and was not told of an opened file");
    }
}

/// The first of `arguments` that names a model's file, or a folder with a model in it.
pub fn model_file(arguments: impl IntoIterator<Item = impl AsRef<Path>>) -> Option<String> {
    arguments.into_iter().find_map(|argument| {
        let path = argument.as_ref();
        let is_file = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"));
        let is_model = is_file || is_model_folder(path);
        is_model.then(|| std::path::absolute(path).ok()?.to_str().map(str::to_owned)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_model_file_among_the_arguments_is_found() {
        let found = model_file(["--safe-rendering", "/m/notes.txt", "/m/Qwen3.GGUF", "/m/b.gguf"]);
        assert_eq!(found.as_deref(), Some("/m/Qwen3.GGUF"));
        assert_eq!(model_file(["--safe-rendering"]), None);
    }

    #[test]
    fn a_folder_is_opened_only_with_a_model_in_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(model_file([dir.path()]), None);
        for name in ["config.json", "tokenizer.json"] {
            std::fs::write(dir.path().join(name), "{}").unwrap();
        }
        assert_eq!(model_file([dir.path()]).as_deref(), dir.path().to_str());
    }

    #[test]
    fn a_file_opened_before_the_page_listens_reaches_it() {
        let opened = Opened::by_arguments(["/m/a.gguf".into()].into_iter());
        let (tx, heard) = std::sync::mpsc::channel();
        opened.listen(Channel::new(move |body| {
            tx.send(body).expect("the test listens");
            Ok(())
        }));
        opened.open(None);
        let bodies: Vec<AppEvent> = heard.try_iter().map(|b| b.deserialize().unwrap()).collect();
        let paths = [Some("/m/a.gguf".to_owned()), None];
        assert_eq!(bodies, paths.map(|path| AppEvent::Open { path }));
    }
}
