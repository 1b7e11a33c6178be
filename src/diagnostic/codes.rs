//! Codes of diagnostics: one for each kind of finding, with what it means and how it is mended.

/// What a code stands for.
#[derive(Debug)]
pub struct Code {
    /// `FQ` and three digits; warnings begin at 100. Never used for anything else.
    pub code: &'static str,
    /// The kind of finding, in a few words.
    pub title: &'static str,
    /// Why it is one, in a sentence or two.
    pub explanation: &'static str,
    /// A query that has it.
    pub bad: &'static str,
    /// A query that means the same, or what was meant, and has it not.
    pub good: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $title:literal
       $explanation:literal
       bad $bad:literal
       good $good:literal)*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*

        /// All codes, in their order.
        pub const CODES: &[Code] = &[
            $(Code {
                code: $code, title: $title, explanation: $explanation, bad: $bad, good: $good,
            },)*
        ];
    };
}

codes! {
    MALFORMED "FQ001" "a command that cannot be read"
        "The text of a command is not of the form its documentation gives; the place that is marked is where reading stopped."
        bad "filter bytes >"
        good "filter bytes > 0"
    UNCLOSED "FQ002" "something that is never closed"
        "A text, a name in back-ticks, a pattern or a bracket goes on to the end of the query."
        bad "filter action = \"REJECT"
        good "filter action = \"REJECT\""
    EMPTY "FQ003" "a command is missing"
        "The query is empty, or one of its pipes has no command behind it."
        bad "fields srcAddr |"
        good "fields srcAddr"
    PATTERN "FQ004" "a pattern that is no regular expression"
        "Patterns are of the class of RE2: no look-ahead, no look-behind, no back-references."
        bad "filter srcAddr like /(/"
        good "filter srcAddr like /\\(/"
    UNKNOWN_COMMAND "FQ010" "an unknown command"
        "No command of Logs Insights begins with this word."
        bad "select srcAddr from flows"
        good "fields srcAddr"
    NOT_YET "FQ011" "something that flowql does not run"
        "It is in use, but flowql does not run it; it is refused, because a result without it would be another one."
        bad "parse @message xml \"/a\" as b"
        good "parse @message logfmt as b"
    BEFORE_STATS "FQ012" "sort or limit before the last stats"
        "In a query with several `stats`, AWS takes `sort` and `limit` behind the last one only; so does flowql."
        bad "stats sum(bytes) as b by srcAddr, dstAddr | limit 3 | stats max(b) by srcAddr"
        good "stats sum(bytes) as b by srcAddr, dstAddr | stats max(b) by srcAddr | limit 3"
    BEHIND_DEDUP "FQ013" "a command behind dedup"
        "The only command that AWS takes behind `dedup` is `limit`; so does flowql."
        bad "dedup srcAddr | sort srcAddr"
        good "sort srcAddr | dedup srcAddr | limit 10"
    MANY_STATS "FQ014" "more than ten stats"
        "A query has ten `stats` at most."
        bad "stats count(*) as a | stats max(a) as b | stats max(b) as c | stats max(c) as d | stats max(d) as e | stats max(e) as f | stats max(f) as g | stats max(g) as h | stats max(h) as i | stats max(i) as j | stats max(j) as k"
        good "stats count(*) as a"
    PLACE "FQ015" "a command out of its place"
        "`SOURCE` stands first and `estimate` last; `fillmissing` needs bins of time in front of it, `diff` and `anomaly` a `pattern`; a `pattern` does not stand behind a `sort`."
        bad "fields srcAddr | SOURCE 'prod'"
        good "SOURCE 'prod' | fields srcAddr"
    UNKNOWN_FUNCTION "FQ020" "an unknown function or aggregate"
        "No function of Logs Insights has this name."
        bad "stats mean(bytes)"
        good "stats avg(bytes)"
    ARGUMENT_COUNT "FQ021" "a wrong number of arguments"
        "The function or aggregate takes fewer or more arguments than it was given."
        bad "fields strlen(srcAddr, dstAddr)"
        good "fields strlen(srcAddr)"
    ARGUMENT "FQ022" "an argument that does not fit"
        "The function or aggregate was given something of another kind than it takes, or a value it cannot take."
        bad "stats pct(bytes, 101)"
        good "stats pct(bytes, 99)"
    AGGREGATE_PLACE "FQ023" "an aggregate where none can be"
        "Aggregates stand in `stats` only, and not inside one another."
        bad "filter count(*) > 1"
        good "stats count(*) as n | filter n > 1"
    NOT_GROUPED "FQ024" "a field that is no group key"
        "In a `stats`, a field outside of an aggregate has one value for a group only where the group is made by it."
        bad "stats srcAddr, count(*)"
        good "stats count(*) by srcAddr"
    OPTION "FQ025" "an option that does not fit"
        "The command has no option of this name, or the option takes another kind of value."
        bad "fields bytes | autoregress bytes p=0"
        good "fields bytes | autoregress bytes p=1"
    NAMES "FQ026" "names that do not fit the pattern"
        "A `parse` gives one name to each `*` of a glob, or to each group of a pattern that has no names itself."
        bad "parse @message \"* * *\" as a, b"
        good "parse @message \"* * *\" as a, b, c"
    MISPLACED "FQ027" "a period or a pattern where none can be"
        "Periods such as `5m` are arguments of functions; patterns `/…/` stand behind `like`, `=~` and `parse`."
        bad "stats count(*) by 5m"
        good "stats count(*) by bin(5m)"
    SUBQUERY "FQ028" "a query inside a query that does not fit"
        "A query behind `in` gives one column; a query inside a query holds no other; `join` takes SOURCE alone. AWS has the same rules."
        bad "filter srcAddr in (fields srcAddr, dstAddr)"
        good "filter srcAddr in (fields srcAddr)"
    UNKNOWN_SYMBOL "FQ030" "a field that the stats does not give"
        "Behind a `stats` there are only its aggregates and group keys. AWS says: Unknown symbols found in or after stats."
        bad "stats count(*) as n by srcAddr | sort bytes"
        good "stats count(*) as n by srcAddr | sort n"
    DEFINED_TWICE "FQ031" "a name that is given twice"
        "A name that a command has given cannot be given again. AWS says: Ephemeral field is already defined."
        bad "fields bytes as x, packets as x"
        good "fields bytes as x, packets as y"
    NOTICE "FQ100" "something to know"
        "The query runs; the message says what it does that may not be expected."
        bad "fields srcAddr | head 3"
        good "fields srcAddr | limit 3"
    RAW_NAME "FQ101" "a raw field name"
        "The name is the one of the flow log's format; in Logs Insights the field has another, and this one is missing there."
        bad "fields srcaddr"
        good "fields srcAddr"
    UNKNOWN_FIELD "FQ102" "a field that no record has"
        "The logs have no field of this name, so it is missing in every record, as on AWS."
        bad "fields sorceAddress"
        good "fields srcAddr"
    NOT_AWS "FQ103" "a spelling that AWS does not document"
        "flowql reads it, the console may refuse it."
        bad "filter action == \"REJECT\""
        good "filter action = \"REJECT\""
    WILDCARD "FQ104" "a wildcard in like"
        "`like` looks for a part of the text as it is; it knows no wildcards."
        bad "filter srcAddr like \"10.%\""
        good "filter srcAddr like /^10\\./"
    TIME_TEXT "FQ105" "a time compared with a text"
        "`@timestamp` is a number of milliseconds, which a written date is not."
        bad "filter @timestamp > \"2024-05-15\""
        good "filter @timestamp > toMillis(\"2024-05-15T00:00:00Z\")"
    NEVER_EQUAL "FQ106" "a comparison that no record can fulfil"
        "The field never has a value like the one it is compared with: a number never is a word, and capitals count."
        bad "filter protocol = \"TCP\""
        good "filter protocol = 6"
    CLAMPED "FQ107" "an argument that acts as another"
        "The function takes the argument, but acts as if it were another one, as on AWS."
        bad "stats count(*) by bin(300s)"
        good "stats count(*) by bin(5m)"
    BEFORE_ONLY_STATS "FQ108" "sort or limit before the stats"
        "A `stats` keeps no order, so a `sort` in front of it orders nothing; a `limit` in front of it cuts the records, not the groups."
        bad "sort bytes desc | stats sum(bytes) as total by srcAddr"
        good "stats sum(bytes) as total by srcAddr | sort total desc"
    HYPHEN "FQ109" "a name that reads as a subtraction"
        "A name with `-` stands in back-ticks; without them the minus subtracts. The fields of flow logs have names without `-` in Logs Insights."
        bad "fields flow-direction"
        good "fields flowDirection"
    CONSTANT "FQ110" "a literal as a condition"
        "`and` and `or` join whole conditions. A number or text by itself is the same condition for every record."
        bad "filter dstPort = 22 or 23"
        good "filter dstPort in [22, 23]"
}

/// The row of a code, in any case.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|row| row.code.eq_ignore_ascii_case(code))
}
