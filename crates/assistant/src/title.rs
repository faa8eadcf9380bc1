//! A conversation's title from its first question, without asking a model.

/// In characters.
const LONGEST: usize = 60;

/// The first line with words in it, cut at a word where it is too long.
pub(crate) fn from_question(question: &str) -> String {
    let line = question
        .lines()
        .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "#>*-`_".contains(c)))
        .find(|line| line.chars().any(char::is_alphanumeric))
        .unwrap_or_default();
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= LONGEST {
        return words;
    }
    let cut: String = words.chars().take(LONGEST).collect();
    let whole_words =
        cut.rfind(' ').filter(|&at| at > cut.len() / 2).map_or(&*cut, |at| &cut[..at]);
    format!("{}…", whole_words.trim_end_matches([',', ';', ':', '.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::from_question;

    #[test]
    fn a_short_question_is_its_own_title() {
        assert_eq!(
            from_question("  What is the capital\tof France? "),
            "What is the capital of France?"
        );
    }

    #[test]
    fn a_long_question_is_cut_at_a_word() {
        let title = from_question(&"alphabet ".repeat(20));
        assert_eq!(title, "alphabet alphabet alphabet alphabet alphabet alphabet…");
    }

    #[test]
    fn text_without_spaces_is_cut_between_characters() {
        assert_eq!(from_question(&"愛".repeat(100)), format!("{}…", "愛".repeat(60)));
    }

    #[test]
    fn markup_and_empty_lines_are_skipped() {
        assert_eq!(from_question("\n---\n## Plan the garden\nwith roses"), "Plan the garden");
    }

    #[test]
    fn a_question_without_words_has_no_title() {
        assert_eq!(from_question("\n ?! \n"), "");
    }
}
