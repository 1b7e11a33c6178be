//! Date patterns of Java: what the letters of `DateTimeFormatter` mean.
//!
//! Source: Java SE, `java.time.format.DateTimeFormatter`, "Patterns for Formatting and Parsing".

use super::date_reading::read;
use crate::data::time::Timestamp;
use crate::data::zone::Zone;

/// Letters in a row beyond which no pattern goes.
const MOST_LETTERS: usize = 19;
/// Optional sections inside one another.
const MOST_NESTED: usize = 8;

/// A pattern ready to read texts.
#[derive(Clone, Debug)]
pub struct DatePattern(Vec<Part>);

/// A number that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of any length.
    Year,
    /// The last two digits of a year of this century.
    ShortYear,
    /// From 1 to 12.
    Month,
    /// Of the month.
    Day,
    /// From 0 to 23.
    Hour,
    /// From 1 to 12, before noon or after it.
    HalfDayHour,
    /// From 0 to 59.
    Minute,
    /// From 0 to 59.
    Second,
    /// Of a second.
    Fraction,
}

/// How `+02:00` is written.
#[derive(Clone, Copy, Debug)]
pub struct OffsetStyle {
    /// Whether `Z` stands for no offset.
    pub zulu: bool,
    /// Whether a colon stands between hours and minutes.
    pub colon: bool,
    /// Whether minutes may be left out.
    pub hours_only: bool,
}

/// One part of a pattern.
#[derive(Clone, Debug)]
pub enum Part {
    /// The character itself.
    Literal(char),
    /// A number of this many digits, at least and at most.
    Number(Number, usize, usize),
    /// The name of a month, whole or three letters of it.
    MonthName {
        /// Whether the name is whole.
        whole: bool,
    },
    /// The name of a day of the week, whole or three letters of it.
    DayName {
        /// Whether the name is whole.
        whole: bool,
    },
    /// `AM` or `PM`, in any case.
    HalfDay,
    /// The name of a time zone.
    Zone,
    /// An offset from UTC.
    Offset(OffsetStyle),
    /// May be missing from the text.
    Optional(Vec<Part>),
}

impl DatePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Which letter or sign is none of a pattern.
    pub fn new(pattern: &str) -> Result<DatePattern, String> {
        let mut open = vec![Vec::new()];
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            let mut found = Vec::new();
            match c {
                '\'' => quoted(&mut chars, &mut found)?,
                '[' if open.len() > MOST_NESTED => {
                    return Err(format!("`[` of a date pattern stands at most {MOST_NESTED} deep"));
                }
                '[' => {
                    open.push(Vec::new());
                    continue;
                }
                ']' => match open.pop() {
                    Some(inner) if !open.is_empty() => found.push(Part::Optional(inner)),
                    _ => return Err("`]` closes no `[` of the date pattern".to_owned()),
                },
                '{' | '}' | '#' => {
                    return Err(format!("`{c}` in a date pattern is reserved; write `'{c}'`"));
                }
                letter if letter.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while chars.next_if_eq(&letter).is_some() {
                        count += 1;
                    }
                    found.push(part(letter, count)?);
                }
                other => found.push(Part::Literal(other)),
            }
            if let Some(parts) = open.last_mut() {
                parts.append(&mut found);
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(parts), true) => Ok(DatePattern(parts)),
            _ => Err("`[` of the date pattern is not closed by `]`".to_owned()),
        }
    }

    /// What makes this pattern find less than its writer may expect.
    pub fn doubt(&self) -> Option<&'static str> {
        let has = |wanted: fn(&Part) -> bool| any(&self.0, wanted);
        if !has(|part| matches!(part, Part::Number(Number::Year | Number::ShortYear, ..))) {
            return Some("the date pattern has no year, `yyyy`, so every time is missing");
        }
        let half = has(|part| matches!(part, Part::Number(Number::HalfDayHour, ..)));
        let whole = has(|part| matches!(part, Part::Number(Number::Hour, ..)));
        let half_day = has(|part| matches!(part, Part::HalfDay));
        match (half, half_day) {
            (true, false) => {
                Some("`h` counts hours from 1 to 12 and needs `a`; write `H` for 0 to 23")
            }
            (false, true) if whole => Some("`a` belongs to `h`; `H` counts hours from 0 to 23"),
            _ => None,
        }
    }

    /// The time that the whole text spells. A zone in the text goes before `zone`; months and days
    /// that the pattern does not have are the first, hours and what follows are 0.
    pub fn timestamp(&self, text: &str, zone: Zone) -> Option<Timestamp> {
        read(&self.0, text)?.timestamp(zone)
    }
}

/// Whether a part, also of an optional section, is a wanted one.
fn any(parts: &[Part], wanted: fn(&Part) -> bool) -> bool {
    parts.iter().any(|part| match part {
        Part::Optional(inner) => any(inner, wanted),
        part => wanted(part),
    })
}

/// The characters up to the closing quotation mark; `''` is a quotation mark, inside and outside.
fn quoted(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    found: &mut Vec<Part>,
) -> Result<(), String> {
    if chars.next_if_eq(&'\'').is_some() {
        found.push(Part::Literal('\''));
        return Ok(());
    }
    loop {
        match chars.next() {
            Some('\'') if chars.next_if_eq(&'\'').is_none() => return Ok(()),
            Some(c) => found.push(Part::Literal(c)),
            None => return Err("a quotation mark of the date pattern is not closed".to_owned()),
        }
    }
}

/// The meaning of a letter that stands `count` times.
fn part(letter: char, count: usize) -> Result<Part, String> {
    // One letter takes one digit or two, as in `1:05`; two letters take two.
    let short = |number| match count {
        1 => Some(Part::Number(number, 1, 2)),
        2 => Some(Part::Number(number, 2, 2)),
        _ => None,
    };
    let part = match (letter, count) {
        ('y' | 'u', 2) => Some(Part::Number(Number::ShortYear, 2, 2)),
        ('y' | 'u', 1..=MOST_LETTERS) => Some(Part::Number(Number::Year, count, MOST_LETTERS)),
        ('M' | 'L', 3 | 4) => Some(Part::MonthName { whole: count == 4 }),
        ('M' | 'L', _) => short(Number::Month),
        ('d', _) => short(Number::Day),
        ('H', _) => short(Number::Hour),
        ('h', _) => short(Number::HalfDayHour),
        ('m', _) => short(Number::Minute),
        ('s', _) => short(Number::Second),
        ('S', 1..=9) => Some(Part::Number(Number::Fraction, count, count)),
        ('E', 1..=4) => Some(Part::DayName { whole: count == 4 }),
        ('a', 1) => Some(Part::HalfDay),
        ('z', 1..=4) | ('V', 2) => Some(Part::Zone),
        ('X' | 'x', 1..=3) => Some(Part::Offset(OffsetStyle {
            zulu: letter == 'X',
            colon: count == 3,
            hours_only: count == 1,
        })),
        ('Z', 1..=3) => {
            Some(Part::Offset(OffsetStyle { zulu: false, colon: false, hours_only: false }))
        }
        ('Z', 5) => Some(Part::Offset(OffsetStyle { zulu: true, colon: true, hours_only: false })),
        _ => None,
    };
    let known = "yuMLdHhmsSEazVXxZ".contains(letter);
    part.ok_or_else(|| match known {
        true => format!("`{}` is too many or too few `{letter}` for a date pattern", {
            letter.to_string().repeat(count.min(MOST_LETTERS + 1))
        }),
        false => format!(
            "`{letter}` is no letter of a date pattern; write `'{letter}'` for the letter itself"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_are_none() {
        for (pattern, named) in [
            ("yyyy-mm-dd q", "`q`"),
            ("YYYY-MM-dd", "`Y`"),
            ("yyyy-MMMMM", "`MMMMM`"),
            ("yyyy'T", "quotation mark"),
            ("yyyy]", "`]`"),
            ("[yyyy", "`[`"),
            ("{yyyy}", "`{`"),
        ] {
            let why = DatePattern::new(pattern).expect_err(pattern);
            assert!(why.contains(named), "{why}");
        }
        let doubt = |pattern| DatePattern::new(pattern).expect("a pattern").doubt();
        assert!(doubt("HH:mm").is_some_and(|why| why.contains("year")));
        assert!(doubt("yyyy hh:mm").is_some_and(|why| why.contains("`h`")));
        assert!(doubt("yyyy HH:mm a").is_some_and(|why| why.contains("`a`")));
        assert_eq!(doubt("yyyy[ hh:mm a]"), None);
    }
}
