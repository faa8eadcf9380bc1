//! Answers from before thoughts had a place of their own: they began with the thought, in its marks.

use rusqlite::{OptionalExtension, Transaction, params};
use rusqlite_migration::{HookError, HookResult};

use crate::{Said, TokenMark};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// The thought and the answer of such a text, and how many UTF-16 units of it the answer leaves out
/// at its beginning; `None` where it has no thought.
pub(crate) fn part(text: &str) -> Option<(Said, usize)> {
    let (thought, answer) = match text.trim_start().strip_prefix(OPEN) {
        Some(rest) => rest.split_once(CLOSE).unwrap_or((rest, "")),
        // Where the template wrote the mark, the model only closed it. In a sentence it is a word.
        None => text.split_once(CLOSE).filter(|(before, after)| {
            before.ends_with('\n') && (after.is_empty() || after.starts_with('\n'))
        })?,
    };
    let answer = answer.trim_start();
    let left_out = text[..text.len() - answer.len()].encode_utf16().count();
    Some((Said { thought: thought.trim().to_owned(), answer: answer.to_owned() }, left_out))
}

/// Without the marks of the text's first `units`.
pub(crate) fn marks_after(marks: Vec<TokenMark>, units: usize) -> Vec<TokenMark> {
    let mut left = units as u32;
    let cut = |mut mark: TokenMark| {
        let gone = mark.length.min(left);
        left -= gone;
        mark.length -= gone;
        (mark.length > 0 || gone == 0).then_some(mark)
    };
    marks.into_iter().filter_map(cut).collect()
}

/// Parts the answers that are there. It knows the tables as they are at that step and no others.
pub(crate) fn part_all(tx: &Transaction) -> HookResult {
    let mut query = tx.prepare(
        "SELECT id, text FROM message WHERE role = 'assistant' AND text LIKE '%</think>%' \
         OR role = 'assistant' AND ltrim(text, char(10, 13, 9, 32)) LIKE '<think>%'",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (id, text) in rows.collect::<Result<Vec<(String, String)>, _>>()? {
        let Some((said, units)) = part(&text) else { continue };
        let marks: Option<String> = tx
            .query_row("SELECT tokens FROM answer WHERE message = ?1", [&id], |row| row.get(0))
            .optional()?;
        let marks = marks.and_then(|marks| serde_json::from_str(&marks).ok()).unwrap_or_default();
        let marks = serde_json::to_string(&marks_after(marks, units));
        let marks = marks.map_err(|error| HookError::Hook(error.to_string()))?;
        tx.execute("UPDATE answer SET tokens = ?1 WHERE message = ?2", [&marks, &id])?;
        tx.execute(
            "UPDATE message SET thought = ?1, text = ?2 WHERE id = ?3",
            params![said.thought, said.answer, id],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hearth_chat::TokenOrigin;

    use super::*;

    #[test]
    fn a_thought_is_what_the_marks_say_it_is() {
        let parted = |text| part(text).map(|(said, units)| (said.thought, said.answer, units));
        let said = |thought: &str, answer: &str, units| {
            Some((thought.to_owned(), answer.to_owned(), units))
        };
        assert_eq!(parted("<think>\nHm.\n</think>\n\nHi."), said("Hm.", "Hi.", 22));
        assert_eq!(parted("\n<think>Hm🙂</think>Hi."), said("Hm🙂", "Hi.", 20));
        assert_eq!(parted("<think>\nHm. Let me"), said("Hm. Let me", "", 18));
        assert_eq!(parted("Hm.\n</think>\n\nHi."), said("Hm.", "Hi.", 14));
        assert_eq!(parted("The tag `</think>` closes a `<think>`."), None);
        assert_eq!(parted("Hi."), None);
    }

    #[test]
    fn marks_go_with_the_text_that_they_mark() {
        let mark = |length| TokenMark { length, origin: TokenOrigin::Target, logprob: None };
        let lengths = |marks: &[u32], units| -> Vec<u32> {
            let marks = marks.iter().map(|length| mark(*length)).collect();
            marks_after(marks, units).iter().map(|mark| mark.length).collect()
        };
        assert_eq!(lengths(&[3, 4, 5], 7), [5]);
        assert_eq!(lengths(&[3, 4, 0, 5], 5), [2, 0, 5]);
        assert!(lengths(&[3], 9).is_empty());
    }
}
