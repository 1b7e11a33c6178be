//! `fmt`: rewrites query files in canonical form.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::face::Status;
use crate::plan::canonical::{Unchanged, canonical};

/// Where `--check` found a file in another form, and where a file could not be read as a query.
const OTHER_FORM: u8 = 1;
const REFUSED: u8 = 2;

/// `flowql fmt FILE…`; `-` is standard input, whose form goes to standard output.
pub(crate) fn run(files: &[PathBuf], check: bool) -> Status {
    let mut code = 0;
    for path in files {
        let name = path.display();
        let text = read(path)?;
        let formed = match canonical(&text) {
            Ok(formed) => formed,
            Err(Unchanged::Fault(fault)) => {
                let shown = fault.render(&text);
                let _ = writeln!(io::stderr(), "{name}: {shown}{name} is left as it is");
                code = code.max(REFUSED);
                continue;
            }
            Err(Unchanged::Comment(span)) => {
                let before = text.get(..span.end).unwrap_or(&text);
                let at = before.rfind('#').and_then(|at| before.get(..at)).unwrap_or(before);
                let line = at.matches('\n').count() + 1;
                let _ = writeln!(
                    io::stderr(),
                    "warning: {name}:{line}: a comment stands inside a command; {name} is left as \
                     it is"
                );
                text.clone()
            }
        };
        if check {
            if formed != text {
                let _ = writeln!(io::stderr(), "{name} is not in canonical form");
                code = code.max(OTHER_FORM);
            }
        } else if path == Path::new("-") {
            write!(io::stdout(), "{formed}")
                .map_err(|source| Error::Io { path: "standard output".into(), source })?;
        } else if formed != text {
            std::fs::write(path, formed).map_err(failed(path))?;
        }
    }
    Ok(code)
}

fn read(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        return match io::stdin().read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(source) => Err(Error::Io { path: "standard input".into(), source }),
        };
    }
    std::fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::not_there("query file", path),
        _ => failed(path)(source),
    })
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    |source| Error::Io { path: path.to_owned(), source }
}
