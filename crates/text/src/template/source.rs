//! What is rewritten in a template because Python's Jinja, with Hugging Face's settings, reads it
//! otherwise.

/// The template for an environment that keeps a newline at its end.
pub(super) fn adapt(source: &str) -> String {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut rest = source.strip_suffix('\n').unwrap_or(&source);
    let mut out = String::with_capacity(rest.len());
    while let Some((text, tag)) = next_tag(rest) {
        out.push_str(text);
        let inside = &tag[2..];
        rest = match tag.as_bytes()[1] {
            b'#' => copy(tag, inside.find("#}").map(|at| 2 + at + 2), &mut out),
            b'{' => {
                let end = 2 + code_len(inside, "}}");
                out.push_str("{{");
                python_formats(&tag[2..end], &mut out);
                &tag[end..]
            }
            _ => {
                let code = &inside[..code_len(inside, "%}")];
                let after = &inside[code.len()..];
                let name = code.trim_matches(['-', '+']).trim();
                match name {
                    "raw" => copy(tag, after_raw(after).map(|rest| tag.len() - rest), &mut out),
                    // They mark answers for training and write nothing.
                    "generation" | "endgeneration" => {
                        let name_of_block = if name == "generation" { "with" } else { "endwith" };
                        out.push_str("{%");
                        out.push_str(&code.replacen(name, name_of_block, 1));
                        after
                    }
                    _ => {
                        out.push_str("{%");
                        python_formats(code, &mut out);
                        after
                    }
                }
            }
        };
    }
    out.push_str(rest);
    out
}

/// Text, and what begins with a tag after it.
fn next_tag(source: &str) -> Option<(&str, &str)> {
    let begins = |at: &usize| {
        source.as_bytes().get(at + 1).is_some_and(|next| matches!(next, b'{' | b'%' | b'#'))
    };
    let at = source.match_indices('{').map(|(at, _)| at).find(begins)?;
    Some(source.split_at(at))
}

/// Copies so much of a tag, or all of it. Returns the rest.
fn copy<'a>(tag: &'a str, len: Option<usize>, out: &mut String) -> &'a str {
    let (copied, rest) = tag.split_at(len.unwrap_or(tag.len()));
    out.push_str(copied);
    rest
}

/// How long the rest is after the end of what is left as it is; what is in it is no code.
fn after_raw(source: &str) -> Option<usize> {
    let mut rest = source;
    while let Some((_, tag)) = rest.split_once("{%") {
        let (inside, after) = tag.split_once("%}")?;
        if inside.trim_matches(['-', '+']).trim() == "endraw" {
            return Some(after.len());
        }
        rest = tag;
    }
    None
}

/// Bytes of code up to what ends it, outside its texts.
fn code_len(code: &str, end: &str) -> usize {
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        if rest.starts_with(end) {
            return at;
        }
        at += step(rest);
    }
    code.len()
}

/// Bytes of a text in quotes, or of one character.
fn step(code: &str) -> usize {
    let mut chars = code.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    if !matches!(first, '\'' | '"') {
        return first.len_utf8();
    }
    let mut escaped = false;
    for (at, c) in chars {
        match c {
            '\\' if !escaped => escaped = true,
            _ if c == first && !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    code.len()
}

/// Writes `'%s' % value` as `'%s' |format(value)`.
fn python_formats(code: &str, out: &mut String) {
    let mut rest = code;
    while !rest.is_empty() {
        let len = step(rest);
        let (part, after) = rest.split_at(len);
        out.push_str(part);
        rest = after;
        let operator =
            rest.trim_start().strip_prefix('%').filter(|_| part.starts_with(['\'', '"']));
        let Some(operand) = operator.map(str::trim_start) else { continue };
        out.push_str(" |format");
        if operand.starts_with('(') {
            rest = operand;
        } else {
            let (value, after) = operand.split_at(operand_len(operand));
            out.push('(');
            out.push_str(value);
            out.push(')');
            rest = after;
        }
    }
}

/// Bytes of a value with its attributes, calls and filters.
fn operand_len(code: &str) -> usize {
    let word = |at: usize| {
        let rest = &code[at..];
        at + rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
    };
    let mut at = match code.as_bytes().first() {
        Some(b'\'' | b'"') => step(code),
        Some(b'[' | b'{') => brackets_len(code),
        _ => word(0),
    };
    loop {
        let rest = &code[at..];
        let spaces = rest.len() - rest.trim_start().len();
        at = match rest.as_bytes().first() {
            Some(b'.') => word(at + 1),
            Some(b'[' | b'(') => at + brackets_len(rest),
            _ if rest[spaces..].starts_with('|') => {
                let name = &rest[spaces + 1..];
                word(at + spaces + 1 + name.len() - name.trim_start().len())
            }
            _ => return at,
        };
    }
}

/// Bytes from a bracket to the one that closes it.
fn brackets_len(code: &str) -> usize {
    let (mut at, mut open) = (0, 0usize);
    while at < code.len() {
        let rest = &code[at..];
        match rest.as_bytes()[0] {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        at += step(rest);
        if open == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::adapt;

    #[test]
    fn what_is_no_code_stays_as_it_is() {
        for source in [
            "a {# '%s' % x #} {{ '%}' }} {% raw %}{% generation %}{{ '%s' % x }}{% endraw %} b",
            "{",
            "{{",
            "{%",
            "{#",
            "{% raw %}",
            "{{ '",
            "a % b",
            "{{ a % b }}",
            "{% if 'a' -%}",
        ] {
            assert_eq!(adapt(source), source);
        }
    }

    #[test]
    fn python_formats_become_filters() {
        assert_eq!(adapt("{{ '%s' % x }}"), "{{ '%s' |format(x) }}");
        assert_eq!(adapt("{{ '%s' % (a, b) ~ 1 }}"), "{{ '%s' |format(a, b) ~ 1 }}");
        assert_eq!(
            adapt("{% set y = \"%s\" % x.a['b'](c)|upper + 'd' -%}"),
            "{% set y = \"%s\" |format(x.a['b'](c)|upper) + 'd' -%}"
        );
        assert_eq!(adapt("{{ '%s' % [1, (2)] }}"), "{{ '%s' |format([1, (2)]) }}");
        assert_eq!(adapt("{{ '%s' % "), "{{ '%s' |format()");
    }

    #[test]
    fn marks_for_training_become_blocks_that_write_nothing() {
        assert_eq!(
            adapt("a\r\n{%- generation -%}b{% endgeneration %}\n"),
            "a\n{%- with -%}b{% endwith %}"
        );
    }
}
