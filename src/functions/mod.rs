//! Scalar functions: one file per family of the AWS reference, one row per function.

pub mod arguments;
pub mod datetime;
pub mod encoding;
pub mod function;
pub mod general;
pub mod ip;
pub mod ip_ranges;
pub mod numeric;
pub mod pattern;
pub mod string;
pub mod subnet;

use crate::registry;
use function::Function;

/// The families in the order of the reference: a title and the functions.
pub const FAMILIES: &[(&str, &[Function])] = &[
    ("Numeric functions", numeric::FUNCTIONS),
    ("Datetime functions", datetime::FUNCTIONS),
    ("General functions", general::FUNCTIONS),
    ("IP address functions", ip::FUNCTIONS),
    ("String functions", string::FUNCTIONS),
    ("String encoding functions", encoding::FUNCTIONS),
];

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|(_, functions)| functions.iter())
}

/// The function of a name, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    registry::find(all(), name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_is_complete_and_no_name_means_two_functions() {
        let mut names = HashSet::new();
        for function in all() {
            let spellings = std::iter::once(&function.name).chain(function.aliases);
            for name in spellings {
                assert!(names.insert(name.to_ascii_lowercase()), "{name} stands twice");
            }
            assert!(function.summary.ends_with('.'), "{}: {}", function.name, function.summary);
            assert!(function.examples.len() >= 2, "{} has few examples", function.name);
            let last = function.args.len().saturating_sub(1);
            assert!(function.args[..last].iter().all(|arg| !arg.repeated), "{}", function.name);
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        for (name, found) in [("ISIPV4INSUBNET", "isIpv4InSubnet"), ("date_floor", "datefloor")] {
            assert_eq!(find(name).map(|row| row.name), Some(found));
        }
        assert!(find("nothing").is_none());
    }
}
