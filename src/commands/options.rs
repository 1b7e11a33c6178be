//! Options of commands, `p=1-4` and `action=remove`: reading them, and what is wrong with them.

use crate::diagnostic::{Diagnostic, Span, codes};
use crate::registry;
use crate::syntax::{self, Node, Rule};

/// The options a command was given.
pub struct Options {
    command: &'static str,
    found: Vec<Found>,
}

struct Found {
    name: &'static str,
    value: String,
    span: Span,
}

impl Options {
    /// The options among the children of a node; `names` are those that the command has.
    ///
    /// # Errors
    /// A name that is none of them, or that stands twice.
    pub fn read(
        node: &Node<'_>,
        command: &'static str,
        names: &'static [&'static str],
    ) -> Result<Options, Diagnostic> {
        let mut found: Vec<Found> = Vec::new();
        for option in node.all(Rule::option) {
            let written = option.one(Rule::option_name);
            let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(written.text()))
            else {
                let message = format!("`{command}` has no option `{}`", written.text());
                let nearest = registry::nearest(written.text(), names.iter().copied());
                let list = names.iter().map(|name| format!("`{name}=`")).collect::<Vec<_>>();
                let fault = Diagnostic::error(message, written.span()).code(codes::OPTION);
                return Err(match nearest {
                    Some(_) => fault.suggest(nearest),
                    None if names.is_empty() => fault.help("it has no options"),
                    None => fault.help(format!("its options are {}", list.join(", "))),
                });
            };
            if let Some(first) = found.iter().find(|option| option.name == *name) {
                let message = format!("the option `{name}` stands twice");
                return Err(Diagnostic::error(message, option.span())
                    .code(codes::OPTION)
                    .note(first.span, "first here"));
            }
            let value = option.one(Rule::option_value);
            let text = match value.text() {
                quoted if quoted.starts_with(['"', '\'']) => syntax::text(value),
                _ => syntax::name(value),
            };
            found.push(Found { name, value: text, span: value.span() });
        }
        Ok(Options { command, found })
    }

    fn get(&self, name: &str) -> Option<&Found> {
        self.found.iter().find(|option| option.name == name)
    }

    fn wrong(&self, found: &Found, wanted: &str) -> Diagnostic {
        let message = format!("`{}` of `{}` is {wanted}", found.name, self.command);
        Diagnostic::error(message, found.span).code(codes::OPTION)
    }

    /// The text of an option.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|found| found.value.as_str())
    }

    /// The place of the value of an option.
    pub fn span(&self, name: &str) -> Option<Span> {
        self.get(name).map(|found| found.span)
    }

    /// A truth: `true` or `false`, also `1`, `0`, `t` and `f`.
    ///
    /// # Errors
    /// Any other value.
    pub fn truth(&self, name: &str, otherwise: bool) -> Result<bool, Diagnostic> {
        let Some(found) = self.get(name) else { return Ok(otherwise) };
        match found.value.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Ok(true),
            "false" | "f" | "0" => Ok(false),
            _ => Err(self.wrong(found, "`true` or `false`")),
        }
    }

    /// A number that is not negative.
    ///
    /// # Errors
    /// Any other value.
    pub fn number(&self, name: &str, otherwise: f64) -> Result<f64, Diagnostic> {
        let Some(found) = self.get(name) else { return Ok(otherwise) };
        match found.value.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err(self.wrong(found, "a number from 0 on, as in `2.5`")),
        }
    }

    /// A whole number inside a range, both ends included.
    ///
    /// # Errors
    /// Any other value.
    pub fn whole(
        &self,
        name: &str,
        otherwise: usize,
        (from, to): (usize, usize),
    ) -> Result<usize, Diagnostic> {
        let Some(found) = self.get(name) else { return Ok(otherwise) };
        match found.value.parse::<usize>() {
            Ok(number) if (from..=to).contains(&number) => Ok(number),
            _ => Err(self.wrong(found, &format!("a whole number from {from} to {to}"))),
        }
    }

    /// A whole number or a range of them, `3` or `1-4`, inside `1..=most`.
    ///
    /// # Errors
    /// Any other value.
    pub fn range(&self, name: &str, most: usize) -> Result<Option<(usize, usize)>, Diagnostic> {
        let Some(found) = self.get(name) else { return Ok(None) };
        let (first, last) = found.value.split_once('-').unwrap_or((&found.value, &found.value));
        match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) if 1 <= first && first <= last && last <= most => {
                Ok(Some((first, last)))
            }
            _ => {
                let wanted = format!("a whole number or a range, as in `1-4`, from 1 to {most}");
                Err(self.wrong(found, &wanted))
            }
        }
    }

    /// One of some words.
    ///
    /// # Errors
    /// Any other value.
    pub fn word(
        &self,
        name: &str,
        words: &'static [&'static str],
    ) -> Result<&'static str, Diagnostic> {
        let Some(found) = self.get(name) else { return Ok(words.first().copied().unwrap_or("")) };
        words.iter().copied().find(|word| word.eq_ignore_ascii_case(&found.value)).ok_or_else(
            || {
                let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
                self.wrong(found, &list.join(" or "))
            },
        )
    }
}
