//! The command line: arguments become calls of the engine, errors become messages and exit codes.

mod args;
mod check;
mod convert;
mod fmt;
mod follow;
mod generate;
mod inspect;
#[cfg(feature = "pictures")]
mod report;
mod saved;
mod test;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::error::Error;
use crate::face::Status;
use crate::repl;
use args::{Arguments, Command};

/// Runs the program with these arguments, the first of which is its name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut program = program();
    let parsed = program.try_get_matches_from_mut(args);
    let arguments = match parsed.and_then(|parsed| Arguments::from_arg_matches(&parsed)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    let Arguments { command, input, output, start } = arguments;
    let ran = match command {
        Some(command) => dispatch(command),
        None if input.logs.is_empty() && !is_at_terminal() => {
            let _ = write!(io::stderr(), "{}", program.render_help());
            return ExitCode::from(64);
        }
        None => match misplaced(&program, &input.logs) {
            None => repl::run(&input, &output, !start.no_rc),
            Some(word) => {
                let help = format!("write `flowql {word} …` and `-l` behind it");
                Err(Error::Usage(format!("`{word}` stands behind `-l`\n  = help: {help}")))
            }
        },
    };
    match ran {
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

/// What may be typed; the options of a session without its command are not listed twice.
fn program() -> clap::Command {
    Arguments::command().mut_args(|argument| argument.hide(true))
}

/// A command that was taken for a log file, since it stands behind `-l`.
fn misplaced<'a>(program: &clap::Command, logs: &'a [String]) -> Option<&'a str> {
    let is_command = |word: &str| program.get_subcommands().any(|it| it.get_name() == word);
    let words = logs.iter().map(String::as_str);
    words.into_iter().find(|word| is_command(word) && !Path::new(word).exists())
}

/// Whether somebody can be asked.
fn is_at_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

fn dispatch(command: Command) -> Status {
    match command {
        Command::Query { text, follow, mut input, output } => {
            saved::query(text.as_deref(), follow, &mut input, &output)
        }
        Command::Repl { input, output, start } => repl::run(&input, &output, !start.no_rc),
        Command::Run { files, input, output } => saved::run(&files, &input, &output),
        Command::Test { files, update, input } => test::run(&files, update, &input),
        Command::Samples { words, input, output } => saved::samples(&words, &input, &output),
        Command::Streams { files, input, output } => inspect::streams(files, &input, &output),
        Command::Fields { input, output } => inspect::fields(&input, &output),
        Command::Explain { query, analyze, input } => inspect::explain(&query, analyze, &input),
        #[cfg(feature = "pictures")]
        Command::Report(options) => report::run(&options),
        Command::Convert(options) => convert::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Fmt { files, check } => fmt::run(&files, check),
        Command::Generate(options) => generate::run(&options),
    }
}
