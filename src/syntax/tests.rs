//! Tests of the syntax: the split, precedence, names, printing back, and every message.

use super::*;
use crate::data::period::{UNITS, Unit};

fn rule_of(word: &str) -> Rule {
    match word.to_ascii_lowercase().as_str() {
        "fields" => Rule::fields,
        "display" => Rule::display,
        "filter" | "where" => Rule::filter,
        "stats" => Rule::stats,
        "sort" | "order" => Rule::sort,
        "limit" | "head" => Rule::limit,
        "dedup" => Rule::dedup,
        "parse" => Rule::parse,
        _ => panic!("no rule for `{word}`"),
    }
}

fn nodes(query: &str) -> Result<Vec<Node<'_>>, Diagnostic> {
    stages(query)?.iter().map(|stage| parse(rule_of(&stage.word), query, stage.span)).collect()
}

/// The first fault of a query, also of its expressions.
fn fault(query: &str) -> Option<Diagnostic> {
    fn exprs(node: &Node<'_>) -> Result<(), Diagnostic> {
        match node.rule() {
            Rule::expr | Rule::parse_source => expr(node).map(|_| ()),
            _ => node.children().iter().try_for_each(exprs),
        }
    }
    nodes(query).and_then(|nodes| nodes.iter().try_for_each(exprs)).err()
}

fn read(text: &str) -> Expr {
    let query = format!("filter {text}");
    let nodes = nodes(&query).unwrap_or_else(|fault| panic!("{}", fault.render(&query)));
    expr(&nodes[0]).unwrap_or_else(|fault| panic!("{}", fault.render(&query)))
}

/// An expression with every operator in front and every place left out.
fn shape(expr: &Expr) -> String {
    let all = |exprs: &[Expr]| exprs.iter().map(|e| format!(" {}", shape(e))).collect::<String>();
    let no = |negated: &bool| if *negated { "not-" } else { "" };
    match &expr.kind {
        ExprKind::Literal(literal) => format!("{literal:?}"),
        ExprKind::Regex(regex) => format!("/{regex}/"),
        ExprKind::Field(name) => name.clone(),
        ExprKind::Member { of, name } => format!("(. {} {name})", shape(of)),
        ExprKind::Item { of, index } => format!("(at {} {index})", shape(of)),
        ExprKind::Call { name, star: true, .. } => format!("({name} *)"),
        ExprKind::Call { name, args, .. } => format!("({name}{})", all(args)),
        ExprKind::Negate(of) => format!("(- {})", shape(of)),
        ExprKind::Not(of) => format!("(not {})", shape(of)),
        ExprKind::Binary { op, left, right } => {
            format!("({} {} {})", op.symbol(), shape(left), shape(right))
        }
        ExprKind::Like { value, pattern, negated } => {
            format!("({}like {} {})", no(negated), shape(value), shape(pattern))
        }
        ExprKind::In { value, list, negated } => {
            format!("({}in {}{})", no(negated), shape(value), all(list))
        }
        ExprKind::InQuery { value, query, negated, .. } => {
            format!("({}in {} {{{query}}})", no(negated), shape(value))
        }
    }
}

/// As written, its shape, and its canonical text (empty where that is as written).
const EXPRESSIONS: &[(&str, &str, &str)] = &[
    (
        "a not in ( filter b like /\\)/ | fields c )",
        "(not-in a {filter b like /\\)/ | fields c})",
        "a not in (filter b like /\\)/ | fields c)",
    ),
    // Precedence, loosest first.
    ("a or b and c", "(or a (and b c))", ""),
    ("(a or b) and c", "(and (or a b) c)", ""),
    ("not a = b and c", "(and (not (= a b)) c)", ""),
    ("!a = b", "(not (= a b))", "not a = b"),
    ("(not a) = b", "(= (not a) b)", ""),
    ("!ispresent(a) or b", "(or (not (ispresent a)) b)", "not ispresent(a) or b"),
    ("a + b < c * d", "(< (+ a b) (* c d))", ""),
    ("a - b - c", "(- (- a b) c)", ""),
    ("a - (b - c)", "(- a (- b c))", ""),
    ("a / b * c % d", "(% (* (/ a b) c) d)", ""),
    ("a * b ^ c ^ d", "(* a (^ b (^ c d)))", ""),
    ("(a ^ b) ^ c", "(^ (^ a b) c)", ""),
    ("-a ^ b", "(^ (- a) b)", ""),
    ("-(a ^ b)", "(- (^ a b))", ""),
    ("a ^ -b", "(^ a (- b))", ""),
    ("(a = b) = (c < d)", "(= (= a b) (< c d))", ""),
    ("a + b like c + d", "(like (+ a b) (+ c d))", ""),
    ("a + 1 in [b, c * 2]", "(in (+ a Integer(1)) b (* c Integer(2)))", ""),
    // Other spellings.
    ("a == b", "(= a b)", "a = b"),
    ("a <> b", "(!= a b)", "a != b"),
    ("a =~ /x/", "(like a /x/)", "a like /x/"),
    (
        "a NOT  LIKE 'x' AND TRUE",
        "(and (not-like a Text(\"x\")) Boolean(true))",
        "a not like \"x\" and true",
    ),
    ("a not in []", "(not-in a)", ""),
    // A pattern only behind `like` and `=~`; elsewhere `/` divides.
    ("a / b / c", "(/ (/ a b) c)", ""),
    (r"a like /x|'#\/\\/ or b", r"(or (like a /x|'#/\\/) b)", ""),
    ("a like /x\ny/", "(like a /x\ny/)", ""),
    // Names.
    ("items.0.instanceId", "items.0.instanceId", ""),
    ("event-name", "(- event name)", "event - name"),
    ("`event-name`", "event-name", ""),
    ("@`aws.a:b`", "@aws.a:b", "@aws.`a:b`"),
    ("a.`b c`.d", "a.b c.d", ""),
    ("`max(x)`", "max(x)", ""),
    ("@@x", "@@x", ""),
    ("users[1].action", "(. (at users 1) action)", ""),
    ("jsonParse(x).y.0.`a b`", "(. (. (. (jsonParse x) y) 0) a b)", ""),
    ("(a).b", "(. a b)", ""),
    ("`not` or not.x or `true`", "(or (or not not.x) true)", ""),
    ("type = end and in in [like, by]", "(and (= type end) (in in like by))", ""),
    ("bin (5 min)", "(bin Period(Period { count: 5, unit: Minute }))", "bin(5m)"),
    ("count(*) * 2", "(* (count *) Integer(2))", ""),
    // Literals.
    ("x - 5 * m", "(- x (* Integer(5) m))", ""),
    ("5 % m", "(% Integer(5) m)", ""),
    ("-5", "Integer(-5)", ""),
    ("- 5.0", "Float(-5.0)", "-5.0"),
    ("1e3", "Float(1000.0)", "1000.0"),
    ("9223372036854775807", "Integer(9223372036854775807)", ""),
    ("-9223372036854775808", "Integer(-9223372036854775808)", ""),
    ("99999999999999999999", "Float(1e20)", "1e20"),
    (r#"'it\'s "\d" \\'"#, r#"Text("it's \"\\d\" \\")"#, r#""it's \"\d\" \\""#),
    ("a # b\n= c", "(= a c)", "a = c"),
];

#[test]
fn expressions_are_read_and_printed() {
    for (written, expected, canonical) in EXPRESSIONS {
        let expr = read(written);
        assert_eq!(shape(&expr), *expected, "{written}");
        let canonical = if canonical.is_empty() { written } else { canonical };
        assert_eq!(expr.to_string(), *canonical);
        assert_eq!(shape(&read(canonical)), *expected, "printed and read again: {canonical}");
    }
}

#[test]
fn names_and_texts_are_quoted_only_where_needed() {
    for name in
        ["a", "a-b", "a.b c", "@x", "@@x", "@", "5xx", "a.5xx", "a..b", "And", "and.x", "@ü"]
    {
        assert_eq!(shape(&read(&quoted_name(name))), name);
    }
    for text in ["", "a", "\\", "\\\\", "\\\"", "'", "\\d+\\", "a\nb"] {
        assert_eq!(read(&quoted_text(text)).kind, ExprKind::Literal(Literal::Text(text.into())));
    }
}

#[test]
fn the_grammar_knows_every_unit() {
    for row in UNITS {
        for name in row.names {
            for name in [(*name).to_owned(), format!("{name}s").to_uppercase()] {
                if let Some(unit) = Unit::find(&name) {
                    let period = Literal::Period(crate::data::period::Period { count: 7, unit });
                    assert_eq!(read(&format!("7{name}")).kind, ExprKind::Literal(period), "{name}");
                }
            }
        }
    }
}

#[test]
fn queries_are_cut_at_top_level_pipes() {
    let cases: &[(&str, &[&str])] = &[
        ("fields a", &["fields a"]),
        ("| fields a|limit 1 ", &["fields a", "limit 1"]),
        ("# | x\nfields a # | y\n# | z\n| limit 1 # end", &["fields a", "limit 1"]),
        (r#"filter a like "x|\"y" | limit 1"#, &[r#"filter a like "x|\"y""#, "limit 1"]),
        ("filter a like /x|'#\\/\n|/ | limit 1", &["filter a like /x|'#\\/\n|/", "limit 1"]),
        ("filter a=~/x|y/ | limit 1", &["filter a=~/x|y/", "limit 1"]),
        ("fields a/b, c | sort a/b", &["fields a/b, c", "sort a/b"]),
        ("parse /a|b/ | parse f(a/b) /c|d/", &["parse /a|b/", "parse f(a/b) /c|d/"]),
        ("fields `a|b` | limit 1", &["fields `a|b`", "limit 1"]),
        (
            "filter a in (fields b | limit 1) | limit 2",
            &["filter a in (fields b | limit 1)", "limit 2"],
        ),
        ("filter a || b | limit 1", &["filter a || b", "limit 1"]),
    ];
    for (query, expected) in cases {
        let stages = stages(query).unwrap_or_else(|fault| panic!("{}", fault.render(query)));
        let texts: Vec<&str> = stages.iter().map(|s| &query[s.span.start..s.span.end]).collect();
        assert_eq!(texts, *expected);
        assert!(stages.iter().all(|s| query[s.word_span.start..s.word_span.end] == s.word));
    }
}

#[test]
fn commands_hold_their_parts() {
    let query = "STATS count(*) AS n, sum(bytes) by version, bin(5m) as `t t`, by offset 1h
        | sort by n desc, by | head any 5 | dedup a.b, type | parse a 'x * y' as p, q
        | parse /(?<r>.)/ as r multi | parse logfmt as m | parse csv csv as c, d | sort by, end asc";
    let nodes = nodes(query).unwrap_or_else(|fault| panic!("{}", fault.render(query)));
    let texts =
        |node: &Node<'_>, rule| node.all(rule).map(Node::text).collect::<Vec<_>>().join("; ");
    assert_eq!(texts(&nodes[0], Rule::item), "count(*) AS n; sum(bytes)");
    assert_eq!(texts(&nodes[0], Rule::group_key), "version; bin(5m) as `t t`; by");
    let alias = nodes[0].all(Rule::group_key).find_map(|key| key.maybe(Rule::alias));
    assert_eq!(alias.map(|alias| name(alias.one(Rule::name))).as_deref(), Some("t t"));
    assert_eq!(nodes[0].one(Rule::offset).one(Rule::period).text(), "1h");
    assert_eq!(texts(&nodes[1], Rule::sort_key), "n desc; by");
    assert_eq!(nodes[1].one(Rule::sort_key).one(Rule::direction).text(), "desc");
    assert_eq!(nodes[2].one(Rule::whole_number).text(), "5");
    assert!(nodes[2].maybe(Rule::any_word).is_some());
    assert_eq!(texts(&nodes[3], Rule::field), "a.b; type");
    assert_eq!(text(nodes[4].one(Rule::parse_glob).one(Rule::text)), "x * y");
    assert_eq!(nodes[4].one(Rule::parse_source).text(), "a");
    assert!(nodes[5].one(Rule::parse_regex).maybe(Rule::multi_word).is_some());
    assert!(nodes[6].maybe(Rule::parse_source).is_none());
    assert_eq!(texts(nodes[7].one(Rule::parse_csv).one(Rule::names), Rule::name), "c; d");
    assert_eq!(texts(&nodes[8], Rule::sort_key), "by; end asc");
    // Places are places in the whole query.
    let place = nodes[8].one(Rule::sort_key).span();
    assert_eq!(&query[place.start..place.end], "by");
}

#[test]
fn deep_and_long_queries_are_refused_not_overflowed() {
    let deep = |open: &str, close: &str, n: usize| {
        fault(&format!("filter {}a{}", open.repeat(n), close.repeat(n))).map(|fault| fault.message)
    };
    let refused = Some("the expression is nested more than 100 levels deep".to_owned());
    assert_eq!(deep("(", ")", 100), None);
    assert_eq!(deep("f(", ")", 100), None);
    assert_eq!(deep("not ", "", 100), None);
    for (open, close, n) in [
        ("(", ")", 2_000),
        ("f(", ")", 2_000),
        ("not ", "", 2_400),
        ("!", "", 9_900),
        ("- ", "", 4_900),
        ("-", "", 9_900),
        ("a ^ ", "", 2_000),
        ("a in [", "]", 1_000),
        ("!!!!!!!!!(", ")", 90),
        ("a = not ", "", 1_000),
    ] {
        assert_eq!(deep(open, close, n), refused, "{open}");
    }
    // A fault at the bottom is found at once: no alternative reads a nested text twice.
    for open in ["(", "f(", "a in [", "not f(-"] {
        let close = if open.ends_with('[') { "]" } else { ")" };
        let n = if open.starts_with("not") { 30 } else { 100 };
        let query = format!("filter {}a b{}", open.repeat(n), close.repeat(n));
        assert!(fault(&query).is_some_and(|fault| fault.message.contains("or an operator")));
    }
    let source = format!("parse {}a{} /x/", "(".repeat(4_900), ")".repeat(4_900));
    assert_eq!(fault(&source).map(|fault| fault.message), refused);
    assert!(fault(&format!("filter {}a", "a or ".repeat(900))).is_none());
    let chain = fault(&format!("filter {}a", "a or ".repeat(1_500))).map(|fault| fault.message);
    assert_eq!(chain.as_deref(), Some("the expression chains more than 1000 operators"));
    assert_eq!(fault(&"é".repeat(10_001)).map(|fault| fault.span), Some(Span::new(20_000, 20_002)));
}

#[test]
fn no_text_panics() {
    let pieces = [
        "a", "|", "/", "`", "\"", "'", "(", ")", "[", "like ", "parse ", "in ", "not ", "5", "m ",
        ".", "@", "é", "\\", "#", "\n", "=", "-",
    ];
    let mut seed = 7_usize;
    for _ in 0..3_000 {
        let mut query = String::from("filter ");
        for _ in 0..12 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            query.push_str(pieces[(seed >> 33) % pieces.len()]);
        }
        for stage in stages(&query).unwrap_or_default() {
            for rule in [Rule::filter, Rule::parse, Rule::stats, Rule::sort] {
                match parse(rule, &query, stage.span) {
                    Err(fault) => _ = fault.render(&query),
                    Ok(node) if rule == Rule::filter => _ = expr(&node).map(|e| e.to_string()),
                    Ok(_) => {}
                }
            }
        }
    }
}

#[test]
fn faults_are_told_in_the_words_of_the_language() {
    for expected in FAULTS.split("\n\n") {
        let (query, rendered) = expected.split_once("\n").expect("a query and its fault");
        let query = query.replace("\\n", "\n");
        let fault = fault(&query).unwrap_or_else(|| panic!("no fault in {query}"));
        assert_eq!(fault.render(&query).trim_end(), rendered.trim_end());
    }
}

/// Queries (line breaks as `\n`), each with its message; one blank line between.
const FAULTS: &str = include_str!("faults.txt");
