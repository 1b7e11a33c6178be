//! `generate`: realistic flow logs to a file, a directory or standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::args::Generate;
use crate::data::time;
use crate::error::{Error, Result};
use crate::face::Status;
use crate::generate::{Options, write_directory, write_text};
use crate::readers::log_format::LogFormat;

/// `flowql generate`
pub(crate) fn run(args: &Generate) -> Status {
    let options = options(args)?;
    let Some(path) = &args.output else {
        write_to(io::stdout().lock(), args.gz, &options, Path::new("standard output"))?;
        return Ok(0);
    };
    let failed = |source| Error::Io { path: path.clone(), source };
    if path.is_dir() || path.to_string_lossy().ends_with('/') || args.files.is_some() {
        let files =
            write_directory(&options, path, args.gz, args.files.unwrap_or(0)).map_err(failed)?;
        let _ = writeln!(io::stderr(), "{} files under {}", files.len(), path.display());
        return Ok(0);
    }
    let gz = args.gz || path.extension().is_some_and(|extension| extension == "gz");
    write_to(File::create(path).map_err(failed)?, gz, &options, path)?;
    Ok(0)
}

fn options(args: &Generate) -> Result<Options> {
    let mut options = Options {
        records: args.records,
        seed: args.seed,
        header: args.header,
        ..Options::default()
    };
    if let Some(enis) = args.enis {
        options.enis = enis.max(1);
    }
    if let Some(hours) = args.hours {
        if !(hours > 0.0 && hours.is_finite() && hours < 1e6) {
            return Err(Error::Usage(format!("`--hours {hours}` is no length of time")));
        }
        options.hours = hours;
    }
    if let Some(text) = &args.start {
        let start =
            time::parse(text).ok_or_else(|| Error::Usage(format!("`{text}` is no time")))?;
        options.start = start.div_euclid(1000);
    }
    if let Some(text) = &args.fields {
        options.fields = LogFormat::parse(text).map_err(Error::Usage)?;
    }
    Ok(options)
}

fn write_to(out: impl Write, gz: bool, options: &Options, path: &Path) -> Result<()> {
    let failed = |source| Error::Io { path: path.to_owned(), source };
    let mut out = BufWriter::with_capacity(1 << 20, out);
    if gz {
        let mut encoder = GzEncoder::new(&mut out, Compression::default());
        write_text(options, &mut encoder).map_err(failed)?;
        encoder.finish().map_err(failed)?;
    } else {
        write_text(options, &mut out).map_err(failed)?;
    }
    out.flush().map_err(failed)
}
