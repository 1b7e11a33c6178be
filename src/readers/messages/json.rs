//! JSON messages: fields by their paths, `userIdentity.type` or `items.0.instanceId`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value as Json;

use super::{Found, Wanted};
use crate::data::Value;

/// The most fields of an event that are discovered.
///
/// Source: CloudWatch Logs User Guide, "Fields in JSON logs".
pub const MOST_FIELDS: usize = 200;

/// Puts the wanted fields of a JSON object at the start of a text into a row; `whole` says that
/// nothing may stand behind it. What is put there when there is no such object is undefined.
pub fn seek(text: &str, wanted: &Wanted, row: &mut [Value], whole: bool) -> Option<Found> {
    // Leaves have commas between them, so few commas mean few leaves.
    let capped = memchr::memchr_iter(b',', text.as_bytes()).nth(MOST_FIELDS - 1).is_some();
    let paths: Vec<(usize, &str)> = wanted.json_paths().collect();
    let mut left = MOST_FIELDS;
    let mut json = serde_json::Deserializer::from_str(text);
    let mut over = false;
    let seek = Seek { paths: &paths, row, left: &mut left, capped, over: &mut over };
    seek.deserialize(&mut json).ok()?;
    if whole {
        json.end().ok()?;
    }
    Some(Found { shape: "JSON", over })
}

/// The fields of a JSON object by their paths, in order, as many as are discovered.
pub fn paths(text: &str, each: &mut dyn FnMut(&str)) -> bool {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    let Some(Ok(Json::Object(map))) = values.next() else { return false };
    let mut left = MOST_FIELDS;
    for (key, value) in &map {
        // A field whose name begins with `@` is addressed with one more.
        let name = if key.starts_with('@') { format!("@{key}") } else { key.clone() };
        walk_paths(&name, value, &mut left, each);
    }
    true
}

fn walk_paths(path: &str, value: &Json, left: &mut usize, each: &mut dyn FnMut(&str)) {
    match value {
        _ if *left == 0 => {}
        Json::Object(map) => {
            map.iter()
                .for_each(|(key, value)| walk_paths(&format!("{path}.{key}"), value, left, each));
        }
        Json::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                walk_paths(&format!("{path}.{place}"), value, left, each);
            }
        }
        _ => {
            *left -= 1;
            each(path);
        }
    }
}

fn leaves(json: &Json) -> usize {
    match json {
        Json::Object(map) => map.values().map(leaves).sum(),
        Json::Array(items) => items.iter().map(leaves).sum(),
        _ => 1,
    }
}

/// The part of a value that a path leads to; keys may hold dots.
fn inside<'j>(json: &'j Json, path: &str) -> Option<&'j Json> {
    let member = |key: &str| match json {
        Json::Object(map) => map.get(key),
        Json::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    };
    member(path).or_else(|| {
        path.match_indices('.').find_map(|(at, _)| inside(member(&path[..at])?, &path[at + 1..]))
    })
}

/// Looks for paths in a value that is read.
struct Seek<'a, 'w> {
    /// Places in the row and what is left of their paths.
    paths: &'a [(usize, &'w str)],
    row: &'a mut [Value],
    /// How many more leaves are discovered.
    left: &'a mut usize,
    /// Whether there may be more leaves than that.
    capped: bool,
    /// Whether a wanted leaf was beyond.
    over: &'a mut bool,
}

impl<'w> Seek<'_, 'w> {
    /// What the paths say of a key: the places that end with it, and the paths that go on.
    fn at(&self, key: &str) -> (Vec<usize>, Vec<(usize, &'w str)>) {
        let (mut ends, mut on) = (Vec::new(), Vec::new());
        for &(place, path) in self.paths {
            if let Some(rest) = path.strip_prefix(key) {
                match rest.strip_prefix('.') {
                    Some(rest) => on.push((place, rest)),
                    None if rest.is_empty() => ends.push(place),
                    None => {}
                }
            }
        }
        (ends, on)
    }

    fn put(&mut self, place: usize, found: &Json) {
        if *self.left == 0 {
            *self.over = true;
        } else if let Some(cell) = self.row.get_mut(place) {
            *cell = Value::of_json(found.clone());
        }
    }

    /// Puts a value where paths end at it, and its parts where they go on.
    fn take(&mut self, ends: &[usize], on: &[(usize, &str)], found: &Json) {
        ends.iter().for_each(|place| self.put(*place, found));
        for (place, path) in on {
            if let Some(found) = inside(found, path) {
                self.put(*place, found);
            }
        }
        *self.left = self.left.saturating_sub(leaves(found));
    }

    /// The same for a value below, with what is left of the paths.
    fn below<'b>(&'b mut self, paths: &'b [(usize, &'w str)]) -> Below<'b, 'w> {
        let (capped, over) = (self.capped, &mut *self.over);
        Below(Seek { paths, row: self.row, left: self.left, capped, over })
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_, '_> {
    type Value = ();

    /// Only an object has fields.
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(Below(self))
    }
}

/// A value below an object, which may be of any kind.
struct Below<'a, 'w>(Seek<'a, 'w>);

impl<'de> DeserializeSeed<'de> for Below<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Below<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seek = self.0;
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let (ends, on) = seek.at(&key);
            if !ends.is_empty() {
                let found = map.next_value::<Json>()?;
                seek.take(&ends, &on, &found);
            } else if !on.is_empty() || seek.capped {
                map.next_value_seed(seek.below(&on))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut seek = self.0;
        for place in 0.. {
            let (ends, on) = seek.at(&place.to_string());
            let more = if !ends.is_empty() {
                let found = items.next_element::<Json>()?;
                found.map(|found| seek.take(&ends, &on, &found))
            } else if !on.is_empty() || seek.capped {
                items.next_element_seed(seek.below(&on))?
            } else {
                items.next_element::<IgnoredAny>()?.map(drop)
            };
            if more.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.leaf()
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.leaf()
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.leaf()
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.leaf()
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.leaf()
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.leaf()
    }
}

impl Below<'_, '_> {
    /// Counts a value that no path ends at.
    fn leaf<E>(self) -> Result<(), E> {
        *self.0.left = self.0.left.saturating_sub(1);
        Ok(())
    }
}

/// A key, borrowed where it is written without escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Key<'de>, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        json.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, names: &[&str]) -> Option<(Vec<Value>, bool)> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = Wanted::new(names.iter().enumerate().map(|(at, name)| (name.as_str(), at)));
        let mut row = vec![Value::Missing; names.len()];
        let found = seek(text, &wanted, &mut row, true)?;
        Some((row, found.over))
    }

    #[test]
    fn paths_lead_to_values() {
        let text = r#"{"a": {"b": 1, "c": [{"d": "x"}, true]}, "a.b": 2.5, "@e": "y", "f": null,
            "g": "{\"h\": 1}", "k\u0041": -7, "big": 18446744073709551616}"#;
        let names = ["a.b", "a.c.0.d", "a.c.1", "@@e", "@e", "f", "g", "g.h", "kA", "a.c", "big"];
        let (row, over) = found(text, &names).expect("is an object");
        let expected = [
            Value::Float(2.5), // the last of two that have this name
            Value::text("x"),
            Value::Boolean(true),
            Value::text("y"),
            Value::Missing,
            Value::Missing,
            Value::text(r#"{"h": 1}"#),
            Value::Missing,
            Value::Integer(-7),
        ];
        assert_eq!(row[..9], expected);
        assert_eq!(row[9].print().as_deref(), Some(r#"[{"d":"x"},true]"#));
        assert_eq!(row[10], Value::Float(18_446_744_073_709_551_616.0));
        assert!(!over);
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        for text in
            ["", "[1]", "1", "{", r#"{"a": 1"#, r#"{"a": 1} more"#, "{a: 1}", r#""a""#, &deep]
        {
            assert_eq!(found(text, &["a"]), None, "{}", &text[..text.len().min(20)]);
        }
    }

    #[test]
    fn fields_behind_the_two_hundredth_are_missing() {
        let pairs: Vec<String> =
            (0..100).map(|i| format!(r#""k{i}": {{"x": {i}, "y": [{i}, 1]}}"#)).collect();
        let text = format!("{{{}}}", pairs.join(", "));
        let (row, over) = found(&text, &["k0.x", "k66.x", "k66.y.0"]).expect("is an object");
        assert_eq!(row[..2], [Value::Integer(0), Value::Integer(66)], "the 199th is there");
        assert!(!over);
        let (row, over) = found(&text, &["k67.x", "k99.y.1"]).expect("is an object");
        assert_eq!((row, over), (vec![Value::Missing; 2], true));
        let mut names = Vec::new();
        assert!(paths(&text, &mut |name| names.push(name.to_owned())));
        assert_eq!((names.len(), names[199].as_str()), (200, "k66.y.0"));
    }
}
