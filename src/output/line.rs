//! Texts made safe to show: no line ends, escape codes or reordering marks reach a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// A text on one line, whatever could break or repaint the line written as an escape (`\n`,
/// `\t`, `\r`, `\u{1b}`).
pub fn one_line(text: &str) -> Cow<'_, str> {
    escape(text, is_unsafe)
}

/// A text that keeps its line ends; everything else as in [`one_line`].
pub fn many_lines(text: &str) -> Cow<'_, str> {
    escape(text, |char| char != '\n' && is_unsafe(char))
}

fn escape(text: &str, escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&escaped) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            char if !escaped(char) => safe.push(char),
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            '\r' => safe.push_str("\\r"),
            char => {
                let _ = write!(safe, "{}", char.escape_unicode());
            }
        }
    }
    Cow::Owned(safe)
}

/// Control characters, line and paragraph separators, and marks that change the direction of the
/// text after them (a log line must not be able to swap two columns).
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_break_a_line_is_escaped() {
        assert!(matches!(one_line("東京 a\\b"), Cow::Borrowed(_)));
        assert_eq!(one_line("a\tb\r\nc\u{1b}[31m\u{202e}"), r"a\tb\r\nc\u{1b}[31m\u{202e}");
        assert_eq!(many_lines("a\nb\tc"), "a\nb\\tc");
    }
}
