//! Colours of what is typed: commands, functions, known and unknown fields, texts, brackets.

use super::commands;
use super::desk::Desk;
use super::entry::{INDENT, is_dot_command};
use crate::diagnostic::Span;
use crate::syntax::{Token, TokenKind, tokens};
use crate::{aggregates, functions};

/// What a piece of a query is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A command of the language, a dot-command.
    Command,
    /// `by`, `as`, `and`, …
    Keyword,
    /// A function or an aggregate.
    Function,
    /// A field that the logs or the query have.
    Field,
    /// A word in the place of a field or a command that is none.
    Unknown,
    /// A text or a pattern.
    Text,
    /// A number or a period.
    Number,
    /// A comment.
    Comment,
    /// The bracket under the cursor and the one that belongs to it.
    Bracket,
}

impl Class {
    /// Its escape code; colours of the terminal's own palette, so that they fit dark and light.
    fn code(self) -> &'static str {
        match self {
            Class::Command => "1;35",
            Class::Keyword => "35",
            Class::Function => "36",
            Class::Field => "32",
            Class::Unknown => "31",
            Class::Text => "33",
            Class::Number => "34",
            Class::Comment => "2",
            Class::Bracket => "1;7",
        }
    }
}

/// Words that join the parts of a command.
const KEYWORDS: &[&str] = &[
    "by", "as", "and", "or", "not", "like", "in", "asc", "desc", "any", "offset", "multi", "true",
    "false",
];

/// The pieces of a text that have a colour, in order. `cursor` is where the cursor is.
pub(super) fn classes(text: &str, cursor: usize, desk: &Desk) -> Vec<(Span, Class)> {
    if is_dot_command(text) {
        return dot_command(text);
    }
    let tokens = tokens(text);
    let mut found = Vec::new();
    let brackets = matching_brackets(&tokens, cursor);
    let made = made_names(&tokens, text);
    let mut begins = true;
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate() {
        let shown = text.get(token.span.start..token.span.end).unwrap_or_default();
        let typing = token.span.end == cursor;
        let class = match token.kind {
            TokenKind::Comment => Some(Class::Comment),
            TokenKind::Text | TokenKind::Pattern => Some(Class::Text),
            TokenKind::Opening | TokenKind::Closing => {
                let opening = token.kind == TokenKind::Opening;
                depth = if opening { depth + 1 } else { depth.saturating_sub(1) };
                brackets.contains(&i).then_some(Class::Bracket)
            }
            TokenKind::Word if begins => Some(command(shown, typing)),
            TokenKind::Name | TokenKind::Word => {
                let calls = tokens.get(i + 1).is_some_and(|next| {
                    next.span.start == token.span.end && text[next.span.start..].starts_with('(')
                });
                word(shown, calls, typing, &made, desk)
            }
            TokenKind::Pipe | TokenKind::Mark => None,
        };
        match token.kind {
            TokenKind::Comment => {}
            TokenKind::Pipe => begins = depth == 0,
            _ => begins = false,
        }
        found.extend(class.map(|class| (token.span, class)));
    }
    found
}

fn dot_command(text: &str) -> Vec<(Span, Class)> {
    let start = text.len() - text.trim_start().len();
    let end = text.get(start..).and_then(|line| line.find(char::is_whitespace));
    let end = end.map_or(text.len(), |length| start + length);
    let word = text.get(start + 1..end).unwrap_or_default();
    let known = commands::find(word).is_ok() || commands::begin_with(word).next().is_some();
    vec![(Span::new(start, end), if known { Class::Command } else { Class::Unknown })]
}

fn command(word: &str, typing: bool) -> Class {
    let lower = word.to_lowercase();
    let mut rows = crate::commands::COMMANDS.iter();
    let begun = typing && rows.any(|row| row.doc.name.starts_with(&lower));
    match begun || crate::commands::find(word).is_some() {
        true => Class::Command,
        false => Class::Unknown,
    }
}

fn word(shown: &str, calls: bool, typing: bool, made: &[String], desk: &Desk) -> Option<Class> {
    let name = shown.trim_matches('`');
    let lower = name.to_ascii_lowercase();
    if calls {
        let known = functions::find(name).is_some() || aggregates::find(name).is_some();
        return Some(if known { Class::Function } else { Class::Unknown });
    }
    if name.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Some(Class::Number);
    }
    if KEYWORDS.contains(&lower.as_str()) && !shown.starts_with('`') {
        return Some(Class::Keyword);
    }
    let known = &desk.known;
    // The first part of a path says whether the field is there.
    let first = name.split('.').next().unwrap_or_default();
    let is_field = |name: &str| known.field(name).is_some() || made.iter().any(|it| it == name);
    if is_field(name) || is_field(first) {
        return Some(Class::Field);
    }
    let begun = || {
        let mut names = known.fields.iter().map(|field| field.name.as_str());
        names.any(|field| field.to_ascii_lowercase().starts_with(&lower))
            || made.iter().any(|made| made.starts_with(name))
            || functions::all().any(|row| row.name.to_ascii_lowercase().starts_with(&lower))
            || KEYWORDS.iter().any(|keyword| keyword.starts_with(&lower))
            || aggregates::AGGREGATES
                .iter()
                .any(|row| row.name.to_ascii_lowercase().starts_with(&lower))
    };
    // A word that is still being typed may become anything that begins so.
    if typing && begun() { None } else { Some(Class::Unknown) }
}

/// The names that the text makes: behind `as`, and the named groups of patterns.
fn made_names(tokens: &[Token], text: &str) -> Vec<String> {
    let shown =
        |token: &Token| text.get(token.span.start..token.span.end).unwrap_or_default().to_owned();
    let mut names = Vec::new();
    let mut naming = false;
    for token in tokens {
        let word = shown(token);
        match token.kind {
            TokenKind::Word if word.eq_ignore_ascii_case("as") => naming = true,
            TokenKind::Word | TokenKind::Name if naming => {
                names.push(word.trim_matches('`').to_owned());
                // `parse … as a, b`: the names go on behind a comma, if no call follows.
            }
            TokenKind::Mark if naming && word == "," => {}
            TokenKind::Pattern => {
                let groups = word.split("(?<").chain(word.split("(?P<")).skip(1);
                names.extend(groups.filter_map(|rest| Some(rest.split_once('>')?.0.to_owned())));
                naming = false;
            }
            _ => naming = false,
        }
    }
    names
}

/// The brackets that belong together where one of them is under the cursor or in front of it.
fn matching_brackets(tokens: &[Token], cursor: usize) -> Vec<usize> {
    let mut open = Vec::new();
    let mut pairs = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Opening => open.push(i),
            TokenKind::Closing => pairs.extend(open.pop().map(|opened| [opened, i])),
            _ => {}
        }
    }
    let at = |i: usize, place: usize| tokens.get(i).is_some_and(|it| it.span.start == place);
    let under = |pair: &&[usize; 2]| pair.iter().any(|i| at(*i, cursor));
    let before = |pair: &&[usize; 2]| cursor > 0 && pair.iter().any(|i| at(*i, cursor - 1));
    let found = pairs.iter().find(under).or_else(|| pairs.iter().find(before));
    found.map_or_else(Vec::new, |pair| pair.to_vec())
}

/// The text with escape codes, and with the continuation prompt in place of the editor's blanks.
pub(super) fn paint(text: &str, cursor: usize, desk: &Desk) -> String {
    let plain_prompt = format!("\n{CONTINUED}");
    if !desk.color {
        return text.replace(&format!("\n{INDENT}"), &plain_prompt);
    }
    let mut painted = String::with_capacity(text.len() * 2);
    let mut end = 0;
    for (span, class) in classes(text, cursor, desk) {
        painted.push_str(text.get(end..span.start).unwrap_or_default());
        let piece = text.get(span.start..span.end).unwrap_or_default();
        painted.push_str(&format!("\x1b[{}m{piece}\x1b[0m", class.code()));
        end = span.end;
    }
    painted.push_str(text.get(end..).unwrap_or_default());
    painted.replace(&format!("\n{INDENT}"), &format!("\n\x1b[2m{CONTINUED}\x1b[0m"))
}

/// The continuation prompt; as wide as [`INDENT`] and as the prompt.
pub(super) const CONTINUED: &str = "     -> ";

/// A text cut to so many columns.
pub(super) fn cut(text: &str, columns: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut width = 1;
    let fits = |c: &char| {
        width += c.width().unwrap_or(0);
        width <= columns
    };
    text.chars().take_while(fits).chain(['…']).collect()
}
