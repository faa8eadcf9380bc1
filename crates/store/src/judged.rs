//! How sure each local answer was, and how the user graded it.

use std::io::Write;
use std::path::Path;

use hearth_router::{Calibration, Evidence, Graded, SecondOpinions, Sketch, Target};
use rusqlite::{OptionalExtension, Row, params};

use crate::{Error, Store, now_ms, private};

/// A calibration looks back this far; older answers say little about the model of today.
const LOOK_BACK: u32 = 5000;

/// A local answer that was finished.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// Id of the answer.
    pub message: String,
    /// The model, its file and how it is run.
    pub fingerprint: String,
    pub evidence: Evidence,
    /// Of the question.
    pub sketch: Option<Sketch>,
    /// Drawn at random to be asked about. Only such grades certify.
    pub drawn: bool,
}

/// How an answer was graded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grade {
    pub drawn: bool,
    pub correct: Option<bool>,
    pub elsewhere_better: Option<bool>,
}

impl Store {
    /// Notes what a local answer showed about itself. Answering once more replaces it.
    pub fn note_evidence(&self, noted: Noted) -> Result<(), Error> {
        let evidence = serde_json::to_string(&noted.evidence)?;
        let sketch = noted.sketch.as_ref().map(serde_json::to_string).transpose()?;
        self.write(move |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO judged \
                 (message, at_ms, fingerprint, evidence, sketch, drawn) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![noted.message, now_ms(), noted.fingerprint, evidence, sketch, noted.drawn],
            )?;
            Ok(())
        })
    }

    /// What the user said about an answer; `None` takes it back.
    pub fn grade(&self, message: &str, correct: Option<bool>) -> Result<(), Error> {
        self.judge(message, "UPDATE judged SET correct = ?2 WHERE message = ?1", correct)
    }

    /// Whether the answer from elsewhere was better than this local one.
    pub fn compare(&self, message: &str, elsewhere_better: Option<bool>) -> Result<(), Error> {
        let set = "UPDATE judged SET elsewhere_better = ?2 WHERE message = ?1";
        self.judge(message, set, elsewhere_better)
    }

    fn judge(&self, message: &str, set: &'static str, said: Option<bool>) -> Result<(), Error> {
        let id = message.to_owned();
        self.write(move |tx| match tx.execute(set, params![id, said])? {
            0 => Err(Error::not_found("answer", &id)),
            _ => Ok(()),
        })
    }

    /// `None` for an answer that showed nothing to be graded by.
    pub fn grade_of(&self, message: &str) -> Result<Option<Grade>, Error> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT drawn, correct, elsewhere_better FROM judged WHERE message = ?1",
            )?;
            let mut rows = query.query([message])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let (drawn, correct) = (row.get(0)?, row.get(1)?);
            Ok(Some(Grade { drawn, correct, elsewhere_better: row.get(2)? }))
        })
    }

    /// The answer of this device that `message`, an answer from elsewhere, was given beside.
    pub fn local_beside(&self, message: &str) -> Result<Option<String>, Error> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT local.id FROM message AS away \
                 JOIN answer AS far ON far.message = away.id AND far.place <> 'this_device' \
                 JOIN message AS local ON local.parent = away.parent AND local.seq < away.seq \
                 JOIN judged ON judged.message = local.id \
                 WHERE away.id = ?1 ORDER BY local.seq DESC LIMIT 1",
            )?;
            Ok(query.query_row([message], |row| row.get(0)).optional()?)
        })
    }

    /// Writes every answer that was graded to `path`, one JSON object a line and without its words;
    /// returns how many. `cargo xtask bench router --replay` reads it.
    pub fn grades_export(&self, path: &Path) -> Result<u64, Error> {
        let lines = self.read(|connection| {
            let mut query = connection.prepare(
                "SELECT judged.message, fingerprint, evidence, sketch, drawn, correct, timing, usage \
                 FROM judged LEFT JOIN answer USING (message) \
                 WHERE correct IS NOT NULL ORDER BY at_ms, judged.message",
            )?;
            let mut rows = query.query([])?;
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                lines.push(trace(row)?.to_string() + "\n");
            }
            Ok(lines)
        })?;
        private::replace(path, |file| file.write_all(lines.concat().as_bytes()))
            .map_err(|error| Error::io(error, path))?;
        Ok(lines.len() as u64)
    }

    /// What the grades of one fingerprint allow to promise.
    pub fn calibration(&self, fingerprint: &str, target: Target) -> Result<Calibration, Error> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT evidence, sketch, drawn, correct, elsewhere_better FROM judged \
                 WHERE fingerprint = ?1 ORDER BY at_ms DESC, message DESC LIMIT ?2",
            )?;
            let mut rows = query.query(params![fingerprint, LOOK_BACK])?;
            let (mut graded, mut seen) = (Vec::new(), Vec::new());
            let mut elsewhere = SecondOpinions::default();
            while let Some(row) = rows.next()? {
                let (evidence, sketch): (String, Option<String>) = (row.get(0)?, row.get(1)?);
                let evidence: Evidence = serde_json::from_str(&evidence)?;
                // A sketch of an older kind is none.
                let sketch: Option<Sketch> =
                    sketch.and_then(|text| serde_json::from_str(&text).ok());
                let (at_random, correct): (bool, Option<bool>) = (row.get(2)?, row.get(3)?);
                let better: Option<bool> = row.get(4)?;
                elsewhere.compared += u32::from(better.is_some());
                elsewhere.better += u32::from(better == Some(true));
                if let Some(right) = correct {
                    graded.push(Graded { evidence, sketch: sketch.clone(), right, at_random });
                }
                seen.push((evidence, sketch));
            }
            graded.reverse();
            Ok(Calibration::of(target, &graded, &seen, elsewhere))
        })
    }
}

/// A chat that was deleted took its figures along; its grade still counts.
fn trace(row: &Row) -> Result<serde_json::Value, Error> {
    let read = |column: usize| -> Result<serde_json::Value, Error> {
        let text: Option<String> = row.get(column)?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default())
    };
    let (id, model): (String, String) = (row.get(0)?, row.get(1)?);
    let (drawn, correct): (bool, bool) = (row.get(4)?, row.get(5)?);
    let (timing, usage) = (read(6)?, read(7)?);
    let ttft_ms = timing["ttft_ms"].as_f64();
    let after_first = usage["completion_tokens"].as_f64().map(|tokens| (tokens - 1.0).max(0.0));
    let total_ms = ttft_ms
        .zip(after_first)
        .zip(timing["decode_tok_s"].as_f64().filter(|speed| *speed > 0.0))
        .map(|((ttft, tokens), speed)| ttft + tokens / speed * 1e3);
    Ok(serde_json::json!({
        "id": id,
        "model": model,
        "evidence": read(2)?,
        "sketch": read(3)?,
        "drawn": drawn,
        "correct": correct,
        "ttft_ms": ttft_ms,
        "total_ms": total_ms,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewConversation, Route};
    use hearth_chat::Role;
    use hearth_router::Place;

    fn noted(message: &str, drawn: bool) -> Noted {
        let evidence = Evidence {
            mean_logprob: -0.1,
            p10_logprob: -0.4,
            mean_entropy: 0.3,
            tokens: 12,
            complete: true,
        };
        let sketch = Some(Sketch::of("what is the capital of Peru"));
        Noted { message: message.into(), fingerprint: "m".into(), evidence, sketch, drawn }
    }

    #[test]
    fn twenty_two_right_answers_that_were_drawn_certify() {
        let store = Store::in_memory().unwrap();
        for n in 0..22 {
            let message = format!("a{n}");
            store.note_evidence(noted(&message, true)).unwrap();
            let before = store.calibration("m", Target::default()).unwrap();
            assert!(before.certificate().is_none());
            store.grade(&message, Some(true)).unwrap();
        }
        assert!(store.calibration("m", Target::default()).unwrap().certificate().is_some());
        let other = store.calibration("another model", Target::default()).unwrap();
        assert!(other.certificate().is_none(), "a grade says nothing about another model");
    }

    #[test]
    fn thumbs_are_kept_and_can_be_taken_back() {
        let store = Store::in_memory().unwrap();
        store.note_evidence(noted("a", false)).unwrap();
        store.grade("a", Some(false)).unwrap();
        store.compare("a", Some(true)).unwrap();
        let grade = store.grade_of("a").unwrap().unwrap();
        assert_eq!((grade.correct, grade.elsewhere_better), (Some(false), Some(true)));
        store.grade("a", None).unwrap();
        assert_eq!(store.grade_of("a").unwrap().unwrap().correct, None);
        assert!(store.grade("unknown", Some(true)).is_err());
        assert_eq!(store.grade_of("unknown").unwrap(), None);
    }

    #[test]
    fn an_opinion_is_compared_with_the_answer_it_stands_beside() {
        let store = Store::in_memory().unwrap();
        let chat = store.create_conversation(NewConversation::default()).unwrap();
        let question = store.add_message(&chat.id, None, Role::User, "What?").unwrap().id;
        let mut answers = [Place::ThisDevice, Place::Cloud].map(|place| {
            let route = Route { place, model: "m".into(), reasons: Vec::new() };
            store.begin_answer(&chat.id, &question, route).unwrap().id
        });
        let [local, away] = &mut answers;
        assert_eq!(store.local_beside(away).unwrap(), None, "nothing is known about the local one");
        store.note_evidence(noted(local, false)).unwrap();
        assert_eq!(store.local_beside(away).unwrap().as_ref(), Some(&*local));
        assert_eq!(store.local_beside(local).unwrap(), None);
    }

    #[test]
    fn an_export_of_grades_has_every_graded_answer_and_no_words() {
        let store = Store::in_memory().unwrap();
        for message in ["a", "b", "c"] {
            store.note_evidence(noted(message, message == "a")).unwrap();
        }
        store.grade("a", Some(true)).unwrap();
        store.grade("b", Some(false)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grades.jsonl");
        assert_eq!(store.grades_export(&path).unwrap(), 2);
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["correct"], &lines[0]["drawn"]), (&true.into(), &true.into()));
        assert_eq!((&lines[1]["correct"], &lines[1]["drawn"]), (&false.into(), &false.into()));
        assert!(!text.contains("Peru"));
    }

    #[test]
    fn the_sketch_of_a_question_goes_with_its_chat() {
        let store = Store::in_memory().unwrap();
        let chat = store.create_conversation(NewConversation::default()).unwrap();
        let message = store.add_message(&chat.id, None, Role::User, "What?").unwrap().id;
        store.note_evidence(noted(&message, true)).unwrap();
        store.move_to_trash(&chat.id).unwrap();
        store.delete(&chat.id).unwrap();
        let kept: Option<String> = store
            .read(|c| Ok(c.query_row("SELECT sketch FROM judged", [], |row| row.get(0))?))
            .unwrap();
        assert_eq!(kept, None);
    }
}
