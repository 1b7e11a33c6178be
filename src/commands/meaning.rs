//! What the columns that commands make mean: followed from the fields through the expressions.

use super::command::Build;
use crate::aggregates::aggregate::Gives;
use crate::data::Value;
use crate::data::meaning::{Meaning, Role, Unit};
use crate::data::period::Period;
use crate::eval::bind::AggregateCall;
use crate::eval::bound::Bound;
use crate::functions::datetime::SHIFTED;
use crate::syntax::BinaryOp;

/// Functions that give a number of the kind they get.
const KEEP_UNIT: &[&str] = &["abs", "ceil", "floor", "round", "coalesce", "greatest", "least"];

/// The meaning of an expression.
pub fn of(bound: &Bound, build: &Build<'_>) -> Meaning {
    if let Some(period) = bin(bound) {
        return Meaning { role: Role::Bin(period), ..Meaning::default() };
    }
    match bound {
        Bound::Field(slot) => build.meaning(*slot),
        Bound::Negate(inner) => Meaning { field: None, ..of(inner, build) },
        Bound::Binary(op, left, right) => {
            let (a, b) = (of(left, build), of(right, build));
            let constant = |bound: &Bound| matches!(bound, Bound::Constant(_));
            match op {
                BinaryOp::Add | BinaryOp::Subtract if a.unit == b.unit && a.role == b.role => {
                    Meaning { field: None, ..a }
                }
                // A multiple adds up as the whole does, in another unit.
                BinaryOp::Multiply if constant(left) => scaled(b),
                BinaryOp::Multiply | BinaryOp::Divide if constant(right) => scaled(a),
                _ => derived(bound, build),
            }
        }
        Bound::Call(function, args) => {
            let unit = match args.first() {
                Some(first) if KEEP_UNIT.contains(&function.name) => of(first, build).unit,
                _ => Unit::Plain,
            };
            Meaning { unit, ..derived(bound, build) }
        }
        _ => derived(bound, build),
    }
}

/// The meaning of a group key.
pub fn of_key(bound: &Bound, build: &Build<'_>) -> Meaning {
    let meaning = of(bound, build);
    match meaning.role {
        Role::Bin(_) => meaning,
        _ => Meaning { role: Role::Key, ..meaning },
    }
}

/// The meaning of what an aggregate gives.
pub fn of_call(call: &AggregateCall, build: &Build<'_>) -> Meaning {
    let unit = || call.args.first().map_or(Unit::Plain, |arg| of(arg, build).unit);
    let (role, unit) = match call.aggregate.gives {
        Gives::Count => (Role::Aggregate { adds: true }, Unit::Plain),
        Gives::Sum => (Role::Aggregate { adds: true }, unit()),
        Gives::Measure => (Role::Aggregate { adds: false }, unit()),
        Gives::Number => (Role::Aggregate { adds: false }, Unit::Plain),
        Gives::Picked => (Role::Picked, unit()),
    };
    Meaning { role, unit, ..Meaning::default() }
}

/// The meaning of a column that a command made of another: still a number of its unit, but groups
/// need no longer add up.
pub fn changed(bound: &Bound, build: &Build<'_>) -> Meaning {
    let meaning = of(bound, build);
    let role = match meaning.role {
        Role::Aggregate { .. } => Role::Aggregate { adds: false },
        role => role,
    };
    Meaning { role, field: None, ..meaning }
}

/// The period of a bin of time, where the expression is one.
fn bin(bound: &Bound) -> Option<Option<Period>> {
    let Bound::Call(function, args) = bound else { return None };
    SHIFTED.contains(&function.name).then(|| {
        args.iter().find_map(|arg| match arg {
            Bound::Constant(Value::Period(period)) => Some(period.clamped()),
            _ => None,
        })
    })
}

fn scaled(meaning: Meaning) -> Meaning {
    Meaning { unit: Unit::Plain, field: None, ..meaning }
}

/// The meaning of what is computed in a way that says nothing about sums and units.
fn derived(bound: &Bound, build: &Build<'_>) -> Meaning {
    let mut slots = Vec::new();
    bound.slots(&mut slots);
    let roles: Vec<Role> = slots.iter().map(|slot| build.meaning(*slot).role).collect();
    let role = if roles.iter().any(|role| matches!(role, Role::Aggregate { .. })) {
        Role::Aggregate { adds: false }
    } else if roles.contains(&Role::Picked) {
        Role::Picked
    } else if roles.iter().any(|role| matches!(role, Role::Key | Role::Bin(_))) {
        Role::Key
    } else {
        Role::Field
    };
    Meaning { role, ..Meaning::default() }
}
