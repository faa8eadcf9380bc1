//! What is printed. A terminal obeys what it is sent: it moves the cursor, sets the clipboard and
//! hides links. Of what came from a model, a file or somebody's server it gets only what it shows;
//! the rest is visible escapes. A file or a pipe gets every byte as it is.

use std::{
    fmt,
    io::{self, IsTerminal, Read, Stderr, Stdout, Write},
};

use hearth_chat::{clipped, printable};

use crate::failure::{Failure, USAGE};

/// A stream, with all that is printed to it.
pub struct Printed<W> {
    stream: W,
    to_terminal: bool,
}

pub fn stdout() -> Printed<Stdout> {
    Printed { stream: io::stdout(), to_terminal: io::stdout().is_terminal() }
}

pub fn stderr() -> Printed<Stderr> {
    Printed { stream: io::stderr(), to_terminal: io::stderr().is_terminal() }
}

impl<W: Write> Write for Printed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.to_terminal {
            return self.stream.write(bytes);
        }
        let text = String::from_utf8_lossy(bytes);
        self.stream.write_all(printable(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A name or a value that must not look like a line of ours.
pub fn one_line(text: &str) -> String {
    clipped(text, usize::MAX)
}

/// Longer text is no question, and a stream without an end is none.
const LONGEST_INPUT: u64 = 64 << 20;

/// What was typed as an argument, or with `-` what comes on stdin.
pub fn typed_or_stdin(typed: &str) -> Result<String, Failure> {
    if typed != "-" {
        return Ok(typed.to_owned());
    }
    let mut text = String::new();
    io::stdin().lock().take(LONGEST_INPUT + 1).read_to_string(&mut text)?;
    match text.len() as u64 > LONGEST_INPUT {
        true => Err(Failure::new(USAGE, "The text on stdin is longer than 64 MiB.")),
        false => Ok(text),
    }
}

/// What is not the answer, on stderr.
pub fn aside(text: &str) -> io::Result<()> {
    stderr().write_all(text.as_bytes())
}

/// A line for the person, on stderr.
pub fn tell(line: fmt::Arguments) {
    // Nobody is there to tell that nobody is there.
    let _ = stderr().write_all(format!("{line}\n").as_bytes());
}

/// [`tell`] with the arguments of `eprintln!`, which no file here uses.
macro_rules! say {
    ($($line:tt)*) => { $crate::terminal::tell(format_args!($($line)*)) };
}

pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    fn print(to_terminal: bool, texts: &[&str]) -> String {
        let mut printed = Printed { stream: Vec::new(), to_terminal };
        texts.iter().for_each(|text| write!(printed, "{text}").unwrap());
        String::from_utf8(printed.stream).unwrap()
    }

    #[test]
    fn a_terminal_is_told_nothing_and_a_file_gets_every_byte() {
        let evil = ["Grüß \u{1b}]52;c;", "cm0=\u{7}\r", "\u{9b}2J\u{202e}.\n"];
        assert_eq!(print(false, &evil), evil.concat());
        let shown = print(true, &evil);
        assert_eq!(shown, "Grüß \\u001b]52;c;cm0=\\u0007\\u000d\\u009b2J\\u202e.\n");
    }

    #[test]
    fn an_escape_in_json_is_the_same_text_to_who_reads_it() {
        let json = "\"\u{202e}x\u{7f}\u{9b}\"";
        let read = |text: &str| serde_json::from_str::<String>(text).unwrap();
        assert_eq!(read(&printable(json)), read(json));
    }

    #[test]
    fn a_value_stays_on_its_line() {
        assert_eq!(one_line("Mine\n  goes to      elsewhere"), "Mine\\n  goes to      elsewhere");
    }
}
