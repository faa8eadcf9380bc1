//! How values are written into columns.

use hearth_chat::{Confidence, Speculation, Timing};
use hearth_router::Label;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Answer, Error, TextOrigin, TokenMark};

/// The word of an enum without data, such as `this_device`.
pub(crate) fn word(value: impl Serialize) -> Result<String, Error> {
    match serde_json::to_value(value)? {
        Value::String(word) => Ok(word),
        other => Ok(other.to_string()),
    }
}

pub(crate) fn from_word<T: DeserializeOwned>(word: String) -> Result<T, Error> {
    Ok(serde_json::from_value(Value::String(word))?)
}

/// A column that holds who wrote a text. A word that is not known says nothing.
pub(crate) fn origin(row: &Row, column: usize) -> rusqlite::Result<Option<TextOrigin>> {
    let word: Option<String> = row.get(column)?;
    Ok(word.and_then(|word| from_word(word).ok()))
}

/// A column of text, also where somebody put bytes there that are none: a page of the ledger is shown
/// whatever was done to its rows.
pub(crate) fn text(row: &Row, column: usize) -> rusqlite::Result<String> {
    Ok(optional_text(row, column)?.unwrap_or_default())
}

pub(crate) fn optional_text(row: &Row, column: usize) -> rusqlite::Result<Option<String>> {
    let bytes = row.get_ref(column)?.as_bytes_or_null()?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// A column that holds the word of a label. One that is not known is the strictest.
pub(crate) fn label(row: &Row, column: usize) -> rusqlite::Result<Label> {
    Ok(from_word(row.get(column)?).unwrap_or(Label::Regulated))
}

/// Brings measurements to the precision that is kept. An infinity or NaN was not measured.
///
/// Rounded decimals are short, and `serde_json` reads only short ones exactly (without its
/// slower `float_roundtrip`), which the bit-equal export needs.
pub(crate) fn settled(mut answer: Answer) -> Answer {
    answer.timing = answer.timing.map(|timing| Timing {
        load_ms: timing.load_ms.and_then(rounded),
        ttft_ms: timing.ttft_ms.and_then(rounded),
        prefill_tok_s: timing.prefill_tok_s.and_then(rounded),
        decode_tok_s: timing.decode_tok_s.and_then(rounded),
        thought_ms: timing.thought_ms.and_then(rounded),
    });
    answer.confidence = answer.confidence.and_then(|confidence| {
        Some(Confidence {
            mean_logprob: rounded(confidence.mean_logprob)?,
            p10_logprob: rounded(confidence.p10_logprob)?,
            mean_entropy: rounded(confidence.mean_entropy)?,
        })
    });
    answer.speculation = answer.speculation.map(|speculation| Speculation {
        mean_accepted: speculation.mean_accepted.and_then(rounded),
        speedup_estimate: speculation.speedup_estimate.and_then(rounded),
        ..speculation
    });
    // Nor was what nobody can have paid or sent.
    answer.cost_nano_usd = answer.cost_nano_usd.filter(|cost| *cost >= 0);
    answer.bytes_sent = answer.bytes_sent.max(0);
    for TokenMark { logprob, .. } in &mut answer.tokens {
        *logprob = logprob.map(|ln_p| ((f64::from(ln_p) * 1e4).round() / 1e4 + 0.0) as f32);
        *logprob = logprob.filter(|ln_p| ln_p.abs() < 1e4);
    }
    answer
}

/// To a millionth: a nanosecond in ms. A billion or more was not measured.
fn rounded(value: f64) -> Option<f64> {
    let millionths = (value * 1e6).round();
    // Adding zero turns -0 into 0.
    (millionths.abs() < 1e15).then_some(millionths / 1e6 + 0.0)
}
