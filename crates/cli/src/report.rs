//! The objects of `hearth ask --json`, and the words for them.

use hearth_assistant::api::{Place, Reason, Restored};
use hearth_chat::{Confidence, Finish, Outcome, Speculation, Timing, Usage};
use hearth_cloud::{Account, Certainty};
use serde::Serialize;

/// A value that was not measured is `null`.
#[derive(Debug, Serialize)]
pub struct Report {
    pub text: String,
    /// What the model thought before it; empty where it did not.
    pub thought: String,
    pub finish: Finish,
    pub place: Place,
    pub backend: Option<String>,
    pub model: String,
    pub usage: Option<Usage>,
    pub timing: Timing,
    pub memory: Memory,
    pub speculation: Option<Speculation>,
    pub confidence: Option<ReportedConfidence>,
    /// 0 on this device.
    pub cost_nano_usd: Option<i64>,
    pub bytes_sent: u64,
    /// Why it was answered there.
    pub reason: String,
}

#[derive(Debug, Serialize)]
pub struct Memory {
    /// Of the engine process.
    pub peak_rss_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
pub struct ReportedConfidence {
    pub mean_logprob: f64,
    pub p10_logprob: f64,
    /// In nats.
    pub mean_entropy: f64,
}

impl Report {
    /// Of an answer on this device; `outcome` is missing when it ended early.
    pub fn on_this_device(
        text: String,
        thought: String,
        model: String,
        finish: Finish,
        outcome: Option<Outcome>,
        reasons: &[Reason],
    ) -> Self {
        let confidence = outcome.as_ref().and_then(|o| o.confidence);
        Self {
            text,
            thought,
            finish,
            place: Place::ThisDevice,
            backend: outcome.as_ref().map(|o| o.backend.clone()),
            model,
            usage: outcome.as_ref().map(|o| o.usage),
            timing: outcome.as_ref().map(|o| o.timing).unwrap_or_default(),
            memory: Memory { peak_rss_bytes: outcome.as_ref().and_then(|o| o.peak_rss_bytes) },
            speculation: outcome.and_then(|o| o.speculation),
            confidence: confidence.map(|Confidence { mean_logprob, p10_logprob, mean_entropy }| {
                ReportedConfidence { mean_logprob, p10_logprob, mean_entropy }
            }),
            cost_nano_usd: Some(0),
            bytes_sent: 0,
            reason: reasons.iter().map(|reason| reason.sentence()).collect::<Vec<_>>().join(" "),
        }
    }
}

/// The second object, of a second opinion. What the provider was never heard to say is `null`.
#[derive(Debug, Serialize)]
pub struct SecondOpinion {
    pub text: String,
    /// As far as the provider shows it.
    pub thought: String,
    pub finish: Option<Finish>,
    pub place: Place,
    pub provider: String,
    pub model: String,
    pub cost_nano_usd: Option<u64>,
    /// Whether that is the most it can be, and not what was counted.
    pub cost_is_upper_bound: Option<bool>,
    pub bytes_sent: Option<u64>,
}

impl SecondOpinion {
    pub fn of(
        text: String,
        thought: String,
        provider: String,
        model: String,
        place: Place,
        account: Option<&Account>,
    ) -> Self {
        Self {
            text,
            thought,
            finish: account.map(|account| account.finish),
            place,
            provider,
            model,
            cost_nano_usd: account.map(|account| account.cost.0),
            cost_is_upper_bound: account.map(|a| a.certainty == Certainty::UpperBound),
            bytes_sent: account.map(|account| account.bytes_sent),
        }
    }
}

/// What Hearth did about a damaged history.
pub fn restored(Restored { day, damaged }: &Restored) -> String {
    format!(
        "The chats were damaged, so Hearth took its backup of {day}. What came later is not in it. The \
         damaged file is kept for 30 days: {damaged}"
    )
}

pub fn place_name(place: Place) -> &'static str {
    match place {
        Place::ThisDevice => "on this device",
        Place::OwnServer => "on your own server",
        Place::Cloud => "in the cloud",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_figures_reports_every_field_as_null() {
        let report = Report::on_this_device(
            "Hi".into(),
            String::new(),
            "starter".into(),
            Finish::Cancelled,
            None,
            &[Reason::ModeLocalOnly],
        );
        let json = serde_json::to_value(report).unwrap();
        let fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [
            "text",
            "thought",
            "finish",
            "place",
            "backend",
            "model",
            "usage",
            "timing",
            "memory",
            "speculation",
            "confidence",
            "cost_nano_usd",
            "bytes_sent",
            "reason",
        ];
        expected.sort_unstable();
        let mut fields = fields;
        fields.sort_unstable();
        assert_eq!(fields, expected);
        assert!(json["timing"]["ttft_ms"].is_null() && json["memory"]["peak_rss_bytes"].is_null());
        assert_eq!(json["place"], "this_device");
        assert_eq!(json["bytes_sent"], 0);
    }
}
