//! Query texts with values in their placeholders, and the way back to the text of the file.

use crate::diagnostic::{Diagnostic, Span};

/// A text in which values stand for placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// Where each value stands in it, and where its placeholder stands in the file.
    values: Vec<(Span, Span)>,
}

impl Filled {
    /// Adds a piece of the file as it is.
    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds the value of the placeholder at `place` of the file.
    pub(super) fn push_value(&mut self, value: &str, place: Span) {
        let start = self.text.len();
        self.text.push_str(value);
        self.values.push((Span::new(start, self.text.len()), place));
    }

    /// The place in the file that a place of the text comes from. In a value it is the placeholder.
    pub fn origin(&self, span: Span) -> Span {
        let start = self.back(span.start, |at, value| at < value.end, |place| place.start);
        let end = self.back(span.end, |at, value| at <= value.end, |place| place.end);
        // An empty place stays one.
        Span::new(start, if span.start == span.end { start } else { end })
    }

    fn back(&self, at: usize, inside: fn(usize, Span) -> bool, edge: fn(Span) -> usize) -> usize {
        let mut origin = at;
        for (value, place) in &self.values {
            if at <= value.start {
                break;
            }
            if inside(at, *value) {
                return edge(*place);
            }
            origin = place.end + (at - value.end);
        }
        origin
    }

    /// Where the placeholders stand in the file, in their order.
    pub fn placeholders(&self) -> impl Iterator<Item = Span> {
        self.values.iter().map(|(_, place)| *place)
    }

    /// The placeholders whose values begin in a place of the text or at its end, or hold it: their
    /// numbers in the order of the text.
    pub fn values_at(&self, span: Span) -> impl Iterator<Item = usize> {
        let touched = move |value: &Span| value.start <= span.end && span.start < value.end;
        let numbered = self.values.iter().enumerate();
        numbered.filter(move |(_, (value, _))| touched(value)).map(|(number, _)| number)
    }

    /// A diagnostic about the text as one about the file. Changes of the text that would put values
    /// in place of placeholders are left out.
    #[must_use]
    pub fn relocated(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.span = self.origin(diagnostic.span);
        for (span, _) in &mut diagnostic.related {
            *span = self.origin(*span);
        }
        if diagnostic.edits.iter().any(|edit| self.values_at(edit.span).next().is_some()) {
            diagnostic.edits = Box::default();
        }
        for edit in &mut diagnostic.edits {
            edit.span = self.origin(edit.span);
        }
        diagnostic
    }
}
