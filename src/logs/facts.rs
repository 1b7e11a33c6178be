//! What a team says of its log groups in a file: their logs, accounts, classes, sources and tags.

use std::path::Path;

use crate::error::{Error, Result};

/// What is known of a log group besides its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFacts {
    /// Its name.
    pub name: String,
    /// The account that owns it.
    pub account: Option<String>,
    /// Its class, `STANDARD` or `INFREQUENT_ACCESS`.
    pub class: Option<String>,
    /// Its data source, `NAME.TYPE`.
    pub source: Option<String>,
    /// Its tags; `None` where nobody said whether it has any.
    pub tags: Option<Vec<(String, String)>>,
}

/// A log group and the paths of its logs.
pub type Group = (GroupFacts, Vec<String>);

/// The log groups of a file by name, each with the paths of its logs.
///
/// The file is TOML. A group is a name with a path or a list of paths, or a table:
///
/// ```toml
/// dev = "logs/dev"
///
/// ["/aws/vpc/prod"]
/// logs = ["logs/prod/**/*.gz"]
/// account = "123456789012"
/// class = "STANDARD"
/// source = "amazon_vpc.flow"
/// tags = { team = "network" }
/// ```
///
/// Paths are relative to the folder of the file.
///
/// # Errors
/// `Io` where it cannot be read, `Input` where it is no such file.
pub fn read(path: &Path) -> Result<Vec<Group>> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Io { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&text, folder).map_err(|(line, reason)| Error::Input {
        path: path.to_owned(),
        line,
        reason,
    })
}

/// The groups of a text; an error is a line, 0 where it is unknown, and a reason.
fn parse(text: &str, folder: &Path) -> std::result::Result<Vec<Group>, (u64, String)> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        (before.matches('\n').count() as u64 + 1, error.message().to_owned())
    })?;
    let mut groups = Vec::new();
    for (name, value) in table {
        let wrong = |what: &str| (0, format!("the log group `{name}`: {what}"));
        let mut facts = GroupFacts { name: name.clone(), ..GroupFacts::default() };
        let logs = match value {
            toml::Value::Table(table) => {
                let mut logs = None;
                for (key, value) in table {
                    match (key.as_str(), &value) {
                        ("logs", _) => logs = Some(value),
                        ("account", toml::Value::String(text)) => {
                            facts.account = Some(text.clone());
                        }
                        ("class", toml::Value::String(text)) => facts.class = Some(text.clone()),
                        ("source", toml::Value::String(text)) => facts.source = Some(text.clone()),
                        ("tags", toml::Value::Table(tags)) => {
                            let pair = |(key, value): (&String, &toml::Value)| {
                                value.as_str().map(|value| (key.clone(), value.to_owned()))
                            };
                            let pairs: Option<Vec<_>> = tags.iter().map(pair).collect();
                            facts.tags =
                                Some(pairs.ok_or_else(|| wrong("tags have texts as values"))?);
                        }
                        ("account" | "class" | "source", _) => {
                            return Err(wrong(&format!("`{key}` is a text")));
                        }
                        _ => {
                            return Err(wrong(&format!(
                                "`{key}` is none of logs, account, class, source and tags"
                            )));
                        }
                    }
                }
                logs.ok_or_else(|| wrong("it has no `logs`"))?
            }
            logs => logs,
        };
        let paths = match logs {
            toml::Value::String(path) => vec![path],
            toml::Value::Array(paths) => {
                let text = |path: toml::Value| path.as_str().map(str::to_owned);
                let paths: Option<Vec<String>> = paths.into_iter().map(text).collect();
                paths.ok_or_else(|| wrong("paths are texts"))?
            }
            _ => return Err(wrong("its logs are a path or a list of paths")),
        };
        let below = |path: String| folder.join(path).to_string_lossy().into_owned();
        groups.push((facts, paths.into_iter().map(below).collect()));
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_paths_lists_or_tables() {
        let text = "dev = \"logs/dev\"\nold = [\"a\", \"/b\"]\n[\"/aws/vpc\"]\nlogs = \"c/**/*.gz\"\n\
                    account = \"123456789012\"\ntags = { team = \"net\" }\n";
        let groups = parse(text, Path::new("/etc")).expect("it can be read");
        let paths: Vec<&[String]> = groups.iter().map(|(_, paths)| paths.as_slice()).collect();
        assert_eq!(paths, [&["/etc/c/**/*.gz"][..], &["/etc/logs/dev"], &["/etc/a", "/b"]]);
        let facts = &groups[0].0;
        assert_eq!(facts.name, "/aws/vpc");
        assert_eq!(facts.account.as_deref(), Some("123456789012"));
        assert_eq!(facts.tags, Some(vec![("team".to_owned(), "net".to_owned())]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, line, part) in [
            ("dev = 3", 0, "`dev`: its logs are a path"),
            ("a = \"x\"\nb = [", 2, ""),
            ("[dev]\naccount = \"1\"", 0, "it has no `logs`"),
            ("[dev]\nlogs = \"x\"\ncolour = \"red\"", 0, "`colour` is none of"),
        ] {
            let (at, reason) = parse(text, Path::new("")).expect_err("it is wrong");
            assert_eq!(at, line, "{text}");
            assert!(reason.contains(part), "{reason}");
        }
    }
}
