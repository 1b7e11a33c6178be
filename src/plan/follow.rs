//! Following: a query over logs that grow goes on from what it gathered, and reads only what was added.

use std::fmt::Write as _;
use std::time::Instant;

use super::plan::Plan;
use super::run::{Begun, Counts, Outcome, Read, RunOptions, States, outcome, pass};
use crate::error::Result;
use crate::logs::group::LogGroup;

/// What a query gathered so far.
pub struct Kept {
    /// What the states depend on: where it is another, they are those of another query.
    signature: String,
    states: States,
    begun: Begun,
    read: Read,
}

/// What tells whether a plan is the same as another one that was compiled of the same text; `None` where
/// its answer is more than one pass over the logs.
fn signature(plan: &Plan, options: &RunOptions) -> Option<String> {
    let one = plan.inner.is_empty() && plan.source.is_none() && plan.compared.is_none();
    let mut text = format!("{:?} {} {:?}", plan.wanted, plan.slots, options.range);
    plan.steps.iter().for_each(|step| {
        // Writing to memory does not fail.
        let _ = write!(text, " | {}", step.stage);
    });
    // The clock goes on too.
    let timeless = !text.to_lowercase().contains("now(");
    (one && timeless && !options.strict).then_some(text)
}

/// Runs a plan over the files of a log group, as [`super::run::run_files`] does, and keeps what it
/// gathered; `None` where it cannot be gone on from. For plans of one pass.
///
/// # Errors
/// As [`super::run::run`].
pub fn begin(
    plan: &Plan,
    group: &LogGroup,
    options: &RunOptions,
) -> Result<Option<(Outcome, Option<Kept>)>> {
    let Some(signature) = signature(plan, options) else { return Ok(None) };
    let began = Instant::now();
    loop {
        let (counts, mut states) = (Counts::new(plan), None);
        if let Some((gathered, read)) = pass(plan, group, options, &counts, Some(&mut states))? {
            let (begun, kept) = (counts.begun(plan), read.clone());
            let kept = states.map(|states| Kept { signature, states, begun, read: kept });
            let outcome = outcome(plan, gathered, counts, read, (began, options.threads));
            return Ok(Some((outcome, kept)));
        }
    }
}

/// The same over what was added to the files since; `all` are the files as they are now. `None` where the
/// plan is another one by now or a log format changed: then it is to be begun anew.
///
/// # Errors
/// As [`super::run::run`].
pub fn go_on(
    plan: &Plan,
    (added, all): (&LogGroup, &LogGroup),
    options: &RunOptions,
    kept: Kept,
) -> Result<Option<(Outcome, Option<Kept>)>> {
    if signature(plan, options).as_ref() != Some(&kept.signature) {
        return Ok(None);
    }
    let began = Instant::now();
    let Kept { signature, states, begun, read: before } = kept;
    let (counts, mut states) = (Counts::go_on(plan, &begun), Some(states));
    let passed = pass(plan, added, options, &counts, Some(&mut states))?;
    let Some((gathered, added)) = passed else { return Ok(None) };
    let mut report = before.report;
    report.go_on(added.report);
    let within = all.read_within(options.periods().and(plan.times));
    report.skipped = within.iter().filter(|read| !**read).count() as u64;
    let read = Read {
        records: before.records + added.records,
        bytes: before.bytes + added.bytes,
        files: all.files.len() as u64,
        report,
    };
    let (begun, own) = (counts.begun(plan), read.clone());
    let kept = states.map(|states| Kept { signature, states, begun, read: own });
    let outcome = outcome(plan, gathered, counts, read, (began, options.threads));
    Ok(Some((outcome, kept)))
}
