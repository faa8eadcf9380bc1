//! The system's key store: Keychain, Credential Manager, or the Secret Service.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use keyring::{Entry, Error};

use super::{Key, KeyError, KeyStore};
use crate::lock;

/// As which application the keys are kept.
const APPLICATION: &str = "hearth";

/// A store that takes longer, most likely because it asks the user to unlock it, is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is still in the queue then is given up by whoever asked.
type Job = Box<dyn FnOnce() + Send>;

/// Talks to the store on one thread of its own, which may block as long as it likes.
#[derive(Default)]
pub struct SystemStore {
    worker: OnceLock<mpsc::Sender<Job>>,
    /// Whether what was given up last has ended since. Until then nothing else can be asked.
    given_up: Mutex<Option<Arc<AtomicBool>>>,
}

impl SystemStore {
    fn ask<T: Send + 'static>(
        &self,
        provider: &str,
        what: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, KeyError> {
        if lock(&self.given_up).as_ref().is_some_and(|ended| !ended.load(Ordering::Acquire)) {
            return Err(KeyError::Slow);
        }
        let worker = self.worker.get_or_init(|| {
            let (jobs, waiting) = mpsc::channel::<Job>();
            thread::spawn(move || waiting.into_iter().for_each(|job| job()));
            jobs
        });
        let provider = provider.to_owned();
        let (answer, answered) = mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&ended);
        let job = move || {
            let done = match Entry::store_status() {
                Ok(()) => Entry::new(APPLICATION, &provider)
                    .and_then(|entry| what(&entry))
                    .map_err(KeyError::from),
                Err(error) => Err(KeyError::NoStore(error.to_string())),
            };
            // Whoever asked may have given up.
            let _ = answer.send(done);
            over.store(true, Ordering::Release);
        };
        worker.send(Box::new(job)).map_err(|_| KeyError::Slow)?;
        answered.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            *lock(&self.given_up) = Some(ended);
            Err(KeyError::Slow)
        })
    }
}

impl KeyStore for SystemStore {
    fn read(&self, provider: &str) -> Result<Option<Key>, KeyError> {
        self.ask(provider, |entry| match entry.get_password() {
            Ok(key) => Ok(Some(Key::new(key))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn write(&self, provider: &str, key: &Key) -> Result<(), KeyError> {
        let key = key.clone();
        self.ask(provider, move |entry| entry.set_password(key.reveal()))
    }

    fn forget(&self, provider: &str) -> Result<(), KeyError> {
        self.ask(provider, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            done => done,
        })
    }
}

impl From<Error> for KeyError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoStorageAccess(_) => Self::Locked,
            Error::NoDefaultStore => Self::NoStore("it was not found".into()),
            // The others can carry what was read; their kind says enough.
            Error::PlatformFailure(cause) => Self::NoStore(cause.to_string()),
            Error::BadEncoding(_) | Error::BadDataFormat(..) => {
                Self::Refused("what it holds is no key".into())
            }
            Error::TooLong(..) => Self::Refused("the key is too long".into()),
            _ => Self::Refused("it cannot keep this key".into()),
        }
    }
}
