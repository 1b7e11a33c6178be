//! Cuts a stream of JSON into its values: those at the top, and the items of one array each by
//! itself, so that a document of any size is read in parts.

/// Finds where JSON values begin and end, over any number of buffers that follow one another.
///
/// A value at the top is a piece; of an array at the top every item is one, and so is every item of
/// the array under a key that is asked for, while the rest of its object is passed over.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// The key whose array is taken apart.
    key: Option<&'static str>,
    depth: usize,
    /// The depth at which values are pieces.
    floor: usize,
    /// Where the piece began that is not complete.
    start: Option<usize>,
    /// Inside a piece that is passed over.
    passing: bool,
    quoted: bool,
    escaped: bool,
    /// Where the last text at the depth of keys lies.
    text: (usize, usize),
    /// How far the buffer was looked at.
    at: usize,
}

impl Pieces {
    /// From the start of a stream; `key` is that of an array in objects at the top.
    pub(super) fn new(key: Option<&'static str>) -> Pieces {
        Pieces { key, ..Pieces::default() }
    }

    /// The next complete piece of a buffer; `None` where it must grow. `last` says that it will not,
    /// so that what is left is a piece.
    pub(super) fn next(&mut self, buffer: &[u8], last: bool) -> Option<(usize, usize)> {
        while let Some(&byte) = buffer.get(self.at) {
            let at = self.at;
            self.at += 1;
            if self.quoted {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.quoted = false;
                        self.text.1 = at;
                        if self.depth == self.floor
                            && let Some(start) = self.start.take()
                        {
                            return Some((start, at + 1));
                        }
                    }
                    _ => {}
                }
                continue;
            }
            let between = self.start.is_none() && !self.passing && self.depth == self.floor;
            match byte {
                b'"' => {
                    if between {
                        self.start = Some(at);
                    }
                    self.quoted = true;
                    self.text.0 = at + 1;
                }
                b'[' if between && self.floor == 0 => (self.depth, self.floor) = (1, 1),
                b'[' if self.begins_items(buffer) => {
                    (self.start, self.depth, self.floor) = (None, 2, 2);
                }
                b'{' | b'[' => {
                    if between {
                        self.start = Some(at);
                    }
                    self.depth += 1;
                }
                b'}' | b']' if self.depth == self.floor && self.floor > 0 => {
                    let piece = self.start.take().map(|start| (start, at));
                    self.depth -= 1;
                    // The rest of the object that held the items.
                    self.passing = self.floor == 2;
                    self.floor = 0;
                    if piece.is_some() {
                        return piece;
                    }
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == self.floor {
                        self.passing = false;
                        if let Some(start) = self.start.take() {
                            return Some((start, at + 1));
                        }
                    }
                }
                b' ' | b'\t' | b'\n' | b'\r' | b',' | 0 => {
                    // A number or a word ends where something else begins.
                    if self.depth == self.floor
                        && let Some(start) = self.start.take()
                    {
                        return Some((start, at));
                    }
                }
                _ if between => self.start = Some(at),
                _ => {}
            }
        }
        if last { self.start.take().map(|start| (start, buffer.len())) } else { None }
    }

    /// Whether the bracket that comes begins the array that is taken apart.
    fn begins_items(&self, buffer: &[u8]) -> bool {
        let key = || buffer.get(self.text.0..self.text.1).unwrap_or_default();
        self.floor == 0
            && self.depth == 1
            && !self.passing
            && self.key.is_some_and(|wanted| wanted.as_bytes() == key())
    }

    /// From where on the buffer is needed.
    pub(super) fn needed(&self) -> usize {
        self.start.unwrap_or(self.at)
    }

    /// Forgets the first bytes of the buffer, which are gone.
    pub(super) fn shift(&mut self, count: usize) {
        self.start = self.start.map(|start| start.saturating_sub(count));
        self.at = self.at.saturating_sub(count);
        self.text = (self.text.0.saturating_sub(count), self.text.1.saturating_sub(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a text that comes in parts of some size.
    fn pieces(text: &str, key: Option<&'static str>, size: usize) -> Vec<String> {
        let mut pieces = Pieces::new(key);
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        let mut parts = text.as_bytes().chunks(size).peekable();
        while let Some(part) = parts.next() {
            buffer.extend_from_slice(part);
            while let Some((start, end)) = pieces.next(&buffer, parts.peek().is_none()) {
                found.push(String::from_utf8(buffer[start..end].to_vec()).expect("is text"));
            }
            let gone = pieces.needed();
            buffer.drain(..gone);
            pieces.shift(gone);
        }
        found
    }

    #[test]
    fn values_items_and_what_is_passed_over() {
        let cases: [(&str, Option<&'static str>, &[&str]); 8] = [
            ("{\"a\": 1}{\"b\": \"}\\\"\"}\n{}", None, &["{\"a\": 1}", "{\"b\": \"}\\\"\"}", "{}"]),
            ("[{\"a\": [1]}, [2], 3, \"x,\"]", None, &["{\"a\": [1]}", "[2]", "3", "\"x,\""]),
            ("[]\n[ 1 ]", None, &["1"]),
            (
                "{\"n\": [1], \"events\": [{\"m\": [1]}, {}], \"t\": {\"x\": []}} {\"events\": [7]}",
                Some("events"),
                &["{\"m\": [1]}", "{}", "7"],
            ),
            ("{\"a\": {\"events\": [1]}}", Some("events"), &["{\"a\": {\"events\": [1]}}"]),
            ("{\"events\": [1]}", None, &["{\"events\": [1]}"]),
            ("{\"cut\": [1", None, &["{\"cut\": [1"]),
            ("odd ] } words", None, &["odd", "]", "}", "words"]),
        ];
        for (text, key, expected) in cases {
            for size in [1, 3, 1000] {
                let found = pieces(text, key, size);
                let found: Vec<&str> = found.iter().map(String::as_str).collect();
                if text.starts_with("odd") {
                    assert!(found.starts_with(&["odd"]) && found.ends_with(&["words"]));
                } else {
                    assert_eq!(found, expected, "{text} in parts of {size}");
                }
            }
        }
    }
}
