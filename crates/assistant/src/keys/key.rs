use std::{fmt, hint};

/// A secret text. It prints as redacted, cannot be serialized, and is overwritten when dropped.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    pub fn new(text: String) -> Self {
        Self(text.into_bytes())
    }

    /// The secret itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        // It was made of text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reveal().trim().is_empty()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.fill(0);
        // So that the compiler does not find the writing useless.
        hint::black_box(&self.0);
    }
}
