//! Tokens: a query as words, texts, marks and comments, however unfinished it is; for editors.

use super::grammar::Rule;
use super::node::span_of;
use super::stages;
use crate::diagnostic::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A word, a number, a period: `stats`, `srcAddr`, `10`, `5m`, `a.b`.
    Word,
    /// A text in quotes.
    Text,
    /// A name in back-ticks.
    Name,
    /// A pattern between slashes.
    Pattern,
    /// `|`
    Pipe,
    /// `(` or `[`
    Opening,
    /// `)` or `]`
    Closing,
    /// Any other character, or `||`.
    Mark,
    /// `#` to the end of its line.
    Comment,
}

/// A piece of a query that is no blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its place.
    pub span: Span,
    /// Whether the quote, back-tick or slash that ends it is there.
    pub closed: bool,
}

/// The tokens of a text in their order; none where brackets nest beyond all reason.
pub fn tokens(text: &str) -> Vec<Token> {
    let Ok(pairs) = stages::tokens(text, 0) else { return Vec::new() };
    let mut found = Vec::new();
    let mut end = 0;
    for pair in pairs {
        let span = span_of(&pair, 0);
        comments(text, Span::new(end, span.start), &mut found);
        end = span.end;
        let (kind, closed) = match pair.as_rule() {
            Rule::EOI => break,
            Rule::closed_text => (TokenKind::Text, true),
            Rule::unclosed_text => (TokenKind::Text, false),
            Rule::closed_name => (TokenKind::Name, true),
            Rule::unclosed_name => (TokenKind::Name, false),
            Rule::closed_regex => (TokenKind::Pattern, true),
            Rule::unclosed_regex => (TokenKind::Pattern, false),
            Rule::word | Rule::like_word => (TokenKind::Word, true),
            Rule::pipe => (TokenKind::Pipe, true),
            Rule::opening => (TokenKind::Opening, true),
            Rule::closing => (TokenKind::Closing, true),
            _ => (TokenKind::Mark, true),
        };
        found.push(Token { kind, span, closed });
    }
    found
}

/// The comments among the blanks between two tokens.
fn comments(text: &str, gap: Span, found: &mut Vec<Token>) {
    let mut at = gap.start;
    while let Some(rest) = text.get(at..gap.end)
        && let Some(begin) = rest.find('#')
    {
        let comment = &rest[begin..];
        let length = comment.find(['\n', '\r']).unwrap_or(comment.len());
        let span = Span::new(at + begin, at + begin + length);
        found.push(Token { kind: TokenKind::Comment, span, closed: true });
        at = span.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a text, each as its first letter and its text.
    fn shown(text: &str) -> Vec<String> {
        let letter = |token: &Token| match token.kind {
            TokenKind::Word => 'w',
            TokenKind::Text => 't',
            TokenKind::Name => 'n',
            TokenKind::Pattern => 'p',
            TokenKind::Pipe => '|',
            TokenKind::Opening => '(',
            TokenKind::Closing => ')',
            TokenKind::Mark => 'm',
            TokenKind::Comment => '#',
        };
        tokens(text)
            .iter()
            .map(|token| {
                let open = if token.closed { "" } else { "…" };
                format!("{} {}{open}", letter(token), &text[token.span.start..token.span.end])
            })
            .collect()
    }

    #[test]
    fn a_query_in_pieces() {
        assert_eq!(
            shown("# all\nfilter a.b = \"x | y\" # and\n| stats count(*) by `c d`"),
            [
                "# # all",
                "w filter",
                "w a.b",
                "m =",
                "t \"x | y\"",
                "# # and",
                "| |",
                "w stats",
                "w count",
                "( (",
                "m *",
                ") )",
                "w by",
                "n `c d`"
            ]
        );
        assert_eq!(shown("filter a like /x|y/"), ["w filter", "w a", "w like", "p /x|y/"]);
        assert_eq!(shown("a || b"), ["w a", "m ||", "w b"]);
        assert_eq!(shown(""), [""; 0]);
        assert_eq!(shown("  # only"), ["# # only"]);
    }

    #[test]
    fn what_is_not_closed_says_so() {
        assert_eq!(shown("filter a = \"x").last().map(String::as_str), Some("t \"x…"));
        assert_eq!(shown("filter a like /x").last().map(String::as_str), Some("p /x…"));
        assert_eq!(shown("fields `a").last().map(String::as_str), Some("n `a…"));
    }

    proptest::proptest! {
        #[test]
        fn tokens_and_blanks_are_the_whole_text(text in "[a-z0-9 \n#|\"'`/()\\[\\],=é]{0,40}") {
            let mut end = 0;
            for token in tokens(&text) {
                proptest::prop_assert!(token.span.start >= end && token.span.end > token.span.start);
                proptest::prop_assert!(text[end..token.span.start].trim().is_empty());
                end = token.span.end;
            }
            proptest::prop_assert!(text[end..].trim().is_empty());
        }
    }
}
