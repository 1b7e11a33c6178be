//! Errors of the parser, told in the words of the language: what was expected, or the mistake that
//! is usually made there.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::grammar::Rule;
use super::stages;
use crate::diagnostic::{Diagnostic, Span};

/// How many alternatives a message lists.
const MAX_LISTED: usize = 4;

/// The diagnostic of a command's text that its rule did not match; `offset` is where that text
/// begins in the whole query.
pub(super) fn explain(error: &Error<Rule>, text: &str, offset: usize) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at.min(text.len()),
    };
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return stages::too_deep(Span::new(offset + at, offset + text.len()));
    };
    let fault = Fault::new(text, at, positives);
    let span = Span::new(offset + at, offset + at + fault.found.len());
    match fault.classic() {
        Some((message, help)) => Diagnostic::error(message, span).help(help),
        None => {
            let diagnostic = Diagnostic::error(fault.expected(), span);
            match fault.remedy() {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        }
    }
}

/// A place where no rule went on.
struct Fault<'q> {
    /// What stands there: a word, a literal or a mark; empty at the end of the command.
    found: &'q str,
    /// The text from there on.
    rest: &'q str,
    /// What stands before it.
    before: &'q str,
    /// The word or mark before it.
    last: &'q str,
    /// What would have matched there.
    wanted: &'q [Rule],
}

impl<'q> Fault<'q> {
    fn new(text: &'q str, at: usize, wanted: &'q [Rule]) -> Fault<'q> {
        let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        let trimmed = before.trim_end();
        let start = match trimmed.trim_end_matches(is_word).len() {
            start if start < trimmed.len() => start,
            _ => trimmed.trim_end_matches(['=', '~', '!', '<', '>']).len(),
        };
        let last = match trimmed.get(start..) {
            Some(last) if !last.is_empty() => last,
            _ => trimmed
                .char_indices()
                .next_back()
                .and_then(|(at, _)| trimmed.get(at..))
                .unwrap_or(""),
        };
        Fault { found: token(rest), rest, before, last, wanted }
    }

    fn wants(&self, rule: Rule) -> bool {
        self.wanted.contains(&rule)
    }

    /// Whether an operator could have followed, so that an operand has just ended.
    fn after_operand(&self) -> bool {
        self.wants(Rule::equal) || self.wants(Rule::add)
    }

    /// Message and help for what people bring from other languages and editors.
    fn classic(&self) -> Option<(String, String)> {
        let found = self.found;
        let lower = found.to_ascii_lowercase();
        let next = token(self.rest.get(found.len()..).unwrap_or_default().trim_start());
        let instead = |help: &str| Some((format!("`{found}` is not an operator"), help.to_owned()));
        match lower.as_str() {
            "&&" => return instead("write `and`"),
            "||" => return instead("write `or`"),
            "!~" => return instead("write `not like /…/`"),
            ">" if self.before.ends_with('=') => {
                return say("`=>` is not an operator", "write `>=`");
            }
            "<" if self.before.ends_with('=') => {
                return say("`=<` is not an operator", "write `<=`");
            }
            "-" if self.wants(Rule::whole_number) => {
                return say("a count is not negative", "write a whole number, such as `limit 20`");
            }
            "~" | "~=" => return instead("write `like /…/` or `=~ /…/`"),
            "is" | "exists" if self.after_operand() => {
                return instead("write `ispresent(field)` or `not ispresent(field)`");
            }
            "between" if self.after_operand() => return instead("write `x >= 1 and x <= 9`"),
            ";" => return say("a query has no `;`", "remove it; commands are joined by `|`"),
            "--" | "//" | "/*" => return say("this is not a comment", "comments begin with `#`"),
            ")" | "]" if !self.wants_closing() && self.unopened(found) => {
                return say(
                    &format!("this `{found}` closes nothing"),
                    "remove it, or open it before",
                );
            }
            "not" if self.after_operand() && next == "=" => {
                return say(
                    "`not` stands before `like`, `in` or a whole condition",
                    "write `!=`, or `not like /…/`",
                );
            }
            "\"" | "'" if self.wants(Rule::name) => {
                return say(
                    "a name does not stand in quotes",
                    "write it bare, or in back-ticks if it has blanks or marks",
                );
            }
            _ if self.after_operand() && self.last.eq_ignore_ascii_case("distinct") => {
                return say(
                    "there is no `distinct` here",
                    &format!("write `count_distinct({found})`"),
                );
            }
            "group" if next.eq_ignore_ascii_case("by") => {
                return say("there is no `group by`", "write `by` alone");
            }
            _ => {}
        }
        // The first slash was read as a division.
        if found == "/" && self.before.ends_with('/') {
            return say("this is not a comment", "comments begin with `#`");
        }
        if found.starts_with(['“', '”', '„', '‘', '’']) {
            return say("this is a typographic quotation mark", "write \"…\" or '…'");
        }
        if self.last.eq_ignore_ascii_case("in") && found == "(" {
            let query = ["source", "fields", "filter", "stats", "where"];
            return match query.iter().any(|word| next.eq_ignore_ascii_case(word)) {
                true => say(
                    "a query inside a query is not read here",
                    "write its values: `in [\"a\", \"b\"]`",
                ),
                false => say("a list stands in brackets", "write `[…]` for `(…)`"),
            };
        }
        if found.starts_with('/') && !self.wants(Rule::regex) && !self.after_operand() {
            return say("a pattern cannot stand here", "match it with `like /…/`");
        }
        if self.is_address() {
            let end = self.rest.find(|c: char| !is_word(c) && c != '/').unwrap_or(self.rest.len());
            let address = self.rest.get(..end).unwrap_or(found);
            return say("an address is a text", &format!("write \"{address}\""));
        }
        if found.starts_with(|c: char| c.is_ascii_digit()) && found.contains(char::is_alphabetic) {
            return say(
                &format!("`{found}` is neither a number nor a period"),
                &format!("a text is written \"{found}\", a name `{found}` in back-ticks"),
            );
        }
        if found == "-" && self.ends_alias() {
            let end = |text: &'q str| text.find(|c| !is_word(c) && c != '-').unwrap_or(text.len());
            let name = format!("{}{}", self.last, self.rest.get(..end(self.rest)).unwrap_or("-"));
            return say("a name with `-` needs back-ticks", &format!("write `` `{name}` ``"));
        }
        None
    }

    /// What would have fitted, shortly.
    fn expected(&self) -> String {
        let mut words: Vec<(usize, &str)> = self.wanted.iter().filter_map(describe).collect();
        words.sort_unstable();
        words.dedup();
        if words.iter().any(|(_, word)| *word == EXPRESSION) {
            words.retain(|(_, word)| ![FIELD, TEXT, PERIOD].contains(word));
        }
        // The end is always possible where something else may follow; it helps only alone.
        if words.len() > 1 {
            words.retain(|(_, word)| *word != END);
        }
        words.truncate(MAX_LISTED);
        let words: Vec<&str> = words.into_iter().map(|(_, word)| word).collect();
        let list = match words.split_last() {
            None => "something else".to_owned(),
            Some((only, [])) => (*only).to_owned(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
        };
        // After a word or an operator; the mark that ends a literal would say little.
        let tells = !self.last.is_empty()
            && self.last.len() <= 20
            && !["\"", "'", "`", "/"].contains(&self.last)
            && !self.after_operand()
            && list != END;
        match tells {
            true => format!("expected {list} after `{}`", self.last),
            false => format!("expected {list}"),
        }
    }

    /// A guess at what was forgotten, where the message alone may not help.
    fn remedy(&self) -> Option<&'static str> {
        let word = self.found.starts_with(|c: char| c.is_alphabetic() || c == '@');
        if word && self.before.trim_end_matches([' ', '\t']).ends_with('\n') {
            return Some("if a new command begins here, put `|` before it");
        }
        if self.after_operand() && self.found.starts_with(['"', '\'']) {
            return Some("an operator such as `=` or `like` may be missing");
        }
        if self.last.eq_ignore_ascii_case("by") {
            let before = self.before.trim_end().trim_end_matches(is_word).trim_end();
            if before.eq_ignore_ascii_case("stats") {
                return Some("what is computed stands before `by`: `stats count(*) by srcAddr`");
            }
            if before.ends_with(',') {
                return Some("remove the comma before `by`");
            }
        }
        None
    }

    fn wants_closing(&self) -> bool {
        self.wants(Rule::right_parenthesis) || self.wants(Rule::right_bracket)
    }

    /// Whether the text before has no bracket open for this one.
    fn unopened(&self, closing: &str) -> bool {
        let opening = if closing == ")" { "(" } else { "[" };
        self.before.matches(opening).count() <= self.before.matches(closing).count()
    }

    fn is_address(&self) -> bool {
        self.found.matches('.').count() == 3 && self.found.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Whether the word before is a name behind `as`.
    fn ends_alias(&self) -> bool {
        let before = self.before.trim_end().trim_end_matches(is_word).trim_end();
        let start = before.trim_end_matches(is_word).len();
        before.get(start..).is_some_and(|word| word.eq_ignore_ascii_case("as"))
    }
}

fn say(message: &str, help: &str) -> Option<(String, String)> {
    Some((message.to_owned(), help.to_owned()))
}

const FIELD: &str = "a field";
const TEXT: &str = "a text in quotes";
const PERIOD: &str = "a period such as `5m`";
const EXPRESSION: &str = "an expression";
const END: &str = "the end of the command";

/// What a rule is called in a message, and its rank there; `None` where it would not help.
fn describe(rule: &Rule) -> Option<(usize, &'static str)> {
    Some(match rule {
        Rule::comma => (0, "`,`"),
        Rule::right_parenthesis => (0, "`)`"),
        Rule::right_bracket => (0, "`]`"),
        Rule::as_word => (1, "`as`"),
        Rule::by_word => (1, "`by`"),
        Rule::offset | Rule::offset_word => (2, "`offset`"),
        Rule::direction => (1, "`asc`, `desc`"),
        Rule::field_word => (0, "`field=`"),
        Rule::equals => (0, "`=`"),
        Rule::multi_word => (1, "`multi`"),
        Rule::any_word => (3, "`any`"),
        Rule::name => (0, "a name"),
        Rule::segment => (0, "a name"),
        Rule::field | Rule::column | Rule::wild => (0, FIELD),
        Rule::option | Rule::option_name => (2, "an option `name=value`"),
        Rule::option_value => (0, "a value"),
        Rule::with_word => (0, "`with`"),
        Rule::for_word => (0, "`for`"),
        Rule::maxspan_word => (1, "`maxspan`"),
        Rule::expr
        | Rule::item
        | Rule::group_key
        | Rule::sort_key
        | Rule::call
        | Rule::parenthesis
        | Rule::number
        | Rule::boolean
        | Rule::not_mark => (0, EXPRESSION),
        Rule::whole_number => (0, "a whole number"),
        Rule::period => (1, PERIOD),
        Rule::regex | Rule::parse_regex => (1, "a pattern `/…/`"),
        Rule::text | Rule::parse_glob => (1, TEXT),
        Rule::list => (0, "a list `[…]`"),
        Rule::star => (4, "`*`"),
        Rule::equal
        | Rule::add
        | Rule::like_word_op
        | Rule::in_word
        | Rule::matching
        | Rule::within
        | Rule::and_word
        | Rule::or_word
        | Rule::match_op => (5, "an operator"),
        Rule::EOI => (6, END),
        _ => return None,
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '@' | '.')
}

/// The first token of a text: a word, a mark of two, or one character.
fn token(text: &str) -> &str {
    let word = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let marks = ["&&", "||", "!~", "~=", "--", "//", "/*"];
    let length = match marks.iter().find(|mark| text.starts_with(**mark)) {
        Some(mark) => mark.len(),
        None if word > 0 => word,
        None => text.chars().next().map_or(0, char::len_utf8),
    };
    text.get(..length).unwrap_or_default()
}
