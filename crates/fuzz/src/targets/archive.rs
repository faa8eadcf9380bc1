//! An export of chats from anyone: all of it is taken, or nothing, and it goes out as it came in.

use std::cell::RefCell;

use hearth_store::{Error, Store};

/// The export of an empty history.
const NOTHING: &str = r#"{"format":"hearth-chats","version":1,"conversations":[]}"#;

thread_local! {
    /// Empty, and kept from one refused file to the next.
    static EMPTY: RefCell<Option<Store>> = const { RefCell::new(None) };
}

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let store = EMPTY.take().unwrap_or_else(empty);
    match store.import(text) {
        Err(Error::Stopped) => panic!("the writer's thread ended"),
        Err(_) => {
            assert_eq!(exported(&store), NOTHING, "a refused file leaves nothing");
            EMPTY.set(Some(store));
        }
        Ok(_) => {
            let whole = exported(&store);
            let again = store.import(&whole).expect("an export can be imported");
            assert_eq!(
                (again.conversations, again.messages),
                (0, 0),
                "a second time changes nothing"
            );
            let other = empty();
            other.import(&whole).expect("an export can be imported elsewhere");
            assert_eq!(exported(&other), whole);
        }
    }
}

fn empty() -> Store {
    Store::in_memory().expect("a history in memory opens")
}

fn exported(store: &Store) -> String {
    store.export().expect("a history can be exported")
}
