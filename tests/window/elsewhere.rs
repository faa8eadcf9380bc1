//! A second opinion from elsewhere, in the real window, from a provider on this machine.

use std::time::{Duration, Instant};

use hearth_cloud::{
    Price, ProviderConfig, Usage, Wire,
    loopback::{HEAD, Provider, Reply, events},
};
use hearth_tests::{Desk, Window, until};
use serde_json::json;

use super::looks::{SIZES, serious_problems};

pub const WORDS: [&str; 4] = ["Paris ", "is ", "the ", "capital."];
pub const COUNTED: Usage = Usage {
    input: 50,
    cache_read: 0,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 5,
    reasoning: 0,
};
/// At 2 and 10 dollars a million tokens, in nano-dollars.
const COST: f64 = 50.0 * 2000.0 + 5.0 * 10_000.0;
const KEY: &str = "sk-canary-window-91d2";

pub fn config(there: &Provider) -> ProviderConfig {
    let usd = |text: &str| text.to_owned().try_into().unwrap();
    ProviderConfig {
        id: "there".into(),
        name: "There".into(),
        wire: Wire::OpenAiCompatible,
        own_server: false,
        own_host: None,
        url: there.url(),
        model: "m-1".into(),
        price: Some(Price { input: usd("2"), output: usd("10"), ..Price::NOTHING }),
        region: None,
        retention_days: None,
    }
}

/// Sets the provider up as a person does, with a key for this run.
async fn opt_in(window: &Window<'_>, there: &Provider) {
    window.invoke("provider_save", json!({ "config": config(there) })).await.unwrap();
    window.go("settings").await;
    window.choose("settings-mode", "ask_each_time").await;
    // What comes with the mode moves the rest of the page.
    window.element("limit-day").await;
    window.click("provider-edit").await;
    window.type_into("provider-key", KEY).await;
    window.click("provider-key-this-run").await;
    until("the key is kept", async || {
        let state = window.element("provider-key-state").await.attr("data-state").await.ok()??;
        (state == "kept").then_some(())
    })
    .await;
    window.picture("elsewhere-settings").await;
    window.go("chat").await;
}

#[tokio::test]
async fn a_second_opinion_is_asked_for_agreed_to_accounted_for_and_can_be_cut() {
    let there = Provider::start();
    there.will(Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED));
    let desk = Desk::fresh();
    let window = desk.open().await;
    opt_in(&window, &there).await;

    let local = window.answer_to("What is the capital of France?").await;
    assert_eq!(there.seen().len(), 0, "the local answer sends nothing");
    window.click("second-opinion").await;
    window.element("consent").await;
    window.picture("elsewhere-consent").await;
    // The focus is on staying here.
    let focused = window.run("return document.activeElement.dataset.testid", vec![]).await;
    assert_eq!(focused, json!("consent-keep"));
    let shown =
        window.run("return document.querySelector(`[data-testid='consent-body']`).value", vec![]);
    let shown = shown.await.as_str().unwrap().to_owned();
    assert!(shown.contains("capital of France") && !shown.contains(KEY), "{shown}");
    assert_eq!(there.seen().len(), 0, "nothing leaves before a yes");

    window.click("consent-send").await;
    let opinion = window.finished_after(Some(local.id)).await;
    assert_eq!((opinion.text.as_str(), opinion.finish.as_str()), (&*WORDS.concat(), "stop"));
    let seen = there.seen();
    assert_eq!(String::from_utf8_lossy(&seen[0].body), shown, "to the byte");
    assert!(seen[0].head.contains(KEY));
    assert_eq!(window.figure("footer-cost").await, COST);
    assert_eq!(window.figure("status-cost").await, COST);
    assert_eq!(window.figure("status-bytes").await, seen[0].bytes() as f64);
    window.run("document.querySelector(`[data-testid='receipt'] summary`).click()", vec![]).await;
    assert_eq!(window.figure("receipt-cost").await, COST);
    assert_eq!(window.figure("receipt-bytes").await, shown.len() as f64);
    window.picture("elsewhere-opinion").await;

    // Back to local only in the middle of an answer.
    let slow = Reply::raw([HEAD, &events(Wire::OpenAiCompatible, &WORDS, COUNTED)[0]].concat());
    there.will(slow.then_silence());
    let local = window.answer_to("What is the capital of Spain?").await;
    window.click("second-opinion").await;
    window.click("consent-send").await;
    until("the first word has come", async || {
        window.last().await.filter(|last| last.id != local.id && !last.text.is_empty())
    })
    .await;
    window.click("status-mode").await;
    window
        .run(
            "document.querySelector(`[data-testid='mode-option'][data-mode='local_only']`).click()",
            vec![],
        )
        .await;
    let switched = Instant::now();
    let cut = window.finished_after(Some(local.id)).await;
    println!("the answer was cut within {} ms", switched.elapsed().as_millis());
    assert_eq!((cut.finish.as_str(), cut.text.as_str()), ("failed", WORDS[0].trim()));
    window.picture("elsewhere-cut").await;
    let page = window.run("return document.documentElement.outerHTML", vec![]).await;
    assert!(!page.as_str().unwrap().contains(KEY), "the page never holds a key that was kept");
    assert_eq!(window.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_no_sends_nothing() {
    let there = Provider::start();
    there.always(Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED).slowly(Duration::ZERO));
    let desk = Desk::fresh();
    let window = desk.open().await;
    opt_in(&window, &there).await;
    window.answer_to("What is the capital of France?").await;
    window.click("second-opinion").await;
    window.click("consent-keep").await;
    until("the sheet is closed", async || {
        let open = "return document.querySelector(`[data-testid='consent']`) === null";
        window.run(open, vec![]).await.as_bool().filter(|closed| *closed)
    })
    .await;
    assert_eq!(there.seen().len(), 0);
}

#[tokio::test]
async fn what_a_chat_holds_decides_how_far_it_may_go() {
    let there = Provider::start();
    there.always(Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED).at_once());
    let desk = Desk::fresh();
    let window = desk.open().await;
    opt_in(&window, &there).await;
    window.answer_to("What is the capital of France?").await;
    window.click("label-menu").await;
    window.click("label-confidential").await;
    window.click("second-opinion").await;
    until("it is said that it stays", async || {
        let said = window.shown("notice").await?.text().await.ok()?;
        said.contains("Nothing was sent").then_some(())
    })
    .await;
    assert!(window.shown("consent").await.is_none());

    // The rule is the user's own: with another one the same chat may go.
    window.go("settings").await;
    for label in ["personal", "confidential"] {
        let open = "document.querySelector(`[data-testid='policy-${arguments[0]}']`).open = true";
        window.run(open, vec![json!(label)]).await;
        window.choose(&format!("policy-{label}-furthest"), "cloud").await;
    }
    window.go("chat").await;
    let local = window.last_id().await;
    window.click("second-opinion").await;
    window.click("consent-send").await;
    window.finished_after(local).await;
    // How the two compare is asked, and kept.
    window.click("grade-right").await;
    until("it is kept", async || {
        window
            .shown("grade-right")
            .await?
            .attr("aria-pressed")
            .await
            .ok()?
            .filter(|on| on == "true")
    })
    .await;

    // A limit for this provider alone.
    window.go("settings").await;
    let limit = window.element("limit-provider-there").await;
    limit.send_keys("0.0001").await.unwrap();
    window.run("document.activeElement.blur()", vec![]).await;
    window.go("chat").await;
    let local = window.answer_to("What is the capital of Spain?").await;
    window.click("second-opinion").await;
    until("it is said that it would be too dear", async || {
        let said = window.shown("notice").await?.text().await.ok()?;
        said.contains("limit").then_some(())
    })
    .await;
    assert_eq!(window.last_id().await, Some(local.id));
    assert_eq!(there.seen().len(), 1);
}

#[tokio::test]
async fn the_pages_of_elsewhere_are_accessible_in_both_themes_and_two_sizes() {
    let there = Provider::start();
    there.always(Reply::answer(Wire::OpenAiCompatible, &WORDS, COUNTED).at_once());
    let desk = Desk::fresh();
    let window = desk.open().await;
    opt_in(&window, &there).await;
    let local = window.answer_to("Write to ada@example.org: what is the capital of France?").await;
    window.click("second-opinion").await;
    window.click("consent-send").await;
    window.finished_after(Some(local.id)).await;
    window.answer_to("Write to ada@example.org: what is the capital of Spain?").await;
    let mut problems = Vec::new();
    for theme in ["light", "dark"] {
        for (size, width, height) in SIZES {
            window.resize(width, height).await;
            window.go("settings").await;
            window.choose("settings-theme", theme).await;
            let open = "for (const d of document.querySelectorAll('details')) d.open = true;\
                document.querySelector(`[data-testid='settings-mode']`).scrollIntoView()";
            window.run(open, vec![]).await;
            if window.shown("provider-key").await.is_none() {
                window.click("provider-edit").await;
            }
            let mut look = async |name: &str| {
                window.picture(&format!("elsewhere-{name}-{theme}-{size}")).await;
                let found = serious_problems(&window).await;
                problems.extend(found.into_iter().map(|p| format!("{name} {theme} {size}: {p}")));
            };
            look("settings").await;
            let down = "document.querySelector(`[data-testid='provider-key']`).scrollIntoView()";
            window.run(down, vec![]).await;
            look("provider").await;
            for page in ["privacy", "usage"] {
                window.go(page).await;
                look(page).await;
            }
            window.go("chat").await;
            look("chat").await;
            window.click("second-opinion").await;
            window.element("consent").await;
            look("consent").await;
            window.click("consent-keep").await;
        }
    }
    assert_eq!(problems, Vec::<String>::new());
}
