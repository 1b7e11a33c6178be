//! Where the cursor is in a query, and what may stand there.

use crate::commands;
use crate::diagnostic::Span;
use crate::syntax::{Token, TokenKind, tokens};

/// What may stand at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expected {
    /// A command: at the beginning and behind a pipe.
    Command,
    /// An aggregate: in `stats`, at the beginning and behind a comma.
    Aggregate,
    /// A field or a function.
    Operand,
    /// A field or a function that makes a group: behind `by`.
    GroupKey,
    /// Only a field.
    Field,
    /// A value of a field; whether the cursor is inside the quotes.
    Value(String, bool),
    /// A table of `lookup`.
    Table,
    /// A column of such a table.
    TableColumn(String),
    /// An operator that compares the field in front.
    Operator,
    /// One of these words.
    Words(&'static [&'static str]),
    /// Nothing that could be offered.
    Nothing,
}

/// The cursor in a query.
#[derive(Debug, PartialEq)]
pub(super) struct Position {
    /// What may stand there.
    pub(super) expected: Expected,
    /// Where the word begins that the cursor is in or behind.
    pub(super) start: usize,
    /// What is in front of the command the cursor is in: whole commands, or nothing.
    pub(super) before: Span,
}

/// Where the end of a text is as a place in a query.
pub(super) fn of(text: &str) -> Position {
    let all: Vec<Token> = tokens(text);
    if all.last().is_some_and(|last| last.kind == TokenKind::Comment && last.span.end == text.len())
    {
        let before = Span::new(0, 0);
        return Position { expected: Expected::Nothing, start: text.len(), before };
    }
    let code: Vec<Token> =
        all.into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let mut depth = 0_usize;
    let mut cut = None;
    for (i, token) in code.iter().enumerate() {
        match token.kind {
            TokenKind::Opening => depth += 1,
            TokenKind::Closing => depth = depth.saturating_sub(1),
            TokenKind::Pipe if depth == 0 => cut = Some(i),
            _ => {}
        }
    }
    let stage = &code[cut.map_or(0, |cut| cut + 1)..];
    let before = Span::new(0, cut.map_or(0, |cut| code[cut].span.start));
    // The word that is being typed.
    let partial = stage.last().filter(|token| token.span.end == text.len() || !token.closed);
    let partial = partial.filter(|token| token.kind == TokenKind::Word || !token.closed).copied();
    let start = partial.map_or(text.len(), |token| token.span.start);
    let done = &stage[..stage.len() - usize::from(partial.is_some())];
    let expected = match partial {
        Some(token) if !token.closed && token.kind == TokenKind::Text => {
            compared(done, text).map_or(Expected::Nothing, |field| Expected::Value(field, true))
        }
        Some(token) if !token.closed && token.kind == TokenKind::Pattern => Expected::Nothing,
        Some(token) if !token.closed => Expected::Field,
        _ => expected(done, text),
    };
    Position { expected, start, before }
}

/// The words of a stage, lower case where they are words.
fn word(token: &Token, text: &str) -> String {
    text.get(token.span.start..token.span.end).unwrap_or_default().to_ascii_lowercase()
}

fn expected(done: &[Token], text: &str) -> Expected {
    let Some((head, rest)) = done.split_first() else { return Expected::Command };
    let command = commands::find(&word(head, text)).map_or("", |row| row.doc.name);
    let last = rest.last().map(|token| (token.kind, word(token, text)));
    let depth = rest.iter().fold(0_i32, |depth, token| match token.kind {
        TokenKind::Opening => depth + 1,
        TokenKind::Closing => depth - 1,
        _ => depth,
    });
    let keyed = rest.iter().any(|token| token.kind == TokenKind::Word && word(token, text) == "by");
    if let Some(field) = compared(rest, text) {
        return Expected::Value(field, false);
    }
    let begins = match &last {
        None => true,
        Some((TokenKind::Opening, _)) => true,
        Some((_, last)) => last == ",",
    };
    match (command, &last) {
        ("lookup" | "cidrlookup", _) => looked_up(command, rest, text),
        (_, Some((_, last))) if last == "as" => Expected::Nothing,
        ("limit", None) => Expected::Words(&["any"]),
        ("limit", _) => Expected::Nothing,
        ("stats", Some((_, last))) if last == "by" => Expected::GroupKey,
        ("stats", _) if begins && depth == 0 && keyed => Expected::GroupKey,
        ("stats", _) if begins && depth == 0 => Expected::Aggregate,
        ("stats", Some((TokenKind::Closing | TokenKind::Word, _))) if depth == 0 && !keyed => {
            Expected::Words(&["as", "by"])
        }
        ("stats", Some((TokenKind::Closing | TokenKind::Word, _))) if depth == 0 => {
            Expected::Words(&["as"])
        }
        ("sort", Some((_, last))) if last == "by" => Expected::Field,
        ("sort", _) if begins && depth == 0 => Expected::Field,
        ("sort", Some((_, last))) if last == "asc" || last == "desc" => Expected::Nothing,
        ("sort", Some((TokenKind::Word | TokenKind::Name | TokenKind::Closing, _)))
            if depth == 0 =>
        {
            Expected::Words(&["desc", "asc"])
        }
        ("dedup", _) if begins => Expected::Field,
        ("dedup", _) => Expected::Nothing,
        ("parse", None) => Expected::Field,
        ("parse", Some((TokenKind::Word, last))) if last != "parse" && rest.len() == 1 => {
            Expected::Words(&["\"* *\" as", "/(?<name>\\S+)/", "logfmt as", "csv as", "xml"])
        }
        ("parse", Some((TokenKind::Text | TokenKind::Pattern, _))) => Expected::Words(&["as"]),
        ("parse", _) => Expected::Nothing,
        (_, _) if begins => Expected::Operand,
        (_, Some((_, last))) if matches!(last.as_str(), "and" | "or" | "not" | "!") => {
            Expected::Operand
        }
        ("filter", Some((TokenKind::Word | TokenKind::Name | TokenKind::Closing, last))) => {
            let condition = is_condition(rest, text);
            let ends = last.starts_with(|c: char| c.is_ascii_digit()) || condition;
            if ends { Expected::Words(&["and", "or"]) } else { Expected::Operator }
        }
        ("filter", Some((TokenKind::Text | TokenKind::Pattern, _))) => {
            Expected::Words(&["and", "or"])
        }
        ("fields" | "display", Some((TokenKind::Word | TokenKind::Closing, _))) if depth == 0 => {
            Expected::Words(&["as"])
        }
        (_, Some((TokenKind::Mark, _))) => Expected::Operand,
        _ => Expected::Nothing,
    }
}

/// Behind `lookup` and `cidrlookup`: a table, a column of it, a field that is looked up in it.
fn looked_up(command: &str, rest: &[Token], text: &str) -> Expected {
    let Some((table, rest)) = rest.split_first() else { return Expected::Table };
    let shown = text.get(table.span.start..table.span.end).unwrap_or_default();
    let column = || Expected::TableColumn(shown.trim_matches('`').to_owned());
    let is_output = |token: &Token| matches!(&*word(token, text), "output" | "outputnew");
    let output = rest.iter().any(is_output);
    let first = if command == "lookup" { column() } else { Expected::Field };
    match rest.last().map(|token| word(token, text)).as_deref() {
        None => first,
        Some("output" | "outputnew") => column(),
        Some(",") if output => column(),
        Some(",") => first,
        Some("as") if output => Expected::Nothing,
        Some("as") if command == "lookup" => Expected::Field,
        Some("as") => column(),
        Some(_) if output => Expected::Words(&["as"]),
        Some(_) => Expected::Words(&["as", "OUTPUT", "OUTPUTNEW"]),
    }
}

/// Whether a condition ended with the last token: `a = b`, `a in [1]`, `isPresent(a)`.
fn is_condition(rest: &[Token], text: &str) -> bool {
    let since = rest
        .iter()
        .rposition(|token| matches!(word(token, text).as_str(), "and" | "or" | "not"))
        .map_or(0, |at| at + 1);
    let part = &rest[since..];
    part.len() > 1
        && part.iter().any(|token| {
            let shown = word(token, text);
            matches!(shown.as_str(), "=" | "<" | ">" | "like" | "in" | "!" | "~")
                || token.kind == TokenKind::Closing
        })
}

/// The field whose value comes next: behind `field =`, `field != `, `field in [1,`.
fn compared(done: &[Token], text: &str) -> Option<String> {
    let name = |token: &Token| {
        let shown = text.get(token.span.start..token.span.end)?;
        let named = matches!(token.kind, TokenKind::Word | TokenKind::Name);
        named.then(|| shown.trim_matches('`').to_owned())
    };
    let mut tokens = done.iter().rev().peekable();
    let last = *tokens.peek()?;
    let is_mark = |token: &Token, mark: &str| word(token, text) == mark;
    if is_mark(last, "=") || is_mark(last, "like") {
        tokens.next();
        while tokens.next_if(|token| ["=", "!", "not"].iter().any(|m| is_mark(token, m))).is_some()
        {
        }
        return name(tokens.next()?);
    }
    // Inside a list: back to its bracket, with values and commas between.
    let in_list = |token: &Token| {
        is_mark(token, ",") || matches!(token.kind, TokenKind::Text | TokenKind::Word)
    };
    if !(is_mark(last, ",") || is_mark(last, "[")) {
        return None;
    }
    while tokens.next_if(|token| in_list(token) && !is_mark(token, "in")).is_some() {}
    if !is_mark(tokens.next()?, "[") || !is_mark(tokens.next()?, "in") {
        return None;
    }
    while tokens.next_if(|token| is_mark(token, "not")).is_some() {}
    name(tokens.next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_stand_where() {
        use Expected::{Aggregate, Command, Field, GroupKey, Nothing, Operand, Operator, Words};
        let column = |table: &str| Expected::TableColumn(table.to_owned());
        let value = |field: &str, quoted| Expected::Value(field.to_owned(), quoted);
        let cases = [
            ("", Command, 0),
            ("sta", Command, 0),
            ("filter a = 1 | ", Command, 15),
            ("filter a = 1 |\nso", Command, 15),
            ("stats ", Aggregate, 6),
            ("stats co", Aggregate, 6),
            ("stats count(*), su", Aggregate, 16),
            ("stats sum(", Operand, 10),
            ("stats sum(by", Operand, 10),
            ("stats count(*) ", Words(&["as", "by"]), 15),
            ("stats count(*) as ", Nothing, 18),
            ("stats count(*) by ", GroupKey, 18),
            ("stats count(*) by srcAddr, bi", GroupKey, 27),
            ("filter ", Operand, 7),
            ("filter ac", Operand, 7),
            ("filter action ", Operator, 14),
            ("filter action = ", value("action", false), 16),
            ("filter action = RE", value("action", false), 16),
            ("filter action = \"RE", value("action", true), 16),
            ("filter action != \"", value("action", true), 17),
            ("filter `my action` = '", value("my action", true), 21),
            ("filter dstPort in [22, ", value("dstPort", false), 23),
            ("filter dstPort not in [", value("dstPort", false), 23),
            ("filter srcAddr like \"10", value("srcAddr", true), 20),
            ("filter action = \"REJECT\" ", Words(&["and", "or"]), 25),
            ("filter dstPort = 22 ", Words(&["and", "or"]), 20),
            ("filter action = \"REJECT\" and ", Operand, 29),
            ("filter (", Operand, 8),
            ("sort ", Field, 5),
            ("sort n ", Words(&["desc", "asc"]), 7),
            ("sort n d", Words(&["desc", "asc"]), 7),
            ("sort n desc, ", Field, 13),
            ("dedup ", Field, 6),
            ("limit ", Words(&["any"]), 6),
            ("fields a + ", Operand, 11),
            ("parse ", Field, 6),
            ("lookup ", Expected::Table, 7),
            ("lookup serv", Expected::Table, 7),
            ("lookup services ", column("services"), 16),
            ("lookup services port as ", Field, 24),
            ("lookup services port as dstPort ", Words(&["as", "OUTPUT", "OUTPUTNEW"]), 32),
            ("lookup services port as dstPort, pro", column("services"), 33),
            ("lookup services port OUTPUT na", column("services"), 28),
            ("cidrlookup nets ", Field, 16),
            ("cidrlookup nets srcAddr as ", column("nets"), 27),
            ("filter a = 1 # so", Nothing, 17),
            ("filter a like /x", Nothing, 14),
        ];
        for (text, expected, start) in cases {
            let position = of(text);
            assert_eq!((position.expected, position.start), (expected, start), "{text}");
        }
        assert_eq!(of("fields a | filter b | so").before, Span::new(0, 20));
    }
}
