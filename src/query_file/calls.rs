//! Calls of saved queries, `$Name(parameter = value)`: each stands for the text of its query.

use super::{Filled, QueryFile, begins_pattern, closing, is_name, is_name_char};
use crate::diagnostic::{Diagnostic, Span};

/// A call of a saved query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name of the query.
    pub name: String,
    /// Names and values of parameters, as written.
    pub given: Vec<(String, String)>,
    /// Its place, from `$` to the bracket.
    pub span: Span,
}

/// The text with the texts of the saved queries that it calls in the place of the calls. Leading
/// comments of these queries are left out.
///
/// Source: CloudWatch Logs User Guide, "Save and re-run queries": calls are put together with
/// pipes, and a saved query calls no other.
///
/// # Errors
/// A call that cannot be read, what `find` says of a name, a parameter that is none or lacks a
/// value, and a saved query that calls one.
pub fn expand(
    text: &str,
    find: &dyn Fn(&Call) -> Result<QueryFile, Diagnostic>,
) -> Result<Filled, Diagnostic> {
    let mut filled = Filled::default();
    let mut copied = 0;
    for call in calls(text)? {
        let fault = |message: String| Diagnostic::error(message, call.span);
        let file = find(&call)?;
        let body = file
            .bind(&call.given)
            .map_err(|reason| fault(format!("`${}`: {reason}", call.name)))?;
        if let Some(inner) = calls(&body).ok().and_then(|inner| inner.into_iter().next()) {
            let message = match inner.name == call.name {
                true => format!("the saved query `{}` calls itself", call.name),
                false => format!(
                    "the saved query `{}` calls `{}`: a saved query calls no other",
                    call.name, inner.name
                ),
            };
            return Err(
                fault(message).help("put the calls together in your query: `$First() | $Second()`")
            );
        }
        let kept = |line: &&str| {
            let comment = line.trim_start().strip_prefix('#').map(str::trim);
            comment.is_none_or(|comment| comment.starts_with("allow("))
        };
        let lines: Vec<&str> = body.trim_start_matches('\u{feff}').lines().filter(kept).collect();
        let lines = lines.join("\n");
        let body = lines.trim();
        let body = body.strip_prefix('|').unwrap_or(body).trim_start();
        if body.is_empty() {
            return Err(fault(format!("the saved query `{}` is empty", call.name)));
        }
        filled.push(text.get(copied..call.span.start).unwrap_or_default());
        // A comment at its end takes the rest of the line.
        let end = if body.contains('#') { "\n" } else { "" };
        filled.push_value(&format!("{body}{end}"), call.span);
        copied = call.span.end;
    }
    filled.push(text.get(copied..).unwrap_or_default());
    Ok(filled)
}

/// The text with something else in the place of each call, by its number.
pub fn masked(text: &str, mask: impl Fn(usize) -> String) -> Filled {
    let mut filled = Filled::default();
    let mut copied = 0;
    for (number, call) in calls(text).unwrap_or_default().into_iter().enumerate() {
        filled.push(text.get(copied..call.span.start).unwrap_or_default());
        filled.push_value(&mask(number), call.span);
        copied = call.span.end;
    }
    filled.push(text.get(copied..).unwrap_or_default());
    filled
}

/// All calls outside of texts and comments: a `$` where a command begins.
///
/// # Errors
/// A call that cannot be read.
pub fn calls(text: &str) -> Result<Vec<Call>, Diagnostic> {
    let mut found = Vec::new();
    let mut before: Option<char> = None;
    let mut at = 0;
    while let Some((rest, next)) = rest_of(text, at) {
        let end = match next {
            '"' | '\'' | '`' => closing(rest, next),
            '/' if text.get(..at).is_some_and(begins_pattern) => closing(rest, next),
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '$' if matches!(before, None | Some('|' | '(')) => {
                let call = call(text, at)?;
                at = call.span.end;
                before = Some(')');
                found.push(call);
                continue;
            }
            _ => None,
        };
        if !next.is_whitespace() && next != '\u{feff}' {
            before = Some(next);
        }
        at += end.unwrap_or(next.len_utf8());
    }
    Ok(found)
}

/// What stands from a place on, and its first character.
fn rest_of(text: &str, at: usize) -> Option<(&str, char)> {
    let rest = text.get(at..)?;
    rest.chars().next().map(|next| (rest, next))
}

/// A reader of one call.
struct Reader<'t> {
    text: &'t str,
    start: usize,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn takes(&mut self, mark: char) -> bool {
        let is = self.rest().starts_with(mark);
        self.at += if is { mark.len_utf8() } else { 0 };
        is
    }

    /// What stands here up to the first character that does not fit.
    fn word(&mut self, fits: fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let word = rest.get(..rest.find(|c| !fits(c)).unwrap_or(rest.len())).unwrap_or_default();
        self.at += word.len();
        word
    }

    /// A fault here, up to the end of the token.
    fn fault(&self, message: impl Into<String>) -> Diagnostic {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Diagnostic::error(message, Span::new(self.at, self.at + length))
            .help("a saved query is called as `$Name(parameter = \"value\")`")
    }

    /// A value: what is in quotes or brackets, or all up to the next comma or bracket.
    fn value(&mut self) -> Result<String, Diagnostic> {
        let rest = self.rest();
        let end = match rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`' | '/')) => {
                closing(rest, quote).ok_or_else(|| self.fault("this value is never closed"))?
            }
            Some('[') => {
                rest.find(']').ok_or_else(|| self.fault("this value is never closed"))? + 1
            }
            _ => rest.find([',', ')']).unwrap_or(rest.len()),
        };
        let value = rest.get(..end).unwrap_or_default().trim();
        if value.is_empty() {
            return Err(self.fault("expected a value"));
        }
        self.at += end;
        Ok(value.to_owned())
    }
}

/// The call that begins at a `$`.
fn call(text: &str, start: usize) -> Result<Call, Diagnostic> {
    let mut reader = Reader { text, start, at: start + 1 };
    let name = match reader.rest().starts_with('`') {
        true => {
            let end = closing(reader.rest(), '`');
            let end = end.ok_or_else(|| reader.fault("this name is never closed"))?;
            let quoted = reader.rest().get(1..end - 1).unwrap_or_default();
            reader.at += end;
            quoted
        }
        false => reader.word(|c| c.is_alphanumeric() || matches!(c, '_' | '-')),
    };
    if name.is_empty() {
        return Err(reader.fault("expected the name of a saved query behind `$`"));
    }
    reader.blanks();
    if !reader.takes('(') {
        let place = Span::new(start, reader.at);
        return Err(Diagnostic::error(format!("the call of `{name}` lacks its brackets"), place)
            .help(format!("write `${name}()`")));
    }
    let mut given: Vec<(String, String)> = Vec::new();
    loop {
        reader.blanks();
        if reader.takes(')') {
            break;
        }
        let place = reader.at;
        let parameter = reader.word(is_name_char);
        if !is_name(parameter) {
            reader.at = place;
            return Err(reader.fault("expected the name of a parameter, or `)`"));
        }
        if given.iter().any(|(known, _)| known == parameter) {
            let span = Span::new(place, reader.at);
            let message = format!("the parameter `{parameter}` is given twice");
            return Err(Diagnostic::error(message, span));
        }
        reader.blanks();
        if !reader.takes('=') {
            return Err(reader.fault(format!("expected `=` and a value for `{parameter}`")));
        }
        reader.blanks();
        given.push((parameter.to_owned(), reader.value()?));
        reader.blanks();
        if !reader.takes(',') && !reader.rest().starts_with(')') {
            return Err(reader.fault("expected `,` or `)`"));
        }
    }
    Ok(Call { name: name.to_owned(), given, span: Span::new(reader.start, reader.at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(call: &Call) -> Result<QueryFile, Diagnostic> {
        let text = match call.name.as_str() {
            "Rejected" => {
                "# Rejected\n# param port = 22: which\nfilter action = \"REJECT\" and dstPort = {{port}}\n"
            }
            "recent n" => "# Recent\n# more\n| sort @timestamp desc # newest\n| limit {{count}}",
            "loop" => "# L\nfilter a = 1 | $loop()",
            "outer" => "$Rejected()",
            "nothing" => "# Only a title",
            _ => return Err(Diagnostic::error("none", call.span)),
        };
        QueryFile::parse(text).map_err(|reason| Diagnostic::error(reason, call.span))
    }

    fn expanded(text: &str) -> String {
        expand(text, &saved).map_or_else(
            |fault| {
                let place = text.get(fault.span.start..fault.span.end).unwrap_or_default();
                format!("{} at `{place}`", fault.message)
            },
            |filled| filled.text,
        )
    }

    #[test]
    fn a_call_stands_for_the_text_of_its_query() {
        for (text, expected) in [
            ("stats count(*)", "stats count(*)"),
            ("$Rejected()", "filter action = \"REJECT\" and dstPort = 22"),
            (
                "# mine\n$Rejected(port = 23) | $`recent n`(count=5) | fields x",
                "# mine\nfilter action = \"REJECT\" and dstPort = 23 | \
                 sort @timestamp desc # newest\n| limit 5\n | fields x",
            ),
            (
                "filter a in ( $Rejected( ) )",
                "filter a in ( filter action = \"REJECT\" and dstPort = 22 )",
            ),
            ("fields \"$Rejected()\" # $no", "fields \"$Rejected()\" # $no"),
            ("parse @message /^$Rejected()/", "parse @message /^$Rejected()/"),
            ("filter a = $5", "filter a = $5"),
        ] {
            assert_eq!(expanded(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_call_has_its_place() {
        for (text, expected) in [
            ("limit 3 | $Other()", "none at `$Other()`"),
            ("$Rejected", "the call of `Rejected` lacks its brackets at `$Rejected`"),
            ("$ ()", "expected the name of a saved query behind `$` at ` `"),
            ("$Rejected(5)", "expected the name of a parameter, or `)` at `5`"),
            ("$Rejected(port)", "expected `=` and a value for `port` at `)`"),
            ("$Rejected(port = )", "expected a value at `)`"),
            ("$Rejected(port = 5", "expected `,` or `)` at ``"),
            ("$Rejected(port = \"5)", "this value is never closed at `\"`"),
            ("$Rejected(port = 5, port = 6)", "the parameter `port` is given twice at `port`"),
            (
                "$Rejected(prot = 5)",
                "`$Rejected`: there is no parameter `prot`; did you mean `port`? at `$Rejected(prot = 5)`",
            ),
            (
                "$`recent n`()",
                "`$recent n`: the parameter `count` has no default and no value at `$`recent n`()`",
            ),
            ("$loop()", "the saved query `loop` calls itself at `$loop()`"),
            (
                "$outer()",
                "the saved query `outer` calls `Rejected`: a saved query calls no other at `$outer()`",
            ),
            ("$nothing()", "the saved query `nothing` is empty at `$nothing()`"),
        ] {
            assert_eq!(expanded(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[$#()|=,`\"'/\\[\\]a-c \né]{0,40}") {
            let _ = expand(&text, &saved);
        }
    }
}
