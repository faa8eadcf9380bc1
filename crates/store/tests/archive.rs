//! Export and import.

mod common;

use common::{archive, chain_line, id, open};
use hearth_chat::{
    Channel, Confidence, Finish, Role, Speculation, SpeculationOff, Timing, TokenOrigin, Usage,
};
use hearth_router::{Place, Reason};
use hearth_store::{Ending, Error, NewConversation, Route, Store, TokenMark};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One thing that a person or a model does to a history.
#[derive(Clone, Debug)]
enum Step {
    Chat { title: String, system_prompt: String },
    Say { chat: Index, under: Option<Index>, text: String },
    Answer { chat: Index, under: Index, text: String, run: Box<Run> },
    Partial { chat: Index, under: Index, text: String },
    Select { chat: Index, message: Index },
    Trash { chat: Index },
    Pin { chat: Index },
}

#[derive(Clone, Debug)]
struct Run {
    place: Place,
    finish: Finish,
    numbers: [Option<f64>; 9],
    counts: [u32; 4],
    cost: Option<i64>,
    error: Option<String>,
    tokens: Vec<(u32, Option<f32>)>,
}

impl Run {
    fn ending(&self) -> Ending {
        let [load_ms, ttft_ms, prefill_tok_s, decode_tok_s, a, b, c, d, e] = self.numbers;
        let [prompt_tokens, completion_tokens, reused_tokens, drafted] = self.counts;
        Ending {
            finish: self.finish,
            backend: self.error.clone(),
            device: None,
            usage: Some(Usage {
                prompt_tokens,
                completion_tokens,
                reused_tokens,
                thought_tokens: 0,
            }),
            timing: Some(Timing {
                load_ms,
                ttft_ms,
                prefill_tok_s,
                decode_tok_s,
                thought_ms: None,
            }),
            confidence: a.zip(b).zip(c).map(|((mean_logprob, p10_logprob), mean_entropy)| {
                Confidence { mean_logprob, p10_logprob, mean_entropy }
            }),
            speculation: d.map(|_| Speculation {
                draft: self.error.clone(),
                drafted,
                accepted: drafted / 2,
                mean_accepted: d,
                speedup_estimate: e,
                off_reason: Some(SpeculationOff::NotFaster),
            }),
            cost_nano_usd: self.cost,
            bytes_sent: i64::from(drafted),
            error: self.error.clone(),
            tokens: self
                .tokens
                .iter()
                .map(|&(length, logprob)| TokenMark { length, logprob, origin: TokenOrigin::Ngram })
                .collect(),
        }
    }
}

fn run() -> impl Strategy<Value = Run> {
    let number = option::of(prop_oneof![any::<f64>(), -1e3..1e3f64, 0.0..1e6f64]);
    let token = (0..9u32, option::of(prop_oneof![any::<f32>(), -20.0..0.0f32]));
    (
        select(vec![Place::ThisDevice, Place::OwnServer, Place::Cloud]),
        select(vec![Finish::Stop, Finish::Length, Finish::Cancelled, Finish::Failed]),
        prop::array::uniform9(number),
        prop::array::uniform4(0..1_000_000u32),
        option::of(0..1_000_000_000i64),
        option::of(any::<String>()),
        vec(token, 0..6),
    )
        .prop_map(|(place, finish, numbers, counts, cost, error, tokens)| Run {
            place,
            finish,
            numbers,
            counts,
            cost,
            error,
            tokens,
        })
}

fn step() -> impl Strategy<Value = Step> {
    let text = || any::<String>();
    let index = any::<Index>;
    prop_oneof![
        2 => (text(), text())
            .prop_map(|(title, system_prompt)| Step::Chat { title, system_prompt }),
        6 => (index(), option::of(index()), text())
            .prop_map(|(chat, under, text)| Step::Say { chat, under, text }),
        6 => (index(), index(), text(), run().prop_map(Box::new))
            .prop_map(|(chat, under, text, run)| Step::Answer { chat, under, text, run }),
        1 => (index(), index(), text())
            .prop_map(|(chat, under, text)| Step::Partial { chat, under, text }),
        2 => (index(), index()).prop_map(|(chat, message)| Step::Select { chat, message }),
        1 => index().prop_map(|chat| Step::Trash { chat }),
        1 => index().prop_map(|chat| Step::Pin { chat }),
    ]
}

/// Builds a history by these steps through the store's own calls.
fn build(store: &Store, steps: &[Step]) {
    let mut chats: Vec<(String, Vec<String>)> = Vec::new();
    let new = |title: &str, system_prompt: &str| {
        let new = NewConversation {
            title: title.into(),
            system_prompt: system_prompt.into(),
            ..NewConversation::default()
        };
        (store.create_conversation(new).unwrap().id, Vec::new())
    };
    chats.push(new("first", ""));
    for step in steps {
        match step {
            Step::Chat { title, system_prompt } => chats.push(new(title, system_prompt)),
            Step::Say { chat, under, text } => {
                let (chat, messages) = chat.get_mut(&mut chats);
                let under = under.filter(|_| !messages.is_empty());
                let parent = under.map(|under| under.get(messages.as_slice()).clone());
                let said = store.add_message(chat, parent.as_deref(), Role::User, text).unwrap();
                messages.push(said.id);
            }
            Step::Answer { chat, under, text, run } => {
                let (chat, messages) = chat.get_mut(&mut chats);
                if messages.is_empty() {
                    continue;
                }
                let route = Route {
                    place: run.place,
                    model: "m".into(),
                    reasons: vec![Reason::PinnedLocal],
                };
                let parent = under.get(messages.as_slice());
                let id = store.begin_answer(chat, parent, route).unwrap().id;
                store.finish_answer(&id, text.as_str(), run.ending()).unwrap();
                messages.push(id);
            }
            Step::Partial { chat, under, text } => {
                let (chat, messages) = chat.get_mut(&mut chats);
                if messages.is_empty() {
                    continue;
                }
                let parent = under.get(messages.as_slice());
                let id = store.begin_answer(chat, parent, common::route()).unwrap().id;
                store.save_partial(&id, Channel::Answer, 0, text).unwrap();
                messages.push(id);
            }
            Step::Select { chat, message } => {
                let (_, messages) = chat.get(chats.as_slice());
                if !messages.is_empty() {
                    store.select(message.get(messages).as_str()).unwrap();
                }
            }
            Step::Trash { chat } => store.move_to_trash(&chat.get(chats.as_slice()).0).unwrap(),
            Step::Pin { chat } => {
                store.set_pinned_local(&chat.get(chats.as_slice()).0, true).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_export_that_was_imported_exports_to_the_same_bytes(steps in vec(step(), 0..30)) {
        let (_here, one) = open();
        build(&one, &steps);
        let exported = one.export().unwrap();

        let (_there, other) = open();
        let first = other.import(&exported).unwrap();
        prop_assert!(first.conversations > 0);
        prop_assert_eq!(&other.export().unwrap(), &exported);
        let second = other.import(&exported).unwrap();
        prop_assert_eq!((second.conversations, second.messages), (0, 0));
        prop_assert_eq!(&other.export().unwrap(), &exported);
        for chat in one.conversations(false).unwrap() {
            let texts = |store: &Store| -> Vec<_> {
                let branch = store.branch(&chat.id).unwrap().into_iter();
                branch.map(|shown| (shown.message.text, shown.siblings)).collect()
            };
            prop_assert_eq!(texts(&one), texts(&other), "the same branch is shown");
        }
    }
}

#[test]
fn ten_thousand_messages_come_back_to_the_bit() {
    let lines: Vec<String> = (0..10_000).map(chain_line).collect();
    let (_here, one) = open();
    one.import(&archive(&id(0xfffff), &lines)).unwrap();
    let (folder, other) = open();
    let file = folder.path().join("chats.json");
    one.export_to(&file).unwrap();
    let imported = other.import_from(&file).unwrap();
    assert_eq!((imported.conversations, imported.messages), (1, 10_000));
    assert!(other.export().unwrap().into_bytes() == std::fs::read(&file).unwrap());
    assert!(!folder.path().join("chats.json.part").exists());
}

#[test]
fn an_import_joins_new_messages_to_a_known_chat_and_changes_nothing_else() {
    let (_folder, store) = open();
    let lines: Vec<String> = (0..4).map(chain_line).collect();
    let chat = id(0xabc);
    store.import(&archive(&chat, &lines[..2])).unwrap();
    store.rename(&chat, "mine").unwrap();
    let own = store.create_conversation(NewConversation::default()).unwrap().id;

    let imported = store.import(&archive(&chat, &lines)).unwrap();
    assert_eq!((imported.conversations, imported.messages), (0, 2));
    assert_eq!(store.conversation(&chat).unwrap().title, "mine");
    assert_eq!(store.branch(&chat).unwrap().len(), 4);
    assert!(store.conversation(&own).is_ok());
}

#[test]
fn an_answer_that_went_on_elsewhere_comes_back_whole() {
    let (_folder, disk) = open();
    let chat = disk.create_conversation(NewConversation::default()).unwrap().id;
    let question = disk.add_message(&chat, None, Role::User, "A story?").unwrap().id;
    let answer = disk.begin_answer(&chat, &question, common::route()).unwrap().id;
    disk.save_partial(&answer, Channel::Answer, 0, "Once").unwrap();

    let memory = Store::in_memory().unwrap();
    memory.import(&disk.export().unwrap()).unwrap();
    memory.resume_answer(&answer, common::route()).unwrap();
    memory.finish_answer(&answer, "Once upon a time.", common::ending()).unwrap();
    let whole = memory.export().unwrap();

    assert_eq!(disk.import(&whole).unwrap().messages, 1);
    assert_eq!(disk.export().unwrap(), whole);
    assert_eq!(disk.search("upon", false).unwrap().len(), 1);
    assert_eq!(disk.import(&whole).unwrap().messages, 0);
    let shorter = whole.replace("Once upon a time.", "Once.");
    disk.import(&shorter).unwrap();
    assert_eq!(disk.export().unwrap(), whole, "an end that is here is never replaced");

    memory.resume_answer(&answer, common::route()).unwrap();
    memory.finish_answer(&answer, "Once upon a time. The end.", common::ending()).unwrap();
    assert_eq!(disk.import(&memory.export().unwrap()).unwrap().messages, 1, "but gone on with");
    assert_eq!(disk.search("end", false).unwrap().len(), 1);
}

#[test]
fn a_deleted_chat_comes_back_from_an_export() {
    let (_folder, store) = open();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    store.add_message(&chat, None, Role::User, "keep me").unwrap();
    let exported = store.export().unwrap();
    store.delete(&chat).unwrap();
    store.import(&exported).unwrap();
    assert_eq!(store.search("keep", false).unwrap().len(), 1);
    assert_eq!(store.export().unwrap(), exported);
}

#[test]
fn what_was_imported_is_foreign_and_its_chat_is_pinned_until_it_is_unpinned() {
    let (_here, one) = open();
    let prompt =
        NewConversation { system_prompt: "Be brief.".into(), ..NewConversation::default() };
    let chat = one.create_conversation(prompt).unwrap().id;
    let question = one.add_message(&chat, None, Role::User, "Hello?").unwrap();
    let answer = one.begin_answer(&chat, &question.id, common::route()).unwrap();
    one.finish_answer(&answer.id, "Hello.", common::ending()).unwrap();
    let foreign = |store: &Store| -> Vec<bool> {
        let branch = store.branch(&chat).unwrap().into_iter();
        branch.map(|shown| shown.message.is_foreign()).collect()
    };
    let before = one.conversation(&chat).unwrap();
    assert!(!before.pinned_local && !before.has_foreign_prompt());
    assert_eq!(foreign(&one), [false, false]);

    let (_there, other) = open();
    let exported = one.export().unwrap();
    other.import(&exported).unwrap();
    let there = other.conversation(&chat).unwrap();
    assert!(there.pinned_local && there.has_foreign_prompt());
    assert_eq!(foreign(&other), [true, true]);
    assert_eq!(other.export().unwrap(), exported, "the pin is this device's own");

    other.set_pinned_local(&chat, false).unwrap();
    other.set_system_prompt(&chat, "Be very brief.").unwrap();
    let tip = other.branch(&chat).unwrap().pop().unwrap().message.id;
    let typed = other.add_message(&chat, Some(&tip), Role::User, "And you?").unwrap();
    let there = other.conversation(&chat).unwrap();
    assert!(!there.pinned_local && !there.has_foreign_prompt() && !typed.is_foreign());
    other.import(&exported).unwrap();
    assert!(!other.conversation(&chat).unwrap().pinned_local, "what the user decided stays");

    // Only what is new here is foreign.
    one.import(&other.export().unwrap()).unwrap();
    assert_eq!(foreign(&one), [false, false, true]);
    assert!(!one.conversation(&chat).unwrap().pinned_local);
}

#[test]
fn a_file_cannot_say_that_its_words_were_typed_here() {
    let (_folder, store) = open();
    let lines = [chain_line(0).replace("\"role\"", "\"origin\":\"typed\",\"role\"")];
    assert!(store.import(&archive(&id(9), &lines)).is_err());
    let held = archive(&id(9), &[]).replace("\"model\"", "\"held\":false,\"model\"");
    assert!(store.import(&held).is_err());
}

#[test]
fn a_history_of_this_device_keeps_who_wrote_what() {
    let (_here, disk) = open();
    let new = NewConversation { system_prompt: "Be brief.".into(), ..NewConversation::default() };
    let chat = disk.create_conversation(new).unwrap().id;
    let question = disk.add_message(&chat, None, Role::User, "Hello?").unwrap();
    disk.import(&archive(&id(9), &[chain_line(0)])).unwrap();

    let memory = Store::in_memory().unwrap();
    memory.merge(&disk).unwrap();
    let own = memory.conversation(&chat).unwrap();
    assert!(!own.pinned_local && !own.has_foreign_prompt());
    assert!(!memory.message(&question.id).unwrap().is_foreign());
    assert!(memory.conversation(&id(9)).unwrap().pinned_local);
    assert!(memory.message(&id(0)).unwrap().is_foreign());
    let later = memory.add_message(&chat, Some(&question.id), Role::User, "Still?").unwrap();
    disk.merge(&memory).unwrap();
    assert!(!disk.message(&later.id).unwrap().is_foreign());
}

#[test]
fn an_answer_from_another_place_is_foreign() {
    let (_folder, store) = open();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    let question = store.add_message(&chat, None, Role::User, "Hello?").unwrap().id;
    for place in [Place::ThisDevice, Place::OwnServer, Place::Cloud] {
        let route = Route { place, ..common::route() };
        let answer = store.begin_answer(&chat, &question, route).unwrap();
        assert_eq!(answer.is_foreign(), place != Place::ThisDevice);
    }
}

#[test]
fn a_file_that_is_not_a_whole_export_is_refused_whole() {
    let whole: Vec<String> = (0..3).map(chain_line).collect();
    let orphan = [whole[0].clone(), whole[2].clone()];
    let reversed = [whole[1].clone(), whole[0].clone()];
    let good = archive(&id(9), &whole);
    let cases = [
        ("nothing", String::new()),
        ("cut", good[..good.len() - 20].to_owned()),
        ("a time that no calendar has", good.replace("\"updated_ms\":", "\"updated_ms\":-")),
        ("another format", good.replace("hearth-chats", "other")),
        ("a newer version", good.replace("\"version\":1", "\"version\":2,\"new\":[]")),
        ("a message without the one before", archive(&id(9), &orphan)),
        ("a child before its parent", archive(&id(9), &reversed)),
        ("an id that is none", good.replace(&id(2), "../../etc")),
        ("an unknown field", good.replace("\"role\"", "\"extra\":1,\"role\"")),
    ];
    let (_folder, store) = open();
    for (name, text) in cases {
        let error = store.import(&text).expect_err(name);
        assert!(matches!(error, Error::Import(_)), "{name}: {error}");
        assert!(error.to_string().ends_with("Nothing was imported."), "{error}");
        assert!(store.conversations(false).unwrap().is_empty(), "{name}");
    }
    store.import(&good).unwrap();
}

/// Writes `text` to a file and imports that.
fn import_file(store: &Store, folder: &tempfile::TempDir, text: &str) -> Result<u32, Error> {
    let file = folder.path().join("theirs.json");
    std::fs::write(&file, text).unwrap();
    store.import_from(&file).map(|imported| imported.messages)
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let (folder, store) = open();
    let file = folder.path().join("large.json");
    let good = archive(&id(9), &[chain_line(0)]);
    std::fs::write(&file, &good).unwrap();
    let large = std::fs::File::options().write(true).open(&file).unwrap();
    large.set_len((256 << 20) + 1).unwrap();
    let error = store.import_from(&file).unwrap_err();
    assert!(error.to_string().contains("256 MiB"), "{error}");
    large.set_len(good.len() as u64).unwrap();
    store.import_from(&file).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_without_an_end_is_not_read_to_its_end() {
    let (_folder, store) = open();
    let error = store.import_from(std::path::Path::new("/dev/zero")).unwrap_err();
    assert!(matches!(error, Error::Import(_)), "{error}");
}

#[test]
fn no_field_of_a_file_is_longer_than_what_hearth_makes() {
    let (folder, store) = open();
    let good = archive(&id(9), &[chain_line(0)]);
    let long = |length: usize| "x".repeat(length);
    let cases = [
        ("a title", "\"title\":\"t\"", format!("\"title\":\"{}\"", long((4 << 10) + 1))),
        (
            "a system prompt",
            "\"system_prompt\":\"\"",
            format!("\"system_prompt\":\"{}\"", long((1 << 20) + 1)),
        ),
        ("a message", "\"text\":\"line 0\"", format!("\"text\":\"{}\"", long((64 << 20) + 1))),
        ("a name", "\"model\":null", format!("\"model\":\"{}\"", long((4 << 10) + 1))),
    ];
    for (what, from, to) in cases {
        let bad = good.replace(from, &to);
        assert_ne!(bad, good, "{what}");
        let error = import_file(&store, &folder, &bad).unwrap_err().to_string();
        assert!(error.contains(what) && error.len() < 300, "{error}");
        assert!(store.conversations(false).unwrap().is_empty(), "{what}");
    }
    assert_eq!(import_file(&store, &folder, &good).unwrap(), 1);
}

#[test]
fn a_chat_of_too_many_messages_is_refused_and_a_deep_one_is_not() {
    let (folder, store) = open();
    let lines: Vec<String> = (0..=100_000).map(chain_line).collect();
    let error = import_file(&store, &folder, &archive(&id(0xfffff), &lines)).unwrap_err();
    assert!(error.to_string().contains("at most 100000 messages"), "{error}");
    let deep = archive(&id(0xfffff), &lines[..20_000]);
    assert_eq!(import_file(&store, &folder, &deep).unwrap(), 20_000);
}

#[test]
fn nested_json_ends_in_an_error_and_not_in_the_stack() {
    let (folder, store) = open();
    for nested in ["[", "{\"a\":"] {
        let text = format!("{{\"format\":{}", nested.repeat(200_000));
        assert!(import_file(&store, &folder, &text).is_err());
        let chats = r#"{"format":"hearth-chats","version":1,"conversations":"#;
        assert!(
            import_file(&store, &folder, &(chats.to_owned() + &nested.repeat(200_000))).is_err()
        );
    }
}

#[test]
fn what_a_refusal_quotes_of_a_file_is_short_and_shows_what_is_hidden() {
    let (folder, store) = open();
    let evil = "\\u001b]52;c;\\u202e".repeat(10_000);
    let good = archive(&id(9), &[chain_line(0)]);
    for bad in [
        good.replace("hearth-chats", &evil),
        good.replace("\"role\"", &format!("\"{evil}\":1,\"role\"")),
        good.replace(&id(0), &evil),
        format!("{{\"{evil}\":1}}"),
    ] {
        let error = import_file(&store, &folder, &bad).unwrap_err().to_string();
        assert!(error.len() < 400, "{} bytes", error.len());
        assert!(!error.contains(['\u{1b}', '\u{202e}']), "{error}");
    }
}

#[test]
fn money_and_bytes_that_cannot_be_are_not_taken_over() {
    let (folder, store) = open();
    let chat = store.create_conversation(NewConversation::default()).unwrap().id;
    let question = store.add_message(&chat, None, Role::User, "?").unwrap().id;
    let answer = store.begin_answer(&chat, &question, common::route()).unwrap().id;
    let ending = Ending { cost_nano_usd: Some(7), bytes_sent: 7, ..common::ending() };
    store.finish_answer(&answer, "!", ending).unwrap();
    let export = store.export().unwrap();
    store.delete(&chat).unwrap();
    let bad = export
        .replace("\"cost_nano_usd\":7", "\"cost_nano_usd\":-7")
        .replace("\"bytes_sent\":7", "\"bytes_sent\":-7");
    assert_ne!(bad, export);
    import_file(&store, &folder, &bad).unwrap();
    let kept = store.message(&answer).unwrap().answer.unwrap();
    assert_eq!((kept.cost_nano_usd, kept.bytes_sent), (None, 0));
}
