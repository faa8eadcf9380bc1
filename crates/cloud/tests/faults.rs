//! Real sockets on this machine, and every way in which a provider fails.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::StreamExt;
use hearth_chat::{Event, Finish, Message, Request, Role};
use hearth_cloud::{
    Account, Answering, Certainty, Failure, Limits, Prepared, Price, ProviderConfig, Usage, Wire,
    answer,
    loopback::{HEAD, Provider, Reply, events},
    prepare, secret,
};
use hearth_egress::{ConnectionId, ConnectionLog, ConnectionStart, Egress, End, Traffic};
use hearth_router::{
    Budget, Destination, Facts, Health, Lease, Mode, NanoUsd, Permit, Policy, Scope, decide,
};

const WIRES: [Wire; 5] =
    [Wire::OpenAi, Wire::Mistral, Wire::OpenAiCompatible, Wire::Anthropic, Wire::Gemini];
const WORDS: [&str; 3] = ["Grüß ", "dich, ", "Welt 🙂."];
const COUNTED: Usage = Usage {
    input: 12,
    cache_read: 3,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 7,
    reasoning: 0,
};

/// Keeps what was noted.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(ConnectionStart, Traffic)>>>);

impl ConnectionLog for Log {
    fn opened(&self, start: &ConnectionStart) -> Result<ConnectionId, String> {
        let mut rows = self.0.lock().unwrap();
        rows.push((start.clone(), Traffic::default()));
        Ok(rows.len() as ConnectionId - 1)
    }

    fn progress(&self, id: ConnectionId, traffic: Traffic) {
        self.0.lock().unwrap()[id as usize].1 = traffic;
    }

    fn closed(&self, id: ConnectionId, traffic: Traffic, _: End) {
        self.progress(id, traffic);
    }
}

fn egress() -> Egress {
    let egress = Egress::new(Log::default());
    egress.allow(true);
    egress
}

fn config(provider: &Provider, wire: Wire) -> ProviderConfig {
    let usd = |text: &str| text.to_owned().try_into().unwrap();
    let price = Price {
        input: usd("2"),
        output: usd("10"),
        cache_read: Some(usd("0.2")),
        cache_write_5m: Some(usd("2.5")),
        cache_write_1h: None,
    };
    ProviderConfig {
        id: "there".into(),
        name: "There".into(),
        wire,
        own_server: false,
        own_host: None,
        url: provider.url(),
        model: "m-1".into(),
        price: Some(price),
        region: None,
        retention_days: None,
    }
}

fn question() -> Request {
    let system = Message::new(Role::System, "Be \"brief\".");
    Request::new(vec![system, Message::new(Role::User, "Hallo?")])
}

fn permit(egress: &Egress, prepared: &Prepared) -> Permit {
    permit_by(egress.lease(), prepared)
}

fn permit_by(lease: Lease, prepared: &Prepared) -> Permit {
    let to = Destination {
        provider: "there".into(),
        place: prepared.place(),
        origin: prepared.origin().clone(),
        region: None,
        retention_days: None,
        has_key: true,
        worst_case: Some(prepared.worst_case()),
    };
    let facts =
        Facts { mode: Mode::AskEachTime, wished: true, destinations: vec![to], ..Facts::default() };
    let (policy, budget, health) = (Policy::default(), Budget::default(), Health::default());
    let decision = decide(&facts, Some(&policy), None, Some(&budget), Some(&health));
    let (body, most) = (prepared.body(), prepared.worst_case());
    Permit::from_consent(&decision, body, most, lease, Instant::now()).unwrap()
}

const LIMITS: Limits =
    Limits { patience: Duration::from_millis(300), whole: Duration::from_secs(600), retry: true };

fn start(egress: &Egress, provider: &Provider, wire: Wire, limits: Limits) -> (Answering, NanoUsd) {
    let config = config(provider, wire);
    let prepared = prepare(&config, &question()).unwrap();
    let (permit, most) = (permit(egress, &prepared), prepared.worst_case());
    let key = secret(&config, "sk-test").unwrap();
    (answer(egress.clone(), permit, prepared, Some(key), limits), most)
}

/// The text, the account, and the most that it could have cost.
async fn ask(egress: &Egress, provider: &Provider, wire: Wire) -> (String, Account, NanoUsd) {
    let (answering, most) = start(egress, provider, wire, LIMITS);
    let Answering { mut events, account } = answering;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        if let Ok(Event::Text(piece)) = event {
            text.push_str(&piece.text);
        }
    }
    (text, account.await.unwrap(), most)
}

async fn reply_to(reply: Reply) -> (String, Account, NanoUsd, usize) {
    reply_as(Wire::OpenAi, reply).await
}

async fn reply_as(wire: Wire, reply: Reply) -> (String, Account, NanoUsd, usize) {
    let provider = Provider::start();
    provider.always(reply);
    let (text, account, most) = ask(&egress(), &provider, wire).await;
    (text, account, most, provider.seen().len())
}

#[tokio::test]
async fn every_dialect_is_spoken_and_understood() {
    for wire in WIRES {
        let provider = Provider::start();
        provider.will(Reply::answer(wire, &WORDS, COUNTED));
        let (text, account, _) = ask(&egress(), &provider, wire).await;
        assert_eq!(text, WORDS.concat(), "{wire:?}");
        assert_eq!((account.finish, &account.failure), (Finish::Stop, &None), "{wire:?}");
        assert_eq!(account.usage, Some(COUNTED), "{wire:?}");
        assert_eq!(account.cost, NanoUsd(12 * 2000 + 3 * 200 + 7 * 10_000), "{wire:?}");
        assert_eq!(account.certainty, Certainty::Exact);
        assert!(account.timing.ttft_ms.is_some());

        let seen = provider.seen().remove(0);
        let prepared = prepare(&config(&provider, wire), &question()).unwrap();
        assert_eq!(seen.body, prepared.body(), "what was shown is what was sent: {wire:?}");
        assert_eq!(account.bytes_sent, seen.body.len() as u64);
        let header = match wire {
            Wire::Anthropic => "x-api-key: sk-test\r\n",
            Wire::Gemini => "x-goog-api-key: sk-test\r\n",
            _ => "authorization: Bearer sk-test\r\n",
        };
        assert!(seen.head.to_lowercase().contains(&header.to_lowercase()), "{}", seen.head);
        assert!(!String::from_utf8_lossy(&seen.body).contains("sk-test"));
    }
}

/// A stream that ends where no end was due is partial: its text is kept, and it is charged with
/// what it can have cost, never with nothing.
#[tokio::test]
async fn an_answer_cut_at_any_byte_is_partial_and_is_charged() {
    let egress = egress();
    for wire in [Wire::OpenAiCompatible, Wire::Anthropic, Wire::Gemini] {
        let stream =
            [HEAD.to_owned(), events(wire, &WORDS, COUNTED).concat()].concat().into_bytes();
        // The last event is whole with its blank line; its second line end is not needed.
        let whole = stream.len() - if wire == Wire::Gemini { 1 } else { 0 };
        let mut cuts = futures::stream::iter(0..=stream.len())
            .map(|at| {
                let (egress, part) = (&egress, stream[..at].to_vec());
                async move {
                    let provider = Provider::start();
                    provider.will(Reply::raw(part));
                    (at, ask(egress, &provider, wire).await)
                }
            })
            .buffer_unordered(16);
        while let Some((at, (text, account, most))) = cuts.next().await {
            assert!(WORDS.concat().starts_with(&text), "{wire:?} at {at}: {text}");
            if at >= whole {
                assert_eq!((account.finish, text.as_str()), (Finish::Stop, &*WORDS.concat()));
                assert_eq!(account.usage, Some(COUNTED));
                continue;
            }
            assert_eq!(account.finish, Finish::Failed, "{wire:?} at {at}");
            assert!(account.failure.is_some(), "{wire:?} at {at}");
            assert_eq!((account.cost, account.certainty), (most, Certainty::UpperBound));
        }
    }
}

#[tokio::test]
async fn a_busy_provider_is_asked_again_with_the_same_bytes() {
    let provider = Provider::start();
    let busy = "HTTP/1.1 429 Too Many\r\nretry-after: 0\r\ncontent-length: 2\r\n\r\n{}";
    provider.will(Reply::raw(busy));
    provider.will(Reply::status(503, "{}"));
    provider.will(Reply::answer(Wire::OpenAi, &WORDS, COUNTED));
    let (text, account, _) = ask(&egress(), &provider, Wire::OpenAi).await;
    let seen = provider.seen();
    // 503 after 429 was the second failure; a provider that is down gets one more attempt only.
    if seen.len() == 3 {
        assert_eq!(text, WORDS.concat());
    }
    assert!(seen.windows(2).all(|pair| pair[0].body == pair[1].body));
    assert_eq!(account.bytes_sent as usize, seen.iter().map(|seen| seen.body.len()).sum::<usize>());
}

#[tokio::test]
async fn a_refusal_costs_nothing_and_says_why() {
    let (_, account, _, asked) =
        reply_to(Reply::status(401, r#"{"error":{"message":"sk-te***"}}"#)).await;
    assert_eq!(account.failure, Some(Failure::Key { name: "There".into() }));
    assert_eq!((account.cost, account.certainty, asked), (NanoUsd(0), Certainty::Exact, 1));

    let quota = r#"{"error":{"code":"insufficient_quota"}}"#;
    let (_, account, _, asked) = reply_to(Reply::status(429, quota)).await;
    assert_eq!((account.failure, asked), (Some(Failure::Quota { name: "There".into() }), 1));

    let (_, account, _, asked) =
        reply_to(Reply::status(400, r#"{"error":{"message":"too long"}}"#)).await;
    assert!(account.failure.unwrap().to_string().contains("“too long”"));
    assert_eq!(asked, 1, "what is wrong stays wrong");

    let (_, account, _, asked) = reply_to(Reply::status(500, "")).await;
    assert!(matches!(account.failure, Some(Failure::Down { status: 500, .. })));
    assert_eq!((account.cost, asked), (NanoUsd(0), 2));

    let much_later = "HTTP/1.1 429 Too Many\r\nretry-after: 99\r\ncontent-length: 2\r\n\r\n{}";
    let (_, account, _, asked) = reply_to(Reply::raw(much_later)).await;
    assert!(account.failure.unwrap().to_string().contains("99 s"));
    assert_eq!(asked, 1, "a long pause is left to the user");
}

#[tokio::test]
async fn after_the_first_byte_nothing_is_tried_again() {
    let part = [HEAD, &events(Wire::OpenAi, &WORDS[..1], COUNTED)[0]].concat();
    let (text, account, most, asked) = reply_to(Reply::raw(part.clone())).await;
    assert_eq!((text.as_str(), asked), (WORDS[0], 1));
    assert_eq!(account.failure, Some(Failure::BrokeOff { name: "There".into() }));
    assert_eq!(account.cost, most);

    let (text, account, most, asked) = reply_to(Reply::raw(part).then_silence()).await;
    assert_eq!((text.as_str(), asked), (WORDS[0], 1));
    assert!(account.failure.unwrap().to_string().contains("said nothing"));
    assert_eq!(account.cost, most);
}

#[tokio::test]
async fn what_is_no_stream_of_answers_is_charged_but_not_believed() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<hi>";
    let broken = format!("{HEAD}data: {{\"choices\":\n\n");
    let binary = [HEAD.as_bytes(), b"data: \xff\n\n"].concat();
    for reply in [Reply::raw(page), Reply::raw(broken), Reply::raw(binary)] {
        let (text, account, most, asked) = reply_to(reply).await;
        assert_eq!((text.as_str(), asked), ("", 1));
        assert_eq!(account.failure, Some(Failure::Malformed { name: "There".into() }));
        assert_eq!((account.cost, account.certainty), (most, Certainty::UpperBound));
    }
    let said = format!("{HEAD}data: {{\"error\":{{\"message\":\"overloaded\"}}}}\n\n");
    let (_, account, most, _) = reply_to(Reply::raw(said)).await;
    assert!(account.failure.unwrap().to_string().contains("overloaded"));
    assert_eq!(account.cost, most);
}

#[tokio::test]
async fn without_counts_an_answer_is_whole_and_its_cost_an_upper_bound() {
    let mut without = events(Wire::OpenAi, &WORDS, COUNTED);
    without.remove(WORDS.len() + 1);
    let (text, account, most, _) = reply_to(Reply::raw([HEAD, &without.concat()].concat())).await;
    assert_eq!((text, account.finish), (WORDS.concat(), Finish::Stop));
    assert_eq!((account.usage, account.cost), (None, most));
    assert_eq!(account.certainty, Certainty::UpperBound);

    // More cached than there was: such counts are not believed.
    let odd = events(Wire::OpenAi, &WORDS, COUNTED)
        .concat()
        .replace("\"cached_tokens\":3", "\"cached_tokens\":99");
    let (_, account, most, _) = reply_to(Reply::raw([HEAD, &odd].concat())).await;
    assert_eq!((account.usage, account.cost), (None, most));
}

/// A word, and then for ever what `again` says.
fn endless(wire: Wire, again: &str) -> Reply {
    let first = events(wire, &WORDS[..1], COUNTED).remove(0);
    let mut reply = Reply::raw([HEAD, &first].concat()).without_an_end();
    reply.pieces.push(again.as_bytes().to_vec());
    reply
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off_where_what_was_asked_for_ends() {
    // 4096 tokens were asked for.
    const TEXT: usize = 4096 * 64;
    const STREAM: u64 = TEXT as u64 * 8 + (64 << 10);
    for wire in [Wire::OpenAi, Wire::Anthropic] {
        let word = "Grüß dich, Welt 🙂. ".repeat(100);
        let deltas = events(wire, &[&word, &word], COUNTED);
        let at = usize::from(wire == Wire::Anthropic);
        let (text, account, most, asked) = reply_as(wire, endless(wire, &deltas[at])).await;
        assert_eq!(asked, 1);
        assert!(text.len() <= TEXT && text.len() > TEXT - 4, "{wire:?}: {} bytes", text.len());
        assert!(matches!(account.failure, Some(Failure::Endless { .. })), "{:?}", account.failure);
        assert_eq!((account.cost, account.certainty), (most, Certainty::UpperBound));
    }
    // What is no text has an end as well.
    for again in [": still thinking\n\n", "data: {\"choices\":[]}\n\n", "event: x\n"] {
        let again = again.repeat(64);
        let (text, account, most, _) = reply_as(Wire::OpenAi, endless(Wire::OpenAi, &again)).await;
        assert_eq!(text, WORDS[0], "{again:?}");
        assert!(matches!(account.failure, Some(Failure::Endless { .. })), "{:?}", account.failure);
        assert!(account.bytes_received < STREAM + (4 << 20), "{}", account.bytes_received);
        assert_eq!(account.cost, most);
    }
}

#[tokio::test]
async fn an_answer_that_trickles_for_ever_is_cut_off_in_time() {
    let provider = Provider::start();
    provider.will(endless(Wire::OpenAi, ":\n").slowly(Duration::from_millis(20)));
    let limits = Limits { whole: Duration::from_millis(500), ..LIMITS };
    let (Answering { mut events, account }, most) =
        start(&egress(), &provider, Wire::OpenAi, limits);
    while events.next().await.is_some() {}
    let account = account.await.unwrap();
    let why = account.failure.unwrap();
    assert!(why.to_string().contains("took longer"), "{why}");
    assert_eq!(account.cost, most);
}

#[tokio::test]
async fn counts_that_nobody_can_believe_are_not_added_up() {
    for (wire, count) in [
        (Wire::OpenAi, "\"prompt_tokens\":15"),
        (Wire::Anthropic, "\"input_tokens\":12"),
        (Wire::Gemini, "\"promptTokenCount\":15"),
    ] {
        for huge in [u64::MAX, 1 << 41] {
            let good = events(wire, &WORDS, COUNTED).concat();
            let name = count.split(':').next().unwrap();
            let bad = good.replace(count, &format!("{name}:{huge}"));
            assert_ne!(bad, good);
            let bad = bad.replace(
                "\"candidatesTokenCount\":7",
                "\"candidatesTokenCount\":7,\"toolUsePromptTokenCount\":9",
            );
            let (text, account, most, _) = reply_as(wire, Reply::raw([HEAD, &bad].concat())).await;
            assert_eq!((text, account.usage), (WORDS.concat(), None), "{wire:?} {huge}");
            assert_eq!((account.cost, account.certainty), (most, Certainty::UpperBound));
        }
    }
}

#[tokio::test]
async fn whoever_stops_listening_has_an_account_of_what_it_may_cost() {
    let provider = Provider::start();
    let endless = Reply::answer(Wire::OpenAi, &["word "; 400], COUNTED);
    provider.will(endless.slowly(Duration::from_millis(20)));
    let (answering, most) = start(&egress(), &provider, Wire::OpenAi, LIMITS);
    let Answering { mut events, account } = answering;
    assert!(matches!(events.next().await, Some(Ok(Event::Text(_)))));
    drop(events);
    let account = account.await.unwrap();
    assert_eq!((account.finish, account.cost), (Finish::Cancelled, most));
    assert_eq!(account.certainty, Certainty::UpperBound);
}

#[tokio::test]
async fn the_kill_switch_ends_an_answer_that_is_coming() {
    let (egress, provider) = (egress(), Provider::start());
    provider.will(
        Reply::raw([HEAD, &events(Wire::OpenAi, &WORDS, COUNTED)[0]].concat()).then_silence(),
    );
    let limits = Limits { patience: Duration::from_secs(60), ..LIMITS };
    let (Answering { mut events, account }, most) = start(&egress, &provider, Wire::OpenAi, limits);
    assert!(matches!(events.next().await, Some(Ok(Event::Text(_)))));
    egress.allow(false);
    assert!(events.next().await.unwrap().is_err());
    let account = account.await.unwrap();
    assert_eq!((account.finish, account.cost), (Finish::Failed, most));
}

#[tokio::test]
async fn a_question_that_waits_to_be_repeated_is_not_repeated_after_a_change() {
    const BUSY: &str = "HTTP/1.1 429 Test\r\nretry-after: 15\r\ncontent-length: 2\r\n\r\n{}";
    let chat = || Scope::Chat("a chat".into());
    for scope in [Scope::Rules, chat(), Scope::Provider("there".into())] {
        let (egress, provider) = (egress(), Provider::start());
        provider.always(Reply::raw(BUSY));
        let prepared = prepare(&config(&provider, Wire::OpenAi), &question()).unwrap();
        let permit = permit_by(egress.lease().and(chat()), &prepared);
        let limits = Limits { patience: Duration::from_secs(60), ..LIMITS };
        let Answering { mut events, account } =
            answer(egress.clone(), permit, prepared, None, limits);
        while provider.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Another chat and another provider are no reason.
        let others = vec![Scope::Chat("another".into()), Scope::Provider("another".into())];
        egress.change(others).ended().await;
        egress.change(vec![scope.clone()]).ended().await;
        // It waited, or was still hearing why.
        let said = events.next().await.unwrap().unwrap_err().to_string();
        let ended = said.contains("changed meanwhile") || said.contains("was cut");
        assert!(ended, "{scope:?}: {said}");
        account.await.unwrap();
        assert_eq!(provider.seen().len(), 1, "{scope:?}");
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent_and_nothing_is_owed() {
    let provider = Provider::start();
    let nowhere =
        ProviderConfig { url: "http://127.0.0.1:9/v1".into(), ..config(&provider, Wire::OpenAi) };
    let prepared = prepare(&nowhere, &question()).unwrap();
    let egress = egress();
    let permit = permit(&egress, &prepared);
    let limits = Limits { retry: false, ..LIMITS };
    let Answering { mut events, account } = answer(egress, permit, prepared, None, limits);
    assert!(events.next().await.unwrap().is_err());
    let account = account.await.unwrap();
    assert_eq!((account.cost, account.certainty), (NanoUsd(0), Certainty::Exact));
    assert_eq!(account.bytes_sent, 0);
}

#[test]
fn edited_bytes_are_sent_as_they_are_but_cannot_change_the_deal() {
    let provider = Provider::start();
    for wire in WIRES {
        let prepared = prepare(&config(&provider, wire), &question()).unwrap();
        let body = String::from_utf8(prepared.body().to_vec()).unwrap();
        assert!(body.contains("Hallo?"), "a person can read it: {body}");
        let shorter = body.replace("Hallo?", "?").into_bytes();
        let edited = prepared.clone().edited(shorter.clone()).unwrap();
        assert_eq!(edited.body(), shorter);
        assert_eq!(edited.worst_case(), prepared.worst_case());
        let longer = |by| body.replace("Hallo?", &"x".repeat(by)).into_bytes();
        assert!(prepared.clone().edited(longer(1000)).is_ok());
        assert!(
            prepared.clone().edited(longer(2000)).is_err(),
            "it would cost more than was shown"
        );

        let dearer = body.replace("4096", "100000").into_bytes();
        assert!(prepared.clone().edited(dearer).is_err(), "{wire:?}");
        assert!(prepared.clone().edited(b"{".to_vec()).is_err());
        if wire != Wire::Gemini {
            let other = body.replace("m-1", "m-2-huge").into_bytes();
            assert!(prepared.clone().edited(other).is_err(), "{wire:?}");
        }
    }
}
