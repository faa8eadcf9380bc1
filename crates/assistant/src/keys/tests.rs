use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tempfile::TempDir;

use super::*;

/// A store of the system that is in some state.
#[derive(Default)]
struct Store {
    keys: Mutex<HashMap<String, Key>>,
    broken: Option<KeyError>,
}

impl Store {
    fn broken(error: KeyError) -> Arc<Self> {
        Arc::new(Self { broken: Some(error), ..Self::default() })
    }

    fn check(&self) -> Result<(), KeyError> {
        self.broken.clone().map_or(Ok(()), Err)
    }
}

impl KeyStore for Store {
    fn read(&self, provider: &str) -> Result<Option<Key>, KeyError> {
        self.check().map(|()| self.keys.lock().unwrap().get(provider).cloned())
    }

    fn write(&self, provider: &str, key: &Key) -> Result<(), KeyError> {
        self.check()?;
        self.keys.lock().unwrap().insert(provider.into(), key.clone());
        Ok(())
    }

    fn forget(&self, provider: &str) -> Result<(), KeyError> {
        self.check()?;
        self.keys.lock().unwrap().remove(provider);
        Ok(())
    }
}

/// In a folder that is gone with the test.
fn keys(store: Arc<Store>) -> (TempDir, Keys) {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::new(store, folder.path(), BTreeMap::new());
    (folder, keys)
}

fn found(keys: &Keys, provider: &str) -> Option<(String, KeyHome)> {
    keys.read(provider).unwrap().map(|(key, home)| (key.reveal().to_owned(), home))
}

#[test]
fn a_key_is_kept_where_it_was_asked_to_be() {
    let (_folder, keys) = keys(Arc::default());
    assert_eq!(keys.state("a"), KeyState::Missing);
    keys.keep("a", Key::new("sk-1".into()), KeyHome::System).unwrap();
    keys.keep("b", Key::new("sk-2".into()), KeyHome::ThisRun).unwrap();
    assert_eq!(found(&keys, "a"), Some(("sk-1".into(), KeyHome::System)));
    assert_eq!(found(&keys, "b"), Some(("sk-2".into(), KeyHome::ThisRun)));
    keys.forget("a").unwrap();
    keys.forget("b").unwrap();
    assert_eq!((found(&keys, "a"), found(&keys, "b")), (None, None));
}

#[test]
fn without_a_store_a_key_is_kept_for_this_run_at_most() {
    let (_folder, keys) = keys(Store::broken(KeyError::NoStore("no D-Bus".into())));
    let refused = keys.keep("a", Key::new("sk-canary".into()), KeyHome::System);
    assert!(matches!(refused, Err(KeyError::NoStore(_))));
    assert_eq!(keys.state("a"), KeyState::Missing);
    keys.keep("a", Key::new("sk-canary".into()), KeyHome::ThisRun).unwrap();
    assert!(found(&keys, "a").is_some());
}

#[test]
fn without_a_store_a_file_keeps_the_key_from_run_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let system = Store::broken(KeyError::NoStore("no D-Bus".into()));
        Keys::new(system, folder.path(), BTreeMap::new())
    };
    let keys = run();
    let passphrase = Key::new("correct horse".into());
    keys.open_file(&passphrase).unwrap();
    keys.keep("a", Key::new("sk-1".into()), KeyHome::File).unwrap();
    assert_eq!(keys.state("a"), KeyState::Kept { home: KeyHome::File });

    let next_run = run();
    assert_eq!(next_run.state("a"), KeyState::Locked);
    assert_eq!(next_run.state("b"), KeyState::Missing);
    next_run.open_file(&passphrase).unwrap();
    assert_eq!(found(&next_run, "a"), Some(("sk-1".into(), KeyHome::File)));
    next_run.keep("a", Key::new("sk-2".into()), KeyHome::ThisRun).unwrap();
    next_run.forget("a").unwrap();
    assert_eq!(next_run.state("a"), KeyState::Missing);
}

#[test]
fn a_store_that_is_locked_or_silent_says_so() {
    for error in [KeyError::Locked, KeyError::Slow] {
        let (_folder, keys) = keys(Store::broken(error.clone()));
        assert_eq!(keys.state("a"), KeyState::Unreadable { message: error.to_string() });
    }
}

/// Keys as an older Hearth kept them: under the id alone.
fn older(store: &Store, id: &str) {
    store.keys.lock().unwrap().insert(id.into(), Key::new(format!("sk-{id}")));
}

fn names(store: &Store) -> Vec<String> {
    let mut names: Vec<String> = store.keys.lock().unwrap().keys().cloned().collect();
    names.sort();
    names
}

#[test]
fn a_key_of_an_older_time_goes_on_at_the_address_that_was_vouched_for_and_at_no_other() {
    let (store, folder) = (Arc::new(Store::default()), tempfile::tempdir().unwrap());
    for id in ["vouched", "doubtful", "unknown"] {
        older(&store, id);
    }
    let name = "provider vouched https://api.example";
    let known = BTreeMap::from([("vouched".into(), Some(name.into())), ("doubtful".into(), None)]);
    let keys = Keys::new(store.clone(), folder.path(), known);
    assert_eq!(found(&keys, "provider doubtful https://api.example"), None);
    assert_eq!(found(&keys, "provider vouched https://other.example"), None);
    assert_eq!(found(&keys, name), Some(("sk-vouched".into(), KeyHome::System)));
    assert_eq!(names(&store), [name, "unknown"], "what was doubtful is forgotten");

    // What was said the first time is what counts, whatever the settings say later.
    older(&store, "doubtful");
    let later = "provider doubtful https://evil.example";
    let known = BTreeMap::from([("doubtful".into(), Some(later.into()))]);
    let next_run = Keys::new(store, folder.path(), known);
    assert_eq!(found(&next_run, later), None);
    assert_eq!(found(&next_run, name), Some(("sk-vouched".into(), KeyHome::System)));
}

#[test]
fn a_key_of_an_older_time_waits_for_its_store_and_is_not_for_a_provider_that_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = ("provider a https://a.example", "provider b https://b.example");
    let known = || BTreeMap::from([("a".into(), Some(a.into())), ("b".into(), Some(b.into()))]);
    let locked = Keys::new(Store::broken(KeyError::Locked), folder.path(), known());
    assert!(matches!(locked.state(a), KeyState::Unreadable { .. }));
    assert_eq!(locked.forget(b), Err(KeyError::Locked), "noted, and done when it can be");

    let store = Arc::new(Store::default());
    older(&store, "a");
    older(&store, "b");
    let next_run = Keys::new(store.clone(), folder.path(), BTreeMap::new());
    assert_eq!(found(&next_run, a), Some(("sk-a".into(), KeyHome::System)));
    assert_eq!(found(&next_run, b), None);
    assert_eq!(names(&store), [a]);
}

#[test]
fn a_key_that_was_entered_anew_is_not_replaced_by_one_of_an_older_time() {
    let (store, folder) = (Arc::new(Store::default()), tempfile::tempdir().unwrap());
    older(&store, "a");
    let name = "provider a https://a.example";
    let known = BTreeMap::from([("a".into(), Some(name.into()))]);
    let keys = Keys::new(store.clone(), folder.path(), known);
    keys.keep(name, Key::new("sk-new".into()), KeyHome::System).unwrap();
    assert_eq!(found(&keys, name), Some(("sk-new".into(), KeyHome::System)));
    assert_eq!(names(&store), [name]);
}

#[test]
fn a_key_of_an_older_time_in_a_locked_file_goes_on_when_the_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = Key::new("correct horse".into());
    let file = KeyFile::at(folder.path().join("keys.json"));
    file.open(&passphrase).unwrap();
    file.write("a", &Key::new("sk-a".into())).unwrap();
    file.write("b", &Key::new("sk-b".into())).unwrap();
    let name = "provider a https://a.example";
    let known = BTreeMap::from([("a".into(), Some(name.into())), ("b".into(), None)]);
    let keys = Keys::new(Arc::new(Store::default()), folder.path(), known);
    assert_eq!(keys.state(name), KeyState::Locked);
    keys.open_file(&passphrase).unwrap();
    assert_eq!(found(&keys, name), Some(("sk-a".into(), KeyHome::File)));
    assert_eq!(KeyFile::at(folder.path().join("keys.json")).names().unwrap(), [name]);
}

#[test]
fn keys_without_a_provider_are_forgotten_wherever_they_are() {
    let (store, folder) = (Arc::new(Store::default()), tempfile::tempdir().unwrap());
    let run = || Keys::new(store.clone(), folder.path(), BTreeMap::new());
    let keys = run();
    keys.open_file(&Key::new("correct horse".into())).unwrap();
    let kept = [
        ("provider a https://a.example", KeyHome::System),
        ("provider b https://b.example", KeyHome::System),
        ("provider c https://c.example", KeyHome::File),
        ("provider d https://d.example", KeyHome::File),
        ("hub https://hub.example", KeyHome::System),
    ];
    for (name, home) in kept {
        keys.keep(name, Key::new("sk".into()), home).unwrap();
    }
    let owners = || BTreeSet::from([kept[0].0.to_owned(), kept[2].0.to_owned()]);
    run().forget_others(owners);
    assert_eq!(names(&store), [kept[4].0, kept[0].0]);
    let file = KeyFile::at(folder.path().join("keys.json"));
    assert_eq!(file.names().unwrap(), [kept[2].0]);
}

#[test]
fn what_a_locked_store_does_not_forget_is_forgotten_at_a_later_start() {
    let (store, folder) = (Arc::new(Store::default()), tempfile::tempdir().unwrap());
    let name = "provider a https://a.example";
    let keys = Keys::new(store.clone(), folder.path(), BTreeMap::new());
    keys.keep(name, Key::new("sk".into()), KeyHome::System).unwrap();
    let locked = Keys::new(Store::broken(KeyError::Locked), folder.path(), BTreeMap::new());
    locked.forget_others(BTreeSet::new);
    assert_eq!(names(&store), [name]);
    Keys::new(store.clone(), folder.path(), BTreeMap::new()).forget_others(BTreeSet::new);
    assert_eq!(names(&store), Vec::<String>::new());
}

#[test]
fn a_key_prints_as_redacted() {
    assert_eq!(format!("{:?}", Some(Key::new("sk-canary".into()))), "Some(<redacted>)");
}

/// The system's own store, in a session that a test made. On Linux that is a Secret Service.
#[cfg(target_os = "linux")]
mod secret_service {
    use std::process::{Command, Stdio};

    use super::*;

    const INSIDE: &str = "HEARTH_TEST_INSIDE";

    fn keys_of_the_system() -> (TempDir, Keys) {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::new(Arc::new(SystemStore::default()), folder.path(), BTreeMap::new());
        (folder, keys)
    }

    fn is_installed(program: &str) -> bool {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    }

    /// Runs the test `inside` in a session of its own, after `before`; `false` where that cannot be.
    fn session(inside: &str, before: &str) -> bool {
        if !is_installed("dbus-run-session") || !is_installed("gnome-keyring-daemon") {
            println!("skipped: it needs dbus-run-session and gnome-keyring-daemon");
            return false;
        }
        let home = tempfile::tempdir().unwrap();
        let test = format!("keys::tests::secret_service::{inside}");
        let script = format!("{before}; exec \"$0\" --exact {test} --ignored --nocapture");
        let exe = std::env::current_exe().unwrap();
        let output = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", &script])
            .arg(exe)
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env_remove("DISPLAY")
            .env(INSIDE, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("1 passed"), "{said}");
        true
    }

    #[test]
    fn a_key_is_kept_by_the_system_from_run_to_run() {
        let unlocked =
            "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null";
        session("keeps", unlocked);
    }

    #[test]
    #[ignore = "runs inside the session of the test above"]
    fn keeps() {
        assert!(std::env::var_os(INSIDE).is_some());
        let (_folder, keys) = keys_of_the_system();
        keys.keep("there", Key::new("sk-1".into()), KeyHome::System).unwrap();
        let (_folder, next_run) = keys_of_the_system();
        assert_eq!(found(&next_run, "there"), Some(("sk-1".into(), KeyHome::System)));
        next_run.forget("there").unwrap();
        assert_eq!(keys.state("there"), KeyState::Missing);
    }

    #[test]
    fn a_locked_store_is_an_answer_and_not_a_wait() {
        session("is_locked", "gnome-keyring-daemon --start --components=secrets >/dev/null");
    }

    #[test]
    #[ignore = "runs inside the session of the test above"]
    fn is_locked() {
        assert!(std::env::var_os(INSIDE).is_some());
        let (_folder, keys) = keys_of_the_system();
        // Nobody is there to type a password, so there is nothing to wait for.
        let refused = keys.keep("there", Key::new("sk-1".into()), KeyHome::System);
        assert!(refused.is_err(), "{refused:?}");
        keys.keep("there", Key::new("sk-1".into()), KeyHome::ThisRun).unwrap();
        assert_eq!(keys.state("there"), KeyState::Kept { home: KeyHome::ThisRun });
    }

    #[test]
    fn without_a_bus_there_is_no_store() {
        session("is_absent", "export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere");
    }

    #[test]
    #[ignore = "runs inside the session of the test above"]
    fn is_absent() {
        assert!(std::env::var_os(INSIDE).is_some());
        let (_folder, keys) = keys_of_the_system();
        let refused = keys.keep("there", Key::new("sk-1".into()), KeyHome::System);
        assert!(matches!(refused, Err(KeyError::NoStore(_))), "{refused:?}");
        assert_eq!(keys.state("there"), KeyState::Missing);
    }
}
