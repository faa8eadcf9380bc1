//! Server-sent events, as far as a stream of JSON needs them (WHATWG HTML, section 9.2.6).
//! The reader takes bytes as the network cuts them and never more memory than [`LONGEST`].

/// A provider's longest event is a few kilobytes; what exceeds this is no answer.
const LONGEST: usize = 1 << 20;

/// One event. An event that the stream was cut in is never reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The `event` field; empty for a plain message.
    pub event: String,
    /// The `data` lines, joined by newlines.
    pub data: String,
}

/// The bytes are no event stream: a line is not UTF-8, or one event is longer than a mebibyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

#[derive(Default)]
pub struct Reader {
    line: Vec<u8>,
    coming: Message,
    has_data: bool,
    /// The last byte was a carriage return, so a line feed belongs to it.
    after_cr: bool,
    past_first_line: bool,
}

impl Reader {
    /// Takes the next bytes, and appends the events that they complete to `done`.
    pub fn push(&mut self, bytes: &[u8], done: &mut Vec<Message>) -> Result<(), Malformed> {
        for &byte in bytes {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.after_cr = byte == b'\r';
                    self.end_line(done)?;
                }
                _ => {
                    self.after_cr = false;
                    self.line.push(byte);
                    if self.line.len() + self.coming.data.len() > LONGEST {
                        return Err(Malformed);
                    }
                }
            }
        }
        Ok(())
    }

    fn end_line(&mut self, done: &mut Vec<Message>) -> Result<(), Malformed> {
        let bytes = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&bytes).map_err(|_| Malformed)?;
        let first = !std::mem::replace(&mut self.past_first_line, true);
        let line = line.strip_prefix('\u{feff}').filter(|_| first).unwrap_or(line);
        if line.is_empty() {
            let message = std::mem::take(&mut self.coming);
            if std::mem::take(&mut self.has_data) {
                done.push(message);
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.coming.data.push('\n');
                }
                self.coming.data.push_str(value);
            }
            "event" => self.coming.event = value.to_owned(),
            // Comments, ids and reconnection times mean nothing here.
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(parts: &[&[u8]]) -> Result<Vec<Message>, Malformed> {
        let (mut reader, mut done) = (Reader::default(), Vec::new());
        parts.iter().try_for_each(|part| reader.push(part, &mut done)).map(|()| done)
    }

    fn data(texts: &[&str]) -> Vec<Message> {
        texts.iter().map(|text| Message { event: String::new(), data: (*text).into() }).collect()
    }

    #[test]
    fn every_kind_of_line_end_and_field_is_understood() {
        let stream = "\u{feff}data: one\r\n\r\n: a comment\ndata:two\ndata:  three\n\nid: 7\rdata\r\r\
                      event: ping\n\nevent: note\ndata: {}\nretry: 3\n\n";
        let mut expected = data(&["one", "two\n three", ""]);
        expected.push(Message { event: "note".into(), data: "{}".into() });
        assert_eq!(read(&[stream.as_bytes()]).unwrap(), expected);
    }

    #[test]
    fn an_event_that_was_cut_is_not_reported() {
        assert_eq!(read(&[b"data: one\n\ndata: tw"]).unwrap(), data(&["one"]));
        assert_eq!(read(&[b"data: one\n\ndata: two\n"]).unwrap(), data(&["one"]));
    }

    #[test]
    fn what_is_no_text_or_has_no_end_is_refused() {
        assert_eq!(read(&[b"data: \xff\xfe\n\n"]), Err(Malformed));
        assert_eq!(read(&[&vec![b'x'; LONGEST + 1]]), Err(Malformed));
        let endless = b"data: 0123456789\n".repeat(LONGEST / 10 + 1);
        assert_eq!(read(&[&endless]), Err(Malformed));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

        /// However the network cuts the bytes, the events are the same.
        #[test]
        fn cuts_change_nothing(
            lines in prop::collection::vec("(data|event|id|:|x)?:? ?[a-zé🙂{}]{0,8}(\n|\r|\r\n){1,2}", 0..12),
            cuts in prop::collection::vec(0usize..200, 0..8),
        ) {
            let bytes = lines.concat().into_bytes();
            let whole = read(&[&bytes]);
            let mut cuts: Vec<_> = cuts.into_iter().map(|at| at.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let parts: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(&parts), whole);
        }

        /// Bytes that nobody meant as events neither panic nor hang.
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&[&bytes]);
        }
    }
}
