//! What the history promises when the disk does not work.

#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::FileExt;

use common::SmallDisk;
use hearth_chat::Role;
use hearth_store::{Error, NewConversation, Store};

fn integrity(path: &std::path::Path) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_full_disk_loses_nothing_and_works_again_without_a_restart() {
    let Some(disk) = SmallDisk::mount("3m") else { return };
    let path = common::database(&disk.folder);
    let store = Store::open(&path).unwrap();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    let ballast = disk.folder.path().join("ballast");
    fs::write(&ballast, vec![1; 1 << 20]).unwrap();

    let text = "word ".repeat(4000);
    let mut parent: Option<String> = None;
    let mut kept = 0;
    let error = loop {
        match store.add_message(&chat, parent.as_deref(), Role::User, &text) {
            Ok(message) => (parent, kept) = (Some(message.id), kept + 1),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert!(kept > 3);
    for _ in 0..10 {
        assert!(store.add_message(&chat, parent.as_deref(), Role::User, &text).is_err());
    }
    assert_eq!(store.branch(&chat).unwrap().len(), kept, "what was acknowledged is there");
    // What the failed writes left of the write-ahead log has room for small ones, which use it up.
    let error = (0..1000)
        .find_map(|n| store.rename(&chat, &format!("title {n}")).err())
        .expect("a disk without any room is told");
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    let error = store.check_writable().unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");

    fs::remove_file(&ballast).unwrap();
    store.check_writable().unwrap();
    store.add_message(&chat, parent.as_deref(), Role::User, &text).unwrap();
    drop(store);
    assert_eq!(integrity(&path), "ok");
}

#[test]
fn a_start_on_a_full_disk_shows_the_chats_and_writes_when_there_is_room() {
    let Some(disk) = SmallDisk::mount("1m") else { return };
    let path = common::database(&disk.folder);
    let store = Store::open(&path).unwrap();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    store.add_message(&chat, None, Role::User, "hello").unwrap();
    drop(store);
    let ballast = disk.folder.path().join("ballast");
    // Ends with an error, when no byte is left.
    let _ = fs::write(&ballast, vec![1; 1 << 20]);

    let store = Store::open(&path).unwrap();
    assert_eq!(store.branch(&chat).unwrap().len(), 1);
    let error = store.add_message(&chat, None, Role::User, "again").unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");

    fs::remove_file(&ballast).unwrap();
    store.check_writable().unwrap();
    store.add_message(&chat, None, Role::User, "again").unwrap();
    assert_eq!(store.branch(&chat).unwrap()[0].siblings.len(), 2);
}

#[test]
fn a_read_only_disk_shows_the_chats_and_says_why_nothing_is_saved() {
    let Some(disk) = SmallDisk::mount("3m") else { return };
    let path = common::database(&disk.folder);
    let store = Store::open(&path).unwrap();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    store.add_message(&chat, None, Role::User, "hello").unwrap();
    drop(store);
    disk.set_read_only(true);

    let store = Store::open(&path).unwrap();
    assert_eq!(store.search("hell", false).unwrap().len(), 1);
    let error = store.check_writable().unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    assert!(store.rename(&chat, "new").is_err());

    disk.set_read_only(false);
    store.rename(&chat, "new").unwrap();
    assert_eq!(store.conversation(&chat).unwrap().title, "new");
}

/// A deletion is followed by a new backup at once.
#[test]
fn no_backup_is_made_where_it_would_fill_the_disk() {
    let Some(disk) = SmallDisk::mount("3m") else { return };
    let roomy = tempfile::tempdir().unwrap();
    for (folder, expected) in [(&disk.folder, 0), (&roomy, 1)] {
        let store = Store::open(&common::database(folder)).unwrap();
        let [_kept, doomed] =
            [(), ()].map(|()| store.create_conversation(NewConversation::default()).unwrap().id);
        store.delete(&doomed).unwrap();
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let copies = names.filter(|name| name.to_string_lossy().contains(".backup-")).count();
        assert_eq!(copies, expected, "{}", folder.path().display());
    }
}

#[test]
fn a_damaged_history_is_refused_with_what_to_do_and_left_as_it_is() {
    let (folder, store) = common::open();
    let path = common::database(&folder);
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    for n in 0..200 {
        store.add_message(&chat, None, Role::User, &format!("message {n}")).unwrap();
    }
    drop(store);
    let file = fs::File::options().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    for page in 2..pages {
        file.write_all_at(&[0xa5; 2048], page * 4096).unwrap();
    }
    let before = fs::read(&path).unwrap();
    let error = Store::open(&path).err().unwrap();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("backup"));
    assert!(fs::read(&path).unwrap() == before, "not a byte was changed");
}

#[test]
fn a_file_of_zeros_or_of_text_is_a_damaged_history() {
    for bytes in [vec![0; 64_560], b"{\"chats\": []}".repeat(500)] {
        let folder = tempfile::tempdir().unwrap();
        let path = common::database(&folder);
        fs::write(&path, &bytes).unwrap();
        let error = Store::open(&path).err().unwrap();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        assert!(fs::read(&path).unwrap() == bytes, "not a byte was changed");
    }
}

#[test]
fn a_folder_in_the_place_of_the_history_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(folder.path()).err().unwrap();
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
}
