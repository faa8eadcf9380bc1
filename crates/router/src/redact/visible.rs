//! What a text reads as, whatever characters it is written with.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Some single characters stand for eighteen. A text that grows by more than this hides something.
const MOST_GROWTH: usize = 4;

/// Nothing is drawn for it, so a reader does not see that it parts a word: format characters and
/// those that are ignorable by default (Unicode 17, `DerivedGeneralCategory.txt` and
/// `DerivedCoreProperties.txt`), and controls that are no white space.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'..='\u{84}'
            | '\u{86}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// How many characters of `text` nothing is drawn for.
pub fn invisible(text: &str) -> usize {
    text.chars().filter(|c| is_invisible(*c)).count()
}

/// One spelling for all that look the same: compatibility forms joined, invisible characters gone.
/// `None` where it becomes too long to be meant so.
pub(super) fn normalised(text: &str) -> Option<Cow<'_, str>> {
    if text.bytes().all(|byte| byte.is_ascii() && !is_invisible(char::from(byte))) {
        return Some(Cow::Borrowed(text));
    }
    let most = 64 + MOST_GROWTH * text.len();
    let mut read = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_invisible(*c)).nfkc() {
        read.push(c);
        if read.len() > most {
            return None;
        }
    }
    Some(if read == text { Cow::Borrowed(text) } else { Cow::Owned(read) })
}
