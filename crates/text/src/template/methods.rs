//! Methods of Python's `str` that templates call, beyond those of `minijinja_contrib`.

use minijinja::value::{ArgType, from_args};
use minijinja::{Error, ErrorKind, Value};

/// As many spaces or zeros as anybody needs.
const WIDEST: usize = 1000;

/// `None` for a method that is not one of these.
pub(super) fn of_text(text: &str, method: &str, args: &[Value]) -> Option<Result<Value, Error>> {
    Some(match method {
        "rsplit" => from_args(args).map(|(by, most)| rsplit(text, by, most)),
        "partition" => one(args).map(|by: &str| match text.split_once(by) {
            Some((before, after)) => tuple([before, by, after]),
            None => tuple([text, "", ""]),
        }),
        "rpartition" => one(args).map(|by: &str| match text.rsplit_once(by) {
            Some((before, after)) => tuple([before, by, after]),
            None => tuple(["", "", text]),
        }),
        "removeprefix" => one(args).map(|it: &str| text.strip_prefix(it).unwrap_or(text).into()),
        "removesuffix" => one(args).map(|it: &str| text.strip_suffix(it).unwrap_or(text).into()),
        "index" => one(args).and_then(|it: &str| match text.find(it) {
            Some(at) => Ok(text[..at].chars().count().into()),
            None => Err(Error::new(ErrorKind::InvalidOperation, "substring not found")),
        }),
        "zfill" => one(args).map(|width| {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
            Value::from(format!("{sign}{}{digits}", padding(text, width, '0')))
        }),
        "ljust" => from_args(args).map(|(width, fill)| {
            Value::from(format!("{text}{}", padding(text, width, fill_of(fill))))
        }),
        "rjust" => from_args(args).map(|(width, fill)| {
            Value::from(format!("{}{text}", padding(text, width, fill_of(fill))))
        }),
        "swapcase" => Ok(text
            .chars()
            .flat_map(|c| {
                let swapped: Vec<char> = if c.is_lowercase() {
                    c.to_uppercase().collect()
                } else {
                    c.to_lowercase().collect()
                };
                swapped
            })
            .collect::<String>()
            .into()),
        _ => return None,
    })
}

fn one<'a, T: ArgType<'a, Output = T>>(args: &'a [Value]) -> Result<T, Error> {
    from_args::<(T,)>(args).map(|(value,)| value)
}

fn tuple(parts: [&str; 3]) -> Value {
    Value::from(parts.map(Value::from).to_vec())
}

fn rsplit(text: &str, by: Option<&str>, most: Option<i64>) -> Value {
    let most = most.and_then(|most| usize::try_from(most).ok()).map_or(usize::MAX, |most| most);
    let mut parts: Vec<Value> = match by {
        Some(by) => text.rsplitn(most.saturating_add(1), by).map(Value::from).collect(),
        None => {
            let mut parts = Vec::new();
            let mut rest = text.trim_end();
            while !rest.is_empty() && parts.len() < most {
                let word = rest
                    .rfind(char::is_whitespace)
                    .map_or(0, |at| at + rest[at..].chars().next().map_or(0, char::len_utf8));
                parts.push(Value::from(&rest[word..]));
                rest = rest[..word].trim_end();
            }
            parts.extend((!rest.is_empty()).then(|| Value::from(rest)));
            parts
        }
    };
    parts.reverse();
    Value::from(parts)
}

fn fill_of(fill: Option<char>) -> char {
    fill.unwrap_or(' ')
}

fn padding(text: &str, width: usize, fill: char) -> String {
    let missing = width.min(WIDEST).saturating_sub(text.chars().count());
    std::iter::repeat_n(fill, missing).collect()
}
