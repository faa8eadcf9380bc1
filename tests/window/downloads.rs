use std::{fs, time::Duration};

use hearth_tests::{Desk, Window, hub::Hub, until};

/// What the catalog offers under this id, with its hash and without its size; here the hub has the
/// starter's bytes there, and says that they are what the catalog knows.
const MODEL: &str = "qwen3-0.6b";
const FILE: &str = "MaziyarPanahi/Qwen3-0.6B-GGUF/Qwen3-0.6B.Q4_K_M.gguf";
const SHA256: &str = "dc4503da5d7cc7254055a86cd90e1a8c9d16c6ac71eb3a32b34bf48a1f4e0999";

async fn state_of(window: &Window<'_>) -> Option<String> {
    window.shown("download").await?.attr("data-state").await.ok()?
}

async fn until_state(window: &Window<'_>, wanted: &str) {
    until(&format!("the download is {wanted}"), async || {
        (state_of(window).await.as_deref() == Some(wanted)).then_some(())
    })
    .await;
}

/// Bytes of the file that the window shows as here.
async fn received(window: &Window<'_>) -> f64 {
    let downloads = window.invoke("download_list", serde_json::json!({})).await.unwrap();
    downloads[0]["received"].as_f64().unwrap_or(0.0)
}

#[tokio::test]
async fn a_model_of_the_catalog_is_downloaded_through_a_cut_and_is_the_known_one_or_none() {
    let starter = concat!(env!("CARGO_MANIFEST_DIR"), "/../model-catalog/starter");
    let bytes = fs::read(format!("{starter}/starter-6m-q8_0.gguf")).unwrap();
    let hub = Hub::start().await;
    hub.offer(FILE, bytes.clone(), SHA256.to_owned());
    // Slow enough that nobody is too late to pause it.
    hub.set_pace(bytes.len() / 2000, Duration::from_millis(40));

    let desk = Desk::fresh();
    let window = desk.open().await;
    window.go("settings").await;
    window.type_into("settings-hub", &hub.endpoint()).await;
    window.go("models").await;
    window.type_into("catalog-search", MODEL.split('-').next().unwrap()).await;
    window.picture("catalog").await;
    let offered = until("the catalog offers it", async || {
        for row in window.all("catalog-row").await {
            if row.attr("data-model").await.ok()?.as_deref() == Some(MODEL) {
                return Some(row);
            }
        }
        None
    })
    .await;
    let download = thirtyfour::By::Css("[data-testid='catalog-download']");
    offered.find(download).await.unwrap().click().await.unwrap();
    until_state(&window, "running").await;
    until("a part is here", async || (received(&window).await > 0.0).then_some(())).await;
    window.picture("download-running").await;

    // The network goes, and comes back.
    hub.set_down(true);
    until_state(&window, "waiting").await;
    assert!(!window.text("download-message").await.is_empty(), "it says what it waits for");
    window.picture("download-waiting").await;
    let before = received(&window).await;
    hub.set_down(false);
    until("more is here", async || (received(&window).await > before).then_some(())).await;

    window.click("download-pause").await;
    until_state(&window, "paused").await;
    let paused = received(&window).await;
    assert!(paused < bytes.len() as f64, "there is still something to do");
    window.close().await;

    // A new start knows what is here, and goes on.
    let window = desk.open().await;
    window.go("models").await;
    until_state(&window, "paused").await;
    assert_eq!(received(&window).await, paused);
    hub.set_pace(bytes.len() / 100, Duration::from_millis(10));
    window.click("download-resume").await;
    // Whatever the hub says: the bytes are not those whose hash the catalog has.
    until_state(&window, "failed").await;
    assert!(hub.sent() < bytes.len() as u64 * 21 / 20, "{} bytes were sent", hub.sent());
    assert!(window.text("download-message").await.contains("checksum"));
    window.picture("download-failed").await;
    assert!(!desk.hearth_home().join("models").join(FILE).exists());

    window.go("privacy").await;
    window.element("connections").await;
    window.picture("privacy-connections").await;
    let made = window.invoke("privacy_connections", serde_json::json!({})).await.unwrap();
    let made = made.as_array().unwrap().clone();
    let of = |purpose: &str| {
        let rows = made.iter().filter(|row| row["purpose"] == purpose);
        rows.map(|row| row["bytes_received"].as_f64().unwrap()).sum::<f64>()
    };
    assert!(of("model_download") >= bytes.len() as f64, "every byte is accounted for");
    assert!(of("catalog_check") > 0.0);
    assert!(made.iter().all(|row| row["host"] == hub.address.to_string()));
    assert_eq!(window.violations().await, Vec::<String>::new());
}
