//! Nodes: what the grammar recognised, as a tree whose places are places in the whole query.

use pest::iterators::Pair;

use super::grammar::Rule;
use crate::diagnostic::Span;

/// A piece of a query that a rule of the grammar matched, with the pieces inside it.
#[derive(Clone, Debug)]
pub struct Node<'q> {
    pair: Pair<'q, Rule>,
    /// Where the text that was parsed begins in the whole query.
    offset: usize,
    /// Its text, without the blanks that the parser takes in before a missing optional part.
    text: &'q str,
    children: Vec<Node<'q>>,
}

impl<'q> Node<'q> {
    /// The tree of a match; `offset` is where its text begins in the whole query.
    pub(super) fn new(pair: Pair<'q, Rule>, offset: usize) -> Node<'q> {
        let inner = pair.clone().into_inner();
        let children: Vec<Node<'q>> = inner.map(|inner| Node::new(inner, offset)).collect();
        let start = pair.as_span().start();
        let end = children.last().map_or(pair.as_span().end(), |last| last.span().end - offset);
        let text = pair.as_span().get_input().get(start..end).unwrap_or_default();
        Node { pair, offset, text, children }
    }

    /// The rule that matched.
    pub fn rule(&self) -> Rule {
        self.pair.as_rule()
    }

    /// Its place in the whole query.
    pub fn span(&self) -> Span {
        let start = self.offset + self.pair.as_span().start();
        Span::new(start, start + self.text.len())
    }

    /// Its text as written.
    pub fn text(&self) -> &'q str {
        self.text
    }

    /// The first child that matched `rule`.
    ///
    /// # Panics
    ///
    /// When there is none: grammar and code disagree, no query can cause it.
    pub fn one(&self, rule: Rule) -> &Node<'q> {
        self.maybe(rule).unwrap_or_else(|| {
            panic!("the grammar promises a `{rule:?}` in every `{:?}`", self.rule())
        })
    }

    /// The first child that matched `rule`, if any.
    pub fn maybe(&self, rule: Rule) -> Option<&Node<'q>> {
        self.all(rule).next()
    }

    /// The children that matched `rule`, in the order of the text.
    pub fn all(&self, rule: Rule) -> impl Iterator<Item = &Node<'q>> {
        self.children.iter().filter(move |child| child.rule() == rule)
    }

    /// All children, in the order of the text; punctuation and keywords that have a rule are among
    /// them.
    pub fn children(&self) -> &[Node<'q>] {
        &self.children
    }

    /// What the table of precedence works on.
    pub(super) fn pair(&self) -> Pair<'q, Rule> {
        self.pair.clone()
    }

    /// What to add to the places of [`Node::pair`].
    pub(super) fn offset(&self) -> usize {
        self.offset
    }
}

/// The place of a match in the whole query.
pub(super) fn span_of(pair: &Pair<'_, Rule>, offset: usize) -> Span {
    let span = pair.as_span();
    Span::new(offset + span.start(), offset + span.end())
}
