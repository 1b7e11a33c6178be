//! JSON functions: texts become lists and maps, and these become texts again.

use std::sync::Arc;

use serde_json::Value as Json;

use super::arguments::{at, text};
use super::function::{Arg, Context, Function, Kind, example};
use crate::data::Value;

const TEXT: &[Arg] = &[Arg::new("text", Kind::Text)];

/// The JSON functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "jsonArrayContains",
        &[Arg::new("list", Kind::Text), Arg::new("text", Kind::Text)],
        Kind::Boolean,
        "Whether the JSON list has an item that is exactly the text; an item that is no text \
         counts as it is written in JSON. False for what is no JSON list.",
        &[
            example("jsonArrayContains('[\"a\", \"b\"]', \"b\")", "1"),
            example("jsonArrayContains('[\"a\", \"b\"]', \"B\")", "0"),
            example("jsonArrayContains('[80, 443]', 443)", "1"),
            example("jsonArrayContains('[', \"a\")", "0"),
            example("jsonArrayContains(absent, \"a\")", ""),
        ],
        json_array_contains,
    ),
    Function::new(
        "jsonArraySize",
        &[Arg::new("list", Kind::Text)],
        Kind::Number,
        "The number of items of the JSON list; missing for what is no JSON list.",
        &[
            example("jsonArraySize('[80, [1, 2], null]')", "3"),
            example("jsonArraySize('[]')", "0"),
            example("jsonArraySize('{\"a\": 1}')", ""),
        ],
        json_array_size,
    ),
    Function::new(
        "jsonParse",
        TEXT,
        Kind::Any,
        "The list or the map that the JSON text spells, whose parts a path leads to; missing for \
         every other text. Of a name that stands twice in a map the last value counts.",
        &[
            example("jsonParse('{\"user\": {\"ids\": [7, 8]}}').user.ids[1]", "8"),
            example("jsonParse('[\"a\", \"b\"]')", "a,b"),
            example("jsonParse('{\"a\": 1}')", "{\"a\":1}"),
            example("jsonParse('\"a\"')", ""),
            example("jsonParse('{')", ""),
        ],
        |args, _| structure(at(args, 0)).map_or(Value::Missing, Value::Json),
    ),
    Function::new(
        "jsonStringify",
        &[Arg::new("list or map", Kind::Any)],
        Kind::Text,
        "The list or the map as JSON without blanks; missing for every other value.",
        &[
            example("jsonStringify(jsonParse('[ \"a\", 1 ]'))", "[\"a\",1]"),
            example("jsonStringify(jsonParse('{\"b\": {\"a\": null}}').b)", "{\"a\":null}"),
            example("jsonStringify(\"a\")", ""),
        ],
        json_stringify,
    ),
];

/// A value as JSON: texts and times as they print, missing values as `null`.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Missing => Json::Null,
        Value::Boolean(truth) => Json::from(*truth),
        Value::Integer(whole) => Json::from(*whole),
        Value::Float(float) => Json::from(*float),
        Value::Json(json) => json.as_ref().clone(),
        Value::Text(_) | Value::Time(_) | Value::Period(_) => {
            Json::from(value.print().unwrap_or_default().as_ref())
        }
    }
}

/// The list or map that a value is or that its text spells.
///
/// Source: "JSON functions": the result is empty where the text is no JSON object and no array.
fn structure(value: &Value) -> Option<Arc<Json>> {
    if let Value::Json(json) = value {
        return Some(Arc::clone(json));
    }
    let text = text(value)?;
    // Most texts are no JSON at all, and no parser is needed to see it.
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(&text).ok().map(Arc::new)
}

fn json_array_size(args: &[Value], _: &Context) -> Value {
    match structure(at(args, 0)).as_deref() {
        Some(Json::Array(items)) => {
            i64::try_from(items.len()).map_or(Value::Missing, Value::Integer)
        }
        _ => Value::Missing,
    }
}

fn json_array_contains(args: &[Value], _: &Context) -> Value {
    let (list, Some(wanted)) = (at(args, 0), text(at(args, 1))) else { return Value::Missing };
    if list.is_missing() {
        return Value::Missing;
    }
    let is_it = |item: &Json| match item {
        Json::String(text) => *text == wanted,
        Json::Array(_) | Json::Object(_) => false,
        other => other.to_string() == wanted,
    };
    let json = structure(list);
    Value::Boolean(matches!(json.as_deref(), Some(Json::Array(items)) if items.iter().any(is_it)))
}

fn json_stringify(args: &[Value], _: &Context) -> Value {
    match at(args, 0) {
        Value::Json(json) => Value::text(json.to_string()),
        _ => Value::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::find;

    fn call(name: &str, args: &[Value]) -> Value {
        (find(FUNCTIONS, name).expect("a row").value)(args, &Context::EXAMPLE)
    }

    #[test]
    fn what_is_no_list_and_no_map_is_missing() {
        let deep = "[".repeat(100_000);
        let odd = ["", " ", "1", "null", "\"[]\"", "[1", "[1] 2", "{a: 1}", "['a']", &deep];
        for text in odd.map(Value::text).into_iter().chain([Value::Missing, Value::Integer(1)]) {
            assert_eq!(call("jsonParse", std::slice::from_ref(&text)), Value::Missing, "{text:?}");
            assert_eq!(call("jsonArraySize", std::slice::from_ref(&text)), Value::Missing);
        }
    }

    #[test]
    fn lists_and_maps_are_taken_as_they_are() {
        let list = call("jsonParse", &[Value::text(" [1, \"a\", {\"z\": 1, \"a\": 2.50}] ")]);
        assert_eq!(call("jsonParse", std::slice::from_ref(&list)), list);
        assert_eq!(call("jsonArraySize", std::slice::from_ref(&list)), Value::Integer(3));
        let printed = call("jsonStringify", std::slice::from_ref(&list));
        assert_eq!(printed, Value::text("[1,\"a\",{\"z\":1,\"a\":2.5}]"), "names keep their order");
        for (wanted, found) in [("1", true), ("a", true), ("A", false), ("{}", false), ("", false)]
        {
            let answer = call("jsonArrayContains", &[list.clone(), Value::text(wanted)]);
            assert_eq!(answer, Value::Boolean(found), "{wanted}");
        }
    }
}
