//! A plan as people read it: pipelines, what each reads, how its commands run and how it ends.

use std::fmt;

use super::plan::{InnerPlan, Part, Plan};
use crate::commands::command::Role;

/// A line of a plan.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// As it is shown.
    pub text: String,
    /// What was counted of it when the plan ran, as a place in `Outcome::passed`: the records that
    /// were read, or those that a command let through.
    pub counted: Option<usize>,
    /// The query inside the query that it is about, as a place in [`Plan::inner`].
    pub inner: Option<usize>,
}

impl Plan {
    /// The lines of the plan; those of queries inside of it stand first.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for (at, InnerPlan { plan, part, .. }) in self.inner.iter().enumerate() {
            let what = match part {
                Part::Subquery => "the query in parentheses",
                Part::Keys => "the keys of the left side of `join`, the smaller one, hashed",
                Part::Side => "the right side of `join`, hashed by its key",
            };
            let text = format!("before, {what}");
            lines.push(Line { text, counted: None, inner: Some(at) });
            lines.extend(plan.lines().into_iter().map(|line| Line {
                text: format!("  {}", line.text),
                inner: Some(at),
                ..line
            }));
        }
        let mut push = |text: String, counted| lines.push(Line { text, counted, inner: None });
        let fields: Vec<&str> = self.wanted.iter().map(|(name, _)| name.as_str()).collect();
        let fields = if fields.is_empty() { "no fields".to_owned() } else { fields.join(", ") };
        let mut passed = 0;
        for (i, pipeline) in self.pipelines().into_iter().enumerate() {
            push(format!("pipeline {}", i + 1), None);
            match i {
                0 => {
                    push(format!("  scan     {fields}"), Some(0));
                    if let Some(source) = &self.source {
                        push(format!("  from     {}", source.join(", ")), None);
                    }
                }
                _ => push(format!("  read     the result of pipeline {i}"), None),
            }
            for step in pipeline {
                let how = match step.stage.role() {
                    Role::RecordWise(_) => "each",
                    Role::Gathering(_) => "gather",
                    Role::Ordered(_) => "order",
                };
                passed += 1;
                push(format!("  {how:<8} {}", step.stage), Some(passed));
                if let Some(gathering) = step.stage.role().gathering()
                    && let (Some(limit), false) =
                        (gathering.limit(), step.stage.doc().name == "limit")
                {
                    push(format!("           keeps the first {limit} only"), None);
                }
            }
        }
        let shown: Vec<&str> = self.shown.iter().map(|shown| shown.name.as_str()).collect();
        push(format!("result     {}", shown.join(", ")), None);
        lines
    }
}

/// The plan as `explain` shows it.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "{}", line.text))
    }
}
