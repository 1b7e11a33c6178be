//! Any text as a query: it is refused with a place, or runs; its canonical form is one, and keeps
//! its form.

#![no_main]

use std::sync::LazyLock;

use flowql::engine::{Engine, compile_without_logs};
use flowql::error::Error;
use flowql::generate;
use flowql::logs::group::LogGroup;
use flowql::plan::canonical::canonical;
use flowql::plan::plan::PlanOptions;
use libfuzzer_sys::fuzz_target;

/// 200 records, asked at the first moment of 2026.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let logs = LogGroup::of_bytes("flows.log", generate::sample_text(200));
    let mut engine = Engine::new(logs, 1_767_225_600_000);
    engine.run.threads = 1;
    engine.run.memory_limit = 64 << 20;
    engine
});

fuzz_target!(|text: &str| {
    if text.len() > 2000 {
        return;
    }
    if let Err(Error::Query { diagnostics, .. }) = compile_without_logs(text, &PlanOptions::default()) {
        assert!(!diagnostics.is_empty(), "a refusal says why");
        for diagnostic in &diagnostics {
            let _ = diagnostic.render(text);
        }
    }
    if let Ok(form) = canonical(text) {
        let again = canonical(&form).ok();
        assert_eq!(again.as_deref(), Some(form.as_str()), "the canonical form keeps its form");
    }
    let _ = ENGINE.query(text);
});
