//! Every page, pictured and checked for accessibility, in both themes and two sizes.

use std::fs;

use hearth_tests::{Desk, Window, resident_bytes};
use serde_json::Value;

const PAGES: [&str; 5] = ["chat", "models", "usage", "privacy", "settings"];
pub const SIZES: [(&str, u32, u32); 2] = [("large", 1280, 840), ("small", 460, 640)];

#[tokio::test]
async fn every_page_is_accessible_and_breaks_no_content_policy() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    println!("usable window after {:.2} s", window.usable_after.as_secs_f64());
    let idle = resident_bytes(window.app()) as f64 / f64::from(1 << 20);
    println!("idle memory, no model, all processes of the window: {idle:.0} MiB (PSS)");
    window.picture("first-run").await;
    window.answer_to("What is the capital of France?").await;

    let mut problems = Vec::new();
    for theme in ["light", "dark"] {
        window.resize(SIZES[0].1, SIZES[0].2).await;
        window.go("settings").await;
        window.choose("settings-theme", theme).await;
        for (size, width, height) in SIZES {
            window.resize(width, height).await;
            for page in PAGES {
                window.go(page).await;
                window.picture(&format!("{page}-{theme}-{size}")).await;
                let found = serious_problems(&window).await;
                problems.extend(found.into_iter().map(|p| format!("{page} {theme} {size}: {p}")));
            }
        }
    }
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(window.violations().await, Vec::<String>::new());
}

/// What axe calls serious or critical, with the element that it found.
pub async fn serious_problems(window: &Window<'_>) -> Vec<String> {
    let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(axe).expect("npm ci has installed axe-core");
    window.run(&axe, vec![]).await;
    let script = "\
        const done = arguments[arguments.length - 1];\
        window.axe.run(document, { resultTypes: ['violations'] }).then(\
            (result) => done(result.violations), (error) => done(String(error)));";
    let found = window.page().execute_async(script, vec![]).await.expect("axe runs");
    let found = found.json().as_array().unwrap_or_else(|| panic!("{}", found.json())).clone();
    let serious =
        |problem: &&Value| matches!(problem["impact"].as_str(), Some("serious" | "critical"));
    let named = |problem: &Value| format!("{}: {}", problem["id"], problem["nodes"][0]["html"]);
    found.iter().filter(serious).map(named).collect()
}
