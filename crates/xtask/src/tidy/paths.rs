//! A text that points at a file points at one that is there.

use crate::process;

const TEXTS: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

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
}
