//! The shape of a scalar function: one row says its name, arguments, meaning, examples and code.

use std::sync::Arc;

use crate::data::time::{TimeRange, Timestamp};
use crate::data::{Column, Value};
use crate::registry::Named;

/// What a function may know besides its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The time at which the query began.
    pub now: Timestamp,
    /// The time range of the query.
    pub range: TimeRange,
}

impl Context {
    /// The context in which examples run: a query over one hour that began at its end.
    ///
    /// In an example, `@timestamp` is this time too, and the field `absent` is missing.
    pub const EXAMPLE: Context = Context {
        now: 1_715_780_832_345, // 2024-05-15 13:47:12.345
        range: TimeRange { start: 1_715_777_232_000, end: 1_715_780_832_000 },
    };
}

/// What an argument is meant to be. Only periods are checked; every other value is coerced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value of any type.
    Any,
    /// A number, or a text that spells one.
    Number,
    /// A text; numbers act as they print.
    Text,
    /// True or false, 1 or 0.
    Boolean,
    /// A timestamp, or its milliseconds.
    Time,
    /// A period, written out in the query.
    Period,
}

/// One argument of a function or an aggregate.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Its name in help texts.
    pub name: &'static str,
    /// What it is meant to be.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it may stand any number of times (last argument only).
    pub repeated: bool,
}

impl Arg {
    /// An argument that must be there.
    pub const fn new(name: &'static str, kind: Kind) -> Arg {
        Arg { name, kind, optional: false, repeated: false }
    }

    /// An argument that may be left out.
    pub const fn optional(name: &'static str, kind: Kind) -> Arg {
        Arg { name, kind, optional: true, repeated: false }
    }

    /// An argument that stands once or more.
    pub const fn repeated(name: &'static str, kind: Kind) -> Arg {
        Arg { name, kind, optional: false, repeated: true }
    }

    /// An argument that may be left out or stand any number of times.
    pub const fn rest(name: &'static str, kind: Kind) -> Arg {
        Arg { name, kind, optional: true, repeated: true }
    }
}

/// A call and the printed value it gives; run as a test.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The call, as a query would write it.
    pub call: &'static str,
    /// The value as it prints; empty where it is missing.
    pub result: &'static str,
}

/// An example.
pub const fn example(call: &'static str, result: &'static str) -> Example {
    Example { call, result }
}

/// What is to be said about literal arguments before a query runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The query does not run: the index of the argument and why.
    Error(usize, String),
    /// The query runs, but this should be known.
    Warning(usize, String),
    /// The same, with what to write in place of the argument.
    Better(usize, String, String),
}

/// A look at the literal arguments (`None` where an argument is no literal), in the order in which
/// the function gets them.
pub type Check = fn(&[Option<&Value>]) -> Option<Finding>;

/// The value of a function for one record.
pub type Scalar = fn(&[Value], &Context) -> Value;

/// The values of a function for whole columns; `None` where it leaves them to its [`Scalar`].
pub type Columns = fn(&[Arc<Column>], &Context) -> Option<Column>;

/// One scalar function.
pub struct Function {
    /// The documented spelling; look-up ignores case.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// Its arguments, in order.
    pub args: &'static [Arg],
    /// Whether `@timestamp` is handed in as a first argument that is not written, as `bin` does.
    pub implicit_time: bool,
    /// Whether its value never falls while its first argument grows and the others stay.
    pub rising: bool,
    /// What it returns.
    pub returns: Kind,
    /// One sentence: what it gives, also for missing and odd values.
    pub summary: &'static str,
    /// Calls with their results.
    pub examples: &'static [Example],
    /// What is to be said about literal arguments.
    pub check: Option<Check>,
    /// The meaning, one record at a time; the judge of `columns`.
    pub value: Scalar,
    /// The same for whole columns, where that is much faster; may decline with `None`.
    pub columns: Option<Columns>,
}

impl Named for Function {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}

impl Function {
    /// A row with nothing out of the ordinary; the methods below add what is.
    pub const fn new(
        name: &'static str,
        args: &'static [Arg],
        returns: Kind,
        summary: &'static str,
        examples: &'static [Example],
        value: Scalar,
    ) -> Function {
        Function {
            name,
            aliases: &[],
            args,
            implicit_time: false,
            rising: false,
            returns,
            summary,
            examples,
            check: None,
            value,
            columns: None,
        }
    }

    /// The row with other spellings.
    #[must_use]
    pub const fn with_aliases(mut self, aliases: &'static [&'static str]) -> Function {
        self.aliases = aliases;
        self
    }

    /// The row of a function that gets `@timestamp` as a first argument.
    #[must_use]
    pub const fn with_time(mut self) -> Function {
        self.implicit_time = true;
        self
    }

    /// The row of a function whose value never falls while its first argument grows.
    #[must_use]
    pub const fn rising(mut self) -> Function {
        self.rising = true;
        self
    }

    /// The row with a look at the literal arguments.
    #[must_use]
    pub const fn with_check(mut self, check: Check) -> Function {
        self.check = Some(check);
        self
    }

    /// The row with a way to do whole columns.
    #[must_use]
    pub const fn with_columns(mut self, columns: Columns) -> Function {
        self.columns = Some(columns);
        self
    }

    /// The fewest and the most arguments a call may have, those not written left out.
    pub fn arity(&self) -> (usize, usize) {
        arity(self.args)
    }

    /// The call as help texts show it: `substr(text, start[, length])`.
    pub fn signature(&self) -> String {
        signature(self.name, self.args)
    }

    /// Evaluates the function for `len` records; every argument column is that long.
    pub fn eval(&self, args: &[Arc<Column>], len: usize, context: &Context) -> Column {
        if let Some(column) = self.columns.and_then(|columns| columns(args, context)) {
            debug_assert_eq!(column.len(), len, "{}: one value per record", self.name);
            return column;
        }
        // A call with constant arguments has one value.
        if args.iter().all(|arg| matches!(arg.as_ref(), Column::Constant(..))) {
            let values: Vec<Value> = args.iter().map(|arg| constant(arg)).collect();
            return Column::Constant((self.value)(&values, context), len);
        }
        let mut values = vec![Value::Missing; args.len()];
        let results = (0..len).map(|row| {
            values.iter_mut().zip(args).for_each(|(value, arg)| *value = arg.value(row));
            (self.value)(&values, context)
        });
        Column::from_values(results.collect())
    }
}

fn constant(column: &Column) -> Value {
    match column {
        Column::Constant(value, _) => value.clone(),
        _ => Value::Missing,
    }
}

/// The fewest and the most arguments of a list.
pub fn arity(args: &[Arg]) -> (usize, usize) {
    let fewest = args.iter().filter(|arg| !arg.optional).count();
    let repeated = args.iter().any(|arg| arg.repeated);
    (fewest, if repeated { usize::MAX } else { args.len() })
}

/// A call as help texts show it.
pub fn signature(name: &str, args: &[Arg]) -> String {
    let mut text = format!("{name}(");
    for (i, arg) in args.iter().enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        match (arg.optional, arg.repeated) {
            (true, false) => text.push_str(&format!("[{comma}{}]", arg.name)),
            (true, true) => text.push_str(&format!("[{comma}{}, …]", arg.name)),
            (false, true) => text.push_str(&format!("{comma}{}, …", arg.name)),
            (false, false) => text.push_str(&format!("{comma}{}", arg.name)),
        }
    }
    text.push(')');
    text
}
