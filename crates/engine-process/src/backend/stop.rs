/// Looks for the strings that end an answer, in text that comes in pieces. Text that may be the
/// beginning of one is held back until that is decided.
pub struct StopStrings<'a> {
    strings: &'a [String],
    held: String,
}

/// What may be shown now.
#[derive(Debug, PartialEq)]
pub struct Released {
    pub text: String,
    /// A stop string was met right after `text`.
    pub stopped: bool,
}

impl<'a> StopStrings<'a> {
    pub fn new(strings: &'a [String]) -> Self {
        Self { strings, held: String::new() }
    }

    pub fn push(&mut self, text: &str) -> Released {
        self.held.push_str(text);
        let met = self.strings().filter_map(|stop| self.held.find(stop)).min();
        if let Some(at) = met {
            self.held.truncate(at);
            return Released { text: std::mem::take(&mut self.held), stopped: true };
        }
        let keep = self.strings().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        let held = self.held.split_off(self.held.len() - keep);
        Released { text: std::mem::replace(&mut self.held, held), stopped: false }
    }

    /// What was held back, at the end of an answer that no stop string ended.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    fn strings(&self) -> impl Iterator<Item = &'a str> {
        self.strings.iter().map(String::as_str).filter(|stop| !stop.is_empty())
    }
}

/// Length of the longest end of `text` that begins `stop`, in bytes.
fn overlap(text: &str, stop: &str) -> usize {
    let longest = text.len().min(stop.len() - 1);
    (1..=longest)
        .rev()
        .find(|&n| stop.is_char_boundary(n) && text.as_bytes().ends_with(&stop.as_bytes()[..n]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(stops: &[&str], pieces: &[&str]) -> (String, bool) {
        let stops: Vec<String> = stops.iter().map(|s| s.to_string()).collect();
        let mut looking = StopStrings::new(&stops);
        let mut shown = String::new();
        for piece in pieces {
            let released = looking.push(piece);
            shown += &released.text;
            if released.stopped {
                return (shown, true);
            }
        }
        (shown + &looking.finish(), false)
    }

    #[test]
    fn nothing_of_a_stop_string_is_shown_however_it_is_cut() {
        for pieces in [&["one END two"][..], &["one E", "N", "D two"], &["one ", "END"]] {
            assert_eq!(run(&["END"], pieces), ("one ".into(), true), "{pieces:?}");
        }
    }

    #[test]
    fn text_that_only_began_like_one_is_shown_after_all() {
        assert_eq!(run(&["END"], &["EN", "ough E", "N"]), ("ENough EN".into(), false));
    }

    #[test]
    fn the_earliest_of_several_wins() {
        assert_eq!(run(&["b", "a"], &["xaxb"]), ("x".into(), true));
    }

    #[test]
    fn characters_of_several_bytes_are_never_split() {
        assert_eq!(run(&["äß"], &["ä", "ö"]), ("äö".into(), false));
    }

    #[test]
    fn an_empty_stop_string_stops_nothing() {
        assert_eq!(run(&[""], &["text"]), ("text".into(), false));
    }
}
