//! Errors of the parser, told in the words of the language: what was expected, or the mistake that
//! is usually made there.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::grammar::Rule;
use super::print::{quoted_name, quoted_text};
use super::stages;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::registry;

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
    let fault = Fault::new(text, at, offset, positives);
    let fault = fault.classic().unwrap_or_else(|| fault.unexpected());
    fault.code(codes::MALFORMED)
}

/// A place where no rule went on.
struct Fault<'q> {
    /// Where the command's text begins in the whole query.
    offset: usize,
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
    fn new(text: &'q str, at: usize, offset: usize, wanted: &'q [Rule]) -> Fault<'q> {
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
        Fault { offset, found: token(rest), rest, before, last, wanted }
    }

    fn wants(&self, rule: Rule) -> bool {
        self.wanted.contains(&rule)
    }

    /// Whether an operator could have followed, so that an operand has just ended.
    fn after_operand(&self) -> bool {
        self.wants(Rule::equal) || self.wants(Rule::add)
    }

    /// The place of `length` bytes from the fault on, in the whole query.
    fn place(&self, length: usize) -> Span {
        let start = self.offset + self.before.len();
        Span::new(start, start + length)
    }

    /// The place of the text between two places of the command.
    fn between(&self, start: usize, end: usize) -> Span {
        Span::new(self.offset + start, self.offset + end)
    }

    fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message, self.place(self.found.len()))
    }

    /// What is said where nothing else is known of the fault.
    fn unexpected(&self) -> Diagnostic {
        let error = self.error(self.expected());
        match self.remedy() {
            Some(remedy) => remedy(error),
            None => error,
        }
    }

    /// What people bring from other languages and editors.
    fn classic(&self) -> Option<Diagnostic> {
        let found = self.found;
        let behind = self.rest.get(found.len()..).unwrap_or_default().trim_start();
        let next = token(behind);
        let no_operator = || self.error(format!("`{found}` is not an operator"));
        Some(match found.to_ascii_lowercase().as_str() {
            "&&" => no_operator().write("and"),
            "||" => no_operator().write("or"),
            "!~" => no_operator().help("write `not like /…/`").edit(self.place(2), "not like"),
            ">" | "<" if self.before.ends_with('=') => {
                let marks = self.between(self.before.len() - 1, self.before.len() + 1);
                let right = format!("{found}=");
                self.error(format!("`={found}` is not an operator"))
                    .help(format!("write `{right}`"))
                    .edit(marks, right)
            }
            "-" if self.wants(Rule::whole_number) => self
                .error("a count is not negative")
                .help("write a whole number, such as `limit 20`"),
            "~" | "~=" => no_operator()
                .help("write `like /…/` or `=~ /…/`")
                .edit(self.place(found.len()), "=~"),
            "is" | "exists" if self.after_operand() => self.presence(no_operator()),
            "between" if self.after_operand() => no_operator().help("write `x >= 1 and x <= 9`"),
            ";" => self
                .error("a query has no `;`")
                .help("remove it; commands are joined by `|`")
                .edit(self.place(1), ""),
            "--" | "//" => self.no_comment().edit(self.place(2), "#"),
            "/*" => self.no_comment(),
            "\\" => self
                .error("a `\\` stands outside of a text")
                .help("remove it; a line ends without a mark"),
            ")" | "]" if !self.wants_closing() && self.unopened(found) => self
                .error(format!("this `{found}` closes nothing"))
                .help("remove it, or open it before")
                .edit(self.place(1), ""),
            "not" if self.after_operand() && next == "=" => self
                .error("`not` stands before `like`, `in` or a whole condition")
                .help("write `!=`, or `not like /…/`")
                .edit(self.place(self.rest.find('=').map_or(found.len(), |at| at + 1)), "!="),
            "\"" | "'" if self.wants(Rule::name) => self.quoted_name(),
            _ if self.after_operand() && self.last.eq_ignore_ascii_case("distinct") => self
                .error("there is no `distinct` here")
                .help(format!("write `count_distinct({found})`")),
            "group" if next.eq_ignore_ascii_case("by") => self
                .error("there is no `group by`")
                .help("write `by` alone")
                .edit(self.place(self.rest.len() - behind.len()), ""),
            "having" if self.after_operand() => self
                .error("there is no `having`")
                .help("write a `filter` behind the `stats`: `| filter n > 5`")
                .edit(self.place(found.len()), "| filter"),
            "offset" if self.wants(Rule::EOI) && !self.wants(Rule::offset_word) => self
                .error("a `limit` has no offset")
                .help("sort, and filter on the value that the page before ended with"),
            "descending" | "ascending" if self.wants(Rule::direction) => {
                let short = found.get(..found.len() - "ending".len()).unwrap_or(found);
                self.error(format!("the direction is called `{short}`")).write(short)
            }
            "*" if self.wants(Rule::field) || self.lists_columns() => self
                .error("`*` is no field")
                .help("name the fields; `@message` is the whole record"),
            "," if self.is_grouped_number() => {
                let last = self.before.len() - self.last.len();
                let more = |c: char| !c.is_ascii_digit() && c != ',';
                let end = self.rest.find(more).unwrap_or(self.rest.len());
                let number = self.last.to_owned() + self.rest.get(..end).unwrap_or_default();
                let place = self.between(last, self.before.len() + end);
                let number = number.replace(',', "");
                let error = Diagnostic::error("a number has no commas", place);
                error.write(&number)
            }
            _ => return self.other_classic(),
        })
    }

    /// As [`Fault::classic`], by more than the text that was found.
    fn other_classic(&self) -> Option<Diagnostic> {
        let found = self.found;
        // The first slash was read as a division.
        if found == "/" && self.before.ends_with('/') {
            let marks = self.between(self.before.len() - 1, self.before.len() + 1);
            return Some(self.no_comment().edit(marks, "#"));
        }
        if let Some(opening) = found.chars().next().filter(|c| QUOTES.contains(c)) {
            return Some(self.typographic(opening));
        }
        if self.last.eq_ignore_ascii_case("in") && found == "(" {
            return Some(self.list_in_parentheses());
        }
        if found.starts_with('/') && !self.wants(Rule::regex) && !self.after_operand() {
            let error = self.error("a pattern cannot stand here").help("match it with `like /…/`");
            return Some(match self.before.trim_end().strip_suffix('=') {
                Some(front) if !front.ends_with(['!', '<', '>', '=']) => {
                    let mark = self.between(front.len(), front.len() + 1);
                    error.edit(mark, if front.ends_with(' ') { "like" } else { " like " })
                }
                _ => error,
            });
        }
        if self.is_address() {
            let end = self.rest.find(|c: char| !is_word(c) && c != '/').unwrap_or(self.rest.len());
            let address = self.rest.get(..end).unwrap_or(found);
            return Some(
                self.error("an address is a text")
                    .help(format!("write \"{address}\""))
                    .edit(self.place(end), format!("\"{address}\"")),
            );
        }
        if self.rest.starts_with("://") && !self.last.is_empty() {
            let start = self.before.len() - self.last.len();
            let whole = self.before.get(start..).unwrap_or_default().len();
            let length = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
            let url = format!("\"{}{}\"", self.last, self.rest.get(..length).unwrap_or_default());
            let place = self.between(self.before.len() - whole, self.before.len() + length);
            let error = Diagnostic::error("a text stands in quotes", place);
            return Some(error.help(format!("write {url}")).edit(place, url));
        }
        if found.starts_with(|c: char| c.is_ascii_digit()) && found.contains(char::is_alphabetic) {
            let message = format!("`{found}` is neither a number nor a period");
            let help = format!("a text is written \"{found}\", a name `{found}` in back-ticks");
            return Some(self.error(message).help(help));
        }
        if self.after_operand() && self.before.ends_with('/') && !found.trim().is_empty() {
            let slash = self.between(self.before.len() - 1, self.before.len());
            let error = Diagnostic::error("the pattern ends at this `/`", slash);
            return Some(
                error.help("a slash inside a pattern is written `\\/`").edit(slash, "\\/"),
            );
        }
        if found == "-" && self.ends_alias() {
            let end = |text: &'q str| text.find(|c| !is_word(c) && c != '-').unwrap_or(text.len());
            let rest = self.rest.get(..end(self.rest)).unwrap_or("-");
            let name = format!("`{}{rest}`", self.last);
            let start = self.before.len() - self.last.len();
            let place = self.between(start, self.before.len() + rest.len());
            let error = self.error("a name with `-` needs back-ticks");
            return Some(error.help(format!("write `` {name} ``")).edit(place, name));
        }
        None
    }

    fn no_comment(&self) -> Diagnostic {
        self.error("this is not a comment").help("comments begin with `#`")
    }

    /// `x is null`, `x is not null`, `x exists`.
    fn presence(&self, error: Diagnostic) -> Diagnostic {
        let help = "write `ispresent(field)` or `not ispresent(field)`";
        let words: Vec<String> =
            self.rest.split_whitespace().take(3).map(str::to_ascii_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (not, last) = match words.as_slice() {
            ["is", "null", ..] => ("not ", "null"),
            ["is", "not", "null"] => ("", "null"),
            ["exists", ..] => ("", "exists"),
            _ => return error.help(help),
        };
        let end = self.rest.to_ascii_lowercase().find(last).map_or(0, |at| at + last.len());
        let field = self.before.trim_end();
        let start = field.trim_end_matches(is_word).len();
        let call = format!("{not}ispresent({})", field.get(start..).unwrap_or_default());
        let place = self.between(start, self.before.len() + end);
        error.help(format!("write `{call}`")).edit(place, call)
    }

    /// A name in quotes that needs none, or back-ticks.
    fn quoted_name(&self) -> Diagnostic {
        let error = self
            .error("a name does not stand in quotes")
            .help("write it bare, or in back-ticks if it has blanks or marks");
        let inside = self.rest.get(1..).unwrap_or_default();
        match inside.find(self.found) {
            Some(end) if end > 0 => {
                error.edit(self.place(end + 2), quoted_name(inside.get(..end).unwrap_or_default()))
            }
            _ => error,
        }
    }

    /// Quotation marks as word processors set them.
    fn typographic(&self, opening: char) -> Diagnostic {
        let error = self.error("this is a typographic quotation mark").help("write \"…\" or '…'");
        let inside = self.rest.get(opening.len_utf8()..).unwrap_or_default();
        match inside.char_indices().find(|(_, c)| QUOTES.contains(c) || *c == '"') {
            Some((end, closing)) => {
                let text = quoted_text(inside.get(..end).unwrap_or_default());
                error.edit(self.place(opening.len_utf8() + end + closing.len_utf8()), text)
            }
            None => error,
        }
    }

    /// `in (a, b)`: the brackets of the language are square.
    fn list_in_parentheses(&self) -> Diagnostic {
        let error = self.error("a list stands in brackets").help("write `[…]` for `(…)`");
        let mut depth = 0;
        let closing = self.rest.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth == 0
        });
        match closing {
            // A bracket in a text would make the wrong one of the right one.
            Some((end, _)) if !self.rest.get(1..end).unwrap_or_default().contains(['(', ')']) => {
                let at = self.before.len() + end;
                error.edit(self.place(1), "[").edit(self.between(at, at + 1), "]")
            }
            _ => error,
        }
    }

    /// What would have fitted, shortly.
    fn expected(&self) -> String {
        let mut words: Vec<(usize, &str)> = self.wanted.iter().filter_map(describe).collect();
        words.sort_unstable();
        words.dedup();
        if words.iter().any(|(_, word)| *word == EXPRESSION) {
            words.retain(|(_, word)| ![FIELD, TEXT, PERIOD].contains(word));
        }
        // Where both fit, the names of a `parse`, it is the word that was forgotten.
        if words.iter().any(|(_, word)| *word == "`as`") {
            words.retain(|(_, word)| *word != NAME);
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
    fn remedy(&self) -> Option<Box<dyn Fn(Diagnostic) -> Diagnostic>> {
        let word = self.found.starts_with(|c: char| c.is_alphabetic() || c == '@');
        let here = self.place(0);
        let command = COMMANDS.iter().any(|command| self.found.eq_ignore_ascii_case(command));
        let new_line = self.before.trim_end_matches([' ', '\t']).ends_with('\n');
        if word && (new_line || command && !self.last.eq_ignore_ascii_case("by")) {
            let help = "if a new command begins here, put `|` before it";
            return Some(Box::new(move |error| error.help(help).edit(here, "| ")));
        }
        if self.after_operand() && self.found.starts_with(['"', '\'']) {
            let help = "an operator such as `=` or `like` may be missing";
            return Some(Box::new(move |error| error.help(help)));
        }
        if let Some(near) = registry::nearest(self.found, self.words()) {
            return Some(Box::new(move |error| error.suggest(Some(near))));
        }
        if word && self.after_operand() && self.last.to_ascii_lowercase().starts_with("is") {
            let call = format!("{}({})", self.last, self.found);
            let start = self.before.trim_end().len() - self.last.len();
            let place = self.between(start, self.before.len() + self.found.len());
            let help = format!("a function has its arguments in brackets: `{call}`");
            return Some(Box::new(move |error| error.help(&help).edit(place, &call)));
        }
        if self.last.eq_ignore_ascii_case("by") {
            let before = self.before.trim_end().trim_end_matches(is_word).trim_end();
            if before.eq_ignore_ascii_case("stats") {
                let help = "what is computed stands before `by`: `stats count(*) by srcAddr`";
                let place = self.between(before.len(), before.len());
                return Some(Box::new(move |error| error.help(help).edit(place, " count(*)")));
            }
            if before.ends_with(',') {
                let comma = self.between(before.len() - 1, before.len());
                let help = "remove the comma before `by`";
                return Some(Box::new(move |error| error.help(help).edit(comma, "")));
            }
        }
        None
    }

    /// Whether `fields` or `display` stands in front.
    fn lists_columns(&self) -> bool {
        ["fields", "display"].iter().any(|word| self.last.eq_ignore_ascii_case(word))
    }

    /// The words that would have fitted.
    fn words(&self) -> impl Iterator<Item = &'static str> {
        let words = [
            (Rule::like_word_op, "like"),
            (Rule::direction, "desc"),
            (Rule::as_word, "as"),
            (Rule::by_word, "by"),
            (Rule::offset_word, "offset"),
            (Rule::multi_word, "multi"),
            (Rule::logfmt_word, "logfmt"),
            (Rule::any_word, "any"),
        ];
        // Of two letters everything is near.
        let long = self.found.len() > 2;
        let fitting = words.into_iter().filter(move |(rule, _)| long && self.wants(*rule));
        fitting.map(|(_, word)| word).collect::<Vec<_>>().into_iter()
    }

    /// `1,000`, where a list could not go on.
    fn is_grouped_number(&self) -> bool {
        let three =
            self.rest.get(1..4).is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()));
        three
            && !self.wants(Rule::comma)
            && self.before.ends_with(self.last)
            && self.last.bytes().all(|byte| byte.is_ascii_digit())
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

/// Commands that people forget the pipe of.
const COMMANDS: &[&str] =
    &["fields", "filter", "where", "stats", "sort", "order", "limit", "parse", "display", "dedup"];

/// Quotation marks that word processors set.
const QUOTES: &[char] = &['“', '”', '„', '‘', '’', '«', '»'];

const FIELD: &str = "a field";
const NAME: &str = "a name";
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
        Rule::name | Rule::segment => (0, NAME),
        Rule::field | Rule::column | Rule::wild => (0, FIELD),
        Rule::option | Rule::option_name => (2, "an option `name=value`"),
        Rule::option_value => (0, "a value"),
        Rule::with_word => (0, "`with`"),
        Rule::into_word => (0, "`into`"),
        Rule::output_word | Rule::output => (1, "`OUTPUT`, `OUTPUTNEW`"),
        Rule::table_name => (0, "the name of a table"),
        Rule::match_field | Rule::output_field => (0, FIELD),
        Rule::for_word => (0, "`for`"),
        Rule::where_word => (0, "`where`"),
        Rule::timeshift_word => (0, "`timeshift`"),
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
        Rule::subquery => (1, "a query in parentheses"),
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
