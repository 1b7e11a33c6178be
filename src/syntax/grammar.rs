//! The grammar of the language, compiled from `grammar/*.pest`.
#![allow(missing_docs)] // the variants of `Rule` are documented where they are defined, in the grammar

/// The parser that pest derives.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/lexical.pest"]
#[grammar = "grammar/expression.pest"]
#[grammar = "grammar/query.pest"]
pub(super) struct Grammar;
