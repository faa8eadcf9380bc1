//! Turns against a model that answers from a script, and a real history on disk.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, stream};
use hearth_chat::{
    Channel, Confidence, Error as ModelError, ErrorKind, Event, EventStream, FakeModel, Finish,
    Model, Outcome, Piece, PieceToken, Request, Role, Speculation, Timing, TokenOrigin, TokenScore,
    Usage,
};
use hearth_store::Route;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::{
    Assistant, Dirs, Error,
    api::{Ask, ChatEvent, ConversationPage, ErrorCode, Mode, Place, Reason, Settings},
};

type Script = Vec<Result<Event, ModelError>>;

fn word(text: &str) -> Result<Event, ModelError> {
    let score = Some(TokenScore { logprob: -0.5, entropy: 0.1 });
    let token = PieceToken {
        text_bytes: text.len() as u32,
        score,
        origin: TokenOrigin::Target,
        alternatives: Vec::new(),
    };
    Ok(Event::Text(Piece::answer(text, vec![token])))
}

fn thought(text: &str) -> Result<Event, ModelError> {
    word(text).map(|event| match event {
        Event::Text(piece) => Event::Text(Piece { channel: Channel::Thought, ..piece }),
        other => other,
    })
}

fn finished(finish: Finish) -> Result<Event, ModelError> {
    Ok(Event::Finished(Outcome {
        finish,
        usage: Usage {
            prompt_tokens: 9,
            completion_tokens: 2,
            reused_tokens: 0,
            thought_tokens: 0,
        },
        timing: Timing { ttft_ms: Some(12.0), decode_tok_s: Some(40.0), ..Timing::default() },
        confidence: Some(Confidence { mean_logprob: -0.5, p10_logprob: -0.5, mean_entropy: 0.1 }),
        speculation: None::<Speculation>,
        backend: "fake".into(),
        device: None,
        peak_rss_bytes: None,
    }))
}

fn answer(words: &[&str]) -> Script {
    let prefill = Ok(Event::Prefill { done: 9, total: 9 });
    let words = words.iter().map(|text| word(text));
    [prefill].into_iter().chain(words).chain([finished(Finish::Stop)]).collect()
}

fn died() -> Result<Event, ModelError> {
    Err(ModelError::new(ErrorKind::EngineDied, "The engine ended while it answered. Ask again."))
}

/// Says its words and then nothing more, until it is dropped.
struct Hanging {
    words: Vec<&'static str>,
    dropped: mpsc::UnboundedSender<()>,
}

impl Model for Hanging {
    fn stream(&self, _: Request) -> EventStream {
        let notice = Notice(self.dropped.clone());
        let words: Vec<_> = self.words.iter().map(|text| word(text)).collect();
        let forever = stream::pending().map(move |event| {
            let _ = &notice;
            event
        });
        stream::iter(words).chain(forever).boxed()
    }
}

struct Notice(mpsc::UnboundedSender<()>);

impl Drop for Notice {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

struct Bench {
    assistant: Assistant,
    model: FakeModel,
    conversation: String,
    home: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let model = FakeModel::default();
        let dirs = Dirs::under(home.path());
        let assistant = Assistant::open_with(dirs, Arc::new(model.clone())).await.unwrap();
        let conversation = assistant.conversation_create().await.unwrap().id;
        Self { assistant, model, conversation, home }
    }

    /// Sends an ask and returns its events.
    async fn turn(&self, ask: Ask) -> Vec<ChatEvent> {
        let events = Mutex::new(Vec::new());
        let listen = |event| {
            events.lock().unwrap().push(event);
            true
        };
        self.assistant.send(ask, listen).await.unwrap();
        events.into_inner().unwrap()
    }

    async fn ask(&self, text: &str, script: Script) -> Vec<ChatEvent> {
        self.model.will_answer(script);
        let parent = self.page().await.messages.last().map(|m| m.id.clone());
        self.turn(self.send_under(parent, text)).await
    }

    fn send_under(&self, parent: Option<String>, text: &str) -> Ask {
        Ask::Send { conversation: self.conversation.clone(), parent, text: text.into() }
    }

    async fn page(&self) -> ConversationPage {
        self.assistant.conversation_open(self.conversation.clone()).await.unwrap()
    }

    async fn texts(&self) -> Vec<String> {
        self.page().await.messages.into_iter().map(|m| m.text).collect()
    }
}

/// The kinds of the events, in order, runs of one kind as one.
fn order(events: &[ChatEvent]) -> Vec<&'static str> {
    let mut kinds: Vec<_> = events.iter().map(kind).collect();
    kinds.dedup();
    kinds
}

fn kind(event: &ChatEvent) -> &'static str {
    match event {
        ChatEvent::Started { .. } => "started",
        ChatEvent::Routed { .. } => "routed",
        ChatEvent::Trimmed { .. } => "trimmed",
        ChatEvent::Loading { .. } => "loading",
        ChatEvent::Prefill { .. } => "prefill",
        ChatEvent::Thought { .. } => "thought",
        ChatEvent::Text { .. } => "text",
        ChatEvent::Kept { .. } => "kept",
        ChatEvent::Finished { .. } => "finished",
        ChatEvent::Failed { .. } => "failed",
    }
}

#[tokio::test]
async fn a_turn_is_started_routed_streamed_and_finished_in_this_order() {
    let bench = Bench::new().await;
    let events = bench.ask("Capital of France?", answer(&["Par", "is"])).await;
    assert_eq!(order(&events), ["started", "routed", "prefill", "text", "finished"]);
    let ChatEvent::Routed { place, reasons, .. } = &events[1] else { panic!() };
    assert_eq!((*place, &**reasons), (Place::ThisDevice, &[Reason::ModeLocalOnly][..]));

    let page = bench.page().await;
    assert_eq!(page.conversation.title, "Capital of France?");
    let answer = &page.messages[1];
    assert_eq!((answer.role, &*answer.text), (Role::Assistant, "Paris"));
    let about = answer.answer.as_ref().unwrap();
    assert_eq!(about.finish, Some(Finish::Stop));
    assert_eq!((about.cost_nano_usd, about.bytes_sent), (Some(0), 0));
    assert_eq!(about.timing.unwrap().decode_tok_s, Some(40.0));
    assert_eq!(about.tokens.iter().map(|t| t.length).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(bench.assistant.status().await.unwrap().decode_tok_s, Some(40.0));
}

#[tokio::test]
async fn the_model_reads_the_system_prompt_and_the_whole_branch() {
    let bench = Bench::new().await;
    let id = bench.conversation.clone();
    bench.assistant.conversation_set_system_prompt(id, "Be brief.".into()).await.unwrap();
    bench.ask("One?", answer(&["1"])).await;
    bench.ask("Two?", answer(&["2"])).await;
    let requests = bench.model.requests();
    let read: Vec<_> = requests[1].messages.iter().map(|m| (m.role, &*m.text)).collect();
    assert_eq!(
        read,
        [
            (Role::System, "Be brief."),
            (Role::User, "One?"),
            (Role::Assistant, "1"),
            (Role::User, "Two?"),
        ]
    );
}

#[tokio::test]
async fn an_edit_makes_a_branch_and_the_old_one_stays() {
    let bench = Bench::new().await;
    bench.ask("Capital of France?", answer(&["Paris"])).await;
    let question = bench.page().await.messages[0].id.clone();
    bench.model.will_answer(answer(&["Rome"]));
    let edit = Ask::Edit { message: question.clone(), text: "Capital of Italy?".into() };
    let events = bench.turn(edit).await;
    let ChatEvent::Started { user: Some(user), .. } = &events[0] else { panic!() };
    assert_eq!(user.siblings.len(), 2);
    assert_eq!(bench.texts().await, ["Capital of Italy?", "Rome"]);

    let id = bench.conversation.clone();
    let old = bench.assistant.conversation_select(id, question).await.unwrap();
    let texts: Vec<_> = old.messages.iter().map(|m| &*m.text).collect();
    assert_eq!(texts, ["Capital of France?", "Paris"]);
}

#[tokio::test]
async fn regenerating_puts_another_answer_beside_the_first() {
    let bench = Bench::new().await;
    bench.ask("Say a word.", answer(&["Tree"])).await;
    let first = bench.page().await.messages[1].id.clone();
    bench.model.will_answer(answer(&["House"]));
    let events = bench.turn(Ask::Regenerate { message: first.clone() }).await;
    assert!(matches!(&events[0], ChatEvent::Started { user: None, .. }));
    let page = bench.page().await;
    assert_eq!(page.messages[1].text, "House");
    assert_eq!(page.messages[1].siblings, [first, page.messages[1].id.clone()]);
    assert_eq!(bench.model.requests()[1].messages.len(), 1, "the first answer is not read");
}

#[tokio::test]
async fn continuing_appends_to_the_same_answer() {
    let bench = Bench::new().await;
    let cut = vec![word("One, "), word("two"), finished(Finish::Length)];
    bench.ask("Count.", cut).await;
    let id = bench.page().await.messages[1].id.clone();
    bench.model.will_answer(answer(&[", three"]));
    let events = bench.turn(Ask::Continue { message: id.clone() }).await;
    let ChatEvent::Finished { answer } = events.last().unwrap() else { panic!() };
    assert_eq!((&answer.id, &*answer.text), (&id, "One, two, three"));
    let about = answer.answer.as_ref().unwrap();
    assert_eq!(about.finish, Some(Finish::Stop));
    assert_eq!(about.usage.unwrap().completion_tokens, 4, "of both parts");
    assert_eq!(about.tokens.len(), 3);
    let request = &bench.model.requests()[1];
    let last = request.messages.last().unwrap();
    assert_eq!((last.role, &*last.text), (Role::Assistant, "One, two"));
}

#[tokio::test]
async fn a_thought_is_shown_and_kept_and_is_no_part_of_the_answer() {
    const CANARY: &str = "kingfisher";
    let bench = Bench::new().await;
    let script = vec![thought("A "), thought(CANARY), word("Paris."), finished(Finish::Stop)];
    let events = bench.ask("Capital of France?", script).await;
    assert_eq!(order(&events), ["started", "routed", "thought", "text", "finished"]);
    bench.ask("And of Spain?", answer(&["Madrid."])).await;

    let page = bench.page().await;
    let said = |at: usize| (&*page.messages[at].thought, &*page.messages[at].text);
    assert_eq!(said(1), ("A kingfisher", "Paris."));
    assert_eq!(said(3), ("", "Madrid."));
    let tokens = &page.messages[1].answer.as_ref().unwrap().tokens;
    assert_eq!(tokens.len(), 1, "marks are the answer's");

    let request = format!("{:?}", bench.model.requests()[1]);
    assert!(request.contains("Paris.") && !request.contains(CANARY), "no model reads it again");
    let file = bench.home.path().join("chats.json");
    bench.assistant.conversation_export(&file).await.unwrap();
    let exported = std::fs::read_to_string(file).unwrap();
    assert!(exported.contains("Paris.") && !exported.contains(CANARY));
    let found = |typed: &str| bench.assistant.conversation_list(Some(typed.into()), false);
    assert_eq!(found("Paris").await.unwrap().len(), 1);
    assert!(found(CANARY).await.unwrap().is_empty());
    assert!(!page.conversation.title.contains(CANARY));
}

#[tokio::test]
async fn an_answer_that_broke_off_in_its_thought_goes_on_in_it() {
    let bench = Bench::new().await;
    bench.ask("Count.", vec![thought("One, "), finished(Finish::Cancelled)]).await;
    let id = bench.page().await.messages[1].id.clone();
    bench.model.will_answer(vec![thought("two."), word("Three."), finished(Finish::Stop)]);
    let events = bench.turn(Ask::Continue { message: id }).await;
    let ChatEvent::Finished { answer } = events.last().unwrap() else { panic!() };
    assert_eq!((&*answer.thought, &*answer.text), ("One, two.", "Three."));
    let request = &bench.model.requests()[1];
    let last = request.messages.last().unwrap();
    assert_eq!((last.role, &*last.thought, &*last.text), (Role::Assistant, "One, ", ""));
}

#[tokio::test]
async fn a_death_of_the_engine_keeps_the_partial_and_the_next_question_works() {
    let bench = Bench::new().await;
    let events = bench.ask("Tell me.", vec![word("Once "), word("upon"), died()]).await;
    assert_eq!(order(&events), ["started", "routed", "text", "failed"]);
    let ChatEvent::Failed { error, answer: Some(kept) } = events.last().unwrap() else { panic!() };
    assert_eq!(error.code, ErrorCode::EngineDied);
    assert_eq!(kept.text, "Once upon");
    let about = kept.answer.as_ref().unwrap();
    assert_eq!(about.finish, Some(Finish::Failed));
    assert!(about.error.as_ref().unwrap().contains("engine ended"));

    bench.ask("And now?", answer(&["Fine."])).await;
    assert_eq!(bench.texts().await, ["Tell me.", "Once upon", "And now?", "Fine."]);
}

#[tokio::test]
async fn a_stream_that_just_stops_is_a_failure() {
    let bench = Bench::new().await;
    let events = bench.ask("Tell me.", vec![word("Once")]).await;
    assert_eq!(kind(events.last().unwrap()), "failed");
    assert_eq!(bench.texts().await, ["Tell me.", "Once"]);
}

/// An assistant whose model never ends, a conversation in it, and word of the drop.
async fn hanging() -> (Assistant, Ask, mpsc::UnboundedReceiver<()>, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let (dropped, drops) = mpsc::unbounded_channel();
    let model = Arc::new(Hanging { words: vec!["For ", "ever"], dropped });
    let assistant = Assistant::open_with(Dirs::under(home.path()), model).await.unwrap();
    let conversation = assistant.conversation_create().await.unwrap().id;
    let ask = Ask::Send { conversation, parent: None, text: "Go on.".into() };
    (assistant, ask, drops, home)
}

#[tokio::test]
async fn cancelling_drops_the_stream_and_keeps_what_came() {
    let (assistant, ask, mut drops, _home) = hanging().await;
    let (sender, mut events) = mpsc::unbounded_channel();
    let asking = assistant.clone();
    let turn = tokio::spawn(async move {
        asking.send(ask, move |event| sender.send(event).is_ok()).await.unwrap();
    });
    let Some(ChatEvent::Started { turn: id, .. }) = events.recv().await else { panic!() };
    let mut shown = String::new();
    while shown != "For ever" {
        if let Some(ChatEvent::Text { text, .. }) = events.recv().await {
            shown += &text;
        }
    }
    assistant.cancel(&id).await.unwrap();
    turn.await.unwrap();
    drops.recv().await.expect("the stream was dropped");
    let Some(ChatEvent::Finished { answer }) = events.recv().await else { panic!() };
    assert_eq!(answer.text, "For ever");
    let about = answer.answer.unwrap();
    assert_eq!(about.finish, Some(Finish::Cancelled));
    assert_eq!(about.confidence.unwrap().mean_logprob, -0.5, "measured as it came");
    assistant.cancel(&id).await.expect("a turn that ended is ignored");
}

#[tokio::test]
async fn an_answer_that_nobody_listens_to_any_more_stops() {
    let (assistant, ask, mut drops, _home) = hanging().await;
    let listen = |event: ChatEvent| !matches!(event, ChatEvent::Text { .. });
    assistant.send(ask, listen).await.unwrap();
    drops.recv().await.expect("the stream was dropped");
}

#[tokio::test]
async fn a_partial_answer_is_on_disk_while_it_streams() {
    let (assistant, ask, _drops, home) = hanging().await;
    let asking = assistant.clone();
    let turn = tokio::spawn(async move { asking.send(ask, |_| true).await });
    let database = home.path().join("data/hearth.db");
    let copy = home.path().join("copy");
    std::fs::create_dir_all(&copy).unwrap();
    // What a crash at this moment would leave.
    let left = loop {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        for ending in ["", "-wal"] {
            let file = format!("{}{ending}", database.display());
            let _ = std::fs::copy(file, copy.join(format!("hearth.db{ending}")));
        }
        let Ok(store) = hearth_store::Store::open(&copy.join("hearth.db")) else { continue };
        let all = store.conversations(false).unwrap();
        let branch = store.branch(&all[0].id).unwrap();
        if let Some(answer) = branch.get(1).filter(|m| m.message.text == "For ever") {
            break answer.message.clone();
        }
    };
    let about = left.answer.unwrap();
    assert_eq!(about.finish, Some(Finish::Failed));
    assert!(about.error.unwrap().contains("while this answer was being written"));
    turn.abort();
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_shortened_and_the_user_is_told() {
    let bench = Bench::new().await;
    for i in 0..6 {
        bench.ask(&format!("{i}{}", "x".repeat(2500)), answer(&["ok"])).await;
    }
    let too_long = ModelError::new(ErrorKind::ContextLength, "The prompt is too long.");
    bench.model.will_answer(vec![Err(too_long.clone())]);
    let events = bench.ask("And?", answer(&["Fine."])).await;
    assert_eq!(order(&events), ["started", "routed", "trimmed", "prefill", "text", "finished"]);
    let ChatEvent::Trimmed { messages } = events[2] else { panic!() };
    let sent = bench.model.requests().last().unwrap().messages.clone();
    assert_eq!(sent.len() + messages as usize, 13);
    assert_eq!(sent[0].role, Role::User);
    assert_eq!(sent.last().unwrap().text, "And?");

    let hopeless = vec![Err(too_long)];
    for _ in 0..20 {
        bench.model.will_answer(hopeless.clone());
    }
    let parent = bench.page().await.messages.last().map(|m| m.id.clone());
    let events = bench.turn(bench.send_under(parent, "Again?")).await;
    assert_eq!(kind(events.last().unwrap()), "failed", "shortening comes to an end");
}

#[tokio::test]
async fn an_empty_question_is_refused_and_nothing_is_stored() {
    let bench = Bench::new().await;
    bench.model.forbid_requests();
    let refused = bench.assistant.send(bench.send_under(None, " \n"), |_| true).await;
    assert!(matches!(refused, Err(Error::EmptyMessage)));
    assert!(bench.page().await.messages.is_empty());
}

#[tokio::test]
async fn only_a_question_is_edited_and_only_an_answer_continued() {
    let bench = Bench::new().await;
    bench.ask("Hi?", answer(&["Hi."])).await;
    bench.model.forbid_requests();
    let page = bench.page().await;
    let [question, reply] = [0, 1].map(|i| page.messages[i].id.clone());
    for ask in [
        Ask::Edit { message: reply, text: "No".into() },
        Ask::Regenerate { message: question.clone() },
        Ask::Continue { message: question },
    ] {
        let refused = bench.assistant.send(ask, |_| true).await;
        assert!(matches!(refused, Err(Error::WrongMessage)));
    }
    assert_eq!(bench.texts().await, ["Hi?", "Hi."]);
}

#[tokio::test]
async fn an_answer_is_not_gone_on_with_by_another_model() {
    let bench = Bench::new().await;
    bench.ask("Count.", vec![word("One, "), finished(Finish::Length)]).await;
    let id = bench.page().await.messages[1].id.clone();
    let (answer, model) = (id.clone(), "another".to_owned());
    let route = Route { place: Place::ThisDevice, model, reasons: Vec::new() };
    let history = bench.assistant.history();
    history.write(move |store| store.resume_answer(&answer, route.clone())).await.unwrap();
    bench.model.forbid_requests();
    let refused = bench.assistant.send(Ask::Continue { message: id }, |_| true).await;
    assert!(matches!(refused, Err(Error::WrongMessage)));
}

#[tokio::test]
async fn a_pinned_conversation_says_that_it_is_why() {
    let bench = Bench::new().await;
    let settings = Settings { mode: Mode::Auto, ..Settings::default() };
    bench.assistant.settings_update(settings).await.unwrap();
    bench.assistant.conversation_pin_local(bench.conversation.clone(), true).await.unwrap();
    let events = bench.ask("Secret?", answer(&["Safe."])).await;
    let ChatEvent::Routed { place, reasons, .. } = &events[1] else { panic!() };
    assert_eq!(*place, Place::ThisDevice);
    assert!(reasons.contains(&Reason::PinnedLocal));
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let Bench { assistant, model, conversation, home } = {
        let bench = Bench::new().await;
        bench.ask("Capital of France?", answer(&["Paris"])).await;
        bench
    };
    drop(assistant);
    // The background tasks let go of the last clone within a moment.
    let again = loop {
        let opened = Assistant::open_with(Dirs::under(home.path()), Arc::new(model.clone()));
        let opened = opened.await.unwrap();
        if opened.status().await.unwrap().storage_problem.is_none() {
            break opened;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let page = again.conversation_open(conversation).await.unwrap();
    assert_eq!(page.messages[1].text, "Paris");
}
