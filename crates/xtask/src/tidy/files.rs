//! Habits that show in the text of a file.

use std::{env, fs};

use crate::{Result, process};

/// Above this many lines a file probably holds two subjects.
const LONG: usize = 500;

/// A text file of the repository.
pub struct TextFile {
    /// From the repository's root.
    path: String,
    text: String,
}

impl TextFile {
    /// Whether it defines the Rust function `name`.
    pub fn has_function(&self, name: &str) -> bool {
        self.path.ends_with(".rs") && self.text.contains(&format!("fn {name}("))
    }
}

/// Every text file that git tracks or would track.
pub fn tracked() -> Result<Vec<TextFile>> {
    let mut list = process::command("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let paths = process::output(&mut list)?;
    let read = |path: &str| {
        let text = fs::read_to_string(process::root().join(path)).ok()?;
        Some(TextFile { path: path.to_owned(), text })
    };
    Ok(paths.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect())
}

/// What must not stay in `file`, as sentences with a place.
pub fn complaints(file: &TextFile) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if let Some(mark) = unfinished(&file.path, line) {
            complaints.push(format!(
                "{}:{}: {mark}: finish it, or open an issue.",
                file.path,
                index + 1
            ));
        }
        if let Some(place) = local_places().iter().find(|place| line.contains(place.as_str())) {
            complaints.push(format!(
                "{}:{}: names {place}, a folder of one machine.",
                file.path,
                index + 1
            ));
        }
    }
    complaints
}

/// A question worth asking about `file`, which fails nothing.
pub fn hint(file: &TextFile) -> Option<String> {
    let lines = file.text.lines().count();
    let written = is_source(&file.path) && !file.path.ends_with("api.ts");
    (written && lines > LONG)
        .then(|| format!("{} has {lines} lines; which two subjects does it hold?", file.path))
}

fn is_source(path: &str) -> bool {
    [".rs", ".ts", ".svelte", ".py", ".css"].iter().any(|ending| path.ends_with(ending))
}

/// The mark of something left for later. The words are put together here so that this file,
/// which has to name them, does not carry them.
fn unfinished(path: &str, line: &str) -> Option<&'static str> {
    const MARKS: [&str; 4] =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("db", "g!(")];
    let marked = |mark: &&str| {
        line.match_indices(*mark).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + mark.len()..].chars().next();
            let joined = |next: Option<char>| next.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !joined(before) && (mark.ends_with('(') || !joined(after))
        })
    };
    if !is_source(path) {
        return None;
    }
    MARKS.into_iter().find(marked)
}

/// Folders that mean something only on this machine: the checkout's, and the person's own.
fn local_places() -> Vec<String> {
    let checkout = process::root().canonicalize().unwrap_or_default();
    let home = env::var("HOME").or_else(|_| env::var("USERPROFILE")).unwrap_or_default();
    let places = [checkout.to_string_lossy().into_owned(), home];
    // `/root` or `/app` is many machines' folder, and a fair word in a text.
    let particular = |place: &String| place.matches(['/', '\\']).count() > 1;
    places.into_iter().filter(particular).map(|place| place + "/").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_planted_mark_is_found_with_its_line() {
        let text = format!("fn f() {{\n    // {}: later\n}}\n", concat!("TO", "DO"));
        let found = complaints(&file("crates/chat/src/lib.rs", &text));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/chat/src/lib.rs:2"), "{found:?}");
    }

    #[test]
    fn a_longer_word_is_no_mark() {
        let text = format!("const {}_LIST: u8 = 1;", concat!("TO", "DO"));
        assert_eq!(complaints(&file("a.rs", &text)), Vec::<String>::new());
    }

    #[test]
    fn a_folder_of_this_machine_is_found_in_any_text() {
        let place = process::root().canonicalize().unwrap();
        let text = format!("see {}/notes", place.display());
        assert_eq!(complaints(&file("README.md", &text)).len(), 1);
    }

    #[test]
    fn a_long_source_file_gets_a_hint_and_a_generated_one_does_not() {
        let long = "x\n".repeat(LONG + 1);
        assert!(hint(&file("src/lib.rs", &long)).is_some());
        assert!(hint(&file("ui/src/lib/backend/api.ts", &long)).is_none());
        assert!(hint(&file("src/lib.rs", "x\n")).is_none());
    }
}
