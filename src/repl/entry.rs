//! Entries: when what was typed is complete, and what a script or a pasted text holds one by one.

use crate::syntax::{Token, TokenKind, tokens};

/// What the next lines of an entry begin with in the editor, so that they stand below the first:
/// blanks that nobody types, shown as the continuation prompt and taken away at the end.
pub(super) const INDENT: &str = "\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}";

/// Whether an entry can be run when Enter is pressed. A trailing `|`, `,` or `\`, an open quote,
/// bracket or pattern, and comments alone wait for more; an empty line ends the waiting.
pub(super) fn is_complete(text: &str) -> bool {
    let plain = dedent(text);
    let last = plain.rsplit('\n').next().unwrap_or_default();
    is_dot_command(&plain) || (last.trim().is_empty() && plain.contains('\n')) || !is_open(&plain)
}

/// Whether a text wants to go on.
fn is_open(text: &str) -> bool {
    let tokens = tokens(text);
    let mut code = tokens.iter().filter(|token| token.kind != TokenKind::Comment);
    let Some(last) = code.next_back() else { return !tokens.is_empty() };
    let shown = text.get(last.span.start..last.span.end).unwrap_or_default();
    let trails = matches!(last.kind, TokenKind::Pipe) || shown == "," || shown == "\\";
    let depth = tokens.iter().fold(0_usize, |depth, token| match token.kind {
        TokenKind::Opening => depth + 1,
        TokenKind::Closing => depth.saturating_sub(1),
        _ => depth,
    });
    !last.closed || trails || depth > 0
}

/// Whether a text is a dot-command: it begins with a dot and no digit.
pub(super) fn is_dot_command(text: &str) -> bool {
    let mut chars = text.trim_start().chars();
    chars.next() == Some('.') && !chars.next().is_some_and(|c| c.is_ascii_digit())
}

/// The text without the blanks of the editor, as it is run and saved.
pub(super) fn dedent(text: &str) -> String {
    text.replace(&format!("\n{INDENT}"), "\n")
}

/// The text as the editor shows it.
pub(super) fn indent(text: &str) -> String {
    dedent(text).replace('\n', &format!("\n{INDENT}"))
}

/// The entries of a text.
pub(super) fn entries(text: &str) -> Vec<String> {
    let mut splitter = Splitter::default();
    let mut found: Vec<String> = text.lines().flat_map(|line| splitter.line(line)).collect();
    found.extend(splitter.end());
    found
}

/// Cuts lines into entries. A query ends at an empty line, in front of a dot-command and behind a
/// `;`, but goes on where it is open and where the next line begins with `|`.
#[derive(Default)]
pub(super) struct Splitter {
    pending: String,
    /// Whether an empty line came after the pending lines.
    gap: bool,
}

impl Splitter {
    /// Takes a line; gives the entries that are complete with it.
    pub(super) fn line(&mut self, line: &str) -> Vec<String> {
        let mut done = Vec::new();
        let has_code = has_code(&self.pending);
        let open = has_code && is_open(&self.pending);
        if line.trim().is_empty() && !open {
            self.gap = true;
            return done;
        }
        let ends = match line.trim_start() {
            line if is_dot_command(line) => true,
            line => self.gap && has_code && !line.starts_with('|'),
        };
        if ends && !open {
            done.extend(self.end());
        }
        self.gap = false;
        if is_dot_command(line) && !open {
            done.push(line.trim().to_owned());
            return done;
        }
        self.pending.push_str(line);
        if semicolon(&self.pending).is_some() {
            done.extend(self.end());
        } else {
            self.pending.push('\n');
        }
        done
    }

    /// The last entry.
    pub(super) fn end(&mut self) -> Option<String> {
        self.gap = false;
        let text = std::mem::take(&mut self.pending);
        let text = match semicolon(&text) {
            Some(at) => text.get(..at).unwrap_or_default(),
            None => &text,
        };
        let text = text.replace("\\\n", "\n").trim_end().to_owned();
        has_code(&text).then_some(text)
    }
}

fn has_code(text: &str) -> bool {
    tokens(text).iter().any(|token| token.kind != TokenKind::Comment)
}

/// Where the `;` is that ends a text.
fn semicolon(text: &str) -> Option<usize> {
    let tokens = tokens(text);
    let code = |token: &&Token| token.kind != TokenKind::Comment;
    let last = tokens.iter().rfind(code)?;
    (text.get(last.span.start..last.span.end) == Some(";")).then_some(last.span.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wants_to_go_on() {
        let complete = [
            "stats count(*)",
            "filter a = \"x | y\"",
            "filter a like /b|c/",
            "| limit 3",
            ".time last 1h",
            ".help |",
            "stats count(*);",
            "stats count(*) # and |",
            "filter a = \"x\n",
            "stats count(*) |\n   ",
            "",
            "stats count(*) |\n\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}",
        ];
        for text in complete {
            assert!(is_complete(text), "{text}");
        }
        let open = [
            "stats count(*) |",
            "stats count(*) | # then",
            "stats count(*),",
            "filter a = \"x",
            "filter a like /x",
            "filter a in [1, 2",
            "filter (a = 1",
            "fields `a",
            "stats count(*) \\",
            "# a comment",
        ];
        for text in open {
            assert!(!is_complete(text), "{text}");
        }
    }

    #[test]
    fn a_text_in_entries() {
        let cases: [(&str, &[&str]); 9] = [
            ("# title\n\nfilter a = 1\n| limit 3\n", &["# title\nfilter a = 1\n| limit 3"]),
            ("stats count(*)\n\n| limit 3", &["stats count(*)\n| limit 3"]),
            ("limit 1\n\n\nlimit 2\n", &["limit 1", "limit 2"]),
            ("limit 1;\n| limit 2 ;\nlimit 3", &["limit 1", "| limit 2", "limit 3"]),
            (".time all\nlimit 1\n.stats\n", &[".time all", "limit 1", ".stats"]),
            ("filter a = \"x\n\n.y\"\n\nlimit 2", &["filter a = \"x\n\n.y\"", "limit 2"]),
            ("stats a,\n\n  b\nby c", &["stats a,\n\n  b\nby c"]),
            ("limit 1 \\\n| limit 2", &["limit 1 \n| limit 2"]),
            ("# nothing\n\n", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(entries(text), expected, "{text}");
        }
    }

    #[test]
    fn the_blanks_of_the_editor_come_and_go() {
        let text = "a |\n  b";
        assert_eq!(dedent(&indent(text)), text);
        assert_eq!(indent(&indent(text)), indent(text));
    }

    proptest::proptest! {
        #[test]
        fn no_letter_is_lost(text in "[a-z|\"';,.\\\\ \n()]{0,60}") {
            let _ = is_complete(&text);
            let kept: String = entries(&text).concat();
            let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).count();
            proptest::prop_assert_eq!(letters(&kept), letters(&text));
        }
    }
}
