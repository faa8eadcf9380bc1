//! Where Hearth keeps things.

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_folders_are_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::under(home.path());
        dirs.create().unwrap();
        for dir in [&dirs.data, &dirs.settings, &dirs.models] {
            assert_eq!(fs::metadata(dir).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
