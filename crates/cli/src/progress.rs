//! What happens before the first word, on stderr.

use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::one_line;

/// A bar that is there while a model loads or reads the prompt, and leaves no trace.
/// Nothing is drawn where stderr is not a terminal.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{msg} {bar:24.dim} {percent:>3} %")
            .expect("the template is fixed");
        Self { bar: ProgressBar::new(1000).with_style(style) }
    }

    pub fn loading(&self, model: &str, fraction: f32) {
        self.show(format!("Loading {}", one_line(model)), f64::from(fraction));
    }

    pub fn prefill(&self, done: u32, total: u32) {
        self.show("Reading the question".into(), f64::from(done) / f64::from(total.max(1)));
    }

    /// How far it is nobody knows.
    pub fn thinking(&self) {
        const MESSAGE: &str = "Thinking";
        // It is told with each piece.
        if self.bar.message() != MESSAGE {
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
            self.bar.set_style(style.expect("the template is fixed"));
            self.bar.set_message(MESSAGE);
        }
        self.bar.tick();
    }

    fn show(&self, message: String, fraction: f64) {
        self.bar.set_message(message);
        self.bar.set_position((fraction.clamp(0.0, 1.0) * 1000.0) as u64);
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
