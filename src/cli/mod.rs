//! The command line: arguments become calls of the engine, errors become messages and exit codes.

mod args;
mod canonical;
mod check;
mod fmt;
mod generate;
mod inspect;
mod saved;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::error::Error;
use crate::face::Status;
use args::{Arguments, Command};

/// Runs the program with these arguments, the first of which is its name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    match dispatch(arguments.command) {
        Ok(code) => ExitCode::from(code),
        // The reader of our output went away, as `| head` does: there is nobody to tell.
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = write!(io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(command: Command) -> Status {
    match command {
        Command::Query { text, mut input, output } => {
            saved::query(text.as_deref(), &mut input, &output)
        }
        Command::Run { files, input, output } => saved::run(&files, &input, &output),
        Command::Samples { words, input, output } => saved::samples(&words, &input, &output),
        Command::Streams { input, output } => inspect::streams(&input, &output),
        Command::Fields { input, output } => inspect::fields(&input, &output),
        Command::Explain { query, input } => inspect::explain(&query, &input),
        Command::Check(options) => check::run(&options),
        Command::Fmt { files, check } => fmt::run(&files, check),
        Command::Generate(options) => generate::run(&options),
    }
}
