//! The other side of a `join`: which side is hashed, and the plan that reads the other one.

use std::sync::PoisonError;

use super::plan::{Compiler, InnerPlan, Part, Plan, Step};
use crate::commands::command::{Role, Shown, Stage};
use crate::commands::join::Join;
use crate::commands::known_keys::KnownKeys;
use crate::commands::limit::Limit;
use crate::commands::ordered::Ordered;
use crate::commands::source::Window;
use crate::data::time::TimeRange;
use crate::data::{Meaning, Slot};
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::inner::Inner;
use crate::eval::scope::RightFields;
use crate::syntax::{self, StageText};

/// The right side of a `join`, whose columns are known when the query was read.
pub(super) struct Side {
    pub(super) source: Vec<String>,
    pub(super) window: Window,
    pub(super) fields: RightFields,
    pub(super) inner: Inner,
    pub(super) warnings: Vec<Diagnostic>,
}

/// How much smaller a side becomes by its filters, for want of better knowledge.
const KEPT_BY_FILTERS: u64 = 10;

impl Side {
    /// The plan that reads the columns that turned out to be wanted, the key first; of `known`
    /// keys only, where the left side was read first.
    pub(super) fn plan(self, known: Option<Inner>) -> InnerPlan {
        let Side { source, window, fields, inner, warnings } = self;
        let names: Vec<String> = {
            let fields = fields.lock().unwrap_or_else(PoisonError::into_inner);
            fields.keys().cloned().collect()
        };
        let behind: Vec<Slot> = (0..names.len()).collect();
        let shown = names.iter().enumerate().map(|(slot, name)| Shown { name: name.clone(), slot });
        let all = Limit::implied(Ordered { keys: Vec::new(), limit: None, any: false });
        let name = names.first().cloned().unwrap_or_default();
        let known = known.map(|known| KnownKeys { key: 0, known, name });
        let known = known.map(|stage| Box::new(stage) as Box<dyn Stage>);
        let stages = known.into_iter().chain([Box::new(all) as Box<dyn Stage>]);
        let plan = Plan {
            steps: stages.map(|stage| Step { stage, behind: behind.clone() }).collect(),
            shown: shown.collect(),
            meanings: names.iter().map(|_| Meaning::default()).collect(),
            head: None,
            pointer: None,
            limited: true,
            slots: names.len(),
            wanted: names.into_iter().enumerate().map(|(slot, name)| (name, slot)).collect(),
            warnings,
            unfound: Vec::new(),
            times: TimeRange::ALL,
            source: Some(source),
            window,
            compared: None,
            inner: Vec::new(),
        };
        InnerPlan { plan, inner, part: Part::Side }
    }
}

impl Compiler<'_> {
    /// The plan for the keys of the left side of the `join` in a plan, where that side is the
    /// smaller one: then the records of the right side that have none of them need not be held.
    ///
    /// How large a side is, is told by the sizes of its files, and a side with a filter is taken
    /// for a tenth. Nothing in front of the `join` may gather records, and no query may stand
    /// inside: a subquery runs once.
    pub(super) fn left_keys(
        &self,
        plan: &mut Plan,
        stages: &[StageText],
        source: Option<&Vec<String>>,
        side: &Side,
    ) -> Option<InnerPlan> {
        let at = plan.steps.iter_mut().position(|step| step.stage.as_any().is::<Join>())?;
        let (before, join) = (&plan.steps[..at], at);
        let is_each = |step: &Step| matches!(step.stage.role(), Role::RecordWise(_));
        if !before.iter().all(is_each) || !plan.inner.is_empty() || plan.compared.is_some() {
            return None;
        }
        let filtered = before.iter().any(|step| step.stage.doc().name == "filter");
        let size = |names: Option<&Vec<String>>| -> Option<u64> {
            let logs = self.catalog.logs()?;
            let logs = names.map_or_else(|| logs.clone(), |names| logs.of_groups(names));
            logs.can_be_read_again().then(|| logs.files.iter().map(|file| file.size).sum())
        };
        let (left, right) = (size(source)?, size(Some(&side.source))?);
        let left = if filtered { left / KEPT_BY_FILTERS } else { left };
        if left.saturating_mul(2) > right {
            return None;
        }
        let key = plan.steps[join].stage.as_any().downcast_ref::<Join>()?.left_field().to_string();
        let joins = |stage: &&StageText| !stage.word.eq_ignore_ascii_case("join");
        let own = stages.iter().take_while(joins).map(|stage| {
            let Span { start, end } = stage.span;
            self.text.get(start..end).unwrap_or_default()
        });
        let text: String = own.map(|stage| format!("{stage}\n| ")).collect();
        let text = format!("{text}stats count(*) by {key}");
        let stages = syntax::stages(&text).ok()?;
        let mut options = self.options.clone();
        (options.limit, options.limit_chosen, options.pointers) = (None, false, false);
        (options.whole, options.streams) = (false, self.options.streams.clone());
        let compiler = Compiler {
            text: &text,
            catalog: self.catalog,
            options,
            inherited: source.cloned(),
            is_inner: true,
        };
        let mut keys = compiler.compile(&stages).ok()?;
        keys.warnings.clear();
        keys.unfound.clear();
        keys.window = plan.window;
        let inner = Inner::new(vec![key]);
        Some(InnerPlan { plan: keys, inner, part: Part::Keys })
    }
}
