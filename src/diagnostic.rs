//! Diagnostics: what is wrong with a query, where, and what to write instead; data until printed.

pub mod codes;

use std::fmt::Write as _;

/// A range of bytes in the query text, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// The smallest range that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The query does not run.
    Error,
    /// The query runs; its author should know something.
    Warning,
}

impl Severity {
    /// The word it is shown as.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A change of the query text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there then; empty to remove.
    pub text: String,
}

/// One finding about a query: a sentence, its place, related places and a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The kind of finding, a row of [`codes::CODES`]; it never changes.
    pub code: &'static str,
    /// The fault in the author's words: lower case, no full stop, code in back-ticks.
    pub message: String,
    /// The place of the fault.
    pub span: Span,
    /// Other places that explain it, each with a few words.
    pub related: Box<[(Span, String)]>,
    /// One thing to do about it, with the text to type.
    pub help: Option<String>,
    /// The changes of the text that do it, in no order and without overlap; empty where that takes
    /// a person.
    pub edits: Box<[Edit]>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: codes::MALFORMED,
            message: message.into(),
            span,
            related: Box::default(),
            help: None,
            edits: Box::default(),
        }
    }

    /// A warning at a place.
    pub fn warning(message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            code: codes::NOTICE,
            ..Diagnostic::error(message, span)
        }
    }

    /// Says of which kind it is; without this it is `MALFORMED`, and a warning `NOTICE`.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Diagnostic {
        self.code = code;
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Adds a change of the text that does what the remedy says.
    #[must_use]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        push(&mut self.edits, Edit { span, text: text.into() });
        self
    }

    /// Adds the remedy to write `text` in place of what is at fault.
    #[must_use]
    pub fn write(self, text: &str) -> Diagnostic {
        let span = self.span;
        self.help(format!("write `{text}`")).edit(span, text)
    }

    /// Adds the remedy "did you mean", where something near was found.
    #[must_use]
    pub fn suggest(self, nearest: Option<&str>) -> Diagnostic {
        match nearest {
            Some(name) => {
                let span = self.span;
                self.help(format!("did you mean `{name}`?")).edit(span, name)
            }
            None => self,
        }
    }

    /// Adds a related place.
    #[must_use]
    pub fn note(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        push(&mut self.related, (span, text.into()));
        self
    }

    /// The diagnostic as text, with the lines of `source` it is about and carets under them.
    ///
    /// Columns are counted in characters; a tab is shown as one blank, so that carets stay in line.
    pub fn render(&self, source: &str) -> String {
        self.render_below(&format!("{}: {}", self.severity.name(), self.message), source)
    }

    /// As [`Diagnostic::render`], with the code behind the severity: `error[FQ010]: …`.
    pub fn render_with_code(&self, source: &str) -> String {
        let title = format!("{}[{}]: {}", self.severity.name(), self.code, self.message);
        self.render_below(&title, source)
    }

    fn render_below(&self, title: &str, source: &str) -> String {
        let mut text = format!("{title}\n");
        let width = source.lines().count().max(1).to_string().len();
        let mut places = vec![(self.span, "", '^')];
        places.extend(self.related.iter().map(|(span, words)| (*span, words.as_str(), '-')));
        let blank = " ".repeat(width);
        let _ = writeln!(text, "{blank} |");
        for (span, words, mark) in places {
            let line = SourceLine::at(source, span);
            let _ = writeln!(text, "{:>width$} | {}", line.number, line.text);
            let marks = mark.to_string().repeat(line.marked);
            let _ = writeln!(text, "{blank} | {}{marks} {words}", " ".repeat(line.before));
            while text.ends_with(" \n") {
                text.truncate(text.len() - 2);
                text.push('\n');
            }
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, "{blank} = help: {help}");
        }
        text
    }
}

/// Adds to a list that is boxed because a diagnostic travels in every result of compiling.
fn push<T>(list: &mut Box<[T]>, item: T) {
    let mut items = std::mem::take(list).into_vec();
    items.push(item);
    *list = items.into_boxed_slice();
}

/// The line of a source text on which a span begins, ready to be marked.
struct SourceLine {
    number: usize,
    text: String,
    before: usize,
    marked: usize,
}

impl SourceLine {
    fn at(source: &str, span: Span) -> SourceLine {
        let start = floor_boundary(source, span.start);
        let begin = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let stop = source[begin..].find('\n').map_or(source.len(), |at| begin + at);
        let end = floor_boundary(source, span.end).clamp(start, stop.max(start));
        SourceLine {
            number: source[..begin].matches('\n').count() + 1,
            text: source[begin..stop].trim_end_matches('\r').replace('\t', " "),
            before: source[begin..start].chars().count(),
            marked: source[start..end].chars().count().max(1),
        }
    }
}

/// The nearest character boundary at or before a byte offset.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
