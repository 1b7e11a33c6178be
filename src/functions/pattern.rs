//! Regular expressions in functions: compiled once, and replacement texts with group references.

use std::cell::RefCell;

use regex::Regex;

/// The compiled pattern.
///
/// # Errors
/// Why it is no pattern, in one line.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        // The message shows the pattern over several lines; its last one is the reason.
        error => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or(&text).trim();
            reason.trim_start_matches("error: ").to_owned()
        }
    })
}

/// More different patterns than this in one query are compiled again and again.
const CACHED: usize = 16;

thread_local! {
    static PATTERNS: RefCell<Vec<(String, Option<Regex>)>> = const { RefCell::new(Vec::new()) };
}

/// Uses a pattern that was compiled before, if it was; `None` if it is no pattern.
pub fn with<T>(pattern: &str, use_it: impl FnOnce(&Regex) -> T) -> Option<T> {
    PATTERNS.with_borrow_mut(|patterns| {
        let position = patterns.iter().position(|(known, _)| known == pattern);
        let position = position.unwrap_or_else(|| {
            if patterns.len() == CACHED {
                patterns.remove(0);
            }
            patterns.push((pattern.to_owned(), compile(pattern).ok()));
            patterns.len() - 1
        });
        patterns[position].1.as_ref().map(use_it)
    })
}

/// A replacement text in the notation of the regex crate.
///
/// Groups are `\1` (RE2) or `$1` and `${name}`; `\\` is a back-slash; any other `$` is itself.
/// Source: the reference names RE2 but no notation; both are taken.
pub fn template(replacement: &str) -> String {
    let mut template = String::with_capacity(replacement.len());
    let mut rest = replacement;
    while let Some(at) = rest.find(['\\', '$']) {
        template.push_str(&rest[..at]);
        let (sign, after) = rest[at..].split_at(1);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let name = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        if sign == "\\" && digits > 0 {
            template.push_str(&format!("${{{}}}", &after[..1]));
            rest = &after[1..];
        } else if sign == "\\" {
            template.push('\\');
            rest = after.strip_prefix('\\').unwrap_or(after);
        } else if digits > 0 {
            template.push_str(&format!("${{{}}}", &after[..digits]));
            rest = &after[digits..];
        } else if let Some((name, after)) = name {
            template.push_str(&format!("${{{name}}}"));
            rest = after;
        } else {
            template.push_str("$$");
            rest = after;
        }
    }
    template.push_str(rest);
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_of_groups() {
        let cases = [
            (r"\2 \1", "b a"),
            ("$2$1", "ba"),
            ("${word}_", "a_"),
            ("$1_", "a_"),
            (r"\10", "a0"),
            ("$9", ""),
            ("5$", "5$"),
            ("$x", "$x"),
            (r"\\1", r"\1"),
            (r"\d", r"\d"),
            ("", ""),
        ];
        let pattern = compile(r"(?<word>\w) (\w)").expect("a pattern");
        for (replacement, result) in cases {
            let template = template(replacement);
            assert_eq!(pattern.replace_all("a b", template.as_str()), result, "{replacement}");
        }
    }

    #[test]
    fn a_broken_pattern_has_a_short_reason() {
        assert_eq!(compile("(a").err().as_deref(), Some("unclosed group"));
        assert!(with("(a", |_| ()).is_none());
        assert_eq!(with("a+", |pattern| pattern.is_match("baa")), Some(true));
        for i in 0..CACHED * 2 {
            assert_eq!(with(&format!("^{i}$"), |re| re.is_match(&i.to_string())), Some(true));
        }
    }
}
