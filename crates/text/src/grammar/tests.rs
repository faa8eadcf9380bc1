use hearth_chat::{ErrorKind, Grammar};

use super::{Constraint, Grammars};
use crate::tokenizer::tests::chatml_tokenizer;

fn compile(grammar: Grammar) -> Constraint {
    Grammars::default().compile(&grammar, &chatml_tokenizer()).unwrap()
}

/// Goes on byte by byte; the byte at which the grammar says no.
fn refusal(constraint: &mut Constraint, text: &str) -> Option<usize> {
    text.bytes().position(|byte| {
        let allowed = constraint.allowed().unwrap().is_allowed(byte.into());
        if allowed {
            constraint.accept(byte.into()).unwrap();
        }
        !allowed
    })
}

fn can_end(constraint: &mut Constraint) -> bool {
    let end = chatml_tokenizer().ends()[0];
    constraint.allowed().unwrap().is_allowed(end)
}

#[test]
fn a_json_schema_admits_what_it_describes_and_nothing_else() {
    let schema = r#"{"type": "object", "properties": {"age": {"type": "integer"}},
                     "required": ["age"], "additionalProperties": false}"#;
    let mut constraint = compile(Grammar::JsonSchema(schema.into()));
    assert!(!can_end(&mut constraint), "an empty answer is no object");
    assert_eq!(refusal(&mut constraint, r#"{"age": 42}"#), None);
    assert!(can_end(&mut constraint));
    let mut constraint = compile(Grammar::JsonSchema(schema.into()));
    assert_eq!(refusal(&mut constraint, r#"{"age": "x"}"#), Some(8));
}

#[test]
fn a_regular_expression_is_followed_to_its_end() {
    let mut constraint = compile(Grammar::Regex("(yes|no)".into()));
    assert_eq!(refusal(&mut constraint, "maybe"), Some(0));
    assert_eq!(refusal(&mut constraint, "no"), None);
    assert!(constraint.is_complete() || can_end(&mut constraint));
    assert_eq!(refusal(&mut constraint, "!"), Some(0));
}

#[test]
fn a_lark_grammar_is_followed() {
    let mut constraint = compile(Grammar::Lark("start: \"a\"+ \"b\"".into()));
    assert_eq!(refusal(&mut constraint, "aab"), None);
}

#[test]
fn a_copy_goes_ahead_by_itself() {
    let mut constraint = compile(Grammar::Regex("abc".into()));
    assert_eq!(refusal(&mut constraint.clone(), "ab"), None);
    assert_eq!(refusal(&mut constraint, "abc"), None);
}

#[test]
fn control_tokens_are_no_text() {
    let mut constraint = compile(Grammar::Regex(".*".into()));
    let start = chatml_tokenizer().special("<|im_start|>").unwrap();
    assert!(!constraint.allowed().unwrap().is_allowed(start));
}

#[test]
fn a_grammar_that_does_not_parse_is_the_requests_fault() {
    let (mut grammars, tokenizer) = (Grammars::default(), chatml_tokenizer());
    for grammar in [
        Grammar::JsonSchema("{".into()),
        Grammar::JsonSchema(r#"{"type": "no such type"}"#.into()),
        Grammar::Regex("(".into()),
        Grammar::Lark("start: missing".into()),
    ] {
        let error = grammars.compile(&grammar, &tokenizer).err().unwrap();
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{grammar:?}: {error}");
    }
}
