//! Expressions ready to run: names are slots, calls are rows, patterns are compiled.

use std::sync::Arc;

use regex::bytes::Regex;

use super::inner::Inner;
use crate::data::{Slot, Value};
use crate::functions::function::Function;
use crate::syntax::BinaryOp;

/// An expression ready to run.
#[derive(Clone)]
pub enum Bound {
    /// A literal.
    Constant(Value),
    /// A field.
    Field(Slot),
    /// A member of a map or an item of a list, by its keys.
    Path(Box<Bound>, Vec<String>),
    /// A call of a scalar function.
    Call(&'static Function, Vec<Bound>),
    /// `-x`
    Negate(Box<Bound>),
    /// `not x`
    Not(Box<Bound>),
    /// `a and b`, `a or b`, comparisons and arithmetic.
    Binary(BinaryOp, Box<Bound>, Box<Bound>),
    /// `x like pattern`
    Like(Box<Bound>, Pattern),
    /// `x in [a, b]`
    In(Box<Bound>, Vec<Bound>),
    /// `x in (query)`
    InQuery(Box<Bound>, Inner),
}

/// What `like` looks for.
#[derive(Clone)]
pub enum Pattern {
    /// A text, anywhere.
    Text(Arc<memchr::memmem::Finder<'static>>),
    /// A regular expression, anywhere.
    Regex(Regex),
    /// The text of an expression.
    Computed(Box<Bound>),
}

impl Bound {
    /// Adds the slots this expression reads.
    pub fn slots(&self, into: &mut Vec<Slot>) {
        match self {
            Bound::Constant(_) => {}
            Bound::Field(slot) => {
                if !into.contains(slot) {
                    into.push(*slot);
                }
            }
            Bound::Path(of, _) | Bound::Negate(of) | Bound::Not(of) | Bound::InQuery(of, _) => {
                of.slots(into);
            }
            Bound::Call(_, args) => args.iter().for_each(|arg| arg.slots(into)),
            Bound::Binary(_, left, right) => {
                left.slots(into);
                right.slots(into);
            }
            Bound::Like(value, pattern) => {
                value.slots(into);
                if let Pattern::Computed(pattern) = pattern {
                    pattern.slots(into);
                }
            }
            Bound::In(value, list) => {
                value.slots(into);
                list.iter().for_each(|item| item.slots(into));
            }
        }
    }

    /// The value of a literal, `None` for anything else.
    pub fn literal(&self) -> Option<&Value> {
        match self {
            Bound::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// The parts of a chain of `and`.
    pub fn conjuncts(self) -> Vec<Bound> {
        match self {
            Bound::Binary(BinaryOp::And, left, right) => {
                let mut parts = left.conjuncts();
                parts.extend(right.conjuncts());
                parts
            }
            other => vec![other],
        }
    }
}
