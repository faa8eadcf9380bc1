//! What chat templates expect of Python's Jinja beyond the language itself.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;
use std::io::{self, Write};

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters};
use minijinja_contrib::globals;
use minijinja_contrib::pycompat::unknown_method_callback;
use serde::Serialize;
use serde_json::ser::Formatter;

use super::methods;

const MAX_INDENT: usize = 8;

/// Adds Python's string and list methods, `raise_exception`, `strftime_now` and `tojson`.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(|state, value, method, args| {
        match value.as_str().and_then(|text| methods::of_text(text, method, args)) {
            Some(result) => result,
            None => unknown_method_callback(state, value, method, args),
        }
    });
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", strftime_now);
    environment.add_filter("tojson", tojson);
    environment.add_function("cycler", |items: Rest<Value>| globals::cycler(items.0));
    environment.add_function("joiner", globals::joiner);
    // A text is one, and a mapping too.
    environment.add_test("sequence", |value: &Value| {
        matches!(value.kind(), ValueKind::String | ValueKind::Seq | ValueKind::Map)
    });
    environment.add_filter("int", int);
    environment.add_filter("float", float);
    environment.add_test("callable", |value: &Value| value.kind() == ValueKind::Plain);
    // Nothing is not a list in Python.
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
}

/// What is no number is 0, and no error.
fn int(
    state: &State,
    value: &Value,
    default: Option<Value>,
    base: Option<u32>,
    options: Kwargs,
) -> Value {
    filters::int(state, value, default, base, options).unwrap_or_else(|_| 0.into())
}

fn float(state: &State, value: &Value, default: Option<Value>, options: Kwargs) -> Value {
    filters::float(state, value, default, options).unwrap_or_else(|_| 0.0.into())
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

/// `json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
/// sort_keys=sort_keys)`, where `ensure_ascii` is off unless it is asked for.
fn tojson(value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    let separators: Option<Vec<String>> = options.get("separators")?;
    let ascii = options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false);
    let sort = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    options.assert_all_used()?;
    let [item, key] = match separators.map(<[String; 2]>::try_from) {
        Some(Ok(separators)) => separators,
        Some(Err(_)) => {
            let what = "separators are two texts";
            return Err(Error::new(ErrorKind::InvalidOperation, what));
        }
        None => [if indent.is_some() { "," } else { ", " }, ": "].map(String::from),
    };
    let spaces = indent.map(|width| " ".repeat(width.min(MAX_INDENT)));
    let style = Style { item, key, spaces, depth: 0, is_empty: false };
    let json =
        |error: serde_json::Error| Error::new(ErrorKind::BadSerialization, error.to_string());
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, style);
    if sort {
        // A map of this kind is in the order of its keys.
        sorted(value)?.serialize(&mut serializer).map_err(json)?;
    } else {
        value.serialize(&mut serializer).map_err(json)?;
    }
    let text = String::from_utf8(out)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(if ascii { to_ascii(&text) } else { text })
}

/// The same value with every mapping in the order of its keys.
fn sorted(value: &Value) -> Result<Value, Error> {
    Ok(match value.kind() {
        ValueKind::Map => {
            let mut entries = BTreeMap::new();
            for key in value.try_iter()? {
                entries.insert(key.clone(), sorted(&value.get_item(&key)?)?);
            }
            Value::from_object(entries)
        }
        ValueKind::Seq => {
            value.try_iter()?.map(|item| sorted(&item)).collect::<Result<Vec<_>, _>>()?.into()
        }
        _ => value.clone(),
    })
}

fn to_ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let units = c
                .encode_utf16(&mut [0; 2])
                .iter()
                .map(|unit| format!("\\u{unit:04x}"))
                .collect::<String>();
            out.push_str(&units);
        }
    }
    out
}

/// Python's way of spaces and line breaks.
struct Style {
    /// After a value that others follow, and after a key.
    item: String,
    key: String,
    /// Of one level; without it everything is on one line.
    spaces: Option<String>,
    depth: usize,
    is_empty: bool,
}

impl Style {
    fn open(&mut self, out: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        out.write_all(bracket)
    }

    fn close(&mut self, out: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if !self.is_empty {
            self.line(out)?;
        }
        self.is_empty = false;
        out.write_all(bracket)
    }

    fn begin(&mut self, out: &mut (impl Write + ?Sized), first: bool) -> io::Result<()> {
        if !first {
            out.write_all(self.item.as_bytes())?;
        }
        self.is_empty = false;
        self.line(out)
    }

    fn line(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let Some(spaces) = &self.spaces else { return Ok(()) };
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(spaces.as_bytes()))
    }
}

impl Formatter for Style {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.begin(out, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.begin(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(self.key.as_bytes())
    }
}
