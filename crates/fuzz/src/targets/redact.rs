//! The user's text, or what was pasted into it, on its way through the redactor.

use hearth_router::redact::{Part, Restorer, Vault, findings};

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (terms, text) = text.split_once('\0').unwrap_or(("", &text));
    let terms: Vec<String> = terms.lines().take(8).map(str::to_owned).collect();
    findings(text, &terms);
    let mut vault = Vault::new(u32::from(bytes.first().copied().unwrap_or(0)));
    let redacted = vault.redact(text, &terms, &[]);
    let shown: String = redacted.parts.iter().map(original).collect();
    assert_eq!(shown, text, "the preview is the whole text");
    let left: String = redacted.parts.iter().map(leaves).collect();
    assert_eq!(left, redacted.text, "and what leaves is what the preview says");
    vault.leaks(&redacted.text, &[]);

    // An answer in two pieces is restored as it would be whole.
    let mut restorer = Restorer::new(&vault);
    let (head, tail) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let pieces = [restorer.push(head), restorer.push(tail), restorer.finish()];
    assert_eq!(pieces.concat(), vault.restore(text));
}

fn original(part: &Part) -> &str {
    match part {
        Part::Kept { text } => text,
        Part::Replaced { original, .. } => original,
    }
}

fn leaves(part: &Part) -> &str {
    match part {
        Part::Kept { text } => text,
        Part::Replaced { placeholder, .. } => placeholder,
    }
}
