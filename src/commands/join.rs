//! `join`: puts the records of another log group beside those that have the same key.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, PoisonError};

use super::command::{Build, CommandDoc, RecordWise, Role, Run, Shown, Stage};
use super::options::Options;
use crate::data::{Batch, Column, Position, Slot};
use crate::diagnostic::{Diagnostic, codes};
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::eval::inner::Inner;
use crate::eval::scope::{Joined, RightFields};
use crate::syntax::{self, Expr, ExprKind, Node, Rule};

/// What a person should know of `join`.
pub const DOC: CommandDoc = CommandDoc {
    name: "join",
    aliases: &[],
    rule: Rule::join,
    syntax: "join [type=inner | left] left=NAME right=NAME where NAME.FIELD=NAME.FIELD (SOURCE 'LOG GROUP')",
    summary: "Puts records of another log group beside those that have the same value in a field; `type=left` keeps records without such a partner. From there on, fields have the name of their side in front.",
    examples: &[
        "filter action = \"REJECT\" and dstPort = 22 | join left=try right=other where try.srcAddr=other.srcAddr (SOURCE 'flows.log') | filter other.action = \"ACCEPT\" | stats count(*) as n by try.srcAddr, other.dstPort | sort n desc | limit 3",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Join.html",
};

/// One `join` ready to run. The other side is read first, and hashed by its key, its first column.
pub struct Join {
    keep_all: bool,
    left: String,
    right: String,
    left_key: (Expr, Bound),
    right_key: String,
    /// The other log group as written.
    source: String,
    fields: RightFields,
    inner: Inner,
}

/// Reads the command.
///
/// # Errors
/// Options that do not fit, keys that are not one field of each side, a source that is none, a
/// second `join`, and what binding refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let word = node.one(Rule::head_word).span();
    if build.scope.is_joined() {
        return Err(Diagnostic::error("a query has one `join` at most", word).code(codes::PLACE));
    }
    let options = Options::read(node, DOC.name, &["type", "left", "right"])?;
    let keep_all = options.word("type", &["inner", "left"])? == "left";
    let (Some(left), Some(right)) = (options.text("left"), options.text("right")) else {
        let message = "`join` gives a name to each side";
        return Err(Diagnostic::error(message, word)
            .code(codes::OPTION)
            .help("write `join left=a right=b where a.srcAddr=b.srcAddr (SOURCE 'log-group')`"));
    };
    let (left, right) = (left.to_owned(), right.to_owned());
    if left == right {
        let message = "the two sides of a `join` have different names";
        let place = options.span("right").unwrap_or(word);
        return Err(Diagnostic::error(message, place).code(codes::OPTION));
    }
    let keys: Vec<&Node<'_>> = node.all(Rule::column).collect();
    let mut left_key = None;
    let mut right_key = None;
    for key in keys {
        let expr = syntax::expr(key)?;
        let ExprKind::Field(name) = &expr.kind else {
            let message = "a key of a `join` is a field";
            return Err(Diagnostic::error(message, key.span()));
        };
        let behind = |side: &str| name.strip_prefix(side)?.strip_prefix('.').map(str::to_owned);
        match (behind(&left), behind(&right)) {
            (Some(field), _) => left_key = Some(Expr { kind: ExprKind::Field(field), ..expr }),
            (None, Some(field)) => right_key = Some((field, expr.span)),
            (None, None) => {
                let message = format!("`{name}` is a field of neither side");
                let help = format!("write `{left}.FIELD` or `{right}.FIELD`");
                return Err(Diagnostic::error(message, expr.span).help(help));
            }
        }
    }
    let (Some(left_key), Some((right_key, right_span))) = (left_key, right_key) else {
        let message = "a `join` compares a field of one side with a field of the other";
        let help = format!("write `where {left}.FIELD={right}.FIELD`");
        return Err(Diagnostic::error(message, node.span()).help(help));
    };
    let left_bound = bind(&left_key, &mut build.scope)?;
    let query = node.one(Rule::subquery).one(Rule::inner_query);
    let side = (build.open)(query.span())?;
    // What is shown so far is of the left side.
    build.shown.iter_mut().for_each(|shown| shown.name = format!("{left}.{}", shown.name));
    let fields = Arc::clone(&side.fields);
    build.scope.join(Joined {
        left: left.clone(),
        right: right.clone(),
        catalog: side.catalog,
        fields: Arc::clone(&fields),
    });
    // The key is the first column of the other side.
    build.scope.resolve(&format!("{right}.{right_key}"), right_span)?;
    if !build.chosen {
        for side in [&left, &right] {
            for field in ["@timestamp", "@message"] {
                let name = format!("{side}.{field}");
                let slot = build.scope.resolve(&name, node.span())?.slot;
                build.unchosen.push(Shown { name, slot });
            }
        }
    }
    let source = query.text().trim().to_owned();
    let left_key = (left_key, left_bound);
    let inner = side.inner;
    Ok(Box::new(Join { keep_all, left, right, left_key, right_key, source, fields, inner }))
}

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Join { left, right, right_key, source, .. } = self;
        let kind = if self.keep_all { "left" } else { "inner" };
        write!(f, "join type={kind} left={left} right={right} where ")?;
        write!(f, "{left}.{}={right}.{} ({source})", self.left_key.0, right_key)
    }
}

impl Join {
    /// The field of the left side that is compared.
    pub fn left_field(&self) -> &Expr {
        &self.left_key.0
    }

    /// The columns of the other side that are read behind the command.
    fn right_columns(&self, behind: &[Slot]) -> Vec<(usize, Slot)> {
        let fields = self.fields.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = fields.values().copied().enumerate();
        columns.filter(|(_, slot)| behind.contains(slot)).collect()
    }
}

impl Stage for Join {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.left_key.1.slots(&mut slots);
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for Join {
    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        let answer = self.inner.answer();
        let index = answer.by_column(0);
        let key = evaluate(&self.left_key.1, &batch, &run.context);
        let most = u64::from(index.most().max(1));
        let (mut rows, mut partners) = (Vec::new(), Vec::new());
        let mut positions: Vec<Position> = Vec::new();
        let old = batch.positions();
        // Copies of a record stand behind one another, so positions are spread as far apart as one
        // value has partners.
        let mut push = |row: usize, partner: Option<u32>, copy: u64| {
            rows.push(row as u32);
            partners.push(partner);
            let position = old.get(row).copied().unwrap_or_default();
            positions.push(position.saturating_mul(most).saturating_add(copy));
        };
        for (row, found) in index.matches(&[key.as_ref()], batch.len()).into_iter().enumerate() {
            if found.is_empty() && self.keep_all {
                push(row, None, 0);
            }
            for (copy, partner) in found.iter().enumerate() {
                push(row, Some(*partner), copy as u64);
            }
        }
        let mut joined = batch.select(&rows, behind);
        joined.renumber(positions);
        for (column, slot) in self.right_columns(behind) {
            let Some(column) = answer.table.columns.get(column) else { continue };
            joined.set(slot, partner_column(column, &partners));
        }
        joined
    }
}

/// The values of a column at some rows; missing where there is none.
fn partner_column(column: &Column, partners: &[Option<u32>]) -> Column {
    if partners.iter().all(Option::is_some) {
        let rows: Vec<u32> = partners.iter().flatten().copied().collect();
        return column.take(&rows);
    }
    let value = |partner: &Option<u32>| {
        partner.map_or(crate::data::Value::Missing, |row| column.value(row as usize))
    };
    Column::from_values(partners.iter().map(value).collect())
}
