//! Logfmt: texts of `key=value` pairs.

/// Calls `each` with the pairs of a text, which have blanks between them; false where no `=`
/// stands behind a key.
///
/// One value in double quotes may hold blanks and the escapes of JSON; a key without `=` has an
/// empty value.
pub fn pairs(text: &str, each: &mut dyn FnMut(&str, String)) -> bool {
    let mut rest = text.trim_start();
    let mut any = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, behind) = rest.split_at(end);
        let (value, behind) = match behind.strip_prefix('=') {
            Some(behind) => read_value(behind),
            None => (String::new(), behind),
        };
        any |= !key.is_empty() && rest.get(end..).is_some_and(|rest| rest.starts_with('='));
        if !key.is_empty() {
            each(key, value);
        }
        rest = behind.trim_start();
    }
    any
}

/// Whether a text is nothing but pairs, two at least, whose keys are plain names.
pub fn is_all_pairs(text: &str) -> bool {
    let mut rest = text.trim_start();
    let mut count = 0;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '/');
    while !rest.is_empty() {
        let Some((key, behind)) = rest.split_once('=') else { return false };
        if key.is_empty() || !key.chars().all(plain) {
            return false;
        }
        rest = read_value(behind).1;
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return false;
        }
        rest = rest.trim_start();
        count += 1;
    }
    count >= 2
}

/// The value at the start of a text, and what stands behind it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(escaped(&mut chars)),
            c => value.push(c),
        }
    }
    (value, chars.as_str())
}

/// The character that a back-slash and what follows it mean; a quote that is never closed may end
/// the text behind the back-slash.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let digits = chars.as_str().get(..4)?;
            let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
            *chars = chars.as_str().get(4..).unwrap_or_default().chars();
            c
        }
        c => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_pairs_are_told_from_sentences() {
        for text in ["level=info took=12ms", "a=1 b=\"x y\" c=", " ts=2024-05-01T12:00:00Z m=\"\""]
        {
            assert!(is_all_pairs(text), "{text}");
        }
        for text in ["", "a=1", "level=info and more", "x a=1 b=2", "a=\"1\"b=2", "{\"a\"=1} b=2"] {
            assert!(!is_all_pairs(text), "{text}");
        }
    }
}
