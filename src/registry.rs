//! Registries: tables of named rows, found by any of their names, with a suggestion for a near miss.

/// A row of a table that people address by name.
pub trait Named {
    /// The canonical spelling.
    fn name(&self) -> &'static str;

    /// Other spellings that mean the same.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
}

/// The row called `name`, in any case.
pub fn find<'a, T: Named>(table: impl IntoIterator<Item = &'a T>, name: &str) -> Option<&'a T> {
    table.into_iter().find(|row| {
        row.name().eq_ignore_ascii_case(name)
            || row.aliases().iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

/// The candidate nearest to a misspelt word, if one is near enough to be meant.
///
/// Near is an edit distance (transpositions count once) of at most a third of the word, 1 at least
/// and 3 at most; case does not count. Ties go to the candidate that comes first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Whether a name fits a pattern, in which `*` is any text.
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name, expected) in [
            ("cpu*", "cpu_user", true),
            ("cpu*", "cpu", true),
            ("cpu*", "gpu", false),
            ("*Addr", "srcAddr", true),
            ("pkt*Addr", "pktSrcAddr", true),
            ("pkt*Addr", "pktSrcPort", false),
            ("a*a", "a", false),
            ("*a*b*", "xaybz", true),
            ("*a*b*", "xbya", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
