//! The canonical form of a query: one command a line, one blank where blanks may be, comments kept.

use std::collections::BTreeMap;

use crate::commands;
use crate::diagnostic::{Diagnostic, Span};
use crate::query_file::{calls, fill_open};
use crate::syntax::{self, Node, Rule};

/// Why a query is left as it is.
pub enum Unchanged {
    /// It cannot be read.
    Fault(Diagnostic),
    /// A comment stands inside a command, at this place, where a line of the canonical form has
    /// none.
    Comment(Span),
}

/// What may stand in the place of a `{{NAME}}` while a template is read, each kind of operand that
/// the language has; the number makes it unlike all others. None of them looks like anything that
/// people write, so they are found again in the canonical form.
const STAND_INS: &[fn(usize) -> String] = &[
    |number| format!("qZ_{number}_Zq"),
    |number| format!("7461{number:04}6417"),
    |number| format!("\"qZ_{number}_Zq\""),
    |number| format!("[\"qZ_{number}_Zq\"]"),
    |number| format!("/qZ_{number}_Zq/"),
    |number| format!("7461{number:04}6417m"),
];

/// The query in canonical form; the form of that is the same text. It may be a template: what
/// stands for a value, as in `limit {{top}}`, stays.
///
/// # Errors
/// Why it has none.
pub fn canonical(text: &str) -> Result<String, Unchanged> {
    // A call of a saved query stands where a command stands, and stays as it is.
    let stand_in = |number: usize| format!("limit 7462{number:04}6417");
    let masked = calls::masked(text, stand_in);
    match template(&masked.text) {
        Ok(mut formed) => {
            for (number, place) in masked.placeholders().enumerate() {
                let written = text.get(place.start..place.end).unwrap_or_default();
                formed = formed.replace(&stand_in(number), written);
            }
            Ok(formed)
        }
        Err(Unchanged::Comment(place)) => Err(Unchanged::Comment(masked.origin(place))),
        Err(Unchanged::Fault(fault)) => Err(Unchanged::Fault(masked.relocated(fault))),
    }
}

/// The canonical form of a query in which placeholders stand for values.
fn template(text: &str) -> Result<String, Unchanged> {
    // Which kind of operand each placeholder stands for, found by trying.
    let mut kinds: BTreeMap<usize, usize> = BTreeMap::new();
    loop {
        let kind = |number: usize| kinds.get(&number).copied().unwrap_or(0);
        let stand_in =
            |number| STAND_INS.get(kind(number)).map_or_else(String::new, |make| make(number));
        let filled = fill_open(text, stand_in);
        let restored = |mut formed: String| {
            for (number, place) in filled.placeholders().enumerate() {
                let written = text.get(place.start..place.end).unwrap_or_default();
                formed = formed.replace(&stand_in(number), written);
            }
            formed
        };
        let fault = match form(&filled.text) {
            Ok(formed) => return Ok(restored(formed)),
            Err(Unchanged::Comment(place)) => return Err(Unchanged::Comment(filled.origin(place))),
            Err(Unchanged::Fault(fault)) => fault,
        };
        let untried = |number: &usize| kind(*number) + 1 < STAND_INS.len();
        match filled.values_at(fault.span).find(untried) {
            Some(number) => *kinds.entry(number).or_default() += 1,
            None => {
                let mut fault = filled.relocated(fault);
                fault.message = restored(fault.message);
                return Err(Unchanged::Fault(fault));
            }
        }
    }
}

fn form(text: &str) -> Result<String, Unchanged> {
    let stages = syntax::stages(text).map_err(Unchanged::Fault)?;
    let mut out = String::new();
    let mut end = 0;
    for (i, stage) in stages.iter().enumerate() {
        comments(text.get(end..stage.span.start).unwrap_or_default(), i > 0, &mut out);
        let Some(row) = commands::find(&stage.word) else {
            let message = format!("no command is called `{}`", stage.word);
            return Err(Unchanged::Fault(Diagnostic::error(message, stage.word_span)));
        };
        let node = syntax::parse(row.doc.rule, text, stage.span).map_err(Unchanged::Fault)?;
        out.push_str(if i > 0 { "| " } else { "" });
        let word = match row.doc.name.eq_ignore_ascii_case(&stage.word) {
            true => row.doc.name.to_owned(),
            false => stage.word.to_lowercase(),
        };
        command(&node, &word, text, stage.span, &mut out)?;
        out.push('\n');
        end = stage.span.end;
    }
    comments(text.get(end..).unwrap_or_default(), true, &mut out);
    Ok(out)
}

/// Writes the comments between two commands: one that began on the line of the command in front
/// stays there, others have a line of their own. Above the first command blank lines stay, of
/// several one: they end the header of a file.
fn comments(gap: &str, behind_command: bool, out: &mut String) {
    for (i, line) in gap.split('\n').enumerate() {
        match line.find('#').and_then(|at| line.get(at..)) {
            Some(comment) if i == 0 && behind_command => {
                out.truncate(out.trim_end_matches('\n').len());
                *out = format!("{out}  {}\n", comment.trim_end());
            }
            Some(comment) => *out = format!("{out}{}\n", comment.trim_end()),
            None if !behind_command && !out.is_empty() && !out.ends_with("\n\n") => {
                let blank = line.trim().is_empty() && gap.lines().count() > i + 1;
                out.push_str(if blank { "\n" } else { "" });
            }
            None => {}
        }
    }
}

/// What a piece of a command is, as far as blanks around it go.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A name, a literal.
    Word,
    /// The name of a function, at its bracket.
    Function,
    /// A word with a blank on both sides, also at a bracket.
    Keyword,
    /// An operator between two operands.
    Infix,
    /// `!` and the minus of a number, at their operand.
    Prefix,
    Comma,
    Opening,
    Closing,
    /// `.`, and the `=` of an option: no blank on either side.
    Dot,
}

/// Writes a command that begins with `head`.
fn command(
    node: &Node<'_>,
    head: &str,
    text: &str,
    span: Span,
    out: &mut String,
) -> Result<(), Unchanged> {
    let mut leaves = Vec::new();
    collect(node, &mut leaves);
    let mut writer = Writer { out, last: None };
    let mut at = span.start;
    for leaf in leaves {
        let place = leaf.span();
        let blank = writer.gap(text, Span::new(at, place.start))?;
        let word = leaf.text().trim();
        let kind = kind_of(leaf.rule(), word);
        match leaf.rule() {
            Rule::head_word => writer.piece(head, kind, blank),
            // Two words with blanks between: `not  like`.
            Rule::like_word_op | Rule::in_word => {
                if word.contains('#') {
                    return Err(Unchanged::Comment(place));
                }
                let words: Vec<&str> = word.split_whitespace().collect();
                writer.piece(&words.join(" "), kind, blank);
            }
            _ => writer.piece(word, kind, blank),
        }
        at = place.start + leaf.text().trim_end().len();
    }
    writer.gap(text, Span::new(at, span.end)).map(|_| ())
}

/// The nodes without nodes inside, in the order of the text. A column without a name of its own is
/// called as it is written, so it stays whole.
fn collect<'n, 'q>(node: &'n Node<'q>, leaves: &mut Vec<&'n Node<'q>>) {
    match node.children() {
        [] if node.text().trim().is_empty() => {}
        [] => leaves.push(node),
        [expr] if matches!(node.rule(), Rule::item | Rule::group_key) => leaves.push(expr),
        children => children.iter().for_each(|child| collect(child, leaves)),
    }
}

fn kind_of(rule: Rule, word: &str) -> Kind {
    match rule {
        Rule::comma => Kind::Comma,
        Rule::equals => Kind::Dot,
        Rule::right_parenthesis | Rule::right_bracket => Kind::Closing,
        Rule::function_name => Kind::Function,
        Rule::negate => Kind::Prefix,
        Rule::not_mark if word == "!" => Kind::Prefix,
        Rule::not_mark
        | Rule::head_word
        | Rule::as_word
        | Rule::by_word
        | Rule::offset_word
        | Rule::with_word
        | Rule::into_word
        | Rule::output_word
        | Rule::for_word
        | Rule::direction => Kind::Keyword,
        Rule::or_word
        | Rule::and_word
        | Rule::like_word_op
        | Rule::in_word
        | Rule::match_op
        | Rule::equal
        | Rule::not_equal
        | Rule::less
        | Rule::less_equal
        | Rule::greater
        | Rule::greater_equal
        | Rule::add
        | Rule::subtract
        | Rule::multiply
        | Rule::divide
        | Rule::remainder
        | Rule::power => Kind::Infix,
        _ => Kind::Word,
    }
}

/// Writes pieces with the blanks between them.
struct Writer<'o> {
    out: &'o mut String,
    last: Option<Kind>,
}

impl Writer<'_> {
    /// Writes what stands between two leaves: brackets and dots. Whether a blank is at its end.
    fn gap(&mut self, text: &str, span: Span) -> Result<bool, Unchanged> {
        let gap = text.get(span.start..span.end).unwrap_or_default();
        if gap.contains('#') {
            return Err(Unchanged::Comment(span));
        }
        let mut blank = false;
        for c in gap.chars() {
            if c.is_whitespace() {
                blank = true;
                continue;
            }
            let kind = match c {
                '(' | '[' => Kind::Opening,
                ')' | ']' => Kind::Closing,
                '.' => Kind::Dot,
                _ => Kind::Word,
            };
            self.piece(c.encode_utf8(&mut [0; 4]), kind, blank);
            blank = false;
        }
        Ok(blank)
    }

    /// Writes one piece; `blank` tells whether the source had one before it.
    fn piece(&mut self, text: &str, kind: Kind, blank: bool) {
        use Kind::{Closing, Comma, Dot, Function, Infix, Keyword, Opening, Prefix, Word};
        let space = match (self.last, kind) {
            (None | Some(Opening | Dot | Prefix), _) | (_, Comma | Closing | Dot) => false,
            (Some(Function), Opening) => false,
            (Some(Infix | Comma | Keyword), _) | (_, Infix | Keyword) => true,
            (Some(Word | Closing), Word | Function | Prefix) => true,
            _ => blank,
        };
        if space {
            self.out.push(' ');
        }
        self.out.push_str(text);
        self.last = Some(kind);
    }
}
