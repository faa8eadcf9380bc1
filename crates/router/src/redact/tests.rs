use proptest::prelude::*;

use super::{invisible as invisible_in, *};

fn kinds(text: &str) -> Vec<(Kind, String)> {
    detect(text, &[]).into_iter().map(|s| (s.kind, text[s.start..s.end].to_owned())).collect()
}

fn one(text: &str, kind: Kind, expected: &str) {
    assert_eq!(kinds(text), [(kind, expected.to_owned())], "{text}");
}

#[test]
fn secrets_are_found_by_prefix_label_and_randomness() {
    let key = format!("sk-{}", "a1B2c3D4e5".repeat(3));
    one(&format!("use {key}, please"), Kind::Secret, &key);
    one("the password is hunter22.", Kind::Secret, "hunter22");
    one("API_KEY=\"q8Zr-44\" in the file", Kind::Secret, "q8Zr-44");
    one("mein Passwort lautet Blumenkohl7", Kind::Secret, "Blumenkohl7");
    one("open postgres://bob:pw@db.example/x", Kind::Secret, "bob:pw");
    let random = "9fKq2LmZx7RtYv0BnCw4HsJd8PgUe3Ao";
    one(&format!("it says {random} there"), Kind::Secret, random);
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----";
    one(&format!("see\n{pem}\nok"), Kind::Secret, pem);
}

#[test]
fn checksums_tell_account_and_card_numbers_from_others() {
    one("pay DE89 3704 0044 0532 0130 00 now", Kind::Iban, "DE89 3704 0044 0532 0130 00");
    one("GB82WEST12345698765432", Kind::Iban, "GB82WEST12345698765432");
    assert_eq!(kinds("pay DE88 3704 0044 0532 0130 00 now"), []);
    one("card 4111 1111 1111 1111 ok", Kind::Card, "4111 1111 1111 1111");
    assert_eq!(kinds("order 4111 1111 1111 1112 ok"), []);
}

#[test]
fn addresses_and_phones_are_found() {
    one("write to jane.doe+x@mail.example.org.", Kind::Email, "jane.doe+x@mail.example.org");
    one("call +49 170 1234567 today", Kind::Phone, "+49 170 1234567");
    one("call (030) 901820-44", Kind::Phone, "030) 901820-44");
    one("call 555-123-4567", Kind::Phone, "555-123-4567");
    one("host 192.168.4.17:8080", Kind::IpAddress, "192.168.4.17:8080");
    one("host 2001:db8::8a2e:370:7334", Kind::IpAddress, "2001:db8::8a2e:370:7334");
    for nothing in
        ["at 12:30:15", "on 01.02.2024 10", "version 1.2.3", "2024-05-06", "a@b", "127.0.0.1"]
    {
        assert_eq!(kinds(nothing), [], "{nothing}");
    }
}

#[test]
fn a_labelled_secret_is_found_to_its_end() {
    one("password: Xy,9k$Pq2w", Kind::Secret, "Xy,9k$Pq2w");
    one(
        "passphrase: correct horse, battery staple.\nok",
        Kind::Secret,
        "correct horse, battery staple",
    );
    for (quoted, secret) in [
        ("passphrase: \"correct horse battery staple\" ok", "correct horse battery staple"),
        ("{\"password\": \"it's 4<5\", \"to\": \"x y\"}", "it's 4<5"),
        ("password = 'it's me99' ok", "it's me99"),
        (r#"password: "ab\"cd 9" ok"#, r#"ab\"cd 9"#),
        ("password: \"hunter22 and no end", "hunter22"),
        ("**Password:** `hunter 22`.", "hunter 22"),
        ("password = \"\"\"hunter22\"\"\"", "hunter22"),
    ] {
        one(quoted, Kind::Secret, secret);
    }
    for nothing in [
        "password: \"\", user: \"bob smith\"",
        "{\"password\":\"\",\"user\":\"bob smith\"}",
        "password: '",
        "password:",
        "passphrase: \n",
    ] {
        assert_eq!(kinds(nothing), [], "{nothing}");
    }
}

#[test]
fn a_bearer_token_needs_no_sign() {
    let token = "7f3c".repeat(10);
    one(&format!("-H \"Authorization: Bearer {token}\" x"), Kind::Secret, &token);
    for nothing in ["the bearer of this letter", "bearer responsibilities", "Bearer abc123"] {
        assert_eq!(kinds(nothing), [], "{nothing}");
    }
}

#[test]
fn cards_are_found_among_other_numbers() {
    let card = "4111 1111 1111 1111";
    for text in ["12/27", "123", "12 27 123", "2nd"].map(|more| format!("{card} {more}")) {
        one(&text, Kind::Card, card);
    }
    one("4111111111111111 12 27", Kind::Card, "4111111111111111");
    one("3782 822463 10005 1234", Kind::Card, "3782 822463 10005");
    let other = "5500 0000 0000 0004";
    let both = kinds(&format!("{card} {other}"));
    assert_eq!(both, [card, other].map(|card| (Kind::Card, card.to_owned())));
    for nothing in ["411 11111 1111 1111 1 12 27", "4111 1111 1111 1112 12/27"] {
        assert_eq!(kinds(nothing), [], "{nothing}");
    }
}

#[test]
fn phones_are_found_among_other_numbers() {
    one("555-123-4567 (24/7)", Kind::Phone, "555-123-4567");
    one("020 7946 0958 (24/7) 12 34", Kind::Phone, "020 7946 0958");
    let both = kinds("0170 1234567 0171 7654321");
    assert_eq!(both, ["0170 1234567", "0171 7654321"].map(|n| (Kind::Phone, n.to_owned())));
    let both = kinds("+49 170 1234567 / 0171 7654321");
    assert_eq!(both, ["+49 170 1234567", "0171 7654321"].map(|n| (Kind::Phone, n.to_owned())));
    for nothing in ["100 200 3000 400 500", "0001 0002 0003 0005", "2024-05-06 08-30 12 45"] {
        assert_eq!(kinds(nothing), [], "{nothing}");
    }
}

#[test]
fn addresses_behind_a_label_are_found() {
    one("inet addr:192.168.1.5 up", Kind::IpAddress, "192.168.1.5");
    one("IP:10.20.30.40:8080.", Kind::IpAddress, "10.20.30.40");
    assert_eq!(kinds("addr:127.0.0.1 at:12:30:15"), []);
}

#[test]
fn guessed_names_are_marked_as_guesses() {
    one("ask Dr. Weber about it", Kind::PossibleName, "Weber");
    one("my name is Tilda", Kind::PossibleName, "Tilda");
    one("a letter to Maria Sanchez today", Kind::PossibleName, "Maria Sanchez");
    assert_eq!(kinds("What is the capital of France?"), []);
    assert!(!Kind::PossibleName.is_certain());
}

#[test]
fn the_users_own_words_are_found_whole_and_in_any_case() {
    let terms = ["Kestrel".to_owned()];
    let found = detect("the KESTREL plan, not kestrels", &terms);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].start), (Kind::Term, 4));
}

#[test]
fn a_value_keeps_its_placeholder_through_the_conversation_and_comes_back() {
    let mut vault = Vault::new(41);
    let first = vault.redact("mail a@b.example and c@d.example", &[], &[]);
    assert_eq!(first.text, "mail [[EMAIL_42]] and [[EMAIL_43]]");
    let second = vault.redact("c@d.example again", &[], &[]);
    assert_eq!(second.text, "[[EMAIL_43]] again");
    assert!(second.left.none());
    let answer = r"I wrote to [[email_42]] and \[\[EMAIL\_43\]\], not [[EMAIL_99]].";
    let restored = vault.restore(answer);
    assert_eq!(restored, "I wrote to a@b.example and c@d.example, not [[EMAIL_99]].");
}

#[test]
fn secrets_never_come_back_and_cannot_be_kept() {
    let mut vault = Vault::default();
    let kept = ["hunter22".to_owned()];
    let redacted = vault.redact("password: hunter22", &[], &kept);
    assert_eq!(redacted.text, "password: [[SECRET]]");
    assert_eq!(vault.restore("[[SECRET]] [[SECRET_1]]"), "[[SECRET]] [[SECRET_1]]");
    assert_eq!(redacted.left.secrets, 0);
}

#[test]
fn a_secret_is_replaced_where_nothing_says_what_it_is() {
    let mut vault = Vault::default();
    let redacted = vault.redact("My password is hunter22. Why is Hunter22 rejected?", &[], &[]);
    assert_eq!(redacted.text, "My password is [[SECRET]]. Why is [[SECRET]] rejected?");
    assert_eq!(redacted.left.secrets, 0);
    assert!(vault.leaks("is HUNTER22 wrong", &["hunter22".to_owned()]));
    assert!(!vault.leaks("hunter221 and [[SECRET]]", &[]));
    assert_eq!(vault.redact("hun\u{200b}ter22", &[], &[]).left.secrets, 1, "hidden is still found");

    vault.learn_secrets("passphrase: \"correct horse\"");
    let redacted = vault.redact("passphrase is correct horse", &[], &[]);
    assert_eq!(redacted.text, "passphrase is [[SECRET]]");

    vault.learn_secrets("password: String; the password is required and case-sensitive");
    vault.learn_secrets("password = input(); password: Option<String>");
    let code = "a required, case-sensitive String = input()";
    assert_eq!(vault.redact(code, &[], &[]).text, code);
}

#[test]
fn a_secret_is_known_again_that_stood_among_other_settings() {
    for (settings, secret) in [
        ("Server=db;Password=abc12345;Database=prod", "abc12345"),
        ("postgres://bob:hunter22@db.example/x", "hunter22"),
        ("<password>hunter22</password>, the password=hunter22&user=x", "hunter22"),
    ] {
        let mut vault = Vault::default();
        vault.learn_secrets(settings);
        let redacted = vault.redact(&format!("is {secret} strong?"), &[], &[]);
        assert_eq!(redacted.text, "is [[SECRET]] strong?", "{settings}");
    }
}

#[test]
fn what_holds_a_secret_is_replaced_whole() {
    let mut vault = Vault::default();
    vault.learn_secrets("My password is 4567. The other password: ada1990");
    let redacted = vault.redact("Call 555-123-4567 or mail ada1990@firm.example", &[], &[]);
    assert_eq!(redacted.text, "Call [[SECRET]] or mail [[SECRET]]");
}

#[test]
fn what_the_user_lets_through_is_counted_as_left() {
    let mut vault = Vault::default();
    let kept = ["a@b.example".to_owned()];
    let redacted = vault.redact("mail a@b.example", &[], &kept);
    assert_eq!(redacted.text, "mail a@b.example");
    assert_eq!(redacted.left.personal, 1);
}

#[test]
fn text_that_looks_like_a_placeholder_survives_the_round_trip() {
    let mut vault = Vault::default();
    let text = "what does [[EMAIL_1]] mean? ask a@b.example";
    let redacted = vault.redact(text, &[], &[]);
    assert_eq!(redacted.text, "what does [[TEXT_1]] mean? ask [[EMAIL_1]]");
    assert_eq!(vault.restore(&redacted.text), text);
}

#[test]
fn a_leak_in_another_spelling_is_noticed() {
    let mut vault = Vault::default();
    vault.redact("mail a@b.example", &[], &[]);
    for outgoing in ["A@B.EXAMPLE", "a\u{200b}@b.example", "ａ@b.example"] {
        assert!(vault.leaks(outgoing, &[]), "{outgoing}");
    }
    assert!(!vault.leaks("mail [[EMAIL_1]]", &[]));
    assert_eq!(findings("a\u{200b}@b.exa\u{200b}mple", &[]).personal, 1, "hidden is still found");
}

#[test]
fn no_character_that_nobody_sees_parts_a_secret() {
    let invisible = [
        '\0',
        '\u{7}',
        '\u{7f}',
        '\u{9d}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{17b4}',
        '\u{180b}',
        '\u{180e}',
        '\u{200b}',
        '\u{200d}',
        '\u{200f}',
        '\u{202a}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{206f}',
        '\u{3164}',
        '\u{fe00}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff9}',
        '\u{1d173}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e007f}',
        '\u{e01ef}',
    ];
    for c in invisible {
        let mut vault = Vault::default();
        vault.learn_secrets("password: hunter22");
        let parted = format!("is hun{c}ter22 strong?");
        let redacted = vault.redact(&parted, &[], &[]);
        assert_eq!(redacted.left.secrets, 1, "{c:?}");
        assert!(vault.leaks(&parted, &[]), "{c:?}");
        assert_eq!(findings(&format!("the pass{c}word is hunt{c}er22"), &[]).secrets, 1, "{c:?}");
        assert_eq!(findings(&format!("a{c}b@mail.exam{c}ple"), &[]).personal, 1, "{c:?}");
        assert_eq!(invisible_in(&parted), 1, "{c:?}");
    }
    for c in [' ', '\n', '\t', '\r', 'ä', '愛', '\u{301}', '\u{2028}', '⠀'] {
        assert_eq!(invisible_in(&format!("a{c}b")), 0, "{c:?}");
    }
}

#[test]
fn a_text_that_hides_more_than_can_be_read_counts_as_a_secret() {
    assert_eq!(findings(&"\u{fdfa}".repeat(100), &[]).secrets, 1);
    assert!(findings("\u{fdfa} \u{33a5} ｗｉｄｅ", &[]).none());
}

#[test]
fn settings_that_hold_each_other_are_each_known_again() {
    let mut vault = Vault::default();
    vault.learn_secrets("see password=hunter22&api_key=k4-xx91&secret=\"two words 7\" there");
    let redacted = vault.redact("hunter22, k4-xx91 or two words 7?", &[], &[]);
    assert_eq!(redacted.text, "[[SECRET]], [[SECRET]] or [[SECRET]]?");
}

#[test]
fn the_parts_are_the_difference_that_is_shown() {
    let redacted = Vault::default().redact("to a@b.example!", &[], &[]);
    let kept = |text: &str| Part::Kept { text: text.into() };
    let replaced = Part::Replaced {
        original: "a@b.example".into(),
        placeholder: "[[EMAIL_1]]".into(),
        kind: Kind::Email,
        certain: true,
    };
    assert_eq!(redacted.parts, [kept("to "), replaced, kept("!")]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever is written, what leaves can be turned back, in one go and in a stream cut anywhere.
    #[test]
    fn restoring_undoes_redacting(
        parts in prop::collection::vec(
            prop_oneof![
                "[ -~äß\\[\\]_\\\\]{0,12}",
                Just("jane@mail.example".to_owned()),
                Just("[[EMAIL_1]]".to_owned()),
                Just("DE89370400440532013000".to_owned()),
                Just(" Maria Sanchez ".to_owned()),
            ],
            0..8,
        ),
        cut in 1usize..7,
    ) {
        let text = parts.concat();
        let mut vault = Vault::new(7);
        let redacted = vault.redact(&text, &[], &[]);
        if redacted.found.secrets == 0 {
            prop_assert_eq!(&vault.restore(&redacted.text), &text);
        }
        let mut stream = Restorer::new(&vault);
        let characters: Vec<char> = redacted.text.chars().collect();
        let mut streamed = String::new();
        for piece in characters.chunks(cut) {
            streamed += &stream.push(&piece.iter().collect::<String>());
        }
        streamed += &stream.finish();
        prop_assert_eq!(streamed, vault.restore(&redacted.text));
    }

    #[test]
    fn nothing_makes_the_detector_panic(text in "\\PC{0,80}") {
        let mut end = 0;
        for span in detect(&text, &["x".to_owned()]) {
            prop_assert!(end <= span.start && span.start < span.end);
            end = span.end;
        }
    }
}
