use std::collections::BTreeSet;

use super::rules;

fn words<'a>(pre: &str, text: &'a str) -> Vec<&'a str> {
    let mut words = Vec::new();
    rules(pre).unwrap().split(text, &mut |word| words.push(word));
    words
}

#[test]
fn digits_group_as_the_family_learnt_them() {
    assert_eq!(words("llama-bpe", "12345"), ["123", "45"]);
    assert_eq!(words("qwen2", "123"), ["1", "2", "3"]);
    assert_eq!(words("smollm", "a 12"), ["a", " ", "1", "2"]);
    assert_eq!(words("gpt-2", "a 12345"), ["a", " 12345"]);
    assert_eq!(words("default", "a 12345"), ["a", " ", "123", "45"]);
}

#[test]
fn contractions_are_words_and_their_case_matters_where_it_did() {
    assert_eq!(words("qwen2", "I'Ll we'd"), ["I", "'Ll", " we", "'d"]);
    assert_eq!(words("gpt-2", "I'll I'LL"), ["I", "'ll", " I", "'", "LL"]);
    assert_eq!(words("qwen2", "'quote"), ["'quote"]);
}

#[test]
fn a_run_of_spaces_leaves_one_to_the_next_word() {
    assert_eq!(words("gpt-2", "a   b  "), ["a", "  ", " b", "  "]);
    assert_eq!(words("qwen2", "a   b  "), ["a", "  ", " b", "  "]);
    assert_eq!(words("gpt-2", "\tx"), ["\t", "x"]);
    assert_eq!(words("qwen2", "\tx"), ["\tx"]);
}

#[test]
fn line_breaks_end_words() {
    assert_eq!(words("qwen2", "a.\n\n  b"), ["a", ".\n\n", " ", " b"]);
    assert_eq!(words("qwen2", "a \n \n  b"), ["a", " \n \n", " ", " b"]);
}

#[test]
fn marks_end_words_except_where_the_family_joins_them() {
    let devanagari = "क\u{94d}ष";
    assert_eq!(words("qwen2", devanagari), ["क", "\u{94d}ष"]);
    assert_eq!(words("qwen35", devanagari), [devanagari]);
}

#[test]
fn capitals_begin_words_in_tekken() {
    assert_eq!(words("tekken", "HTTPServer's a/b/"), ["HTTPServer", "'s", " a", "/b", "/"]);
    assert_eq!(words("tekken", "camelCase 漢字 X"), ["camel", "Case", " 漢字", " X"]);
    assert_eq!(words("tekken", "ABC漢DE"), ["ABC漢", "DE"]);
}

/// Words that Python's `regex` module found with the published expressions, one case a line: rules,
/// text, words, all as JSON.
fn hold_against(cases: &str) {
    assert!(cases.lines().count() > 100);
    for case in cases.lines() {
        let (pre, text, expected): (String, String, Vec<String>) =
            serde_json::from_str(case).unwrap();
        assert_eq!(words(&pre, &text), expected, "{pre}: {text:?}");
    }
}

#[test]
fn scanners_are_their_expressions() {
    hold_against(include_str!("cases.jsonl"));
}

#[test]
#[ignore = "needs a file of more such cases in HEARTH_SPLIT_GOLDENS"]
fn scanners_are_their_expressions_in_any_text() {
    let path = std::env::var_os("HEARTH_SPLIT_GOLDENS").unwrap();
    hold_against(&std::fs::read_to_string(path).unwrap());
}

#[test]
fn an_unknown_family_has_no_rules() {
    assert!(rules("a-name-from-next-year").is_none());
}

/// What nobody writes takes no longer than what people write.
#[test]
fn long_runs_of_anything_are_cut_in_one_pass() {
    let longs =
        ["7", " ", "a", "A", "!", "漢", "\n", "<sentinel:", "IMGIMG", "\u{301}", "\r", "a "];
    for pre in names() {
        for long in longs {
            let text = long.repeat(20_000) + "x";
            let mut bytes = 0;
            rules(&pre).unwrap().split(&text, &mut |word| bytes += word.len());
            assert_eq!(bytes, text.len(), "{pre}: {long:?}");
        }
    }
}

#[test]
fn words_are_together_the_text() {
    let text = "Ünïcode 漢字 🦙\r\n\t'Sx ''ll 1²Ⅷ\u{a0}\u{3000}end  \n ";
    for pre in names() {
        assert_eq!(words(&pre, text).concat(), text, "{pre}");
    }
}

/// Every rule set that the cases name, once.
fn names() -> BTreeSet<String> {
    let cases = include_str!("cases.jsonl").lines();
    let name = |case| -> (String, String, Vec<String>) { serde_json::from_str(case).unwrap() };
    cases.map(|case| name(case).0).collect()
}
