//! The `.query` file: one query, with a title, parameters and hints in its leading comments.

pub mod calls;
mod filled;

pub use filled::Filled;

use crate::diagnostic::Span;
use crate::registry;

/// A `.query` file, read.
///
/// The text is a query as it could be pasted into the console. Leading `#` lines carry what a person
/// wants to know: the first is the title; then free text; then, each optional,
/// `# param NAME = DEFAULT: what it is`, `# logs: GLOB`, `# time: last 24h` and `# see: URL`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryFile {
    /// The first leading comment, if it is none of the lines with a meaning.
    pub title: Option<String>,
    /// The other leading comments, line by line; empty without any.
    pub description: String,
    /// The declared parameters in their order, then those that the text uses without saying so.
    pub params: Vec<Param>,
    /// Which logs the query is for: a path or glob.
    pub logs: Option<String>,
    /// Which time range it is for, as it was written.
    pub time: Option<String>,
    /// Where to read more: a URL.
    pub see: Option<String>,
    /// The whole text of the file, comments included, so that spans fit the file.
    pub text: String,
}

/// A parameter: what stands in a query for `{{name}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Letters, digits and `_`, no digit first.
    pub name: String,
    /// The text to put in, quotes included, when no other is given.
    pub default: Option<String>,
    /// What it is, in a few words; may be empty.
    pub summary: String,
}

impl QueryFile {
    /// Reads the text of a file. A file without leading comments is fine.
    ///
    /// # Errors
    /// A sentence about a `# param` line that cannot be read, a parameter that is declared twice or
    /// never used, or a second `# logs:`, `# time:` or `# see:` line.
    pub fn parse(text: &str) -> Result<QueryFile, String> {
        let mut file = QueryFile { text: text.to_string(), ..QueryFile::default() };
        let mut description: Vec<&str> = Vec::new();
        let header = text.trim_start_matches('\u{feff}').trim_start().lines();
        let comments = header.map_while(|line| line.trim().strip_prefix('#'));
        for (at, comment) in comments.map(str::trim).enumerate() {
            if let Some(declaration) = comment.strip_prefix("param ") {
                let param = Param::parse(declaration.trim())?;
                if file.params.iter().any(|other| other.name == param.name) {
                    return Err(format!("the parameter `{}` is declared twice", param.name));
                }
                file.params.push(param);
            } else if let Some((key, value)) = hint(comment) {
                let slot = match key {
                    "logs" => &mut file.logs,
                    "time" => &mut file.time,
                    _ => &mut file.see,
                };
                if slot.replace(value.to_string()).is_some() {
                    return Err(format!("there are two lines `# {key}:`; one is enough"));
                }
            } else if comment.starts_with("allow(") {
                // For the compiler: warnings that are not to be given.
            } else if at == 0 && !comment.is_empty() {
                file.title = Some(comment.to_string());
            } else {
                description.push(comment);
            }
        }
        file.description = description.join("\n").trim().to_string();
        file.check_params()?;
        Ok(file)
    }

    /// The text with a value for each `{{name}}`: the given one, or else the default.
    ///
    /// `given`: names and values; the last of a name counts. A value is put in as it is, since it
    /// brings its own quotes; where the default is in quotes and the value is not, the value gets
    /// them. Placeholders in comments stay.
    ///
    /// # Errors
    /// A sentence that names a parameter without a value, or a given name that is none.
    pub fn bind(&self, given: &[(String, String)]) -> Result<String, String> {
        self.fill(given).map(|filled| filled.text)
    }

    /// As [`QueryFile::bind`], with the way back to the text of the file.
    ///
    /// # Errors
    /// As [`QueryFile::bind`].
    pub fn fill(&self, given: &[(String, String)]) -> Result<Filled, String> {
        for (name, _) in given {
            if !self.params.iter().any(|param| param.name == *name) {
                return Err(self.unknown(name));
            }
        }
        fill(&self.text, placeholders(&self.text), |_, name| {
            let value = given.iter().rev().find(|(other, _)| other == name);
            let param = self.params.iter().find(|param| param.name == name);
            match (value, param.and_then(|param| param.default.as_deref())) {
                (Some((_, value)), default) => Ok(quoted_like(value, default)),
                (None, Some(default)) => Ok(default.to_owned()),
                (None, None) => Err(format!("the parameter `{name}` has no default and no value")),
            }
        })
    }

    /// Every declared parameter is used; what is used without declaration becomes one.
    fn check_params(&mut self) -> Result<(), String> {
        let used: Vec<&str> = placeholders(&self.text).into_iter().map(|it| it.name).collect();
        if let Some(param) = self.params.iter().find(|param| !used.contains(&&*param.name)) {
            let name = &param.name;
            return Err(format!(
                "the parameter `{name}` is declared, but the query has no {{{{{name}}}}}"
            ));
        }
        for name in used {
            if !self.params.iter().any(|param| param.name == name) {
                let name = name.to_string();
                self.params.push(Param { name, default: None, summary: String::new() });
            }
        }
        Ok(())
    }

    fn unknown(&self, name: &str) -> String {
        let names: Vec<&str> = self.params.iter().map(|param| param.name.as_str()).collect();
        match registry::nearest(name, names.iter().copied()) {
            Some(near) => format!("there is no parameter `{name}`; did you mean `{near}`?"),
            None if names.is_empty() => {
                format!("there is no parameter `{name}`; the query has none")
            }
            None => {
                format!("there is no parameter `{name}`; the query has `{}`", names.join("`, `"))
            }
        }
    }
}

impl Param {
    /// Reads `NAME = DEFAULT: what it is`; default and words may be missing.
    fn parse(declaration: &str) -> Result<Param, String> {
        let wrong = || {
            format!(
                "`# param {declaration}` cannot be read; write `# param NAME = DEFAULT: what it is`"
            )
        };
        let end = declaration.find(|c| !is_name_char(c)).unwrap_or(declaration.len());
        let (name, rest) = declaration.split_at(end);
        let rest = rest.trim_start();
        if !is_name(name) {
            return Err(wrong());
        }
        let (default, summary) = match rest.strip_prefix('=').map(str::trim_start) {
            None => (None, rest),
            Some(rest) => {
                let end = match rest.chars().next() {
                    Some(quote @ ('"' | '\'' | '`')) => closing(rest, quote).ok_or_else(wrong)?,
                    _ => rest.find(':').unwrap_or(rest.len()),
                };
                let (default, summary) = rest.split_at(end);
                (Some(default.trim().to_string()), summary.trim_start())
            }
        };
        let summary = match summary.strip_prefix(':') {
            Some(summary) => summary.trim().to_string(),
            None if summary.is_empty() => String::new(),
            None => return Err(wrong()),
        };
        if default.as_deref() == Some("") {
            return Err(wrong());
        }
        Ok(Param { name: name.to_string(), default, summary })
    }
}

/// The text with a value for each placeholder that stands for itself: not inside of a text, a
/// pattern or a name. `value` gets the number of the placeholder among these.
pub fn fill_open(text: &str, value: impl Fn(usize) -> String) -> Filled {
    let open = placeholders(text).into_iter().filter(|place| !place.inside);
    let filled = fill(text, open, |number, _| Ok::<_, ()>(value(number)));
    filled.unwrap_or_default()
}

/// The text with what `value` says in the place of placeholders, which it gets by number and name.
fn fill<'t, E>(
    text: &'t str,
    places: impl IntoIterator<Item = Placeholder<'t>>,
    value: impl Fn(usize, &str) -> Result<String, E>,
) -> Result<Filled, E> {
    let mut filled = Filled::default();
    let mut copied = 0;
    for (number, place) in places.into_iter().enumerate() {
        filled.push(text.get(copied..place.start).unwrap_or_default());
        filled.push_value(&value(number, place.name)?, Span::new(place.start, place.end));
        copied = place.end;
    }
    filled.push(text.get(copied..).unwrap_or_default());
    Ok(filled)
}

/// A placeholder: its name and where it is in the text, braces included.
struct Placeholder<'a> {
    name: &'a str,
    start: usize,
    end: usize,
    /// Whether it is a part of a text, a pattern or a name.
    inside: bool,
}

/// All placeholders outside comments, in the order of the text.
fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let mut found = Vec::new();
    // What ends the text that is being read: a quote, `/` of a pattern, or nothing.
    let mut until: Option<char> = None;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some((name, len)) = placeholder(rest) {
            let inside = until.is_some();
            found.push(Placeholder { name, start: at, end: at + len, inside });
            at += len;
            continue;
        }
        let mut step = next.len_utf8();
        match (until, next) {
            (Some(_), '\\') => step += rest.chars().nth(1).map_or(0, char::len_utf8),
            (Some(end), next) if end == next => until = None,
            (Some(_), _) => {}
            (None, '#') => step = rest.find('\n').unwrap_or(rest.len()),
            (None, '"' | '\'' | '`') if closing(rest, next).is_some() => until = Some(next),
            (None, '/') if begins_pattern(&text[..at]) && closing(rest, '/').is_some() => {
                until = Some('/');
            }
            (None, _) => {}
        }
        at += step;
    }
    found
}

/// The name and length of the placeholder that a text begins with.
fn placeholder(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find("}}")?;
    let name = inner[..end].trim();
    is_name(name).then_some((name, end + 4))
}

/// Whether a `/` behind this text begins a pattern and does not divide.
fn begins_pattern(before: &str) -> bool {
    let before = before.trim_end();
    if before.ends_with(['(', ',', '~', '[', '=']) {
        return true;
    }
    let mut words = before.rsplit(|c: char| c.is_whitespace() || c == '|');
    let (last, previous) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    last.eq_ignore_ascii_case("like") || previous.eq_ignore_ascii_case("parse")
}

/// Offset behind the second `quote` of a text that begins with one; `\` takes the next character.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

/// A value in the quotes of the default, if that has some and the value has none.
fn quoted_like(value: &str, default: Option<&str>) -> String {
    let quote = |text: &str| text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`' | '/'));
    match default.and_then(quote) {
        Some(mark) if mark != '/' && quote(value).is_none() => {
            let escaped = value.replace('\\', "\\\\").replace(mark, &format!("\\{mark}"));
            format!("{mark}{escaped}{mark}")
        }
        _ => value.to_string(),
    }
}

/// The key and value of a line like `see: URL`.
fn hint(comment: &str) -> Option<(&str, &str)> {
    let (key, value) = comment.split_once(':')?;
    let value = value.trim();
    (matches!(key, "logs" | "time" | "see") && !value.is_empty()).then_some((key, value))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# Downloads through the NAT gateway
# What comes in from outside,
#
# by source.
# param nat = \"10.0.0.5\": the gateway's address
# param top: how many
# logs: logs/*.gz
# time: last 24h
# see: https://example.com/a#b
filter dstAddr like {{nat}} # not {{this}}
# | filter {{off}}
| limit {{ top }}
";

    fn given(values: &[(&str, &str)]) -> Vec<(String, String)> {
        values.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn leading_comments_are_understood() {
        let file = QueryFile::parse(FILE).expect("is a query file");
        assert_eq!(file.title.as_deref(), Some("Downloads through the NAT gateway"));
        assert_eq!(file.description, "What comes in from outside,\n\nby source.");
        assert_eq!(file.logs.as_deref(), Some("logs/*.gz"));
        assert_eq!(file.time.as_deref(), Some("last 24h"));
        assert_eq!(file.see.as_deref(), Some("https://example.com/a#b"));
        assert_eq!(file.params[0].default.as_deref(), Some("\"10.0.0.5\""));
        assert_eq!(file.params[0].summary, "the gateway's address");
        assert_eq!((file.params[1].name.as_str(), &file.params[1].default), ("top", &None));
        assert_eq!(file.params.len(), 2);
        assert_eq!(file.text, FILE);
    }

    #[test]
    fn a_bare_query_is_a_query_file() {
        let file = QueryFile::parse("stats count(*)\n# by action\n").expect("is a query file");
        assert_eq!(file.title, None);
        assert_eq!(file.description, "");
        assert_eq!(file.bind(&[]), Ok(file.text.clone()));
        assert_eq!(QueryFile::parse(""), Ok(QueryFile::default()));
        let file = QueryFile::parse("\u{feff}\r\n# Title\r\nlimit 1\r\n").expect("is a query file");
        assert_eq!(file.title.as_deref(), Some("Title"));
        let file = QueryFile::parse("# see: URL\n# More\nlimit 1").expect("is a query file");
        assert_eq!((file.title.as_deref(), file.description.as_str()), (None, "More"));
    }

    #[test]
    fn values_take_the_place_of_names() {
        let file = QueryFile::parse(FILE).expect("is a query file");
        let bound = file.bind(&given(&[("top", "5")])).expect("has all values");
        assert!(
            bound.contains("like \"10.0.0.5\" # not {{this}}\n# | filter {{off}}\n| limit 5\n")
        );
        let bind = |nat| file.bind(&given(&[("top", "5"), ("nat", nat)]));
        assert!(bind("10.9.9.9").is_ok_and(|text| text.contains("like \"10.9.9.9\" #")));
        assert!(bind("'10.9'").is_ok_and(|text| text.contains("like '10.9' #")));
        assert!(bind("/^10/").is_ok_and(|text| text.contains("like /^10/ #")));
        assert!(bind("a\"b").is_ok_and(|text| text.contains("like \"a\\\"b\" #")));
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let file = QueryFile::parse(FILE).expect("is a query file");
        let reason = |values| file.bind(&given(values)).expect_err("cannot be bound");
        assert_eq!(reason(&[]), "the parameter `top` has no default and no value");
        assert_eq!(reason(&[("tpo", "1")]), "there is no parameter `tpo`; did you mean `top`?");
        assert!(reason(&[("colour", "1")]).ends_with("the query has `nat`, `top`"));
        let bare = QueryFile::parse("limit 1").expect("is a query file");
        assert!(bare.bind(&given(&[("x", "1")])).is_err_and(|text| text.ends_with("has none")));
    }

    #[test]
    fn placeholders_are_found_where_they_count() {
        let names = |text| placeholders(text).into_iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names("filter a = \"# {{x}}\" and b like /#'{{y}}/ # {{z}}"), ["x", "y"]);
        assert_eq!(names("parse @message /it's #(?<n>{{x}})/ # {{no}}"), ["x"]);
        assert_eq!(names("fields a / b # {{no}} /\n| limit {{n}}"), ["n"]);
        assert_eq!(names("fields `a#b{{x}}`, \"\\\"# {{y}}\""), ["x", "y"]);
        assert_eq!(names("filter a like /\\d{{2}}/ {{1x}} {{ }} {{{{x}}"), ["x"]);
        assert_eq!(names("it's # {{no}}\n{{é}} {{x"), [""; 0]);
    }

    #[test]
    fn bad_headers_are_refused() {
        let reason = |text| QueryFile::parse(text).expect_err("is no query file");
        assert!(reason("# T\n# param x 5\nlimit {{x}}").contains("cannot be read"));
        assert!(reason("# T\n# param x = \"5: y\nlimit {{x}}").contains("cannot be read"));
        assert!(reason("# T\n# param x =: y\nlimit {{x}}").contains("cannot be read"));
        assert!(reason("# T\n# param 1 = 5\nlimit {{x}}").contains("cannot be read"));
        assert!(reason("# param x = 5\n# param x = 6\nlimit {{x}}").contains("declared twice"));
        assert!(reason("# param x = 5\nlimit 5").contains("has no {{x}}"));
        assert!(reason("# see: a\n# see: b\nlimit 5").contains("two lines `# see:`"));
    }

    #[test]
    fn places_lead_back_to_the_file() {
        let text = "# param a = 5: A\nlimit {{a}} | limit {{ a }}";
        let file = QueryFile::parse(text).expect("is a query file");
        let filled = file.fill(&given(&[("a", "12345678")])).expect("has all values");
        let origin = |part: &str| {
            let start = filled.text.rfind(part).expect("is a part");
            let place = filled.origin(Span::new(start, start + part.len()));
            &text[place.start..place.end]
        };
        assert_eq!(origin("| limit"), "| limit");
        assert_eq!(origin("234"), "{{ a }}");
        assert_eq!(origin("12345678 | limit 12"), "{{a}} | limit {{ a }}");
        assert_eq!(origin("t 12345678 |"), "t {{a}} |");
        assert_eq!(origin("A\nlimit"), "A\nlimit");
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[#{}a-b:=/\\\\\"'` \né]{0,60}") {
            if let Ok(file) = QueryFile::parse(&text) {
                let _ = file.bind(&[]);
            }
        }
    }
}
