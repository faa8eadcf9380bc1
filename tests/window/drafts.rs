//! Drafts in the real window: chosen, measured, and seen in an answer.

use hearth_tests::{Desk, until};

#[tokio::test]
async fn a_draft_is_measured_kept_and_seen_in_the_answer() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    window.go("models").await;
    assert!(window.text("draft-said").await.contains("Not measured on this machine yet"));
    window.click("draft-measure").await;
    let measured = async || {
        let said = window.text("draft-said").await;
        // What comes of it depends on the machine; that it is said does not.
        let known = said.contains("Measured here") || said.contains("does not help here");
        known.then_some(said)
    };
    let said = until("the gain is shown", measured).await;
    assert!(said.contains("proposals were right") && said.contains("Memory in all"), "{said}");

    for theme in ["light", "dark"] {
        window.go("settings").await;
        window.choose("settings-theme", theme).await;
        window.go("models").await;
        assert_eq!(window.text("draft-said").await, said, "it is kept");
        window.picture(&format!("draft-measured-{theme}")).await;
    }

    window.go("chat").await;
    window.answer_to("What is the capital of France?").await;
    window.click("tint-menu").await;
    window.click("tint-origin").await;
    until("the tokens are tinted", async || window.shown("tint-legend").await).await;
    for theme in ["light", "dark"] {
        window.go("settings").await;
        window.choose("settings-theme", theme).await;
        window.go("chat").await;
        window.picture(&format!("draft-tint-{theme}")).await;
    }

    window.go("models").await;
    window.choose("draft-choice", "off").await;
    let off = async || window.text("draft-said").await.contains("you turned it off").then_some(());
    until("the reason is shown", off).await;
    window.go("chat").await;
    window.answer_to("What is the capital of Italy?").await;
    let footers = window.all("footer-speculation").await;
    let last = footers.last().expect("each answer says it").text().await.unwrap();
    assert_eq!(last, "draft off: you turned it off");
}
