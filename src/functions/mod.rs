//! Scalar functions: one file per family of the AWS reference, one row per function.

pub mod function;
