//! What may be typed on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::face::options::{Input, Output};

/// CloudWatch Logs Insights queries over VPC flow logs, offline.
#[derive(Debug, Parser)]
#[command(name = "flowql", version, about, args_conflicts_with_subcommands = true)]
#[command(override_usage = "flowql <COMMAND>\n       flowql -l <PATH>...   (as `flowql repl`)")]
#[command(after_help = "Try it without any logs:  flowql samples run top-20-rejected-sources")]
pub(super) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Without a command: as those of `repl`.
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub start: Start,
}

/// How a session begins.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct Start {
    /// Do not run the dot-commands in ~/.config/flowql/flowqlrc first
    #[arg(long)]
    pub no_rc: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a query
    Query {
        /// The query, as it would be typed into the AWS console
        text: Option<String>,
        /// Go on as the logs grow, until Ctrl-C: records are written as they come, other results anew
        #[arg(long)]
        follow: bool,
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
    },
    /// Ask interactively, or run a script from standard input
    Repl {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        start: Start,
    },
    /// Run saved queries, each with its title
    Run {
        /// Files that hold one query each, names of saved queries, folders of them
        #[arg(required = true, value_name = "FILE|NAME|FOLDER")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        output: Output,
    },
    /// Compare the results of saved queries with the `.expected` files beside them
    Test {
        /// Query files and folders of them; without any, the project's folder `queries`
        #[arg(value_name = "FILE|FOLDER")]
        files: Vec<PathBuf>,
        /// Write down what the queries give now
        #[arg(long)]
        update: bool,
        #[command(flatten)]
        input: Input,
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
        /// The files instead: what was understood of each, its records and bad lines
        #[arg(long)]
        files: bool,
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
    /// Write a page with queries, their charts and tables
    #[cfg(feature = "pictures")]
    Report(Report),
    /// Show how a query runs
    Explain {
        /// A query, or a file that holds one
        query: String,
        /// Run it, and show the records and the time of each step; needs logs
        #[arg(long)]
        analyze: bool,
        #[command(flatten)]
        input: Input,
    },
    /// Write the records as a clean data set: a file for each log stream, in order of time
    Convert(Convert),
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

/// What a report is of.
#[cfg(feature = "pictures")]
#[derive(Args, Debug)]
pub(super) struct Report {
    /// Files that hold one query each
    pub files: Vec<PathBuf>,
    /// A pack of built-in queries, in front of those of the files; without any query, `aws`
    #[arg(long, value_name = "NAME")]
    pub pack: Option<String>,
    /// The page to write
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    pub output: PathBuf,
    /// What stands above it
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    #[command(flatten)]
    pub input: Input,
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

/// What is converted.
#[derive(Args, Debug)]
pub(super) struct Convert {
    /// What is written
    #[arg(long, value_name = "FORMAT", value_parser = ["parquet", "ndjson", "csv", "text"])]
    pub to: String,
    /// The folder of the files, empty or not there yet
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// A query that chooses records, and their fields
    #[arg(value_name = "QUERY")]
    pub query: Option<String>,
    #[command(flatten)]
    pub input: Input,
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
    /// How many in a hundred conversations with clients and between hosts go over IPv6
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub ipv6: Option<u32>,
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
