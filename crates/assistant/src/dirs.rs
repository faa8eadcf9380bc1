//! Where Hearth keeps things.

#[cfg(unix)]
use std::path::Path;
use std::{env, fs, io, path::PathBuf};

/// The folders of one user of Hearth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// The chats' database, the log, the lock.
    pub data: PathBuf,
    pub settings: PathBuf,
    pub models: PathBuf,
}

impl Dirs {
    /// The system's usual folders, or everything under `HEARTH_HOME` where that is set.
    pub fn of_this_user() -> io::Result<Self> {
        if let Some(home) = env::var_os("HEARTH_HOME").filter(|home| !home.is_empty()) {
            return Ok(Self::under(home));
        }
        let system = directories::ProjectDirs::from("", "", "hearth").ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "This account has no home folder. Set HEARTH_HOME to a folder that Hearth may use.",
            )
        })?;
        let data = system.data_local_dir().to_path_buf();
        Ok(Self { settings: system.config_dir().to_path_buf(), models: data.join("models"), data })
    }

    /// Everything in one folder, for tests and portable use.
    pub fn under(home: impl Into<PathBuf>) -> Self {
        let home = home.into();
        Self {
            data: home.join("data"),
            settings: home.join("settings"),
            models: home.join("models"),
        }
    }

    /// Makes the folders that are missing, readable by this user alone.
    pub fn create(&self) -> io::Result<()> {
        [&self.data, &self.settings, &self.models].into_iter().try_for_each(|dir| {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(dir)
        })
    }

    /// Takes from other users what they may do with the folders that were there before, and with
    /// what is in them.
    ///
    /// # Errors
    /// With a folder or file that belongs to somebody else, who could always read it.
    #[cfg(unix)]
    pub fn keep_others_out(&self) -> Result<(), Foreign> {
        let foreign = |about: io::Result<fs::Metadata>| about.is_ok_and(|about| !is_ours(&about));
        for dir in [&self.data, &self.settings] {
            if foreign(fs::metadata(dir)) {
                return Err(Foreign(dir.clone()));
            }
            let mut inside = fs::read_dir(dir).into_iter().flatten().flatten();
            if let Some(entry) = inside.find(|entry| foreign(entry.metadata())) {
                return Err(Foreign(entry.path()));
            }
        }
        // Models that several users share may lie elsewhere, behind a link, and are nobody's secret.
        for dir in [&self.data, &self.settings, &self.models] {
            let real = fs::canonicalize(dir);
            real.iter().for_each(|dir| tighten(dir, DEEPEST));
        }
        Ok(())
    }

    #[cfg(not(unix))]
    pub fn keep_others_out(&self) -> Result<(), Foreign> {
        Ok(())
    }
}

/// Of the folders of Hearth; the window's own lie deepest.
#[cfg(unix)]
const DEEPEST: u32 = 12;

/// A folder or file of Hearth's that belongs to another user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} belongs to another user of this computer, so Hearth keeps nothing there. Run Hearth as that \
     user, make it yours with chown, or set HEARTH_HOME to a folder of your own.",
    .0.display()
)]
pub struct Foreign(pub PathBuf);

#[cfg(unix)]
fn is_ours(about: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(about) == rustix::process::geteuid().as_raw()
}

/// Leaves what a link leads to, and what belongs to somebody else.
#[cfg(unix)]
fn tighten(path: &Path, deepest: u32) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(about) = fs::symlink_metadata(path) else { return };
    if about.is_symlink() || !is_ours(&about) {
        return;
    }
    let mode = about.permissions().mode() & 0o7777;
    if mode & 0o077 != 0
        && let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(mode & !0o077))
    {
        // A disk that is read-only, or knows no permissions.
        tracing::warn!(path = %path.display(), %error, "others may read this");
    }
    if about.is_dir() && deepest > 0 {
        let inside = fs::read_dir(path).into_iter().flatten().flatten();
        inside.for_each(|entry| tighten(&entry.path(), deepest - 1));
    }
}

/// Makes everything that this process, and those that it starts, write from now on readable by this
/// user alone. Called once, by whoever owns the process, before it has a second thread.
pub fn write_for_this_user_alone() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_folders_are_for_this_user_alone() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::under(home.path());
        dirs.create().unwrap();
        for dir in [&dirs.data, &dirs.settings, &dirs.models] {
            assert_eq!(mode(dir), 0o700);
        }
    }

    #[test]
    fn folders_and_files_that_others_could_read_are_taken_from_them() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::under(home.path());
        let deep = dirs.models.join("owner/repository");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir_all(&dirs.data).unwrap();
        fs::create_dir_all(&dirs.settings).unwrap();
        let elsewhere = home.path().join("a model elsewhere.gguf");
        let files = [
            dirs.data.join("hearth.db"),
            dirs.data.join("hearth.db-wal"),
            dirs.settings.join("settings.jsonc"),
            deep.join("m.gguf"),
        ];
        for file in files.iter().chain([&elsewhere]) {
            fs::write(file, "x").unwrap();
            set(file, 0o644);
        }
        std::os::unix::fs::symlink(&elsewhere, dirs.models.join("linked.gguf")).unwrap();
        for dir in [&dirs.data, &dirs.settings, &dirs.models, &deep] {
            set(dir, 0o755);
        }
        dirs.keep_others_out().unwrap();
        for dir in [&dirs.data, &dirs.settings, &dirs.models, &deep] {
            assert_eq!(mode(dir), 0o700, "{}", dir.display());
        }
        for file in &files {
            assert_eq!(mode(file), 0o600, "{}", file.display());
        }
        assert_eq!(mode(&elsewhere), 0o644, "what a link leads to is the user's own business");
    }

    #[test]
    fn a_folder_or_a_file_of_somebody_else_is_refused_by_name() {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root can give a folder to somebody else");
            return;
        }
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::under(home.path());
        dirs.create().unwrap();
        dirs.keep_others_out().unwrap();
        let settings = dirs.settings.join("settings.jsonc");
        fs::write(&settings, "{}").unwrap();
        for path in [&settings, &dirs.data] {
            std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).unwrap();
            let refused = dirs.keep_others_out().unwrap_err();
            assert_eq!(refused, Foreign(path.clone()));
            assert!(refused.to_string().contains("HEARTH_HOME"), "{refused}");
        }
    }
}
