//! Log formats: which fields a record has and in which order, from a `${…}` text or a header line.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::fields::{self, DEFAULT_FIELDS, FIELDS, FieldId};
use crate::registry;

/// The order of the values in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFormat {
    /// The field of each value; `None` for a value whose name is no field of VPC flow logs.
    pub fields: Vec<Option<FieldId>>,
    /// The name of each value in a query; an unknown one has its own name in camelCase.
    pub names: Vec<String>,
}

impl Default for LogFormat {
    fn default() -> LogFormat {
        LogFormat::default_v2()
    }
}

impl LogFormat {
    /// The default format: the 14 fields of version 2.
    pub fn default_v2() -> LogFormat {
        LogFormat::of((0..DEFAULT_FIELDS).map(|id| (Some(id), "")))
    }

    /// The default format of flow logs of transit gateways: 36 fields.
    pub fn transit_gateway() -> LogFormat {
        let wires = fields::TRANSIT_GATEWAY.split_ascii_whitespace();
        LogFormat::of(wires.map(|wire| (fields::by_wire(wire), wire)))
    }

    /// The formats that records may have where nothing tells one.
    pub fn defaults() -> &'static [Arc<LogFormat>; 2] {
        // Asked for every file.
        static DEFAULTS: LazyLock<[Arc<LogFormat>; 2]> =
            LazyLock::new(|| [LogFormat::default_v2(), LogFormat::transit_gateway()].map(Arc::new));
        &DEFAULTS
    }

    /// The format that a text describes: `${version} ${vpc-id} …`, as `describe-flow-logs` has it,
    /// or plain `version vpc-id …`.
    ///
    /// # Errors
    /// A sentence that names the word which is no field, or is there twice, or that there is none.
    pub fn parse(text: &str) -> Result<LogFormat, String> {
        let mut ids: Vec<FieldId> = Vec::new();
        for word in text.split_whitespace() {
            let id = fields::by_wire(word).ok_or_else(|| unknown(word))?;
            if ids.contains(&id) {
                return Err(format!("the field `{}` is in the log format twice", FIELDS[id].wire));
            }
            ids.push(id);
        }
        if ids.is_empty() {
            return Err("the log format has no fields; write `${version} ${vpc-id} …`".into());
        }
        Ok(LogFormat::of(ids.into_iter().map(|id| (Some(id), ""))))
    }

    /// The format that the first line of a delivered file tells, if the line is a header.
    ///
    /// `line`: without its line end. A header has nothing but lower-case names, no name twice, at
    /// least half of them known; a lone word must be known. Columns of unknown name are kept, so
    /// that files of later versions can be read.
    pub fn from_header(line: &[u8]) -> Option<LogFormat> {
        let line = std::str::from_utf8(line).ok()?;
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if words.is_empty() || !words.iter().all(|word| is_name(word)) {
            return None;
        }
        let format = LogFormat::of(words.into_iter().map(|word| (fields::by_wire(word), word)));
        let known = format.fields.iter().flatten().count();
        let repeats = |(at, name)| format.names.iter().take(at).any(|before| before == name);
        if known == 0 || known * 2 < format.len() || format.names.iter().enumerate().any(repeats) {
            return None;
        }
        Some(format)
    }

    /// The format of records whose values have these names, as columns of a table do: hyphens,
    /// underscores and case do not count. `None` where none is a field of flow logs.
    pub fn from_columns<'a>(names: impl Iterator<Item = &'a str>) -> Option<LogFormat> {
        let mut known: Vec<FieldId> = Vec::new();
        let columns = names.map(|name| {
            let id = fields::by_wire(name).or_else(|| fields::canonical(name));
            // Of two columns of one field the first is it.
            let id = id.filter(|id| !known.contains(id));
            known.extend(id);
            (id, name)
        });
        let format = LogFormat::of(columns.collect::<Vec<_>>().into_iter());
        (!known.is_empty()).then_some(format)
    }

    /// Where in a record the value of a field is, counted from 0.
    pub fn position(&self, field: FieldId) -> Option<usize> {
        self.fields.iter().position(|id| *id == Some(field))
    }

    /// How many values a record has.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True for the format without values, which [`LogFormat::parse`] never makes.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The header line of a file in this format, without its line end: `version account-id …`.
    pub fn header(&self) -> String {
        self.wires().collect::<Vec<_>>().join(" ")
    }

    /// Each column's name in a header line; an unknown one has no other name than its own.
    fn wires(&self) -> impl Iterator<Item = &str> {
        let wire = |(id, name): (&Option<FieldId>, _)| id.map_or(name, |id| FIELDS[id].wire);
        self.fields.iter().zip(self.names.iter().map(String::as_str)).map(wire)
    }

    fn of<'a>(columns: impl Iterator<Item = (Option<FieldId>, &'a str)>) -> LogFormat {
        let (fields, names) = columns
            .map(|(id, word)| {
                (id, id.map_or_else(|| fields::camel_case(word), |id| FIELDS[id].name.to_string()))
            })
            .unzip();
        LogFormat { fields, names }
    }
}

/// The text that `describe-flow-logs` prints and [`LogFormat::parse`] reads.
impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, wire) in self.wires().enumerate() {
            let gap = if i > 0 { " " } else { "" };
            write!(f, "{gap}${{{wire}}}")?;
        }
        Ok(())
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

fn unknown(word: &str) -> String {
    let bare = word.trim_start_matches("${").trim_end_matches('}');
    match registry::nearest(bare, FIELDS.iter().map(|field| field.wire)) {
        Some(near) => format!("there is no flow log field `{bare}`; did you mean `{near}`?"),
        None => format!("there is no flow log field `{bare}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_format_is_the_one_of_aws() {
        let format = LogFormat::default_v2();
        assert_eq!(
            format.header(),
            "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets \
             bytes start end action log-status"
        );
        assert_eq!(format.names[3], "srcAddr");
        assert_eq!(LogFormat::parse(&format.to_string()), Ok(format));
    }

    #[test]
    fn formats_are_read_with_and_without_braces() {
        let format = LogFormat::parse("${vpc-id}  ${pkt-srcaddr}\n${bytes}").expect("is a format");
        assert_eq!(format.names, ["vpcId", "pktSrcAddr", "bytes"]);
        assert_eq!(format.to_string(), "${vpc-id} ${pkt-srcaddr} ${bytes}");
        assert_eq!(LogFormat::parse("vpc_id pkt-srcaddr bytes"), Ok(format.clone()));
        assert_eq!(format.position(9), Some(2));
        assert_eq!(format.position(0), None);
        assert_eq!((format.len(), format.is_empty()), (3, false));
    }

    #[test]
    fn a_bad_format_says_what_is_wrong() {
        let reason = |text| LogFormat::parse(text).expect_err("is no format");
        assert_eq!(
            reason("${version} ${scraddr}"),
            "there is no flow log field `scraddr`; did you mean `srcaddr`?"
        );
        assert_eq!(reason("version colour"), "there is no flow log field `colour`");
        assert_eq!(reason("bytes ${bytes}"), "the field `bytes` is in the log format twice");
        assert!(reason("  ").starts_with("the log format has no fields"));
        assert!(reason("${}").contains("no flow log field"));
    }

    #[test]
    fn a_header_is_told_from_a_record() {
        let header = |line: &str| LogFormat::from_header(line.as_bytes());
        let all: Vec<_> = FIELDS.iter().map(|field| field.wire).collect();
        assert_eq!(header(&all.join(" ")).map(|format| format.len()), Some(72));
        let gateway = LogFormat::transit_gateway();
        assert_eq!((gateway.len(), gateway.fields.iter().flatten().count()), (36, 36));
        let format = header("version account_id some-new-id").expect("is a header");
        assert_eq!(format.names, ["version", "accountId", "someNewId"]);
        assert_eq!(format.fields, [Some(0), Some(1), None]);
        assert!(header("version").is_some());
        assert!(header("version bytes\r").is_some());
        for record in [
            "",
            "start of the log",
            "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA",
            "ACCEPT OK",
            "us-east-1 ingress",
            "version version",
            "Version Bytes",
            "version bytes \u{e9}",
        ] {
            assert_eq!(header(record), None, "{record}");
        }
        assert_eq!(LogFormat::from_header(b"version \xff"), None);
    }
}
