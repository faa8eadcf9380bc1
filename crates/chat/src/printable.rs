//! Text that anyone may have made, where it must not do anything by itself.

use std::borrow::Cow;

/// Whether a terminal or a line of text obeys it instead of showing it: control characters (C0 but for
/// line feed and tab, DEL, C1), line separators, and those that turn the direction of writing.
fn commands(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        c => c.is_control(),
    }
}

/// The text with such characters as visible escapes, `\u001b`, which JSON reads as the same ones.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(commands) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match commands(c) {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// The beginning of the text, fit for a place in a sentence: at most `longest` characters, escapes
/// included, with an ellipsis where more follows. Line ends are escaped as well.
pub fn clipped(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut left = longest;
    for c in text.chars() {
        let piece = match c {
            '\n' => Cow::Borrowed("\\n"),
            '\t' => Cow::Borrowed("\\t"),
            c => Cow::Owned(printable(c.encode_utf8(&mut [0; 4])).into_owned()),
        };
        let Some(rest) = left.checked_sub(piece.chars().count()) else {
            shown.push('…');
            break;
        };
        left = rest;
        shown.push_str(&piece);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(printable("\u{1b}]52;c;cm0=\u{7}"), "\\u001b]52;c;cm0=\\u0007");
        assert_eq!(
            printable("a\rb\u{9b}2J\u{7f}\u{202e}gnp\u{2066}"),
            "a\\u000db\\u009b2J\\u007f\\u202egnp\\u2066"
        );
        for c in ('\0'..='\u{9f}').filter(|c| c.is_control() && !"\n\t".contains(*c)) {
            assert!(!printable(&c.to_string()).contains(c), "{c:?}");
        }
    }

    #[test]
    fn text_of_every_language_stays_as_it_is() {
        for text in ["Grüß dich,\n\tWelt 👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "مرحبا", "שלום", "สวัสดี", "नमस्ते", "漢字"]
        {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_is_clipped_is_one_short_line() {
        assert_eq!(clipped("tensor", 80), "tensor");
        assert_eq!(clipped("a\nb\u{1b}[2J", 80), "a\\nb\\u001b[2J");
        assert_eq!(clipped(&"x".repeat(100), 10), format!("{}…", "x".repeat(10)));
        assert_eq!(clipped("xxxx\u{1b}", 6), "xxxx…", "an escape is whole or not there");
        let long = "\u{202e}".repeat(1 << 20);
        assert_eq!(clipped(&long, 80).chars().count(), 79);
    }
}
