//! What may be typed on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// CloudWatch Logs Insights queries over VPC flow logs, offline.
#[derive(Debug, Parser)]
#[command(name = "flowql", version, about, arg_required_else_help = true)]
#[command(after_help = "Try it without any logs:  flowql samples run top-20-rejected-sources")]
pub(super) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a query
    Query {
        /// The query, as it would be typed into the AWS console
        text: Option<String>,
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
    },
    /// Run saved queries, each with its title
    Run {
        /// Files that hold one query each
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
    },
    /// List, show or run the AWS sample queries
    Samples {
        /// `NAME` shows a sample, `run NAME…` runs it; without -l on built-in sample logs
        words: Vec<String>,
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
    },
    /// List the log streams, one per network interface
    Streams {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
    },
    /// List the fields: type, share of records that have it, an example
    Fields {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
    },
    /// Show how a query runs, without running it
    Explain {
        /// A query, or a file that holds one
        query: String,
        #[command(flatten)]
        input: Input,
    },
    /// Tell what is wrong with queries, without running them
    Check(Check),
    /// Rewrite query files in canonical form
    Fmt {
        /// Files that hold one query each, or - for standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Change nothing; exit with 1 where a file has another form
        #[arg(long)]
        check: bool,
    },
    /// Write realistic flow logs, the same for the same seed
    Generate(Generate),
}

/// What is checked.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// Files that hold one query each, or queries
    #[arg(value_name = "FILE|TEXT")]
    pub queries: Vec<String>,
    /// How findings are shown: human on standard error, or json on standard output, one a line
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json"])]
    pub message_format: String,
    /// Let warnings fail too
    #[arg(long, value_name = "WHAT", value_parser = ["warnings"])]
    pub deny: Option<String>,
    /// Take field names as AWS takes them
    #[arg(long)]
    pub strict: bool,
    /// Tell what a code means, as in FQ010, with a query that has it and one that has not
    #[arg(long, value_name = "CODE", conflicts_with = "queries")]
    pub explain: Option<String>,
}

/// Which logs are read, and how.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Input {
    /// Log files, globs, directories (searched recursively), or - for standard input
    #[arg(short, long, value_name = "PATH", num_args = 1.., env = "FLOWQL_LOGS", value_delimiter = None)]
    pub logs: Vec<String>,
    /// The fields of a record, as in the flow log's definition, where a file has no header line
    #[arg(long, value_name = "'${version} …'")]
    pub log_format: Option<String>,
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
#[derive(Args, Debug, Default)]
pub(super) struct Output {
    /// table, csv, tsv, json, ndjson, markdown, vertical or insights
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<String>,
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

/// What is generated.
#[derive(Args, Debug)]
pub(super) struct Generate {
    /// The number of records
    #[arg(long, default_value_t = 100_000)]
    pub records: u64,
    /// The number of network interfaces
    #[arg(long)]
    pub enis: Option<usize>,
    /// The hours the records cover
    #[arg(long)]
    pub hours: Option<f64>,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The time of the first record
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// The fields of a record, as in '${version} ${vpc-id} …'; the default format otherwise
    #[arg(long, value_name = "FORMAT")]
    pub fields: Option<String>,
    /// Begin with a header line
    #[arg(long)]
    pub header: bool,
    /// Compress with gzip; a file whose name ends in .gz is compressed anyway
    #[arg(long)]
    pub gz: bool,
    /// The file to write, standard output otherwise; a directory (or a path that ends in /) is
    /// laid out as S3 delivers
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// The number of files of a directory; one per five minutes otherwise
    #[arg(long, value_name = "N")]
    pub files: Option<usize>,
}
