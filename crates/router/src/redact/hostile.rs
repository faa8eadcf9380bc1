//! What texts can cost that are made to cost much, counted in steps.

use super::{shapes::SHAPES, *};

/// What a byte may cost in a text of any length.
const MOST: u64 = 100;

#[test]
fn no_text_costs_more_than_a_hundred_steps_a_byte_however_long_it_is() {
    for (name, shape) in SHAPES {
        for length in [16 << 10, 512 << 10] {
            let text = shape(length);
            let mut vault = Vault::new(0);
            vault.redact(&text, &["Kestrel".into()], &[]);
            let steps = vault.steps() / text.len() as u64;
            assert!((1..=MOST).contains(&steps), "{name}: {steps} steps a byte of {length}");
        }
    }
}

#[test]
fn a_label_in_a_value_costs_nothing_more() {
    let mut vault = Vault::new(0);
    let text = "password=".repeat(800) + "x";
    let redacted = vault.redact(&text, &[], &[]);
    assert!(vault.steps() < MOST * text.len() as u64);
    assert_eq!((redacted.left.secrets, &*redacted.text), (1, "[[SECRET]]"));
}

/// A text that holds nothing private, of `length` bytes and 64 more.
fn harmless(length: usize) -> String {
    "the tide comes and goes as it will. ".repeat(length / 36 + 2)
}

#[test]
fn more_secrets_or_longer_ones_than_are_searched_for_keep_all_of_it_here() {
    let several =
        |n: usize| -> String { (0..n).map(|i| format!("password: s3cret-{i}\n")).collect() };
    let long = |n: usize| format!("password: {}", "k7".repeat(n / 2));
    let addresses =
        |n: usize| -> String { (0..n).map(|i| format!("u{i}@mail.example ")).collect() };
    let same = |n: usize| "a@mail.example ".repeat(n);
    let cases: [(&str, String, String); 4] = [
        ("secrets", several(256), several(257)),
        ("a secret", long(512), long(514)),
        ("values", addresses(4096), addresses(4097)),
        ("replacements", same(16 * 1024), same(16 * 1024 + 1)),
    ];
    for (what, fits, too_much) in cases {
        let mut vault = Vault::new(0);
        let redacted = vault.redact(&fits, &[], &[]);
        assert!(!vault.is_overfull() && redacted.left.none(), "{what}");
        assert_ne!(redacted.text, "[[SECRET]]", "{what}");

        let mut vault = Vault::new(0);
        let redacted = vault.redact(&too_much, &[], &[]);
        assert_eq!((redacted.left.secrets, &*redacted.text), (1, "[[SECRET]]"), "{what}");
        assert!(vault.is_overfull(), "{what}");
        let harmless = vault.redact(&harmless(100), &[], &[]);
        assert_eq!(harmless.text, "[[SECRET]]", "{what}: the rest of the conversation stays, too");
    }
}

#[test]
fn a_long_text_without_anything_private_leaves_as_it_is() {
    let text = harmless(1 << 20);
    let mut vault = Vault::new(0);
    let redacted = vault.redact(&text, &[], &[]);
    assert!(!vault.is_overfull() && redacted.found.none());
    assert_eq!(redacted.text, text);
}

#[test]
fn putting_back_costs_no_search_through_all_values() {
    let text: String = (0..4000).map(|i| format!("u{i}@mail.example ")).collect();
    let mut vault = Vault::new(9);
    let redacted = vault.redact(&text, &[], &[]);
    assert!(!vault.is_overfull());
    assert_eq!(vault.restore(&redacted.text), text);
    assert!(vault.leaks("write to U3999@mail.example", &[]));
    assert!(!vault.leaks("write to U3999@mail.example", &["u3999@mail.example".into()]));
    assert!(!vault.leaks(&redacted.text, &[]));
}
