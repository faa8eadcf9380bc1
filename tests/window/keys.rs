//! Keys in the real window with a real key store: they go in, are used, and come out nowhere, however
//! often Hearth crashes; and a store that does not work keeps nobody waiting.

use std::{env, fs, path::Path};

use hearth_cloud::{
    Wire,
    loopback::{HEAD, Provider, Reply},
};
use hearth_tests::{Desk, Window, contains, descendants, memory_holds, until};
use serde_json::json;

use super::elsewhere::{COUNTED, WORDS, config};

/// How many keys are used, with a crash after each; `HEARTH_TEST_KEYS=20` for the full count.
const KEYS: usize = 2;

/// What a person does with Hearth between two crashes.
const OPERATIONS: usize = 15;

/// In every key, and in nothing else.
const MARK: &str = "canary-91d2-4be7";

#[tokio::test]
async fn keys_come_out_nowhere_whatever_happens() {
    let keys = env::var("HEARTH_TEST_KEYS").map_or(KEYS, |n| n.parse().expect("a number"));
    let Some(desk) = Desk::with_key_store(true) else { return };
    let desk = desk.logging_everything();
    let there = Provider::start();
    there.always(Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED).at_once());
    let mut operations = 0;
    for n in 0..keys {
        let window = desk.open().await;
        if n == 0 {
            set_up(&window, &there).await;
        } else {
            // The key of the run that crashed is in the key store, and is used from there.
            ask_elsewhere(&window, n).await;
            let head = there.seen().pop().unwrap().head;
            assert!(head.contains(&key(n - 1)), "{head}");
        }
        nothing_holds_a_key(&window, &desk);

        window.go("settings").await;
        window.click("provider-edit").await;
        window.type_into("provider-key", &key(n)).await;
        window.click("provider-key-save").await;
        until("the key is kept", async || {
            let emptied = window.element("provider-key").await.prop("value").await.ok()??;
            emptied.is_empty().then_some(())
        })
        .await;
        let providers = window.invoke("provider_list", json!({})).await.unwrap();
        assert_eq!(providers[0]["key"], json!({ "state": "kept", "home": "system" }));
        for operation in 0..OPERATIONS {
            operate(&window, &there, n, operation).await;
            operations += 1;
        }
        // The page has taken the key from the keyboard; it shows it nowhere, and keeps it nowhere.
        let page = window
            .run("return document.documentElement.outerHTML + JSON.stringify(localStorage)", vec![])
            .await;
        assert!(!page.as_str().unwrap().contains(MARK));
        let engine = window.engine().expect("the engine answered");
        assert_ne!(memory_holds(engine, MARK), Some(true), "the engine never sees a key");
        if n % 2 == 0 {
            window.kill_9().await
        } else {
            window.crash().await
        }
        assert_eq!(files_with(desk.folder(), MARK), Vec::<String>::new());
    }
    let used = there.seen().iter().filter(|seen| seen.head.contains(MARK)).count();
    println!("{keys} keys, {operations} operations, {keys} crashes; keys were sent {used} times");
    assert!(used > keys);
    planted_ones_are_found(&desk).await;
}

fn key(n: usize) -> String {
    format!("sk-{n:02}-{MARK}")
}

async fn set_up(window: &Window<'_>, there: &Provider) {
    window.invoke("provider_save", json!({ "config": config(there) })).await.unwrap();
    window.go("settings").await;
    window.choose("settings-mode", "ask_each_time").await;
    // An answer that breaks off counts as the most it can have cost, which adds up.
    for span in ["day", "month"] {
        let field = window.element(&format!("limit-{span}")).await;
        field.clear().await.expect("the field can be emptied");
        window.run("document.activeElement.blur()", vec![]).await;
    }
    window.go("chat").await;
}

/// The web view and the engine were started after the keys were typed.
fn nothing_holds_a_key(window: &Window<'_>, desk: &Desk) {
    for (pid, name) in descendants(window.app()) {
        assert_ne!(memory_holds(pid, MARK), Some(true), "{name} holds a key that it was not given");
    }
    assert_eq!(files_with(desk.folder(), MARK), Vec::<String>::new());
}

/// Asks here, and then elsewhere with the user's yes.
async fn ask_elsewhere(window: &Window<'_>, n: usize) {
    window.go("chat").await;
    window.click("new-chat").await;
    let local = window.answer_to(&format!("What is {n} + 1?")).await;
    window.click("second-opinion").await;
    window.click("consent-send").await;
    // One that failed may have no words.
    until("the opinion has ended", async || {
        window.last().await.filter(|last| last.id != local.id && !last.finish.is_empty())
    })
    .await;
}

async fn operate(window: &Window<'_>, there: &Provider, n: usize, operation: usize) {
    match operation % 5 {
        0 => ask_elsewhere(window, operation).await,
        1 => {
            // What a provider says about a wrong key is shown, but not with the key in it.
            there.will(match operation {
                1 => {
                    Reply::status(400, &format!("{{\"error\":{{\"message\":\"no: {}\"}}}}", key(n)))
                }
                6 => Reply::raw(HEAD),
                _ => Reply::status(401, &format!("{{\"error\":{{\"message\":\"{}\"}}}}", key(n))),
            });
            ask_elsewhere(window, operation).await;
        }
        2 => {
            for page in ["models", "usage", "privacy", "settings"] {
                window.go(page).await;
            }
        }
        3 => {
            window.invoke("provider_list", json!({})).await.unwrap();
            window.invoke("privacy_ledger", json!({})).await.unwrap();
            window.invoke("app_snapshot", json!({})).await.unwrap();
        }
        _ => {
            let settings =
                window.invoke("app_snapshot", json!({})).await.unwrap()["settings"].take();
            let theme = if settings["theme"] == "dark" { "light" } else { "dark" };
            let mut changed = settings;
            changed["theme"] = json!(theme);
            window.invoke("settings_update", json!({ "settings": changed })).await.unwrap();
        }
    }
}

/// Files below `folder` in which `text` stands.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let kind = entry.file_type().expect("a file has a kind");
        if kind.is_dir() {
            found.extend(files_with(&path, text));
        } else if kind.is_file() && fs::read(&path).is_ok_and(|all| contains(&all, text.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// The same search finds what is there to be found.
async fn planted_ones_are_found(desk: &Desk) {
    let log = fs::read_to_string(desk.data().join("hearth.log")).unwrap();
    assert!(log.contains("TRACE"), "everything was logged");
    const PLANTED: &str = "planted-51c2-a0f3";
    fs::write(desk.data().join("planted.log"), format!("header: {PLANTED}")).unwrap();
    assert_eq!(files_with(desk.folder(), PLANTED).len(), 1);

    let window = desk.open().await;
    window.answer_to(&format!("What is {PLANTED}?")).await;
    let holding: Vec<String> = descendants(window.app())
        .into_iter()
        .filter(|(pid, _)| memory_holds(*pid, PLANTED) == Some(true))
        .map(|(_, name)| name)
        .collect();
    println!("the planted text was found in the memory of {holding:?}");
    assert!(holding.iter().any(|name| name.starts_with("WebKitWeb")), "{holding:?}");
    assert!(holding.iter().any(|name| name == "hearth-engine"), "{holding:?}");
}

#[tokio::test]
async fn a_key_store_that_does_not_work_keeps_nobody_waiting() {
    for (store, silent) in [(None, false), (Some(false), false), (Some(true), true)] {
        let desk = match store {
            None => Desk::fresh(),
            Some(unlocked) => match Desk::with_key_store(unlocked) {
                Some(desk) => desk,
                None => continue,
            },
        };
        let there = Provider::start();
        let window = desk.open().await;
        set_up(&window, &there).await;
        if silent {
            desk.silence_key_store();
        }
        window.close().await;

        let window = desk.open().await;
        let name = match (store, silent) {
            (None, _) => "no key store",
            (_, false) => "a locked key store",
            (_, true) => "a silent key store",
        };
        println!("{name}: usable after {:.2} s", window.usable_after.as_secs_f64());
        let answer = window.answer_to("What is the capital of France?").await;
        assert_eq!(answer.finish, "stop");
        let kept = json!({ "id": "there", "key": "sk-1", "home": "system" });
        let refused = window.invoke("provider_set_key", kept).await.unwrap_err();
        println!("{name}: {refused}");
        assert!(refused.contains("file with a passphrase"), "{refused}");
        window.close().await;
    }
}

#[tokio::test]
async fn without_a_key_store_a_file_with_a_passphrase_keeps_the_key() {
    let desk = Desk::fresh();
    let there = Provider::start();
    there.always(Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED).at_once());
    let window = desk.open().await;
    set_up(&window, &there).await;
    window.go("settings").await;
    window.click("provider-edit").await;
    window.type_into("provider-key", &key(0)).await;
    window.click("provider-key-file").await;
    window.type_into("passphrase", "correct horse").await;
    window.type_into("passphrase-again", "correct horse").await;
    window.picture("elsewhere-passphrase").await;
    window.click("passphrase-open").await;
    until("the key is kept", async || (key_state(&window).await == "kept").then_some(())).await;
    window.close().await;
    assert_eq!(files_with(desk.folder(), MARK), Vec::<String>::new());

    let window = desk.open().await;
    window.go("settings").await;
    until("the file is locked", async || (key_state(&window).await == "locked").then_some(()))
        .await;
    window.click("provider-edit").await;
    window.type_into("passphrase", "wrong horse").await;
    window.click("passphrase-open").await;
    until("the passphrase is refused", async || {
        let said = window.shown("notice").await?.text().await.ok()?;
        said.contains("not the passphrase").then_some(())
    })
    .await;
    assert_eq!(key_state(&window).await, "locked");
    window.type_into("passphrase", "correct horse").await;
    window.click("passphrase-open").await;
    until("the file is open", async || (key_state(&window).await == "kept").then_some(())).await;
    ask_elsewhere(&window, 0).await;
    assert!(there.seen()[0].head.contains(&key(0)));
}

async fn key_state(window: &Window<'_>) -> String {
    let state = window.element("provider-key-state").await.attr("data-state").await;
    state.ok().flatten().unwrap_or_default()
}
