//! A text that points at a file, or at a test, points at one that is there.

use super::files::TextFile;
use crate::process;

const TEXTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", SECURITY];

/// Says of each promise which test holds it.
const SECURITY: &str = "SECURITY.md";

pub fn complaints() -> Vec<String> {
    let root = process::root();
    let missing = |text: &str| {
        let written = std::fs::read_to_string(root.join(text)).unwrap_or_default();
        let mut paths = named(&written);
        paths.retain(|path| !root.join(path).exists());
        paths.into_iter().map(|path| format!("{text} names {path}, which is not there.")).collect()
    };
    TEXTS.iter().flat_map(|text| -> Vec<String> { missing(text) }).collect()
}

/// The tests that SECURITY.md names and that nobody has.
pub fn promises(files: &[TextFile]) -> Vec<String> {
    let security = std::fs::read_to_string(process::root().join(SECURITY)).unwrap_or_default();
    let is_there = |name: &&str| files.iter().any(|file| file.has_function(name));
    let mut missing: Vec<&str> = tests(&security).collect();
    missing.retain(|name| !is_there(name));
    missing
        .iter()
        .map(|name| format!("{SECURITY} names the test {name}, which nobody has."))
        .collect()
}

/// What stands in backticks and reads as a test does: words with underscores between them.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let is_test = |word: &&str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        word.matches('_').count() > 2 && word.chars().all(plain)
    };
    text.split('`').skip(1).step_by(2).filter(is_test)
}

/// What stands in backticks or as a link's address and looks like a path from the root.
fn named(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let is_path = |word: &&str| {
        word.contains('/')
            && !word.contains("://")
            && !word.starts_with(['/', '~'])
            && !word.starts_with("target/")
            && !word.contains(|c: char| c.is_whitespace() || c == '=')
    };
    spans.chain(links).filter(is_path).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_words() {
        let text = "`crates/chat`, `cargo xtask run`, `~/a/b`, `Event`, [x](https://a.b/c) and [y](ui/a.png).";
        assert_eq!(named(text), ["crates/chat", "ui/a.png"]);
    }

    #[test]
    fn a_promise_without_its_test_is_found() {
        let text = "held by `this_test_is_there`, `this_test_is_not` and `strict_sandbox`";
        assert_eq!(tests(text).collect::<Vec<_>>(), ["this_test_is_there", "this_test_is_not"]);
    }
}
