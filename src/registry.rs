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
