//! Results as text: one file per format.

pub mod chart;
pub mod csv;
pub mod display;
#[cfg(test)]
mod fixture;
pub mod format;
pub mod human;
pub mod insights;
pub mod json;
pub mod line;
pub mod markdown;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(feature = "pictures")]
pub mod picture;
#[cfg(feature = "pictures")]
pub mod report;
pub mod table;
pub mod vertical;
#[cfg(feature = "xlsx")]
pub mod xlsx;

pub use format::{Format, Outline, Parts, Style, Writer};

use crate::registry;

/// All formats, in the order help lists them; the first is for people at a terminal.
pub const FORMATS: &[Format] = &[
    table::TABLE,
    vertical::VERTICAL,
    csv::CSV,
    csv::TSV,
    json::JSON,
    json::NDJSON,
    markdown::MARKDOWN,
    insights::INSIGHTS,
    chart::CHART,
    #[cfg(feature = "pictures")]
    picture::SVG,
    #[cfg(feature = "pictures")]
    picture::PNG,
    #[cfg(feature = "pictures")]
    picture::HTML,
    #[cfg(feature = "xlsx")]
    xlsx::XLSX,
    #[cfg(feature = "parquet")]
    parquet::PARQUET,
];

/// The format called `name`, in any case.
pub fn find(name: &str) -> Option<&'static Format> {
    registry::find(FORMATS, name)
}

/// The format that a file extension means, without its dot and in any case.
pub fn by_extension(extension: &str) -> Option<&'static Format> {
    FORMATS
        .iter()
        .find(|format| format.extensions.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::data::Statistics;

    #[test]
    fn formats_are_found_by_name_alias_and_extension() {
        assert_eq!(find("JSON").map(|format| format.name), Some("json"));
        assert_eq!(find("md").map(|format| format.name), Some("markdown"));
        assert_eq!(by_extension("jsonl").map(|format| format.name), Some("ndjson"));
        assert!(find("xml").is_none() && by_extension("xml").is_none());
    }

    #[test]
    fn every_name_and_extension_means_one_format() {
        for format in FORMATS {
            for name in format.aliases.iter().chain([&format.name]) {
                assert_eq!(find(name).map(|found| found.name), Some(format.name));
            }
            for extension in format.extensions {
                assert_eq!(by_extension(extension).map(|found| found.name), Some(format.name));
            }
        }
    }

    /// Fails as a pipe does whose reader has left.
    struct Closed;

    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_an_error_of_its_kind() {
        let style = Style::default();
        for format in FORMATS {
            let result =
                format.write(&fixture::table(), &Statistics::default(), &style, &mut Closed);
            let kind = result.expect_err(format.name).kind();
            assert_eq!(kind, io::ErrorKind::BrokenPipe, "{}", format.name);
        }
    }
}
