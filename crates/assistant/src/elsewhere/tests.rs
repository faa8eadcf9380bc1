mod leases;
mod private;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use hearth_chat::{Event, FakeModel, Finish, Outcome, Piece, Timing, Usage};
use hearth_cloud::{
    Price, ProviderConfig, Wire,
    loopback::{HEAD, Provider, Reply, events},
};
use hearth_router::{Label, Limits, Mode, NanoUsd, Place, Reason, Region};
use sha2::{Digest, Sha256};

use crate::{
    Assistant, Dirs,
    api::{Ask, ChatEvent, ConsentView, KeyHome, Leave, MessageView, Settings},
    keys::{Key, KeyError, KeyStore},
};

const COUNTED: hearth_cloud::Usage = hearth_cloud::Usage {
    input: 40,
    cache_read: 0,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 3,
    reasoning: 0,
};
/// At 2 and 10 dollars a million tokens, in nano-dollars.
const COST: i64 = 40 * 2000 + 3 * 10_000;
const WORDS: [&str; 3] = ["Paris, ", "of ", "course."];

#[derive(Default)]
struct Memory(Mutex<HashMap<String, Key>>);

impl KeyStore for Memory {
    fn read(&self, provider: &str) -> Result<Option<Key>, KeyError> {
        Ok(self.0.lock().unwrap().get(provider).cloned())
    }

    fn write(&self, provider: &str, key: &Key) -> Result<(), KeyError> {
        self.0.lock().unwrap().insert(provider.into(), key.clone());
        Ok(())
    }

    fn forget(&self, provider: &str) -> Result<(), KeyError> {
        self.0.lock().unwrap().remove(provider);
        Ok(())
    }
}

/// A home, a model on this device, and a provider on a socket of this machine.
struct Desk {
    home: tempfile::TempDir,
    local: FakeModel,
    there: Provider,
    keys: Arc<Memory>,
    assistant: Assistant,
}

impl Desk {
    async fn new(mode: Mode) -> Self {
        let keys = Arc::<Memory>::default();
        Self { keys: keys.clone(), ..Self::with_keys(mode, keys).await }
    }

    async fn with_keys(mode: Mode, keys: Arc<dyn KeyStore>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (local, there) = (FakeModel::default(), Provider::start());
        let assistant = open(home.path(), &local, keys).await;
        let desk = Self { home, local, there, keys: Arc::default(), assistant };
        desk.assistant.provider_save(desk.config()).await.unwrap();
        let key = Key::new("sk-canary-zz7q".into());
        desk.assistant.provider_set_key("there".into(), key, KeyHome::System).await.unwrap();
        desk.mode(mode).await;
        desk
    }

    fn config(&self) -> ProviderConfig {
        let usd = |text: &str| text.to_owned().try_into().unwrap();
        ProviderConfig {
            id: "there".into(),
            name: "There".into(),
            wire: Wire::OpenAiCompatible,
            own_server: false,
            own_host: None,
            url: self.there.url(),
            model: "m-1".into(),
            price: Some(Price { input: usd("2"), output: usd("10"), ..Price::NOTHING }),
            region: Some(Region::Eu),
            retention_days: None,
        }
    }

    async fn mode(&self, mode: Mode) {
        let settings = Settings { mode, ..self.assistant.settings() };
        self.assistant.settings_update(settings).await.unwrap();
    }

    /// Asks in a chat of its own; the local answer.
    async fn ask(&self, question: &str) -> MessageView {
        let conversation = self.assistant.conversation_create().await.unwrap().id;
        self.local.will_answer(vec![Ok(text("Lyon.")), Ok(Event::Finished(outcome()))]);
        let ask = Ask::Send { conversation, parent: None, text: question.into() };
        let (events, result) = self.turn(ask).await;
        result.unwrap();
        ended(&events)
    }

    async fn turn(&self, ask: Ask) -> (Vec<ChatEvent>, Result<(), crate::Error>) {
        let seen = Mutex::new(Vec::new());
        let sent = self.assistant.send(ask, |event| {
            seen.lock().unwrap().push(event);
            true
        });
        let result = sent.await;
        (seen.into_inner().unwrap(), result)
    }

    async fn consent(&self, answer: &MessageView) -> ConsentView {
        self.assistant.opinion_prepare(answer.id.clone(), None, vec![]).await.unwrap()
    }

    async fn agree(&self, consent: ConsentView) -> MessageView {
        let (events, result) = self.opinion(&consent.id, consent.body).await;
        result.unwrap();
        ended(&events)
    }

    async fn opinion_of(&self, consent: ConsentView) {
        // It may be refused; the provider and the ledger count.
        let _ = self.opinion(&consent.id, consent.body).await.1;
    }

    async fn opinion(&self, id: &str, body: String) -> (Vec<ChatEvent>, Result<(), crate::Error>) {
        self.turn(Ask::SecondOpinion { consent: id.to_owned(), body }).await
    }
}

async fn open(home: &std::path::Path, local: &FakeModel, keys: Arc<dyn KeyStore>) -> Assistant {
    let (dirs, local) = (Dirs::under(home), Arc::new(local.clone()));
    Assistant::open_with_keys(dirs, local, keys).await.unwrap()
}

fn text(words: &str) -> Event {
    Event::Text(Piece::answer(words, Vec::new()))
}

fn outcome() -> Outcome {
    Outcome {
        finish: Finish::Stop,
        usage: Usage::default(),
        timing: Timing::default(),
        confidence: None,
        speculation: None,
        backend: "fake".into(),
        device: None,
        peak_rss_bytes: None,
    }
}

/// The answer that a turn ended with.
fn ended(events: &[ChatEvent]) -> MessageView {
    match events.last() {
        Some(ChatEvent::Finished { answer }) => answer.clone(),
        Some(ChatEvent::Failed { answer: Some(answer), .. }) => answer.clone(),
        other => panic!("the turn ended with {other:?}"),
    }
}

fn whole() -> Reply {
    Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED)
}

#[tokio::test]
async fn in_local_only_mode_nothing_is_sent_whatever_is_set_up() {
    let desk = Desk::new(Mode::LocalOnly).await;
    let answer = desk.ask("What is the capital of France?").await;
    let refused = desk.assistant.opinion_prepare(answer.id.clone(), None, vec![]).await;
    assert!(refused.unwrap_err().to_string().contains("local only"));

    // What was agreed to before does not count any more.
    desk.mode(Mode::AskEachTime).await;
    let consent = desk.consent(&answer).await;
    desk.mode(Mode::LocalOnly).await;
    assert!(desk.opinion(&consent.id, consent.body).await.1.is_err());
    assert_eq!(desk.there.seen().len(), 0);
    assert_eq!(desk.assistant.privacy_connections().await.unwrap(), []);
}

#[tokio::test]
async fn what_was_shown_and_agreed_to_is_sent_and_the_answer_stands_beside_the_local_one() {
    let desk = Desk::new(Mode::AskEachTime).await;
    desk.there.will(whole());
    let local = desk.ask("What is the capital of France?").await;
    let consent = desk.consent(&local).await;
    assert!(consent.body.contains("capital of France"));
    assert!(!consent.body.contains("Lyon"), "the local answer is nobody's business there");
    assert_eq!((consent.place, consent.region), (Place::Cloud, Some(Region::Eu)));
    assert_eq!(consent.destination, desk.there.url().trim_end_matches("/v1"));
    assert_eq!(desk.there.seen().len(), 0, "nothing has left yet");

    let shown = consent.body.clone();
    let opinion = desk.agree(consent.clone()).await;
    let seen = desk.there.seen();
    assert_eq!((seen.len(), &*seen[0].body), (1, shown.as_bytes()));
    assert_eq!(opinion.text, WORDS.concat());
    assert_eq!(opinion.siblings, [local.id.clone(), opinion.id.clone()]);
    let run = opinion.answer.unwrap();
    assert_eq!((run.place, run.finish, &*run.model), (Place::Cloud, Some(Finish::Stop), "m-1"));
    assert_eq!((run.cost_nano_usd, run.bytes_sent), (Some(COST), shown.len() as i64));
    assert!(consent.worst_case.0 as i64 > COST);

    let receipt = desk.assistant.answer_receipt(opinion.id.clone()).await.unwrap().unwrap();
    assert_eq!((receipt.cost.0 as i64, receipt.cost_is_upper_bound), (COST, false));
    assert_eq!((receipt.bytes_sent as usize, receipt.leave), (shown.len(), Leave::Consent));
    assert_eq!(receipt.body_sha256, hex::encode(Sha256::digest(&shown)));
    let page = desk.assistant.conversation_list(None, false).await.unwrap().remove(0).id;
    let both = desk.assistant.conversation_select(page, local.id).await.unwrap();
    assert_eq!(both.messages[1].text, "Lyon.", "the local answer is as it was");
    let noted = desk.assistant.privacy_connections().await.unwrap();
    assert_eq!((noted.len(), noted[0].purpose.as_str()), (1, "cloud_answer"));
    assert_eq!(noted[0].bytes_sent as usize, seen[0].bytes(), "to the byte");
    let status = desk.assistant.status().await.unwrap();
    assert_eq!(status.spent_this_month, NanoUsd(COST as u64));
    assert_eq!(status.bytes_sent_today, noted[0].bytes_sent);
}

#[tokio::test]
async fn a_yes_counts_once_for_these_bytes_and_this_chat() {
    let desk = Desk::new(Mode::AskEachTime).await;
    desk.there.always(whole());
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    let other_model = consent.body.replace("m-1", "m-9");
    assert!(desk.opinion(&consent.id, other_model).await.1.is_err());
    assert!(desk.opinion(&consent.id, consent.body).await.1.is_err(), "it was used up");

    let declined = desk.consent(&local).await;
    desk.assistant.opinion_decline(&declined.id);
    assert!(desk.opinion(&declined.id, declined.body).await.1.is_err());

    let pinned = desk.consent(&local).await;
    let chat = desk.assistant.conversation_list(None, false).await.unwrap().remove(0).id;
    desk.assistant.conversation_pin_local(chat, true).await.unwrap();
    assert!(desk.opinion(&pinned.id, pinned.body).await.1.is_err());
    assert_eq!(desk.there.seen().len(), 0);
}

#[tokio::test]
async fn going_back_to_local_only_cuts_an_answer_that_is_coming() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let first = [HEAD, &events(Wire::OpenAiCompatible, &WORDS, COUNTED)[0]].concat();
    desk.there.will(Reply::raw(first).then_silence());
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    let most = consent.worst_case.0 as i64;
    let coming = tokio::sync::Notify::new();
    let seen = Mutex::new(Vec::new());
    let ask = Ask::SecondOpinion { consent: consent.id, body: consent.body };
    let turn = desk.assistant.send(ask, |event| {
        if matches!(event, ChatEvent::Text { .. }) {
            coming.notify_one();
        }
        seen.lock().unwrap().push(event);
        true
    });
    let switch = async {
        coming.notified().await;
        desk.mode(Mode::LocalOnly).await;
    };
    let (ended_well, ()) = tokio::join!(turn, switch);
    ended_well.unwrap();
    let answer = ended(&seen.into_inner().unwrap());
    assert_eq!(answer.text, WORDS[0], "what had come is kept");
    let run = answer.answer.unwrap();
    assert_eq!(run.finish, Some(Finish::Failed));
    assert_eq!(run.cost_nano_usd, Some(most), "the upper bound, never nothing");
}

#[tokio::test]
async fn a_provider_that_fails_leaves_the_local_answer_and_is_not_replaced_by_another() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let other = ProviderConfig { id: "other".into(), name: "Other".into(), ..desk.config() };
    desk.assistant.provider_save(other).await.unwrap();
    desk.there.always(Reply::status(401, "{}"));
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    let failed = desk.agree(consent).await;
    let run = failed.answer.unwrap();
    assert_eq!(run.finish, Some(Finish::Failed));
    assert!(run.error.unwrap().contains("There does not accept the key"));
    assert_eq!(run.cost_nano_usd, Some(0));
    assert_eq!(desk.there.seen().len(), 1);
}

#[tokio::test]
async fn without_a_key_or_a_price_nothing_is_sent() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    desk.assistant.provider_forget_key("there".into()).await.unwrap();
    let (_, refused) = desk.opinion(&consent.id, consent.body).await;
    assert!(refused.unwrap_err().to_string().contains("no key"));

    let unpriced = ProviderConfig { price: None, ..desk.config() };
    desk.assistant.provider_save(unpriced).await.unwrap();
    let refused = desk.assistant.opinion_prepare(local.id, Some("there".into()), vec![]).await;
    assert!(refused.unwrap_err().to_string().contains("Nobody has said what m-1"));
    assert_eq!(desk.there.seen().len(), 0);
}

#[tokio::test]
async fn a_yes_does_not_count_for_another_address() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let consent = desk.consent(&desk.ask("Hello?").await).await;
    let moved = ProviderConfig { url: "http://127.0.0.1:9/v1".into(), ..desk.config() };
    desk.assistant.provider_save(moved).await.unwrap();
    let key = Key::new("sk-other".into());
    desk.assistant.provider_set_key("there".into(), key, KeyHome::System).await.unwrap();
    let (_, refused) = desk.opinion(&consent.id, consent.body).await;
    assert!(matches!(refused, Err(crate::Error::ConsentOver)), "{refused:?}");
    assert_eq!(desk.there.seen().len(), 0);
}

#[tokio::test]
async fn another_address_does_not_inherit_the_key() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let elsewhere = Provider::start();
    let moved = ProviderConfig { url: elsewhere.url(), ..desk.config() };
    let providers = desk.assistant.provider_save(moved).await.unwrap();
    assert_eq!(providers[0].key, crate::api::KeyState::Missing);
}

#[tokio::test]
async fn the_same_question_is_paid_for_once_where_the_user_wants_that() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let cache_answers = vec![Mode::AskEachTime];
    let settings = Settings { cache_answers, ..desk.assistant.settings() };
    desk.assistant.settings_update(settings).await.unwrap();
    desk.there.always(whole());
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    desk.agree(consent).await;
    let consent = desk.consent(&local).await;
    let again = desk.agree(consent).await;
    assert_eq!(again.text, WORDS.concat());
    let run = again.answer.unwrap();
    assert_eq!((run.cost_nano_usd, run.bytes_sent), (Some(0), 0));
    assert_eq!(desk.there.seen().len(), 1);

    let other = desk.ask("Hello!").await;
    let consent = desk.consent(&other).await;
    desk.agree(consent).await;
    assert_eq!(desk.there.seen().len(), 2, "another question is another question");
}

#[tokio::test]
async fn a_hundred_turns_at_once_never_pass_a_limit() {
    const FIT: u64 = 7;
    let desk = Desk::new(Mode::AskEachTime).await;
    // Each breaks off, and so counts as the most that it can have cost.
    desk.there.always(Reply::raw(HEAD));
    let mut consents = Vec::new();
    for n in 0..100 {
        let local = desk.ask(&format!("Question {n:02}?")).await;
        consents.push(desk.consent(&local).await);
    }
    let most = consents[0].worst_case.0;
    let day = NanoUsd(FIT * most + most / 2);
    let limits = Limits { day: Some(day), message: None, month: None, ..Limits::default() };
    let settings = Settings { limits, ..desk.assistant.settings() };
    desk.assistant.settings_update(settings).await.unwrap();
    let turns = consents.into_iter().map(|consent| desk.opinion_of(consent));
    futures::future::join_all(turns).await;
    assert_eq!(desk.there.seen().len() as u64, FIT);
    let ledger = desk.assistant.ledger().await.unwrap();
    assert_eq!(ledger.spent_today, NanoUsd(FIT * most));
    assert!(ledger.spent_today <= day);
}

#[tokio::test]
async fn a_stricter_label_keeps_a_chat_here() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    let chat = desk.assistant.conversation_list(None, false).await.unwrap().remove(0).id;
    desk.assistant.conversation_set_label(chat, Label::Regulated).await.unwrap();
    // What was agreed to before does not count any more.
    assert!(desk.opinion(&consent.id, consent.body).await.1.is_err());
    let refused = desk.assistant.opinion_prepare(local.id, None, vec![]).await.unwrap_err();
    assert!(refused.to_string().contains(Reason::LabelKeepsIt.sentence()), "{refused}");
    assert_eq!(desk.there.seen().len(), 0);
}

#[tokio::test]
async fn the_nearest_place_that_may_be_asked_is_asked() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let mine = Provider::start();
    let own = ProviderConfig {
        id: "mine".into(),
        own_server: true,
        url: mine.url(),
        price: None,
        ..desk.config()
    };
    desk.assistant.provider_save(own).await.unwrap();
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    assert_eq!((consent.place, consent.worst_case), (Place::OwnServer, NanoUsd::ZERO));
    let there = desk.assistant.opinion_prepare(local.id, Some("there".into()), vec![]).await;
    assert_eq!(there.unwrap().place, Place::Cloud);
}

#[tokio::test]
async fn a_change_under_way_does_not_bring_an_older_mode_back() {
    let desk = Desk::new(Mode::Auto).await;
    for _ in 0..50 {
        desk.mode(Mode::Auto).await;
        let other = ProviderConfig { id: "other".into(), ..desk.config() };
        let adding = desk.assistant.provider_save(other);
        let (added, ()) = tokio::join!(adding, desk.mode(Mode::LocalOnly));
        added.unwrap();
        assert_eq!(desk.assistant.settings().mode, Mode::LocalOnly);
    }
}

/// `HEARTH_REQUESTS=1000` for the full count.
#[tokio::test]
async fn every_request_is_accounted_for_to_the_byte_and_the_nano_dollar() {
    let requests: usize = std::env::var("HEARTH_REQUESTS").map_or(60, |n| n.parse().unwrap());
    let desk = Desk::new(Mode::AskEachTime).await;
    desk.there.always(whole().at_once());
    let (mut bodies, mut kept) = (0, 0);
    // A chat whose canaries were never shown to anybody.
    for canary in 0..50 {
        desk.ask(&format!("canary-{canary:02}-51c2")).await;
    }
    for n in 0..requests {
        let local = desk.ask(&format!("Question {n}?")).await;
        let consent = desk.consent(&local).await;
        if n % 5 == 0 {
            desk.assistant.opinion_decline(&consent.id);
            kept += 1;
            continue;
        }
        bodies += consent.body.len() as i64;
        let run = desk.agree(consent).await.answer.unwrap();
        assert_eq!(run.cost_nano_usd, Some(COST));
    }
    let seen = desk.there.seen();
    assert_eq!(seen.len(), requests - kept, "one yes, one request");
    let counted: usize = seen.iter().map(|seen| seen.body.len()).sum();
    assert_eq!(counted as i64, bodies);
    let wire: usize = seen.iter().map(|seen| seen.bytes()).sum();
    let status = desk.assistant.status().await.unwrap();
    assert_eq!(status.bytes_sent_today, wire as i64);
    assert_eq!(status.spent_this_month, NanoUsd(COST as u64 * seen.len() as u64));
    for request in &seen {
        let body = String::from_utf8_lossy(&request.body);
        assert!(!body.contains("canary"), "another chat, or a key, in {body}");
        assert!(!body.contains("sk-"));
    }
}

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn twenty_keys_reach_no_file_no_log_and_no_window() {
    let log = Logged::default();
    let log_writer = log.clone();
    let everything = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || log_writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(everything);
    let desk = Desk::new(Mode::AskEachTime).await;
    let mut window = String::new();
    for n in 0..20 {
        let key = format!("sk-canary-{n:02}-zz7q");
        let home = if n % 2 == 0 { KeyHome::System } else { KeyHome::ThisRun };
        let kept = Key::new(key.clone());
        let told = desk.assistant.provider_set_key("there".into(), kept, home).await.unwrap();
        desk.there.will(match n % 4 {
            0 => whole(),
            1 => {
                let status = if n % 8 == 1 { 401 } else { 400 };
                Reply::status(status, &format!("{{\"error\":{{\"message\":\"bad {key}\"}}}}"))
            }
            2 => Reply::raw("HTTP/1.1 200 OK\r\n\r\n"),
            _ => Reply::raw(HEAD),
        });
        let local = desk.ask("Hello?").await;
        let consent = desk.consent(&local).await;
        window += &serde_json::to_string(&(&told, &consent)).unwrap();
        let (events, _) = desk.opinion(&consent.id, consent.body).await;
        let snapshot = desk.assistant.snapshot().await.unwrap();
        window += &serde_json::to_string(&(&events, &snapshot)).unwrap();
        desk.assistant.provider_forget_key("there".into()).await.unwrap();
    }
    let sent = desk.there.seen();
    assert_eq!(sent.iter().filter(|seen| seen.head.contains("-zz7q")).count(), 20, "all were used");
    assert!(!window.contains("-zz7q"));
    tracing::trace!("planted-51c2");
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("planted-51c2") && !log.contains("-zz7q"));
    let mut paths = vec![desk.home.path().to_owned()];
    while let Some(path) = paths.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => paths.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => {
                let bytes = std::fs::read(&path).unwrap_or_default();
                let found = bytes.windows(5).any(|part| part == b"-zz7q");
                assert!(!found, "{}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn what_looks_private_is_replaced_before_it_leaves_and_put_back_in_the_answer() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let local = desk.ask("Write to ada@example.org, please.").await;
    let consent = desk.consent(&local).await;
    let replaced = consent.redactions[0].clone();
    assert_eq!(replaced.original, "ada@example.org");
    assert!(consent.body.contains(&replaced.placeholder) && !consent.body.contains("ada@"));
    let words = ["Dear ", &replaced.placeholder[..4], &replaced.placeholder[4..], "!"];
    desk.there.will(Reply::answer(Wire::OpenAiCompatible, &words, COUNTED));
    // What the user put back by hand is not sent unless it was let go.
    let by_hand = consent.body.replace(&replaced.placeholder, &replaced.original);
    let again = desk.consent(&local).await;
    assert!(desk.opinion(&again.id, by_hand).await.1.is_err());
    assert_eq!(desk.there.seen().len(), 0);
    assert_eq!(desk.agree(consent).await.text, "Dear ada@example.org!");
}

#[tokio::test]
async fn a_secret_does_not_leave_in_the_message_before_the_one_that_names_it() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let first = desk.ask("Is hunter \"22\" x9 safe?").await;
    let conversation = desk.assistant.conversation_list(None, false).await.unwrap().remove(0).id;
    desk.local.will_answer(vec![Ok(text("Lyon.")), Ok(Event::Finished(outcome()))]);
    let named = "passphrase: hunter \"22\" x9".to_owned();
    let ask = Ask::Send { conversation, parent: Some(first.id), text: named };
    let (events, result) = desk.turn(ask).await;
    result.unwrap();
    let consent = desk.consent(&ended(&events)).await;
    assert!(consent.body.contains("Is [[SECRET]] safe?"), "{}", consent.body);
    assert!(!consent.body.contains("x9"), "{}", consent.body);

    let by_hand = consent.body.replacen("[[SECRET]]", "hunter \\\"22\\\" x9", 1);
    let (_, refused) = desk.opinion(&consent.id, by_hand).await;
    assert!(matches!(refused, Err(crate::Error::StillPrivate)), "{refused:?}");

    let consent = desk.consent(&ended(&events)).await;
    assert!(consent.redactions.iter().all(|redaction| !redaction.can_stay));
    let twice = r#""content":"hunter \"22\" x9","content":"#;
    let by_hand = consent.body.replacen("\"content\":", twice, 1);
    let (_, refused) = desk.opinion(&consent.id, by_hand).await;
    assert!(matches!(refused, Err(crate::Error::StillPrivate)), "{refused:?}");
    assert_eq!(desk.there.seen().len(), 0);
}

#[tokio::test]
async fn limits_hold_and_the_answer_stays_here() {
    let desk = Desk::new(Mode::AskEachTime).await;
    desk.there.always(whole());
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    let limits = Limits { day: Some(consent.worst_case), ..Limits::default() };
    let settings = Settings { limits, ..desk.assistant.settings() };
    desk.assistant.settings_update(settings).await.unwrap();
    desk.agree(consent).await;
    let refused = desk.assistant.opinion_prepare(local.id, None, vec![]).await;
    assert!(refused.unwrap_err().to_string().contains("limit for the day"));
    assert_eq!(desk.there.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_from_elsewhere_is_not_gone_on_with_here() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let first = [HEAD, &events(Wire::OpenAiCompatible, &WORDS, COUNTED)[0]].concat();
    desk.there.will(Reply::raw(first));
    let local = desk.ask("Hello?").await;
    let consent = desk.consent(&local).await;
    let cut = desk.agree(consent).await;
    assert_eq!(cut.text, WORDS[0]);
    assert!(desk.turn(Ask::Continue { message: cut.id }).await.1.is_err());
    assert_eq!(desk.local.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_set_while_the_local_answer_is_written_holds() {
    let desk = Desk::new(Mode::AskEachTime).await;
    for pin in [false, true] {
        let conversation = desk.assistant.conversation_create().await.unwrap().id;
        desk.local.will_answer(vec![Ok(text("I don't know.")), Ok(Event::Finished(outcome()))]);
        let suggested = Mutex::new(false);
        let chat = conversation.clone();
        let ask = Ask::Send { conversation, parent: None, text: "Hello?".into() };
        let turn = desk.assistant.send(ask, |event| {
            match event {
                ChatEvent::Routed { .. } if pin => tokio::task::block_in_place(|| {
                    let pinning = desk.assistant.conversation_pin_local(chat.clone(), true);
                    tokio::runtime::Handle::current().block_on(pinning).unwrap();
                }),
                ChatEvent::Kept { .. } => *suggested.lock().unwrap() = true,
                _ => {}
            }
            true
        });
        turn.await.unwrap();
        assert_eq!(suggested.into_inner().unwrap(), !pin);
    }
}

#[tokio::test]
async fn a_kept_answer_is_for_the_words_behind_its_placeholders() {
    let desk = Desk::new(Mode::AskEachTime).await;
    let cache_answers = vec![Mode::AskEachTime];
    let settings = Settings { cache_answers, ..desk.assistant.settings() };
    desk.assistant.settings_update(settings).await.unwrap();
    desk.there.always(whole());
    let ada = desk.ask("Write to ada@example.org, please.").await;
    let to_ada = desk.consent(&ada).await;
    let body = to_ada.body.clone();
    desk.agree(to_ada).await;

    desk.local.will_answer(vec![Ok(text("Lyon.")), Ok(Event::Finished(outcome()))]);
    let text = "Write to bob@example.org, please.".into();
    let (events, _) = desk.turn(Ask::Edit { message: ada.parent.unwrap(), text }).await;
    let to_bob = desk.consent(&ended(&events)).await;
    assert_eq!(to_bob.body, body, "the same bytes");
    desk.agree(to_bob).await;
    assert_eq!(desk.there.seen().len(), 2);
}
