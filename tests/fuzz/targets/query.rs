//! Any text as a query: it is read or refused, prints back as the same plan, and its canonical form
//! is the same query.

#![no_main]

use flowql::diagnostic::Diagnostic;
use flowql::engine::compile_without_logs;
use flowql::error::Error;
use flowql::plan::canonical::canonical;
use flowql::plan::plan::{Plan, PlanOptions};
use flowql::query_file::QueryFile;
use libfuzzer_sys::fuzz_target;

fn compile(text: &str) -> Result<Plan, Vec<Diagnostic>> {
    match compile_without_logs(text, &PlanOptions::default()) {
        Ok(plan) => Ok(plan),
        Err(Error::Query { diagnostics, .. }) => Err(diagnostics),
        Err(other) => panic!("{text}: {other}"),
    }
}

/// A plan without the names of its columns, which are called as they are written.
fn steps(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.stage.to_string()).collect()
}

/// A plan as a query: a `limit` that another command took over is written behind it.
fn print(plan: &Plan) -> String {
    let mut texts: Vec<String> = Vec::new();
    for step in &plan.steps {
        let limit = step.stage.role().gathering().and_then(|gathering| gathering.limit());
        let is_limit = step.stage.doc().name == "limit";
        if !is_limit || limit.is_some() {
            texts.push(step.stage.to_string());
        }
        if let (false, Some(limit)) = (is_limit, limit) {
            texts.push(format!("limit {limit}"));
        }
    }
    texts.join(" | ")
}

/// Every place of a diagnostic lies on boundaries of the text, in order.
fn check(diagnostic: &Diagnostic, text: &str) {
    let related = diagnostic.related.iter().map(|(span, _)| *span);
    let edits = diagnostic.edits.iter().map(|edit| edit.span);
    for span in related.chain(edits).chain([diagnostic.span]) {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} of {text:?}: {diagnostic:?}");
    }
    let _ = diagnostic.render(text);
}

fuzz_target!(|text: &str| {
    let compiled = compile(text);
    match &compiled {
        Ok(plan) => plan.warnings.iter().for_each(|found| check(found, text)),
        Err(found) => {
            assert!(!found.is_empty(), "refused without a reason: {text:?}");
            found.iter().for_each(|found| check(found, text));
        }
    }
    if let Ok(plan) = &compiled {
        let printed = print(plan);
        match compile(&printed) {
            Ok(same) => assert_eq!(print(&same), printed, "{text:?}"),
            Err(_) => assert!(printed.chars().count() > 10_000, "{text:?}\n{printed:?}"),
        }
    }
    if let Ok(formed) = canonical(text) {
        let again = canonical(&formed).unwrap_or_else(|_| panic!("{text:?}\n{formed:?}"));
        assert_eq!(again, formed, "the canonical form of {text:?}");
        if let Ok(plan) = &compiled {
            // The form may be longer than a query is allowed to be.
            let Ok(same) = compile(&formed) else {
                assert!(formed.chars().count() > 10_000, "{text:?}\n{formed:?}");
                return;
            };
            assert_eq!(steps(&same), steps(plan), "{text:?}\n{formed:?}");
        }
    }
    if let Ok(file) = QueryFile::parse(text) {
        let _ = file.fill(&[]);
    }
});
