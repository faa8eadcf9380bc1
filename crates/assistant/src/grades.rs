//! What the user makes of this device's answers, and what may be promised from it.

use std::path::Path;

use hearth_chat::Finish;
use hearth_router::{Calibration, Evidence, Sketch, Target};
use hearth_store::{Ending, Noted, Store};

use crate::{
    Assistant, Error,
    api::{Asks, GradeView},
    models::Chosen,
};

impl Assistant {
    /// What the user says about an answer: of one from this device whether it was right, of one from
    /// elsewhere whether it was better than the one beside it. `None` takes it back.
    pub async fn answer_grade(&self, message: String, said: Option<bool>) -> Result<(), Error> {
        let note = move |store: &Store| match store.local_beside(&message)? {
            Some(local) => store.compare(&local, said),
            None => store.grade(&message, said),
        };
        self.history().write(note).await
    }

    /// `None` for an answer that showed nothing to be graded by.
    pub async fn answer_graded(&self, message: String) -> Result<Option<GradeView>, Error> {
        let look = move |store: &Store| match store.local_beside(&message)? {
            Some(local) => Ok(store.grade_of(&local)?.map(|grade| GradeView {
                asks: Asks::WhetherBetter,
                drawn: false,
                said: grade.elsewhere_better,
            })),
            None => Ok(store.grade_of(&message)?.map(|grade| GradeView {
                asks: Asks::WhetherRight,
                drawn: grade.drawn,
                said: grade.correct,
            })),
        };
        self.history().read(look).await
    }

    /// Writes the graded answers, without their words, to `path`; returns how many.
    pub async fn grades_export(&self, path: &Path) -> Result<u64, Error> {
        let path = path.to_owned();
        self.history().read(move |store| store.grades_export(&path)).await
    }

    /// Notes how sure a local answer was. What cannot be noted teaches nothing, and breaks nothing.
    pub(crate) async fn note_evidence(
        &self,
        model: &Chosen,
        message: &str,
        question: Option<&str>,
        ending: &Ending,
    ) {
        let tokens = ending.usage.map_or(0, |usage| usage.completion_tokens);
        let evidence = Evidence::of(ending.confidence, tokens, ending.finish);
        let (Some(evidence), Finish::Stop | Finish::Length) = (evidence, ending.finish) else {
            return;
        };
        let noted = Noted {
            message: message.to_owned(),
            fingerprint: fingerprint(model),
            evidence,
            sketch: question.map(Sketch::of),
            drawn: is_drawn(message),
        };
        let stored = self.history().write(move |store| store.note_evidence(noted.clone()));
        if let Err(error) = stored.await {
            tracing::warn!(%error, "how sure an answer was could not be noted");
        }
    }

    /// What the grades of the chosen model allow to promise; `None` when they cannot be read.
    pub(crate) async fn calibration(&self) -> Option<Calibration> {
        let fingerprint = fingerprint(&self.chosen_model().ok()?);
        let read = self
            .history()
            .read(move |store| store.calibration(&fingerprint, Target::default()))
            .await;
        read.ok()
    }
}

/// A score means something only for one file, run by one version of Hearth.
pub(crate) fn fingerprint(model: &Chosen) -> String {
    format!("{} {}", model.identity(), env!("CARGO_PKG_VERSION"))
}

/// One answer in eight, by a digit of its id that was drawn at random when it was made: before
/// anybody knew how it would turn out.
fn is_drawn(message: &str) -> bool {
    message.ends_with(['0', '8'])
}

#[cfg(test)]
mod tests {
    use super::is_drawn;

    #[test]
    fn about_one_answer_in_eight_is_asked_about() {
        let ids = (0..4096).map(|n| format!("0192-{n:03x}"));
        assert_eq!(ids.filter(|id| is_drawn(id)).count(), 512);
    }
}
