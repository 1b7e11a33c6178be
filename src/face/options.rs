//! What every face may be told: which logs are read and how, and how a result is shown.

use std::path::PathBuf;

use clap::Args;

use crate::charts::{self, Kind};
use crate::registry;

/// Which logs are read, and how.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Input {
    /// Log files, globs, directories (searched recursively), or - for standard input; NAME=PATH
    /// gives the log group a name, and with --catalog a name alone will do
    #[arg(short, long, value_name = "PATH", num_args = 1.., env = "FLOWQL_LOGS", value_delimiter = None)]
    pub logs: Vec<String>,
    /// A file of log groups, TOML: a line NAME = "PATH" for each; all of them are read unless -l
    /// names some
    #[arg(long, value_name = "FILE", env = "FLOWQL_CATALOG")]
    pub catalog: Option<PathBuf>,
    /// Tables for `lookup` and `cidrlookup`: NAME=FILE.csv, a file whose name is that of the table,
    /// or a folder of such files
    #[arg(long, value_name = "NAME=FILE")]
    pub lookup: Vec<String>,
    /// The fields of a record, as in the flow log's definition, where a file has no header line
    #[arg(long, value_name = "'${version} …'")]
    pub log_format: Option<String>,
    /// The zone in which times are printed, and read where they do not say their offset: UTC
    /// otherwise; Europe/Madrid, +02:00
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Only records from this time on: 2024-05-01, 2024-05-01T12:00:00Z, epoch seconds
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// Only records up to this time, which belongs to the range; of a date, the whole day
    #[arg(long, value_name = "TIME")]
    pub end: Option<String>,
    /// Only records of this last while: 30m, 6h, 7d
    #[arg(long, value_name = "PERIOD", conflicts_with = "start")]
    pub since: Option<String>,
    /// Stop at the first line that is no record; take field names as AWS takes them
    #[arg(long)]
    pub strict: bool,
    /// Workers; all cores by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Memory a query may hold, as in 500MB or 2GB; 80 % of the machine's by default
    #[arg(long, value_name = "SIZE")]
    pub memory_limit: Option<String>,
    /// Value of a `{{NAME}}` in the query
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Bytes a worker takes at a time
    #[arg(long, hide = true)]
    pub block_size: Option<usize>,
}

/// How a result is shown.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Output {
    /// table, vertical, csv, tsv, json, ndjson, markdown, insights,
    /// xlsx, parquet, chart, svg, png or html
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Draw a chart below the table, or into the file: auto, line, area, bar, pie, heatmap, sparkline
    /// or network
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub chart: Option<&'static Kind>,
    /// Columns to fit tables and charts into, instead of those of the terminal
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    pub width: Option<u16>,
    /// Colours of a picture: light or dark; pages in html follow their reader
    #[arg(long, value_name = "THEME", default_value = "light", value_parser = ["light", "dark"])]
    pub theme: String,
    /// Draw charts in ASCII characters
    #[arg(long)]
    pub ascii: bool,
    /// Show the share of each record in the sum of a column of numbers, and the cumulative share
    #[arg(long, value_name = "COLUMN")]
    pub share: Vec<String>,
    /// Show bytes in KiB, MiB and GiB, and numbers with commas
    #[arg(long)]
    pub human: bool,
    /// Show names behind the numbers of protocols, ports and TCP flags
    #[arg(long)]
    pub names: bool,
    /// Write the result to a file; its extension decides the format
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The most records to return, 10,000 by default; 0 is no limit
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Show statistics below the result, also where standard error is no terminal
    #[arg(long)]
    pub stats: bool,
    /// No colours
    #[arg(long)]
    pub no_color: bool,
}

/// The chart of a name, or a near one.
pub(crate) fn kind(name: &str) -> Result<&'static Kind, String> {
    let names = || charts::KINDS.iter().map(|kind| kind.name);
    charts::find(name).ok_or_else(|| match registry::nearest(name, names()) {
        Some(nearest) => format!("no chart is called so; did you mean `{nearest}`?"),
        None => format!("choose one of {}", names().collect::<Vec<_>>().join(", ")),
    })
}
