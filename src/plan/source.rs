//! Which log groups a `SOURCE` means.

use super::catalog::Catalog;
use crate::commands::source::Source;
use crate::diagnostic::Diagnostic;
use crate::logs::facts::GroupFacts;
use crate::registry;

/// The log groups that are meant, and what to say about it. Where no logs are at hand, it is the
/// names that are written.
///
/// # Errors
/// A name that no log group has, and selectors that no log group fits.
pub fn select(
    source: &Source,
    catalog: &Catalog,
) -> Result<(Vec<String>, Vec<Diagnostic>), Diagnostic> {
    let mut warnings = Vec::new();
    let Some(logs) = catalog.logs() else {
        return Ok((source.names.iter().map(|(name, _)| name.clone()).collect(), warnings));
    };
    let there: Vec<String> = logs.names().iter().map(|name| name.to_string()).collect();
    let known = || {
        let names: Vec<String> = there.iter().map(|name| format!("`{name}`")).collect();
        format!("there are {}; `-l NAME=PATH` names one", names.join(", "))
    };
    if !source.names.is_empty() {
        let mut names = Vec::new();
        for (name, span) in &source.names {
            if !there.contains(name) {
                let message = format!("no log group is called `{name}`");
                let fault = Diagnostic::error(message, *span);
                let nearest = registry::nearest(name, there.iter().map(String::as_str));
                return Err(match nearest {
                    Some(_) => fault.suggest(nearest),
                    None => fault.help(known()),
                });
            }
            names.push(name.clone());
        }
        return Ok((names, warnings));
    }
    let mut chosen: Vec<(String, GroupFacts)> =
        there.iter().map(|name| (name.clone(), logs.facts_of(name))).collect();
    let prefixes = &source.prefixes;
    chosen.retain(|(name, _)| {
        prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    });
    // A group of which nobody said a thing is taken, and that is said.
    let mut by = |what: &str, asked: bool, fits: &dyn Fn(&GroupFacts) -> Option<bool>| {
        if !asked {
            return;
        }
        let mut unknown = Vec::new();
        chosen.retain(|(name, facts)| {
            fits(facts).unwrap_or_else(|| {
                unknown.push(format!("`{name}`"));
                true
            })
        });
        if !unknown.is_empty() {
            let message =
                format!("nobody says which {what} {} has; it is taken", unknown.join(", "));
            warnings.push(
                Diagnostic::warning(message, source.span)
                    .help("a file given with `--catalog` says so"),
            );
        }
    };
    let one_of = |list: &[String], value: &Option<String>| {
        value.as_ref().map(|value| list.iter().any(|item| item.eq_ignore_ascii_case(value)))
    };
    by("account", !source.accounts.is_empty(), &|facts| one_of(&source.accounts, &facts.account));
    by("data source", !source.data_sources.is_empty(), &|facts| {
        one_of(&source.data_sources, &facts.source)
    });
    by("tags", !source.tags.is_empty(), &|facts| {
        facts.tags.as_ref().map(|tags| source.tags.iter().all(|asked| has_tag(tags, asked)))
    });
    // A log group is of the standard class unless somebody says otherwise.
    by("class", !source.classes.is_empty(), &|facts| {
        let class = facts.class.as_deref().unwrap_or("STANDARD");
        Some(source.classes.iter().any(|item| item.eq_ignore_ascii_case(class)))
    });
    if chosen.is_empty() {
        let message = "no log group fits this `SOURCE`";
        return Err(Diagnostic::error(message, source.span).help(known()));
    }
    Ok((chosen.into_iter().map(|(name, _)| name).collect(), warnings))
}

/// Whether tags have a key with one of some values. `*` is any text, a leading `!` negates.
fn has_tag(tags: &[(String, String)], (key, values): &(String, Vec<String>)) -> bool {
    let value = tags.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    values.iter().any(|wanted| match wanted.strip_prefix('!') {
        Some(unwanted) => !value.is_some_and(|value| registry::fits(unwanted, value)),
        None => value.is_some_and(|value| registry::fits(wanted, value)),
    })
}
