use std::{fs, path::Path};

use hearth_tests::{Desk, Window, until};

/// The page reads what `cargo xtask run` writes while it builds behind the window.
#[tokio::test]
async fn the_models_page_follows_the_build_of_the_second_engine_until_it_is_there() {
    let desk = Desk::fresh().without_the_second_engine();
    let window = desk.open().await;
    window.go("models").await;
    says(&window, "missing", "is not here").await;

    let progress = desk.program("hearth-mistralrs.building");
    is_at(&progress, 312);
    // Without a build under way nothing is looked at again until the page is shown anew.
    window.go("chat").await;
    window.go("models").await;
    says(&window, "building", "312 of about 480").await;
    is_at(&progress, 479);
    says(&window, "building", "479 of about 480").await;

    // What is asked of the program is only which GPUs there are, and it may leave that unanswered.
    fs::copy("/bin/true", desk.program("hearth-mistralrs")).expect("a program can be copied");
    fs::remove_file(progress).expect("the build ends");
    until("the page says no more of it", async || {
        window.shown("second-engine").await.is_none().then_some(())
    })
    .await;
    assert_eq!(window.violations().await, Vec::<String>::new());
}

/// As the build does it: a reader never sees half of it.
fn is_at(progress: &Path, done: u32) {
    let beside = progress.with_extension("new");
    let text = format!(r#"{{"pid":1,"done":{done},"total":480}}"#);
    fs::write(&beside, text).expect("the progress can be written");
    fs::rename(beside, progress).expect("the progress can be renamed");
}

async fn says(window: &Window<'_>, state: &str, words: &str) {
    until(&format!("the page says that it is {state}: {words}"), async || {
        let engine = window.shown("second-engine").await?;
        let there = engine.attr("data-state").await.ok()??;
        (there == state && engine.text().await.ok()?.contains(words)).then_some(())
    })
    .await;
}
