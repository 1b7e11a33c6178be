//! Random expressions over the names that are visible where they are written.

use proptest::collection::vec;
use proptest::prelude::*;

/// The fields of log events that expressions use: some that are always there, some that may be
/// missing, two names of one field, one that no logs have.
pub const LOG_FIELDS: &[&str] = &[
    "bytes",
    "action",
    "srcAddr",
    "dstPort",
    "packets",
    "@timestamp",
    "dstAddr",
    "interfaceId",
    "protocol",
    "start",
    "startTime",
    "accountId",
    "@logStream",
    "@message",
    "logStatus",
    "flowDirection",
    "version",
    "nosuch",
];

const LITERALS: &[&str] = &[
    "1",
    "\"REJECT\"",
    "443",
    "0",
    "2.5",
    "\"443\"",
    "\"10.0.0.9\"",
    "\"\"",
    "-1",
    "\"0443\"",
    "\"84.0\"",
    "0.1",
    "true",
    "1431280860",
    "1431280860000",
    "9223372036854775807",
    "\"eni-10\"",
    "\"2.50\"",
    "\"true\"",
];

const PATTERNS: &[&str] = &[
    "\"REJECT\"",
    "\"0.\"",
    "\"\"",
    "/^eni-\\d+$/",
    "/(?i)accept/",
    "/[0-9]+\\.0/",
    "/db8::1$/",
    "'1'",
];

const SUBNETS: &[&str] = &["10.0.0.0/8", "192.0.2.0/24", "0.0.0.0/0", "10.0.0.8/31"];
const PERIODS: &[&str] = &["5m", "1h", "1d", "300s", "1s"];
const UNARY: &[&str] =
    &["strlen", "toupper", "tolower", "abs", "ceil", "floor", "round", "ispresent", "isempty"];
const ARITHMETIC: &[&str] = &["+", "-", "*", "/", "%", "^"];
const COMPARISONS: &[&str] = &["=", "!=", "<", "<=", ">", ">="];

/// One of some texts.
pub fn pick<'t>(texts: &[&'t str], choice: u8) -> &'t str {
    texts[usize::from(choice) % texts.len()]
}

/// An expression; numbers choose among what is possible where it is written.
#[derive(Clone, Debug)]
pub enum Expression {
    Name(u8),
    Literal(u8),
    Bin(u8),
    Unary(u8, Box<Expression>),
    Negate(Box<Expression>),
    Not(Box<Expression>),
    Arithmetic(u8, Box<[Expression; 2]>),
    Compare(u8, Box<[Expression; 2]>),
    Logic(bool, Box<[Expression; 2]>),
    Like(bool, u8, Box<Expression>),
    In(bool, Vec<u8>, Box<Expression>),
    Substr(u8, Box<Expression>),
    InSubnet(u8, Box<Expression>),
    Contains(u8, Box<Expression>),
    Join(bool, Box<[Expression; 2]>),
    If(Box<[Expression; 3]>),
}

use Expression as E;

/// A random expression of bounded depth.
pub fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        6 => any::<u8>().prop_map(E::Name),
        3 => any::<u8>().prop_map(E::Literal),
        1 => any::<u8>().prop_map(E::Bin),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let one = inner.clone().prop_map(Box::new).boxed();
        let two = [inner.clone(), inner.clone()].prop_map(Box::new).boxed();
        let three = [inner.clone(), inner.clone(), inner].prop_map(Box::new);
        let choice = any::<u8>;
        prop_oneof![
            2 => (choice(), one.clone()).prop_map(|(which, of)| E::Unary(which, of)),
            1 => one.clone().prop_map(E::Negate),
            1 => one.clone().prop_map(E::Not),
            3 => (choice(), two.clone()).prop_map(|(which, of)| E::Arithmetic(which, of)),
            4 => (choice(), two.clone()).prop_map(|(which, of)| E::Compare(which, of)),
            2 => (any::<bool>(), two.clone()).prop_map(|(which, of)| E::Logic(which, of)),
            1 => (any::<bool>(), choice(), one.clone()).prop_map(|(not, which, of)| E::Like(not, which, of)),
            1 => (any::<bool>(), vec(choice(), 1..4), one.clone())
                .prop_map(|(not, list, of)| E::In(not, list, of)),
            1 => (choice(), one.clone()).prop_map(|(which, of)| E::Substr(which, of)),
            1 => (choice(), one.clone()).prop_map(|(which, of)| E::InSubnet(which, of)),
            1 => (choice(), one).prop_map(|(which, of)| E::Contains(which, of)),
            1 => (any::<bool>(), two).prop_map(|(which, of)| E::Join(which, of)),
            1 => three.prop_map(E::If),
        ]
    })
}

/// The names that an expression may use.
#[derive(Clone, Debug)]
pub struct Names {
    /// Fields, and behind a `stats` also expressions that stand for its columns.
    pub names: Vec<String>,
    /// Whether log events are at hand.
    pub events: bool,
}

impl Expression {
    /// The expression as text.
    pub fn write(&self, names: &Names) -> String {
        let name = |choice: u8| names.names[usize::from(choice) % names.names.len()].clone();
        let pair = |op: &str, [a, b]: &[Expression; 2]| {
            format!("({} {op} {})", a.write(names), b.write(names))
        };
        match self {
            E::Name(which) => name(*which),
            E::Literal(which) => pick(LITERALS, *which).to_owned(),
            E::Bin(which) if names.events => format!("bin({})", pick(PERIODS, *which)),
            E::Bin(which) => name(*which),
            E::Unary(which, of) => format!("{}({})", pick(UNARY, *which), of.write(names)),
            E::Negate(of) => format!("(-{})", of.write(names)),
            E::Not(of) => format!("(not {})", of.write(names)),
            E::Arithmetic(which, of) => pair(pick(ARITHMETIC, *which), of),
            E::Compare(which, of) => pair(pick(COMPARISONS, *which), of),
            E::Logic(and, of) => pair(if *and { "and" } else { "or" }, of),
            E::Like(not, which, of) => {
                let not = if *not { "not " } else { "" };
                format!("({} {not}like {})", of.write(names), pick(PATTERNS, *which))
            }
            E::In(not, list, of) => {
                let not = if *not { "not " } else { "" };
                let list: Vec<&str> = list.iter().map(|which| pick(LITERALS, *which)).collect();
                format!("({} {not}in [{}])", of.write(names), list.join(", "))
            }
            E::Substr(which, of) => {
                let part = pick(&["0, 2", "1", "-1, 3", "5, 0", "2, 40"], *which);
                format!("substr({}, {part})", of.write(names))
            }
            E::InSubnet(which, of) => {
                format!("isIpv4InSubnet({}, \"{}\")", of.write(names), pick(SUBNETS, *which))
            }
            E::Contains(which, of) => {
                format!("strcontains({}, {})", of.write(names), pick(&PATTERNS[..3], *which))
            }
            E::Join(concat, of) => {
                let function = if *concat { "concat" } else { "coalesce" };
                format!("{function}({}, {})", of[0].write(names), of[1].write(names))
            }
            E::If(of) => {
                let [condition, then, other] = of.as_ref().each_ref().map(|of| of.write(names));
                format!("if({condition}, {then}, {other})")
            }
        }
    }
}
