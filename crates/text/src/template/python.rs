//! What chat templates expect of Python's Jinja beyond the language itself.

use std::error::Error as _;
use std::fmt;

use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

const MAX_INDENT: usize = 8;

/// Adds Python's string and list methods, `raise_exception`, `strftime_now` and `tojson`.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", strftime_now);
    environment.add_filter("tojson", tojson);
    // Nothing is not a list in Python.
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
}

/// Removes the tags `{% generation %}` and `{% endgeneration %}`, which mark answers for training
/// and write nothing.
pub(super) fn without_training_marks(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, tag)) = rest.split_once("{%") {
        let Some((inside, after)) = tag.split_once("%}") else { break };
        let name = inside.trim_matches(['-', '+']).trim();
        out.push_str(before);
        if !matches!(name, "generation" | "endgeneration") {
            out.push_str("{%");
            out.push_str(inside);
            out.push_str("%}");
            rest = after;
            continue;
        }
        // The tag's own signs for trimming still hold for what is around it.
        if inside.starts_with('-') {
            out.truncate(out.trim_end().len());
        }
        rest = if inside.ends_with('-') {
            after.trim_start()
        } else {
            after.strip_prefix('\n').unwrap_or(after)
        };
    }
    out.push_str(rest);
    out
}

/// The template's own words for why it does not take a conversation.
#[derive(Debug)]
struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

pub(super) fn refusal(error: &Error) -> Option<String> {
    error.source()?.downcast_ref::<Refusal>().map(|refusal| refusal.0.clone())
}

fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, "refused").with_source(Refusal(message)))
}

/// Today's date, in UTC: the engine has no business with the machine's time zone.
fn strftime_now(format: &str) -> Result<String, Error> {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::strtime::format(format, &now)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// `json.dumps(value, ensure_ascii=False, indent=indent)`
fn tojson(value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // Templates pass `ensure_ascii=false` and the like, which is what this does anyway.
    let _: Option<Value> = options.get("ensure_ascii")?;
    let mut out = Vec::new();
    let written = match indent {
        Some(width) => {
            let spaces = " ".repeat(width.min(MAX_INDENT));
            let style = PrettyFormatter::with_indent(spaces.as_bytes());
            value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, style))
        }
        None => value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, OneLine)),
    };
    written.map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    String::from_utf8(out)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

/// Python's spaces after commas and colons.
struct OneLine;

impl Formatter for OneLine {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
    ) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}
