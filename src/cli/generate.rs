//! `generate`: realistic flow logs to a file, a directory or standard output.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::args::Generate;
use crate::data::time;
use crate::error::{Error, Result};
use crate::face::{Status, target};
use crate::generate::{Options, write_directory, write_text};
use crate::readers::log_format::LogFormat;

/// `flowql generate`
pub(crate) fn run(args: &Generate) -> Status {
    let options = options(args)?;
    let Some(path) = &args.output else {
        target::stdout(|out| write_to(out, args.gz, &options))?;
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
    target::file(path, |out| write_to(out, gz, &options))?;
    Ok(0)
}

fn options(args: &Generate) -> Result<Options> {
    let mut options = Options {
        records: args.records,
        seed: args.seed,
        header: args.header,
        ipv6: args.ipv6,
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

fn write_to(out: &mut dyn Write, gz: bool, options: &Options) -> io::Result<()> {
    if !gz {
        return write_text(options, out).map(|_| ());
    }
    let mut encoder = GzEncoder::new(out, Compression::default());
    write_text(options, &mut encoder)?;
    encoder.finish().map(|_| ())
}
