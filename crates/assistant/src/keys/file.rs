//! Keys in a file that a passphrase opens, for systems without a key store of their own.
//!
//! The passphrase becomes a key by PBKDF2 with HMAC-SHA256, and each provider's key is sealed under
//! that by ChaCha20-Poly1305 (RFC 8439), bound to its name, which holds the address that it is for. The
//! names are readable, so
//! that a key can be forgotten while the file is locked.

use std::{
    collections::BTreeMap,
    fs, io,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Mutex,
};

use aws_lc_rs::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    pbkdf2,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Key, KeyError};
use crate::lock;

/// What OWASP's password storage guide asks for (2023).
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).expect("more than none");
/// More would only make the user wait: the file was not written by Hearth.
const MOST_ROUNDS: u32 = 10_000_000;
const SHORTEST_PASSPHRASE: usize = 8;

/// What the window may know about the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyFileState {
    Absent,
    /// It waits for its passphrase.
    Locked,
    Open,
}

/// The file as it lies on the disk. Bytes are in hexadecimal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    rounds: u32,
    salt: String,
    /// By name.
    keys: BTreeMap<String, SealedKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedKey {
    nonce: String,
    sealed: String,
}

pub(crate) struct KeyFile {
    path: PathBuf,
    open: Mutex<Option<Open>>,
}

/// What the passphrase became.
struct Open {
    salt: [u8; 16],
    rounds: NonZeroU32,
    key: LessSafeKey,
}

impl KeyFile {
    pub fn at(path: PathBuf) -> Self {
        Self { path, open: Mutex::default() }
    }

    pub fn state(&self) -> KeyFileState {
        if lock(&self.open).is_some() {
            KeyFileState::Open
        } else if self.path.exists() {
            KeyFileState::Locked
        } else {
            KeyFileState::Absent
        }
    }

    /// Opens it until Hearth ends. Where there is none, the passphrase is that of the one to come.
    /// Takes about half a second, as everyone who guesses has to wait as long.
    pub fn open(&self, passphrase: &Key) -> Result<(), KeyError> {
        let known = self.load()?;
        let open = match &known {
            Some(file) => {
                let broken = || self.broken("its salt");
                let rounds = NonZeroU32::new(file.rounds).filter(|n| n.get() <= MOST_ROUNDS);
                let salt = hex::decode(&file.salt).ok().and_then(|salt| salt.try_into().ok());
                Open::derive(passphrase, salt.ok_or_else(broken)?, rounds.ok_or_else(broken)?)?
            }
            None if passphrase.reveal().chars().count() < SHORTEST_PASSPHRASE => {
                return Err(KeyError::ShortPassphrase);
            }
            None => Open::derive(passphrase, random()?, ROUNDS)?,
        };
        // All keys are sealed under the one passphrase, so that any of them shows whether it is right.
        if let Some((provider, sealed)) = known.iter().flat_map(|file| &file.keys).next() {
            open.unseal(provider, sealed).ok_or(KeyError::WrongPassphrase)?;
        }
        *lock(&self.open) = Some(open);
        Ok(())
    }

    pub fn read(&self, provider: &str) -> Result<Option<Key>, KeyError> {
        let Some(file) = self.load()? else { return Ok(None) };
        let Some(sealed) = file.keys.get(provider) else { return Ok(None) };
        match &*lock(&self.open) {
            None => Err(KeyError::FileLocked),
            Some(open) => {
                open.unseal(provider, sealed).map(Some).ok_or_else(|| self.broken("that key"))
            }
        }
    }

    pub fn write(&self, provider: &str, key: &Key) -> Result<(), KeyError> {
        let file = self.load()?;
        let open = lock(&self.open);
        let open = open.as_ref().ok_or(KeyError::FileLocked)?;
        let mut keys = file.map_or_else(BTreeMap::new, |file| file.keys);
        keys.insert(provider.to_owned(), open.seal(provider, key)?);
        let (rounds, salt) = (open.rounds.get(), hex::encode(open.salt));
        self.save(&Sealed { rounds, salt, keys })
    }

    /// Works while it is locked, too. The file goes with its last key.
    pub fn forget(&self, provider: &str) -> Result<(), KeyError> {
        let Some(mut file) = self.load()? else { return Ok(()) };
        if file.keys.remove(provider).is_none() {
            return Ok(());
        }
        if file.keys.is_empty() {
            return fs::remove_file(&self.path).map_err(|error| self.failed(&error));
        }
        self.save(&file)
    }

    /// Of all keys in it, also while it is locked.
    pub fn names(&self) -> Result<Vec<String>, KeyError> {
        Ok(self.load()?.map_or_else(Vec::new, |file| file.keys.into_keys().collect()))
    }

    /// Keeps a key under another name. `false` where there is none of that name.
    pub fn rename(&self, from: &str, to: &str) -> Result<bool, KeyError> {
        let Some(key) = self.read(from)? else { return Ok(false) };
        self.write(to, &key)?;
        self.forget(from)?;
        Ok(true)
    }

    fn load(&self) -> Result<Option<Sealed>, KeyError> {
        match fs::read(&self.path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map(Some).map_err(|_| self.broken("its form"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// The old file stays whole until the new one is on the disk.
    fn save(&self, file: &Sealed) -> Result<(), KeyError> {
        let text = serde_json::to_vec_pretty(file).expect("texts and numbers have a JSON text");
        let fresh = self.path.with_extension("new");
        let written = write_private(&fresh, &text).and_then(|()| fs::rename(&fresh, &self.path));
        written.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> KeyError {
        KeyError::File { path: self.path.display().to_string(), cause: error.to_string() }
    }

    fn broken(&self, what: &str) -> KeyError {
        let path = self.path.display().to_string();
        KeyError::File { path, cause: format!("{what} cannot be read") }
    }
}

impl Open {
    fn derive(passphrase: &Key, salt: [u8; 16], rounds: NonZeroU32) -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        let secret = passphrase.reveal().as_bytes();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, secret, &mut bytes);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
        bytes.fill(0);
        // So that the compiler does not find the writing useless.
        std::hint::black_box(&bytes);
        let key = LessSafeKey::new(key.map_err(|_| KeyError::Refused("no key came of it".into()))?);
        Ok(Self { salt, rounds, key })
    }

    fn seal(&self, provider: &str, key: &Key) -> Result<SealedKey, KeyError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut text = key.reveal().as_bytes().to_vec();
        let (once, name) = (Nonce::assume_unique_for_key(nonce), Aad::from(provider.as_bytes()));
        self.key
            .seal_in_place_append_tag(once, name, &mut text)
            .map_err(|_| KeyError::Refused("it cannot be sealed".into()))?;
        Ok(SealedKey { nonce: hex::encode(nonce), sealed: hex::encode(text) })
    }

    fn unseal(&self, provider: &str, sealed: &SealedKey) -> Option<Key> {
        let nonce: [u8; NONCE_LEN] = hex::decode(&sealed.nonce).ok()?.try_into().ok()?;
        let mut text = hex::decode(&sealed.sealed).ok()?;
        let (once, name) = (Nonce::assume_unique_for_key(nonce), Aad::from(provider.as_bytes()));
        let opened = self.key.open_in_place(once, name, &mut text).ok()?.len();
        text.truncate(opened);
        String::from_utf8(text).ok().map(Key::new)
    }
}

fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| KeyError::Refused(format!("the system has no randomness: {error}")))?;
    Ok(bytes)
}

/// Readable by the user alone, and on the disk before this returns.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::new(text.into())
    }

    fn read(file: &KeyFile, provider: &str) -> Option<String> {
        file.read(provider).unwrap().map(|key| key.reveal().to_owned())
    }

    #[test]
    fn what_was_kept_is_read_with_the_passphrase_and_not_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let file = KeyFile::at(path.clone());
        assert_eq!(file.state(), KeyFileState::Absent);
        assert_eq!(file.write("a", &key("sk-canary-1")), Err(KeyError::FileLocked));
        assert_eq!(file.open(&key("short")), Err(KeyError::ShortPassphrase));
        file.open(&key("correct horse")).unwrap();
        file.write("a", &key("sk-canary-1")).unwrap();
        file.write("b", &key("sk-canary-2")).unwrap();
        assert_eq!(read(&file, "a").unwrap(), "sk-canary-1");
        assert!(!fs::read_to_string(&path).unwrap().contains("canary"));

        let next_run = KeyFile::at(path.clone());
        assert_eq!(next_run.state(), KeyFileState::Locked);
        assert_eq!(next_run.read("a").err(), Some(KeyError::FileLocked));
        assert_eq!(read(&next_run, "unknown"), None);
        assert_eq!(next_run.open(&key("wrong horse")), Err(KeyError::WrongPassphrase));
        assert_eq!(next_run.state(), KeyFileState::Locked);
        next_run.open(&key("correct horse")).unwrap();
        assert_eq!(read(&next_run, "b").unwrap(), "sk-canary-2");
    }

    #[test]
    fn a_key_is_forgotten_while_the_file_is_locked_and_the_last_takes_it_along() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let file = KeyFile::at(path.clone());
        file.open(&key("correct horse")).unwrap();
        for provider in ["a", "b"] {
            file.write(provider, &key("sk")).unwrap();
        }
        let locked = KeyFile::at(path.clone());
        locked.forget("a").unwrap();
        locked.forget("unknown").unwrap();
        assert_eq!(read(&locked, "a"), None);
        locked.forget("b").unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_key_does_not_pass_for_that_of_another_provider() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let file = KeyFile::at(path.clone());
        file.open(&key("correct horse")).unwrap();
        file.write("there", &key("sk-1")).unwrap();
        let moved = fs::read_to_string(&path).unwrap().replace("\"there\"", "\"evil\"");
        fs::write(&path, moved).unwrap();
        assert!(matches!(file.read("evil"), Err(KeyError::File { .. })));
        fs::write(&path, "{").unwrap();
        assert!(matches!(file.read("there"), Err(KeyError::File { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_the_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let file = KeyFile::at(path.clone());
        file.open(&key("correct horse")).unwrap();
        file.write("a", &key("sk")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
