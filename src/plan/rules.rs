//! Rewrites: plan in, equivalent and faster plan out.

use crate::commands::command::{Role, Stage};
use crate::commands::dedup::DedupStage;
use crate::commands::in_order::Sequence;
use crate::commands::limit::Limit;
use crate::commands::sort::Sort;

/// Rewrites a list of commands.
pub fn rewrite(commands: &mut Vec<Box<dyn Stage>>) {
    limit_into_sort(commands);
    limit_for_dedup(commands);
    no_sort_before_stats(commands);
}

/// A `dedup` need not hold more records than the `limit` behind it lets through; the `limit` stays.
fn limit_for_dedup(commands: &mut [Box<dyn Stage>]) {
    for at in 0..commands.len() {
        let limit = commands[at].as_any().downcast_ref::<Limit>().and_then(|it| it.ordered.limit);
        let in_front = commands[..at].iter_mut().rev();
        let passing = |command: &&mut Box<dyn Stage>| match command.role() {
            Role::RecordWise(stage) => stage.keeps_records(),
            _ => false,
        };
        let mut in_front = in_front.skip_while(passing);
        let dedup = in_front.next().and_then(|it| it.as_any().downcast_mut::<DedupStage>());
        if let (Some(limit), Some(dedup)) = (limit, dedup) {
            dedup.limit = Some(limit);
        }
    }
}

/// A `sort` without a limit whose records a `stats` takes in next is left out: a `stats` keeps no
/// order, and all records need not be held.
fn no_sort_before_stats(commands: &mut Vec<Box<dyn Stage>>) {
    for at in (0..commands.len()).rev() {
        let sort = commands[at].as_any().downcast_ref::<Sort>();
        if sort.is_none_or(|sort| sort.ordered.limit.is_some()) {
            continue;
        }
        let mut behind = commands.iter().skip(at + 1);
        let gathering = behind.find(|command| command.role().gathering().is_some());
        if gathering.is_some_and(|command| command.doc().name == "stats") {
            commands.remove(at);
        }
    }
}

/// `sort … | limit n` becomes a sort that keeps the first n, also over commands between them that
/// let every record through in its place. Ordered commands that look back only need no more
/// records than are asked of them.
fn limit_into_sort(commands: &mut Vec<Box<dyn Stage>>) {
    let mut at = 0;
    while at < commands.len() {
        if let Some(count) = limit_of(&mut commands[at])
            && let Some(target) = target_of(commands, at)
        {
            set_limit(&mut commands[target], count);
            // A plan ends with a gathering command: behind record-wise ones the last limit stays.
            if at + 1 == commands.len() && target + 1 < at {
                break;
            }
            commands.remove(at);
        } else {
            at += 1;
        }
    }
}

/// The count of a `limit`; `Some(None)` is the end of a query without a limit.
fn limit_of(command: &mut Box<dyn Stage>) -> Option<Option<usize>> {
    command.as_any().downcast_ref::<Limit>().map(|limit| limit.ordered.limit)
}

/// The command in front of a `limit` that can do its work: the nearest `sort` or `limit`, or else
/// the first of the ordered commands that look back only.
fn target_of(commands: &mut [Box<dyn Stage>], at: usize) -> Option<usize> {
    let mut found = None;
    for target in (0..at).rev() {
        let command = &mut commands[target];
        let any = command.as_any();
        if any.is::<Sort>() || any.is::<Limit>() {
            return Some(target);
        }
        if any.downcast_mut::<Sequence>().and_then(Sequence::limited).is_some() {
            found = Some(target);
            continue;
        }
        match command.role() {
            Role::RecordWise(stage) if stage.keeps_records() => {}
            _ => break,
        }
    }
    found
}

fn set_limit(command: &mut Box<dyn Stage>, count: Option<usize>) {
    let any = command.as_any();
    let ordered = if any.is::<Sort>() {
        any.downcast_mut::<Sort>().map(|sort| &mut sort.ordered)
    } else if any.is::<Limit>() {
        any.downcast_mut::<Limit>().map(|limit| &mut limit.ordered)
    } else {
        any.downcast_mut::<Sequence>().and_then(Sequence::limited)
    };
    if let (Some(ordered), Some(count)) = (ordered, count) {
        ordered.limit = Some(ordered.limit.map_or(count, |limit| limit.min(count)));
    }
}
