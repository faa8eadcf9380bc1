//! What was agreed to ends when something changes that it rests on, and a key is for one address.

use std::{fs, process::Command, time::Duration};

use hearth_egress::{Get, UserAction};
use hearth_router::Policy;

use super::*;
use crate::api::{KeyState, Theme};

/// What a user can do while a question waits to be repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Pin,
    Label,
    Trash,
    Delete,
    LocalOnly,
    LocalOnlyAndBack,
    OtherMode,
    Policy,
    ChangeProvider,
    RemoveProvider,
    ForgetKey,
    /// None of the others: the control.
    OtherChat,
}

impl Desk {
    async fn do_it(&self, act: Act, chat: String) {
        let app = &self.assistant;
        match act {
            Act::Pin => app.conversation_pin_local(chat, true).await.unwrap(),
            Act::Label => app.conversation_set_label(chat, Label::Regulated).await.unwrap(),
            Act::Trash => app.conversation_trash(chat).await.unwrap(),
            Act::Delete => app.conversation_delete(chat).await.unwrap(),
            Act::LocalOnly => self.mode(Mode::LocalOnly).await,
            Act::LocalOnlyAndBack => {
                self.mode(Mode::LocalOnly).await;
                self.mode(Mode::AskEachTime).await;
            }
            Act::OtherMode => self.mode(Mode::Auto).await,
            Act::Policy => {
                let mut policy = Policy::default();
                policy.public.furthest = Place::OwnServer;
                let settings = Settings { policy, ..app.settings() };
                drop(app.settings_update(settings).await.unwrap());
            }
            Act::ChangeProvider => {
                let renamed = ProviderConfig { name: "Other".into(), ..self.config() };
                drop(app.provider_save(renamed).await.unwrap());
            }
            Act::RemoveProvider => drop(app.provider_remove("there".into()).await.unwrap()),
            Act::ForgetKey => drop(app.provider_forget_key("there".into()).await.unwrap()),
            Act::OtherChat => {
                let other = app.conversation_create().await.unwrap().id;
                app.conversation_pin_local(other.clone(), true).await.unwrap();
                app.conversation_delete(other).await.unwrap();
                let settings = Settings { theme: Theme::Dark, ..app.settings() };
                drop(app.settings_update(settings).await.unwrap());
                let other = ProviderConfig { id: "other".into(), ..self.config() };
                drop(app.provider_save(other).await.unwrap());
            }
        }
    }

    async fn newest_chat(&self) -> String {
        self.assistant.conversation_list(None, false).await.unwrap().remove(0).id
    }
}

const ACTS: [Act; 11] = [
    Act::Pin,
    Act::Label,
    Act::Trash,
    Act::Delete,
    Act::LocalOnly,
    Act::LocalOnlyAndBack,
    Act::OtherMode,
    Act::Policy,
    Act::ChangeProvider,
    Act::RemoveProvider,
    Act::ForgetKey,
];

async fn requests_when_busy(act: Act) -> usize {
    let desk = Desk::new(Mode::AskEachTime).await;
    let busy = "HTTP/1.1 429 Test\r\nretry-after: 2\r\ncontent-length: 2\r\n\r\n{}";
    desk.there.will(Reply::raw(busy));
    desk.there.always(whole());
    let local = desk.ask("Hello?").await;
    let chat = desk.newest_chat().await;
    let consent = desk.consent(&local).await;
    let change = async {
        while desk.there.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        desk.do_it(act, chat).await;
    };
    tokio::join!(desk.opinion_of(consent), change);
    desk.there.seen().len()
}

#[tokio::test]
async fn a_question_that_waits_to_be_repeated_stays_here_after_every_kind_of_change() {
    assert_eq!(requests_when_busy(Act::OtherChat).await, 2, "what is of no concern ends nothing");
    let all = ACTS.map(|act| Box::pin(async move { (act, requests_when_busy(act).await) }));
    for (act, requests) in futures::future::join_all(all).await {
        assert_eq!(requests, 1, "{act:?}");
    }
}

#[tokio::test]
async fn a_yes_from_before_any_change_does_not_count_after_it() {
    for act in ACTS {
        let desk = Desk::new(Mode::AskEachTime).await;
        desk.there.always(whole());
        let local = desk.ask("Hello?").await;
        let chat = desk.newest_chat().await;
        let consent = desk.consent(&local).await;
        desk.do_it(act, chat).await;
        let (_, refused) = desk.opinion(&consent.id, consent.body).await;
        assert!(refused.is_err(), "{act:?}");
        if act == Act::LocalOnlyAndBack {
            assert!(matches!(refused, Err(crate::Error::ConsentOver)), "{refused:?}");
            let again = desk.consent(&local).await;
            desk.agree(again).await;
            assert_eq!(desk.there.seen().len(), 1, "a new yes counts");
        } else {
            assert_eq!(desk.there.seen().len(), 0, "{act:?}");
        }
    }
}

#[tokio::test]
async fn a_chat_in_the_trash_is_not_asked_about_elsewhere() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let local = desk.ask("Hello?").await;
    let chat = desk.newest_chat().await;
    desk.assistant.conversation_trash(chat.clone()).await.unwrap();
    let refused = desk.assistant.opinion_prepare(local.id.clone(), None, vec![]).await;
    assert!(matches!(refused, Err(crate::Error::InTrash)), "{refused:?}");
    desk.assistant.conversation_restore(chat).await.unwrap();
    assert!(desk.assistant.opinion_prepare(local.id, None, vec![]).await.is_ok());
}

/// The file system lets a change of the theme wait, and local only is chosen meanwhile.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_still_ends_does_not_open_what_local_only_has_closed() {
    let desk = Desk::new(Mode::Auto).await;
    let app = desk.assistant.clone();
    let probe = async || {
        let url = format!("{}/models", desk.there.url()).parse().unwrap();
        app.egress().get(UserAction::key_check(url), Get::default()).await
    };
    desk.there.always(Reply::status(200, "{}"));
    probe().await.unwrap();
    assert_eq!(desk.there.seen().len(), 1, "the way is open");

    // Whoever opens it to write waits for somebody who reads.
    let folder = Dirs::under(desk.home.path()).settings;
    let slow = folder.join(format!("settings.jsonc.{}.new", std::process::id()));
    assert!(Command::new("mkfifo").arg(&slow).status().unwrap().success());
    let theme = tokio::spawn({
        let app = app.clone();
        async move { app.settings_update(Settings { theme: Theme::Dark, ..app.settings() }).await }
    });
    while app.inner.changing.try_lock().is_ok() {
        tokio::task::yield_now().await;
    }
    let lease = app.egress().lease();
    let closing = tokio::spawn({
        let app = app.clone();
        let closed = Settings { mode: Mode::LocalOnly, ..app.settings() };
        async move { app.settings_update(closed).await }
    });
    app.egress().revoked(&lease).await;
    assert!(probe().await.is_err(), "it counts at once");
    let read = tokio::task::spawn_blocking(move || fs::read(&slow));
    while !closing.is_finished() {
        assert!(probe().await.is_err());
    }
    read.await.unwrap().unwrap();
    theme.await.unwrap().unwrap();
    assert_eq!(closing.await.unwrap().unwrap().mode, Mode::LocalOnly);
    assert!(probe().await.is_err());
    assert_eq!(desk.there.seen().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn local_only_chosen_on_a_disk_that_keeps_nothing_is_local_only_at_the_next_start() {
    use crate::history::common::SmallDisk;
    let Some(disk) = SmallDisk::mount("8m") else { return };
    let home = disk.folder.path();
    let (local, keys) = (FakeModel::default(), Arc::<Memory>::default());
    let choose = async |app: &Assistant, mode| {
        app.settings_update(Settings { mode, ..app.settings() }).await
    };
    let app = open(home, &local, keys.clone()).await;
    choose(&app, Mode::Auto).await.unwrap();
    // Ends with an error, when no byte is left.
    let _ = fs::write(home.join("ballast"), vec![1; 16 << 20]);
    assert_eq!(choose(&app, Mode::LocalOnly).await.unwrap().mode, Mode::LocalOnly);
    assert!(!app.egress().stands(&app.egress().lease()));
    assert!(app.settings_problem().unwrap().contains("The next start is local only"));
    drop(app);
    assert_eq!(open(home, &local, keys.clone()).await.settings().mode, Mode::LocalOnly);
}

fn names(desk: &Desk) -> Vec<String> {
    let mut names: Vec<String> = desk.keys.0.lock().unwrap().keys().cloned().collect();
    names.sort();
    names
}

async fn next_start(desk: &mut Desk) {
    let (home, local) = (desk.home.path(), &desk.local);
    desk.assistant = open(home, local, desk.keys.clone()).await;
}

#[tokio::test]
async fn an_address_that_was_edited_by_hand_does_not_get_the_key() {
    let mut desk = Desk::new(Mode::AskEachTime).await;
    let evil = Provider::start();
    let file = Dirs::under(desk.home.path()).settings.join("settings.jsonc");
    let edited = fs::read_to_string(&file).unwrap().replace(&desk.there.url(), &evil.url());
    fs::write(&file, edited).unwrap();
    next_start(&mut desk).await;
    desk.mode(Mode::AskEachTime).await;
    assert_eq!(desk.assistant.providers().await.unwrap()[0].key, KeyState::Missing);
    let local = desk.ask("Hello?").await;
    let refused = desk.assistant.opinion_prepare(local.id, None, vec![]).await;
    assert!(refused.unwrap_err().to_string().contains("no key"));
    assert_eq!(evil.seen().len(), 0);
    // Nobody needs the other one any more.
    while !names(&desk).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_provider_of_the_same_id_at_another_address_does_not_inherit_a_key() {
    let mut desk = Desk::new(Mode::AskEachTime).await;
    let file = Dirs::under(desk.home.path()).settings.join("settings.jsonc");
    fs::write(&file, "{").unwrap();
    next_start(&mut desk).await;
    assert!(desk.assistant.settings().providers.is_empty());
    let moved = ProviderConfig { url: "http://127.0.0.1:9/v1".into(), ..desk.config() };
    let providers = desk.assistant.provider_save(moved).await.unwrap();
    assert_eq!(providers[0].key, KeyState::Missing);
    assert_eq!(names(&desk).len(), 1, "settings that cannot be read say of no key that it is over");
}

#[tokio::test]
async fn a_key_of_an_older_hearth_goes_on_where_sealed_settings_vouch_for_its_address() {
    for mode in [Mode::AskEachTime, Mode::LocalOnly] {
        let mut desk = Desk::new(mode).await;
        // As it was kept before its name held an address.
        let key = desk.keys.0.lock().unwrap().drain().next().unwrap().1;
        desk.keys.0.lock().unwrap().insert("there".into(), key);
        fs::remove_file(Dirs::under(desk.home.path()).data.join("key-names.json")).unwrap();
        next_start(&mut desk).await;
        let state = desk.assistant.providers().await.unwrap()[0].key.clone();
        let url = desk.there.url();
        let origin = url.trim_end_matches("/v1");
        if mode == Mode::LocalOnly {
            // Nothing seals a file that lets nothing leave.
            assert_eq!((state, names(&desk)), (KeyState::Missing, vec![]));
        } else {
            assert_eq!(state, KeyState::Kept { home: KeyHome::System });
            assert_eq!(names(&desk), [format!("provider there {origin}")]);
        }
    }
}

/// A store that is locked, but for reading.
#[derive(Default)]
struct Stubborn(Memory);

impl KeyStore for Stubborn {
    fn read(&self, name: &str) -> Result<Option<Key>, KeyError> {
        self.0.read(name)
    }

    fn write(&self, name: &str, key: &Key) -> Result<(), KeyError> {
        self.0.write(name, key)
    }

    fn forget(&self, _: &str) -> Result<(), KeyError> {
        Err(KeyError::Locked)
    }
}

#[tokio::test]
async fn a_provider_stays_as_long_as_its_key_cannot_be_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let (dirs, keys) = (Dirs::under(home.path()), Arc::new(Stubborn::default()));
    let local = Arc::new(FakeModel::default());
    let app = Assistant::open_with_keys(dirs, local, keys).await.unwrap();
    let config = Desk::new(Mode::LocalOnly).await.config();
    app.provider_save(config).await.unwrap();
    app.provider_set_key("there".into(), Key::new("sk".into()), KeyHome::System).await.unwrap();
    let refused = app.provider_remove("there".into()).await.unwrap_err();
    assert!(refused.to_string().contains("locked"), "{refused}");
    assert_eq!(app.settings().providers.len(), 1, "nobody would know of the key without it");
}
