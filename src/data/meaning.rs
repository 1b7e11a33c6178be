//! What a column of a result is: a key, a bin of time, an aggregate; and the unit of its numbers.

use super::period::Period;

/// What is known of a column beside its values. Charts and display options ask; values and order
/// never depend on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// What it is for.
    pub role: Role,
    /// The unit of its numbers.
    pub unit: Unit,
    /// The log field whose values it holds as they are.
    pub field: Option<String>,
    /// Whether its texts are numbers laid out for people, whose digits stand under each other.
    pub figure: bool,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Role {
    /// A field of the records, or anything computed from such.
    #[default]
    Field,
    /// A group key.
    Key,
    /// A group key that is a bin of time; its length, where it is known.
    Bin(Option<Period>),
    /// The result of an aggregate, or computed from such.
    Aggregate {
        /// Whether groups add up: the value of two groups together is the sum of theirs.
        adds: bool,
    },
    /// A value that an aggregate picked out of the records of a group, as `latest` does.
    Picked,
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// None that is known.
    #[default]
    Plain,
    /// Bytes.
    Bytes,
}

impl Meaning {
    /// The meaning of a log field.
    pub fn of_field(name: &str) -> Meaning {
        let unit = if name == "bytes" { Unit::Bytes } else { Unit::Plain };
        Meaning { role: Role::Field, unit, field: Some(name.to_owned()), figure: false }
    }

    /// Whether it is the result of an aggregate.
    pub fn is_aggregate(&self) -> bool {
        matches!(self.role, Role::Aggregate { .. })
    }

    /// Whether it is a group key, of time or not.
    pub fn is_key(&self) -> bool {
        matches!(self.role, Role::Key | Role::Bin(_))
    }
}
