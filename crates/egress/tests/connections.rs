mod support;

use std::time::{Duration, Instant};

use hearth_egress::{Egress, End, Error, Get, Proxy, Purpose, Request, Secret, UserAction};
use hearth_router::{
    Budget, Decision, Destination, Facts, Health, Lease, Mode, NanoUsd, Origin, Permit, Place,
    Policy, Scope, decide,
};
use support::{Log, Reply, Server, ok, sent_on, until};
use url::Url;

fn egress() -> (Egress, Log) {
    let log = Log::default();
    (Egress::new(log.clone()), log)
}

fn key_for(url: &Url) -> Option<Secret> {
    Some(Secret::bearer(Origin::of(url).unwrap(), "hf_secret").unwrap())
}

/// The user agreed that `body` goes to `url`.
fn permit(egress: &Egress, url: &Url, body: &[u8], at: Instant) -> Permit {
    permit_by(egress.lease(), url, body, at)
}

fn permit_by(lease: Lease, url: &Url, body: &[u8], at: Instant) -> Permit {
    Permit::from_consent(&agreed(url), body, NanoUsd(1), lease, at).unwrap()
}

fn agreed(url: &Url) -> Decision {
    let destination = Destination {
        provider: "there".into(),
        place: Place::OwnServer,
        origin: Origin::of(url).unwrap(),
        region: None,
        retention_days: None,
        has_key: true,
        worst_case: Some(NanoUsd(1)),
    };
    let facts = Facts {
        mode: Mode::AskEachTime,
        wished: true,
        destinations: vec![destination],
        ..Facts::default()
    };
    let (policy, budget, health) = (Policy::default(), Budget::default(), Health::default());
    decide(&facts, Some(&policy), None, Some(&budget), Some(&health))
}

fn question(url: &Url) -> Request {
    let body = b"{\"q\":1}".to_vec();
    let patience = Duration::from_secs(60);
    Request { url: url.clone(), headers: Vec::new(), body, secret: key_for(url), patience }
}

#[tokio::test]
async fn every_byte_of_a_download_is_counted_both_ways() {
    let reply = ok("a model");
    let server = Server::start(vec![Reply::Bytes(reply.clone())]).await;
    let (egress, log) = egress();
    let get = Get { headers: vec![("range".into(), "bytes=0-6".into())], ..Get::default() };
    let mut response = egress.get(UserAction::download(server.url.clone()), get).await.unwrap();
    assert_eq!(response.body.read_all(100).await.unwrap(), b"a model");

    let ends = log.ends().await;
    let seen = server.seen();
    assert!(seen[0].request.contains("accept-encoding: identity"), "{seen:?}");
    assert!(seen[0].request.contains("range: bytes=0-6"), "{seen:?}");
    assert_eq!(ends[0].1, End::Complete);
    assert_eq!(ends[0].0.sent, seen[0].request.len() as u64);
    assert_eq!(ends[0].0.received, reply.len() as u64);
    let start = &log.rows()[0].start;
    assert_eq!(start.purpose, Purpose::ModelDownload);
    assert_eq!(start.host, format!("127.0.0.1:{}", server.url.port().unwrap()));
}

#[tokio::test]
async fn a_download_is_followed_with_a_row_for_each_hop_and_the_key_stays_at_its_origin() {
    let store = Server::start(vec![Reply::Bytes(ok("a model"))]).await;
    let hub = Server::start(vec![sent_on(&store.under_another_name())]).await;
    let (egress, log) = egress();
    let get = Get { secret: key_for(&hub.url), ..Get::default() };
    let mut response = egress.get(UserAction::download(hub.url.clone()), get).await.unwrap();
    assert_eq!(response.body.read_all(100).await.unwrap(), b"a model");
    assert!(hub.seen()[0].request.contains("authorization: Bearer hf_secret"));
    assert!(!store.seen()[0].request.contains("authorization"), "{:?}", store.seen());
    assert!(!store.seen()[0].request.contains("referer"), "{:?}", store.seen());
    assert_eq!(log.rows().len(), 2);
    assert_eq!(log.rows()[1].start.host, format!("localhost:{}", store.url.port().unwrap()));
}

#[tokio::test]
async fn a_redirect_that_goes_round_in_circles_ends() {
    let listener = Server::start(vec![Reply::Bytes(
        b"HTTP/1.1 307 x\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n".to_vec(),
    )]);
    let server = listener.await;
    let (egress, _) = egress();
    let refused = egress.get(UserAction::download(server.url.clone()), Get::default()).await;
    assert!(matches!(refused, Err(Error::Redirect { .. })), "{refused:?}");
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn a_renamed_repository_is_described_under_its_new_name() {
    let renamed =
        b"HTTP/1.1 307 x\r\nlocation: /new?blobs=true\r\ncontent-length: 0\r\n\r\n".to_vec();
    let hub = Server::start(vec![Reply::Bytes(renamed), Reply::Bytes(ok("{}"))]).await;
    let (egress, log) = egress();
    let action = UserAction::catalog_check(hub.url.clone());
    assert_eq!(egress.get(action, Get::default()).await.unwrap().status, 200);
    assert!(hub.seen()[1].request.starts_with("GET /new?blobs=true "), "{:?}", hub.seen());
    assert_eq!(log.rows().len(), 2);
}

#[tokio::test]
async fn a_check_is_not_followed_elsewhere() {
    let elsewhere = Server::start(vec![Reply::Bytes(ok("no"))]).await;
    let hub = Server::start(vec![sent_on(&elsewhere.url)]).await;
    let (egress, _) = egress();
    let action = UserAction::catalog_check(hub.url.clone());
    assert_eq!(egress.get(action, Get::default()).await.unwrap().status, 302);
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn until_the_mode_allows_it_nothing_leaves_for_an_answer() {
    let server = Server::start(vec![Reply::Bytes(ok("{}"))]).await;
    let (egress, log) = egress();
    let request = question(&server.url);
    let permitted = || permit(&egress, &server.url, &request.body, Instant::now());
    let refused = egress.send(permitted(), request.clone()).await.unwrap_err();
    assert!(matches!(refused.error, Error::NotAllowed { .. }), "{refused:?}");
    let action = UserAction::key_check(server.url.clone());
    let refused = egress.get(action, Get::default()).await.unwrap_err();
    assert!(matches!(refused, Error::NotAllowed { .. }), "{refused:?}");
    assert!(server.seen().is_empty() && log.rows().is_empty());

    egress.allow(true);
    let mut response = egress.send(permitted(), request.clone()).await.unwrap();
    assert_eq!(response.body.read_all(10).await.unwrap(), b"{}");
    let seen = &server.seen()[0].request;
    assert!(seen.starts_with("POST /a?b=c HTTP/1.1\r\n") && seen.ends_with("{\"q\":1}"), "{seen}");
    assert!(seen.contains("authorization: Bearer hf_secret"));
    assert_eq!(log.ends().await[0].0.sent, seen.len() as u64);
}

#[tokio::test]
async fn only_what_was_agreed_to_is_sent_and_only_there_and_then() {
    let server = Server::start(vec![Reply::Bytes(ok("{}"))]).await;
    let (egress, log) = egress();
    egress.allow(true);
    let now = Instant::now();
    let request = question(&server.url);
    let elsewhere = server.under_another_name();
    let long_ago = now.checked_sub(Duration::from_secs(600)).unwrap();
    let refused = [
        egress.send(permit(&egress, &elsewhere, &request.body, now), request.clone()).await,
        egress.send(permit(&egress, &server.url, b"{\"q\":2}", now), request.clone()).await,
        egress.send(permit(&egress, &server.url, &request.body, long_ago), request.clone()).await,
    ];
    for refused in refused {
        let refused = refused.unwrap_err();
        assert!(matches!(refused.error, Error::Permit { .. }), "{refused:?}");
        assert!(refused.permit.is_none(), "a permit that did not fit is gone");
    }
    assert!(server.seen().is_empty() && log.rows().is_empty());
}

#[tokio::test]
async fn a_permit_comes_back_when_nothing_left_and_only_then() {
    let (egress, log) = egress();
    egress.allow(true);
    // Nobody listens on a port that was just given back.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let request = question(&format!("http://{gone}/").parse().unwrap());
    let permit_for =
        |request: &Request| permit(&egress, &request.url, &request.body, Instant::now());
    let unsent = egress.send(permit_for(&request), request.clone()).await.unwrap_err();
    assert!(matches!(unsent.error, Error::Unreachable { .. }), "{unsent:?}");
    assert!(unsent.permit.is_some());
    assert_eq!(log.ends().await[0].0.sent, 0);

    let server = Server::start(vec![Reply::Bytes(Vec::new())]).await;
    let request = question(&server.url);
    let unsent = egress.send(permit_for(&request), request.clone()).await.unwrap_err();
    assert!(matches!(unsent.error, Error::Broken { .. }), "{unsent:?}");
    assert!(unsent.permit.is_none(), "it may have been taken");
    let sent = log.ends().await[1].0.sent;
    assert_eq!(sent, server.seen()[0].request.len() as u64);
}

#[tokio::test]
async fn the_kill_switch_ends_answers_at_once_even_when_nobody_reads_them() {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nwords".to_vec();
    let server = Server::start(vec![Reply::Hang(begun), Reply::Hang(Vec::new())]).await;
    let change = |egress: &Egress| drop(egress.change(vec![Scope::Provider("there".into())]));
    for turn_off in [change, |egress: &Egress| egress.allow(false)] {
        let (egress, log) = egress();
        egress.allow(true);
        let request = question(&server.url);
        let permitted = permit(&egress, &server.url, &request.body, Instant::now());
        let pending = tokio::spawn({
            let (egress, permitted, request) = (egress.clone(), permitted, request.clone());
            async move { egress.send(permitted, request).await }
        });
        until(|| (log.rows().len() == 1).then_some(())).await;
        until(|| server.seen().iter().all(|seen| !seen.request.is_empty()).then_some(())).await;
        // The first server's reply has begun; the second's never does.
        tokio::time::sleep(Duration::from_millis(20)).await;
        turn_off(&egress);
        assert_eq!(log.ends().await[0].1, End::Cut);
        until(|| server.seen().iter().all(|seen| seen.closed).then_some(())).await;
        match pending.await.unwrap() {
            Ok(mut response) => {
                let next = response.body.chunk().await.unwrap();
                assert!(matches!(next, Err(Error::Cut { .. })), "{next:?}");
                assert!(response.body.chunk().await.is_none());
            }
            Err(unsent) => assert!(matches!(unsent.error, Error::Cut { .. }), "{unsent:?}"),
        }
    }
}

#[tokio::test]
async fn downloads_go_on_when_answers_are_cut() {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nbytes".to_vec();
    let server = Server::start(vec![Reply::Hang(begun)]).await;
    let (egress, _) = egress();
    let action = UserAction::download(server.url.clone());
    let mut response = egress.get(action, Get::default()).await.unwrap();
    assert_eq!(&response.body.chunk().await.unwrap().unwrap()[..], b"bytes");
    egress.allow(false);
    egress.change(vec![Scope::Rules]).ended().await;
    tokio::select! {
        next = response.body.chunk() => panic!("{next:?}"),
        () = tokio::time::sleep(Duration::from_millis(50)) => {}
    }
}

#[tokio::test]
async fn leave_from_before_a_change_is_gone_and_leave_after_it_is_not() {
    let server = Server::start(vec![Reply::Bytes(ok("{}"))]).await;
    let (egress, log) = egress();
    egress.allow(true);
    let request = question(&server.url);
    let chat = || Scope::Chat("a".into());
    let by = |lease| permit_by(lease, &server.url, &request.body, Instant::now());
    for scope in [Scope::Rules, chat(), Scope::Provider("there".into())] {
        let lease = || egress.lease().and(chat()).and(Scope::Provider("there".into()));
        let before = lease();
        let change = egress.change(vec![scope]);
        let meanwhile = lease();
        let refused = egress.send(by(meanwhile.clone()), request.clone()).await.unwrap_err();
        assert!(matches!(refused.error, Error::Changed { .. }), "{refused:?}");
        change.ended().await;
        for gone in [before, meanwhile] {
            assert!(!egress.stands(&gone));
            egress.revoked(&gone).await;
            let refused = egress.send(by(gone), request.clone()).await.unwrap_err();
            assert!(matches!(refused.error, Error::Changed { .. }), "{refused:?}");
            assert!(refused.permit.is_none());
        }
    }
    assert!(server.seen().is_empty() && log.rows().is_empty());
    // Opening the gate again does not bring it back either, and what concerns others is no reason.
    let before = egress.lease();
    egress.allow(false);
    egress.allow(true);
    assert!(!egress.stands(&before));
    let lease = egress.lease().and(chat());
    egress.change(vec![Scope::Chat("b".into()), Scope::Provider("b".into())]).ended().await;
    assert!(egress.send(by(lease), request.clone()).await.is_ok());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_change_has_ended_when_what_it_cuts_has_let_go_of_its_socket() {
    // Read slowly, so that there is always more to send.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let (egress, log) = egress();
    egress.allow(true);
    let body = vec![b'x'; 16 << 20];
    let permitted = permit(&egress, &url, &body, Instant::now());
    let request = Request { body, ..question(&url) };
    let sending = tokio::spawn({
        let egress = egress.clone();
        async move { egress.send(permitted, request).await }
    });
    let mut stream =
        tokio::task::spawn_blocking(move || listener.accept().unwrap().0).await.unwrap();
    let mut first = [0; 1000];
    std::io::Read::read_exact(&mut stream, &mut first).unwrap();
    egress.change(vec![Scope::Rules]).ended().await;
    // What the system had taken over by then still comes, and then the end; it is all there already.
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let there = format!(":{:04X}", url.port().unwrap());
    let open = sockets.lines().filter(|line| {
        let mut fields = line.split_whitespace().skip(2);
        let (remote, state) = (fields.next(), fields.next());
        remote.is_some_and(|to| to.ends_with(&there)) && state == Some("01")
    });
    assert_eq!(open.count(), 0, "no socket of ours to it is open");
    let unsent = sending.await.unwrap().unwrap_err();
    assert!(matches!(unsent.error, Error::Cut { .. }), "{unsent:?}");
    assert_eq!(log.ends().await[0].1, End::Cut);
}

#[tokio::test]
async fn an_answer_that_is_not_wanted_any_more_ends_its_connection() {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nbytes".to_vec();
    let server = Server::start(vec![Reply::Hang(begun), Reply::Hang(Vec::new())]).await;
    let (egress, log) = egress();
    let get = || egress.get(UserAction::download(server.url.clone()), Get::default());
    drop(get().await.unwrap());
    tokio::select! {
        early = get() => panic!("{early:?}"),
        () = until(|| server.seen().get(1).filter(|seen| !seen.request.is_empty()).map(|_| ())) => {}
    }
    until(|| server.seen().iter().all(|seen| seen.closed).then_some(())).await;
    assert!(log.ends().await.iter().all(|(_, end)| *end == End::Dropped));
}

#[tokio::test]
async fn a_connection_that_cannot_be_noted_is_not_made() {
    let server = Server::start(vec![Reply::Bytes(ok("x"))]).await;
    let egress = Egress::new(Log { full: true, ..Log::default() });
    let refused = egress.get(UserAction::download(server.url.clone()), Get::default()).await;
    assert!(refused.unwrap_err().to_string().contains("the disk is full"));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_short_body_and_a_broken_one_are_errors_and_a_silent_one_too() {
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfive!".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfive!\r\n".to_vec();
    let replies = [
        Reply::Bytes(short.clone()),
        Reply::Bytes(chunked),
        Reply::Hang(short),
        Reply::Hang(vec![]),
    ];
    let server = Server::start(replies.to_vec()).await;
    let (egress, log) = egress();
    for expected in ["broke", "broke", "said nothing", "said nothing"] {
        let get = Get { patience: Duration::from_millis(200), ..Get::default() };
        let error = match egress.get(UserAction::download(server.url.clone()), get).await {
            Ok(mut response) => response.body.read_all(100).await.unwrap_err(),
            Err(error) => error,
        };
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains("b=c"), "the address is nobody's business: {error}");
    }
    assert!(log.ends().await.iter().all(|(_, end)| *end == End::Failed));
}

#[tokio::test]
async fn what_was_compressed_underway_arrives_as_it_was_sent() {
    let packed =
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b??";
    let server = Server::start(vec![Reply::Bytes(packed.to_vec())]).await;
    let (egress, _) = egress();
    let mut response =
        egress.get(UserAction::download(server.url.clone()), Get::default()).await.unwrap();
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert_eq!(response.body.read_all(10).await.unwrap(), b"\x1f\x8b??");
}

#[test]
fn a_secret_is_not_printed() {
    let url = "https://hub.example/x".parse().unwrap();
    let printed = format!("{:?}", key_for(&url).unwrap());
    assert_eq!(printed, "Secret(<redacted>, for https://hub.example)");
    let said = key_for(&url).unwrap().conceal("“hf_secret” is not a valid key: hf_secret");
    assert_eq!(said, "“…” is not a valid key: …");
    assert!(Secret::bearer(Origin::of(&url).unwrap(), "two\nlines").is_err());
}

const INSIDE: &str = "HEARTH_TEST_INSIDE";

/// The variables are read once in a process, so it takes one of its own.
#[tokio::test]
async fn the_own_network_is_reached_past_the_proxy_of_the_environment() {
    let refusal = b"HTTP/1.1 502 x\r\ncontent-length: 0\r\n\r\n".to_vec();
    let proxy = Server::start(vec![Reply::Bytes(refusal)]).await;
    let address = format!("http://127.0.0.1:{}", proxy.url.port().unwrap());
    let mut inside = std::process::Command::new(std::env::current_exe().unwrap());
    inside.args(["--exact", "asks_behind_a_proxy", "--ignored", "--nocapture"]).env(INSIDE, "1");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        inside.env(name, &address).env(name.to_lowercase(), &address);
    }
    inside.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || inside.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    let seen: Vec<String> = proxy.seen().into_iter().map(|seen| seen.request).collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].starts_with("CONNECT hub.example:443"), "what is outside does: {seen:?}");
}

#[tokio::test]
#[ignore = "runs inside the process of the test above"]
async fn asks_behind_a_proxy() {
    assert!(std::env::var_os(INSIDE).is_some());
    let (egress, _) = egress();
    egress.allow(true);
    for near in ["http://10.255.255.1:9/v1", "https://192.168.255.254:9/v1", "http://[fd00::9]:9/"]
    {
        let request = question(&near.parse().unwrap());
        let request = Request { patience: Duration::from_millis(300), ..request };
        let permitted = permit(&egress, &request.url, &request.body, Instant::now());
        // Whoever is there; the proxy is who must not hear of it.
        let _ = egress.send(permitted, request).await;
    }
    let far = UserAction::download("https://hub.example/x".parse().unwrap());
    assert!(egress.get(far, Get::default()).await.is_err());
}

#[tokio::test]
async fn a_proxy_that_is_named_is_used_unless_it_could_read_what_is_not_encrypted() {
    let proxy = Server::start(vec![Reply::Bytes(ok("{}"))]).await;
    let (egress, log) = egress();
    egress.allow(true);
    let request = question(&"http://192.168.1.7:8000/v1".parse().unwrap());
    let permitted = || permit(&egress, &request.url, &request.body, Instant::now());
    let at = |address: String| Proxy::Through(address.parse().unwrap());
    egress.set_proxy(at(format!("http://127.0.0.1:{}", proxy.url.port().unwrap())));
    assert!(egress.send(permitted(), request.clone()).await.is_ok());
    let seen = &proxy.seen()[0].request;
    assert!(seen.starts_with("POST http://192.168.1.7:8000/v1 "), "{seen}");

    egress.set_proxy(at("http://9.9.9.9:3128".into()));
    let refused = egress.send(permitted(), request.clone()).await.unwrap_err();
    assert!(matches!(refused.error, Error::Peer { .. }), "{refused:?}");
    assert_eq!(log.rows().len(), 1, "it was not even tried");
}

#[tokio::test]
async fn what_is_not_encrypted_does_not_leave_the_own_network() {
    let (egress, log) = egress();
    egress.allow(true);
    for far in ["http://example.org/v1", "http://9.9.9.9/v1", "http://lan.example.org/v1"] {
        let request = question(&far.parse().unwrap());
        let permitted = permit(&egress, &request.url, &request.body, Instant::now());
        let refused = egress.send(permitted, request).await.unwrap_err();
        assert!(matches!(refused.error, Error::Unencrypted { .. }), "{refused:?}");
    }
    assert!(log.rows().is_empty());
    let server = Server::start(vec![Reply::Bytes(ok("{}"))]).await;
    let near = question(&server.under_another_name());
    let permitted = permit(&egress, &near.url, &near.body, Instant::now());
    assert!(egress.send(permitted, near).await.is_ok(), "a name whose addresses are near");
}
