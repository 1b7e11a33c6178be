//! Expressions over batches: names are bound to slots, then evaluated column by column.

pub mod arithmetic;
pub mod bind;
pub mod bound;
pub mod compare;
pub mod evaluate;
pub mod inner;
pub mod scope;
