//! Stages: a query cut into its commands at the pipes that are not inside something.

use pest::Parser as _;
use pest::iterators::Pairs;

use super::grammar::{Grammar, Rule};
use super::node::span_of;
use crate::diagnostic::{Diagnostic, Span, codes};

/// The longest query AWS takes, in characters.
///
/// Source: CloudWatch Logs API Reference, StartQuery, `queryString`.
pub const MAX_CHARACTERS: usize = 10_000;

/// How deep brackets and prefix operators may nest; real queries stay below ten, and whatever
/// walks an expression may recurse this often.
const MAX_NESTING: usize = 100;

/// One command of a query, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageText {
    /// The word it begins with, as written.
    pub word: String,
    /// The place of that word.
    pub word_span: Span,
    /// The place of the whole command, without blanks and comments around it.
    pub span: Span,
}

/// Cuts a query into its commands, in order; there is at least one.
///
/// Pipes inside texts, back-ticks, patterns, comments and brackets do not count. One pipe before
/// the first command is tolerated, for a query that was copied from its middle.
///
/// # Errors
///
/// A query that is empty or longer than [`MAX_CHARACTERS`]; a pipe without a command; a text,
/// name, pattern or bracket that is not closed; a command that does not begin with a word.
pub fn stages(text: &str) -> Result<Vec<StageText>, Diagnostic> {
    if let Some((limit, _)) = text.char_indices().nth(MAX_CHARACTERS) {
        let message = format!("the query is longer than {MAX_CHARACTERS} characters");
        return Err(Diagnostic::error(message, Span::new(limit, text.len()))
            .help("CloudWatch Logs refuses longer queries too; split it or shorten its lists"));
    }
    stages_at(text, Span::new(0, text.len()))
}

/// Cuts the query at `place`, a query inside of the query `source`, into its commands.
///
/// # Errors
///
/// As [`stages`].
pub fn stages_at(source: &str, place: Span) -> Result<Vec<StageText>, Diagnostic> {
    let text = source.get(place.start..place.end).unwrap_or_default();
    let offset = place.start;
    let mut stages = Vec::new();
    let mut stage: Option<StageText> = None;
    let mut last_pipe: Option<Span> = None;
    let mut brackets: Vec<(&str, Span)> = Vec::new();
    for token in tokens(text, offset)? {
        let span = span_of(&token, offset);
        match token.as_rule() {
            Rule::EOI => break,
            Rule::pipe if brackets.is_empty() => {
                match (stage.take(), last_pipe) {
                    (Some(done), _) => stages.push(done),
                    (None, None) => {}
                    (None, Some(before)) => {
                        return Err(Diagnostic::error(
                            "there is no command between two pipes",
                            span,
                        )
                        .code(codes::EMPTY)
                        .note(before, "the pipe before it")
                        .help("remove one `|`")
                        .edit(span, ""));
                    }
                }
                last_pipe = Some(span);
                continue;
            }
            Rule::opening => brackets.push((token.as_str(), span)),
            Rule::closing => close(&mut brackets, token.as_str(), span)?,
            rule => closed(rule, token.as_str(), span)?,
        }
        match &mut stage {
            Some(stage) => stage.span = stage.span.to(span),
            None if token.as_rule() == Rule::word => {
                stage = Some(StageText { word: token.as_str().to_owned(), word_span: span, span });
            }
            None => {
                return Err(no_command(source, span));
            }
        }
    }
    if let Some((bracket, span)) = brackets.pop() {
        return Err(Diagnostic::error(format!("this `{bracket}` is never closed"), span)
            .code(codes::UNCLOSED)
            .help(format!("add the missing `{}`", closing_of(bracket))));
    }
    match (stage, last_pipe) {
        (Some(stage), _) => stages.push(stage),
        (None, Some(pipe)) => {
            return Err(Diagnostic::error("there is no command after this pipe", pipe)
                .code(codes::EMPTY)
                .help("remove the `|`, or write a command behind it")
                .edit(pipe, ""));
        }
        (None, None) => {
            let end = offset + text.trim_end().len();
            return Err(Diagnostic::error("the query is empty", Span::new(end, end))
                .code(codes::EMPTY)
                .help("write at least one command, such as `fields @timestamp, @message`"));
        }
    }
    Ok(stages)
}

/// Refuses a command whose brackets and prefix operators nest too deep for a recursive reader.
pub(super) fn check_nesting(text: &str, offset: usize) -> Result<(), Diagnostic> {
    // Per open bracket, how many operators nest since the last `,`, `and` or `or`, which bind
    // looser than any of them and so end them all.
    let mut levels = vec![0_usize];
    let mut after_mark = true;
    for token in tokens(text, offset)? {
        let is = |word: &str| token.as_str().eq_ignore_ascii_case(word);
        let mut deeper = 0;
        match token.as_rule() {
            Rule::opening => levels.push(0),
            Rule::closing if levels.len() > 1 => _ = levels.pop(),
            Rule::word if is("not") => deeper = 1,
            Rule::mark if is("!") || is("^") || (is("-") && after_mark) => deeper = 1,
            Rule::mark if is(",") => levels.iter_mut().last().into_iter().for_each(|n| *n = 0),
            Rule::word if is("and") || is("or") => {
                levels.iter_mut().last().into_iter().for_each(|n| *n = 0);
            }
            _ => {}
        }
        levels.iter_mut().last().into_iter().for_each(|n| *n += deeper);
        after_mark = matches!(token.as_rule(), Rule::mark | Rule::opening);
        if levels.len() - 1 + levels.iter().sum::<usize>() > MAX_NESTING {
            return Err(too_deep(span_of(&token, offset)));
        }
    }
    Ok(())
}

/// The diagnostic of an expression that nests too deep.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    let message = format!("the expression is nested more than {MAX_NESTING} levels deep");
    Diagnostic::error(message, span).help("compute parts of it in an earlier `fields`")
}

fn no_command(text: &str, span: Span) -> Diagnostic {
    let rest = text.get(span.start..).unwrap_or_default();
    let help = match rest.chars().next() {
        _ if ["//", "--", "/*"].iter().any(|mark| rest.starts_with(mark)) => {
            "comments begin with `#`"
        }
        Some('$') => "a saved query is called as `$Name(parameter = \"value\")`",
        Some('{') => "the logs are named with `-l PATH`; begin with `fields`, `filter` or `stats`",
        _ => "a command begins with a word such as `fields`, `filter` or `stats`",
    };
    Diagnostic::error("expected a command", span).help(help)
}

/// The pairs of the tokens of a text.
pub(super) fn tokens(text: &str, offset: usize) -> Result<Pairs<'_, Rule>, Diagnostic> {
    match Grammar::parse(Rule::tokens, text) {
        Ok(mut pairs) => Ok(pairs.next().expect("the rule matched").into_inner()),
        // The rule matches every text; only the guard of the stack can end it.
        Err(_) => Err(too_deep(Span::new(offset, offset + text.len()))),
    }
}

fn close(brackets: &mut Vec<(&str, Span)>, found: &str, span: Span) -> Result<(), Diagnostic> {
    match brackets.pop() {
        Some((bracket, opened)) if closing_of(bracket) != found => {
            Err(Diagnostic::error(format!("`{found}` does not close `{bracket}`"), span)
                .note(opened, "opened here")
                .write(closing_of(bracket)))
        }
        // A bracket that closes nothing is told by the parser of its command.
        _ => Ok(()),
    }
}

/// An error for a token that is open to the end of the query; its first character is marked.
fn closed(rule: Rule, token: &str, span: Span) -> Result<(), Diagnostic> {
    let (what, mark) = match rule {
        Rule::unclosed_text => ("text", token.get(..1).unwrap_or("\"")),
        Rule::unclosed_name => ("name", "`"),
        Rule::unclosed_regex => ("pattern", "/"),
        _ => return Ok(()),
    };
    let help = match rule {
        Rule::unclosed_name => "end it with another back-tick".to_owned(),
        Rule::unclosed_regex => "end it with `/`; a slash inside it is written `\\/`".to_owned(),
        _ => format!("end it with `{mark}`; a quotation mark inside it is written `\\{mark}`"),
    };
    let place = Span::new(span.start, span.start + 1);
    Err(Diagnostic::error(format!("this {what} is never closed"), place)
        .code(codes::UNCLOSED)
        .help(help))
}

fn closing_of(bracket: &str) -> &'static str {
    if bracket == "(" { ")" } else { "]" }
}
