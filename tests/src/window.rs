//! Hands and eyes for the real window, through WebKitWebDriver.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use thirtyfour::{By, Capabilities, WebDriver, WebElement, error::WebDriverResult};

use crate::{Desk, children, crash, kill, kill_9, processes::Background};

/// Long enough for a loaded machine; nothing here asserts on speed.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(40);

/// A running Hearth. Dropping it kills it.
pub struct Window<'a> {
    pub desk: &'a Desk,
    page: Option<WebDriver>,
    driver: Background,
    app: u32,
    /// From the start of the program until the composer took text.
    pub usable_after: Duration,
}

/// An answer as the window shows it once it is complete.
#[derive(Debug)]
pub struct Finished {
    pub id: String,
    pub text: String,
    /// `stop`, `length`, `cancelled` or `failed`.
    pub finish: String,
}

/// Keeps listening for what the content security policy stopped, from the page's first byte on.
const WATCH_VIOLATIONS: &str = "\
    window.__violations = window.__violations || [];\
    const keep = (e) => window.__violations.push((e.effectiveDirective || e.violatedDirective)\
        + ' ' + (e.blockedURL || e.blockedURI || 'inline') + ' ' + (e.sourceFile || ''));\
    new ReportingObserver((all) => all.forEach((report) => keep(report.body)),\
        { types: ['csp-violation'], buffered: true }).observe();\
    document.addEventListener('securitypolicyviolation', keep);";

impl<'a> Window<'a> {
    pub(crate) async fn open(desk: &'a Desk, arguments: &[&str]) -> Self {
        let binary = desk.program("hearth-desktop");
        let options = json!({ "binary": binary, "args": arguments });
        let begun = Instant::now();
        let mut window = Self::start(desk, Some(options)).await;
        // With a file on the command line the window opens on that; else it takes a question.
        let ready = if arguments.is_empty() { "composer" } else { "status-line" };
        window.element(ready).await;
        window.usable_after = begun.elapsed();
        window.run(WATCH_VIOLATIONS, vec![]).await;
        window
    }

    /// Starts a program that WebKitWebDriver can drive: Hearth, or without `options` WebKitGTK's
    /// own small browser.
    pub(crate) async fn start(desk: &'a Desk, options: Option<Value>) -> Self {
        let port = free_port();
        let driver = Background::start(
            desk.command("WebKitWebDriver")
                .env("TAURI_WEBVIEW_AUTOMATION", "true")
                .args([format!("--port={port}"), "--host=127.0.0.1".into()])
                .stdout(Stdio::null())
                .stdin(Stdio::null()),
        );
        until("WebKitWebDriver listens", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        let mut capabilities = Capabilities::new();
        if let Some(options) = options {
            capabilities.set("webkitgtk:browserOptions", options).expect("JSON is a capability");
        }
        let page = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
        let page = page.unwrap_or_else(|error| panic!("the window did not open: {error}"));
        let app = until("the driver's program runs", async || {
            children(driver.pid()).first().map(|(pid, _)| *pid)
        })
        .await;
        Self { desk, page: Some(page), driver, app, usable_after: Duration::ZERO }
    }

    /// The process of the window itself.
    pub fn app(&self) -> u32 {
        self.app
    }

    /// The process that holds the model, once there is one.
    pub fn engine(&self) -> Option<u32> {
        children(self.app).into_iter().find(|(_, name)| name == "hearth-engine").map(|(pid, _)| pid)
    }

    pub fn page(&self) -> &WebDriver {
        self.page.as_ref().expect("the page is there until the window is dropped")
    }

    /// Runs `script` in the page and returns its value.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let result = self.page().execute(script, arguments).await;
        result.unwrap_or_else(|error| panic!("`{script}` failed: {error}")).json().clone()
    }

    /// Calls a command as the page does; `Err` carries the message of its ApiError.
    pub async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, String> {
        let script = "\
            const done = arguments[arguments.length - 1];\
            window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]).then(\
                (value) => done({ value }),\
                (error) => done({ error: error.message || String(error) }));";
        let result = self.page().execute_async(script, vec![json!(command), arguments]).await;
        let mut result = result.expect("the page can call commands").json().clone();
        match result.get("error") {
            Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
            None => Ok(result["value"].take()),
        }
    }

    pub async fn all(&self, id: &str) -> Vec<WebElement> {
        self.page().find_all(by(id)).await.unwrap_or_default()
    }

    /// The first shown element with this test id, waiting until there is one.
    pub async fn element(&self, id: &str) -> WebElement {
        until(&format!("`{id}` is shown"), async || self.shown(id).await).await
    }

    pub async fn shown(&self, id: &str) -> Option<WebElement> {
        for element in self.all(id).await {
            if element.is_displayed().await.unwrap_or(false) {
                return Some(element);
            }
        }
        None
    }

    pub async fn click(&self, id: &str) {
        // An element may be replaced between being found and being clicked.
        until(&format!("`{id}` can be clicked"), async || {
            let element = self.shown(id).await?;
            uncovered(&element, element.click().await).await
        })
        .await;
    }

    pub async fn text(&self, id: &str) -> String {
        until(&format!("`{id}` can be read"), async || self.shown(id).await?.text().await.ok())
            .await
    }

    /// The exact figure behind a formatted one.
    pub async fn figure(&self, id: &str) -> f64 {
        until(&format!("`{id}` carries a figure"), async || {
            self.shown(id).await?.attr("data-value").await.ok()??.parse().ok()
        })
        .await
    }

    pub async fn type_into(&self, id: &str, text: &str) {
        let element = until(&format!("`{id}` can be emptied"), async || {
            let element = self.shown(id).await?;
            uncovered(&element, element.clear().await).await?;
            Some(element)
        })
        .await;
        element.send_keys(text).await.expect("the field takes text");
    }

    /// Shows a page; where the window is too narrow for the way there, unfolds it first. A window that
    /// is only just taking its size may miss a click.
    pub async fn go(&self, page: &str) {
        let (way, page) = (format!("nav-{page}"), format!("page-{page}"));
        until(&format!("`{page}` is shown"), async || {
            if self.shown(&page).await.is_none() {
                let unfold = "toggle-sidebar";
                let next = self.shown(&way).await.or(self.shown(unfold).await)?;
                next.click().await.ok()?;
            }
            self.shown(&page).await
        })
        .await;
    }

    /// Types a question and sends it.
    pub async fn ask(&self, question: &str) {
        self.element("send").await;
        self.type_into("composer", question).await;
        self.click("send").await;
    }

    /// Asks, and waits for the whole answer.
    pub async fn answer_to(&self, question: &str) -> Finished {
        let before = self.last_id().await;
        self.ask(question).await;
        self.finished_after(before).await
    }

    /// The last answer, once it is complete and another than `before`.
    pub async fn finished_after(&self, before: Option<String>) -> Finished {
        until("the answer is complete", async || {
            let answer = self.last().await?;
            // The words of a chosen branch follow its frame; only a stopped answer may have none.
            let complete = match answer.finish.as_str() {
                "" => false,
                "cancelled" => true,
                _ => !answer.text.is_empty(),
            };
            (before.as_ref() != Some(&answer.id) && complete).then_some(answer)
        })
        .await
    }

    pub async fn last_id(&self) -> Option<String> {
        self.last().await.map(|answer| answer.id)
    }

    /// The last answer as it is now; `finish` is empty while it streams. Read in one step,
    /// because the page goes on writing it.
    pub async fn last(&self) -> Option<Finished> {
        let script = "\
            const answer = [...document.querySelectorAll(`[data-testid='message-answer']`)].pop();\
            const text = answer?.querySelector(`[data-testid='message-text']`);\
            return answer && {\
                id: answer.dataset.message,\
                text: text?.textContent.trim() ?? '',\
                finish: answer.dataset.finish ?? '',\
            };";
        let answer = self.run(script, vec![]).await;
        let part = |name: &str| answer[name].as_str().map(str::to_owned);
        Some(Finished { id: part("id")?, text: part("text")?, finish: part("finish")? })
    }

    /// Sets a control with choices, whether a list or a group of buttons.
    pub async fn choose(&self, id: &str, value: &str) {
        self.element(id).await;
        let script = "\
            const control = document.querySelector(`[data-testid='${arguments[0]}']`);\
            if (control.tagName === 'SELECT') {\
                control.value = arguments[1];\
                control.dispatchEvent(new Event('change', { bubbles: true }));\
                return control.value === arguments[1];\
            }\
            const choice = control.querySelector(`[value='${arguments[1]}'],[data-value='${arguments[1]}']`);\
            if (choice) choice.click();\
            return choice !== null;";
        let set = self.run(script, vec![json!(id), json!(value)]).await;
        assert_eq!(set, json!(true), "`{id}` offers `{value}`");
    }

    /// What the content security policy stopped since the page began.
    pub async fn violations(&self) -> Vec<String> {
        let kept = self.run("return window.__violations", vec![]).await;
        let kept = kept.as_array().expect("the list of violations is kept").clone();
        kept.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    pub async fn resize(&self, width: u32, height: u32) {
        let resized = self.page().set_window_rect(0, 0, width, height).await;
        resized.expect("the window can be resized");
    }

    /// Keeps a picture under `target/screenshots`.
    pub async fn picture(&self, name: &str) {
        let test = std::env::current_exe().expect("a running test has a path");
        let target = test.ancestors().nth(3).expect("a test lies in target/PROFILE/deps");
        let folder: PathBuf = target.join("screenshots");
        std::fs::create_dir_all(&folder).expect("the folder of pictures can be made");
        let path = folder.join(format!("{name}.png"));
        self.page().screenshot(&path).await.expect("the window can be pictured");
    }

    /// Ends the window as logging out does, and waits until it is gone.
    pub async fn close(mut self) {
        kill(self.app);
        self.gone().await;
    }

    /// Ends the window without asking it.
    pub async fn kill_9(mut self) {
        kill_9(self.app);
        self.gone().await;
    }

    /// Lets the window crash.
    pub async fn crash(mut self) {
        crash(self.app);
        self.gone().await;
    }

    async fn gone(&mut self) {
        let app = self.app;
        until("the window is gone", async || {
            let running = children(self.driver.pid()).iter().any(|(pid, _)| *pid == app);
            (!running).then_some(())
        })
        .await;
        self.leave_page();
    }

    /// Lets go of the session without waiting for a driver that may be gone.
    fn leave_page(&mut self) {
        if let Some(page) = self.page.take() {
            // It can only refuse when the session was ended before.
            let _ = page.leak();
        }
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.leave_page();
    }
}

/// Asks again and again until there is an answer; after [`PATIENCE`] says what did not happen.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain until {what}");
        tokio::time::sleep(GLANCE).await;
    }
}

/// What was done to an element, or `None` once it is scrolled out from under what may have covered
/// it, as the bar on top does.
async fn uncovered(element: &WebElement, done: WebDriverResult<()>) -> Option<()> {
    if done.is_err() {
        element.scroll_into_view().await.ok()?;
    }
    done.ok()
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

fn by(id: &str) -> By {
    By::Css(format!("[data-testid='{id}']"))
}
