//! The pages of `docs/reference/`, made from the tables that the program itself reads.

use std::fmt::Write as _;
use std::fs;

use flowql::aggregates::AGGREGATES;
use flowql::charts::KINDS;
use flowql::commands::COMMANDS;
use flowql::functions::FAMILIES;
use flowql::functions::function::{Arg, Example, Kind, signature};
use flowql::output::FORMATS;
use flowql::readers::fields::{FIELDS, FieldKind};
use flowql::registry::Named;
use flowql::repl::commands::COMMANDS as DOT_COMMANDS;

use super::console::Directory;
use super::{repository, update};

/// The logs that the examples of commands run over.
const LOGS: &str = "flowql generate --records 2000 -o flows.log";

const GENERATED: &str =
    "<!-- made from the tables in src/ by `UPDATE=1 cargo test --test docs` -->";

const MANUAL: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs";

#[test]
fn reference_pages_are_current() {
    let pages = [
        ("commands", commands()),
        ("functions", functions()),
        ("aggregates", aggregates()),
        ("formats", formats()),
        ("fields", fields()),
        ("dot-commands", dot_commands()),
    ];
    for (name, page) in pages {
        let path = repository(&format!("docs/reference/{name}.md"));
        if update() {
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(&path, page).expect("the page can be written");
            continue;
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        let same = found == page;
        assert!(same, "{} is not current: UPDATE=1 cargo test --test docs", path.display());
    }
}

fn title(title: &str) -> String {
    format!("# {title}\n\n{GENERATED}\n\n")
}

fn commands() -> String {
    let mut page = title("Commands");
    let _ = writeln!(
        page,
        "A query is a list of commands with `|` between them. Case does not count in their words. The \
         examples ran over\n`{LOGS}`.\n"
    );
    let directory = Directory::new();
    directory.run(LOGS);
    for row in COMMANDS {
        let doc = row.doc;
        let _ = writeln!(page, "## {}\n\n{}{}\n", doc.name, doc.summary, also(row.aliases()));
        let _ = writeln!(page, "```text\n{}\n```\n", doc.syntax.replace(" | parse", "\nparse"));
        for example in doc.examples {
            let quoted = example.replace('\'', "'\\''");
            let printed = directory.run(&format!("flowql query '{quoted}' -l flows.log"));
            let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
            let _ =
                writeln!(page, "```query\n{example}\n```\n\n```text\n{}\n```\n", lines.join("\n"));
        }
        let _ = writeln!(page, "Source: <{}>\n", doc.source);
    }
    finish(page)
}

fn functions() -> String {
    let mut page = title("Functions");
    page.push_str(
        "Functions give one value for each record. Case does not count in their names. A function that \
         gets a missing value gives\na missing value unless its line says otherwise. In the examples the \
         query covers the hour up to 2024-05-15 13:47:12,\n`@timestamp` is that time, and \
         `absent` is a field that no record has.\n\n",
    );
    let _ = writeln!(page, "Source: <{MANUAL}/CWL_QuerySyntax-operations-functions.html>\n");
    for (family, functions) in FAMILIES {
        let _ = writeln!(page, "## {family}\n");
        for function in *functions {
            let _ = writeln!(page, "### `{}`\n", function.signature());
            let returns = kind(function.returns);
            let also = also(function.aliases);
            let _ = writeln!(page, "{}{also} Returns {returns}.\n", function.summary);
            examples(&mut page, function.args, function.examples);
        }
    }
    finish(page)
}

fn aggregates() -> String {
    let mut page = title("Aggregates");
    page.push_str(
        "Aggregates give one value for each group of `stats`. Case does not count in their names. In the \
         examples `x` is 1, 2, 3\nand 4 in four records, the earliest first, and `absent` is a field that \
         no record has.\n\n",
    );
    let _ = writeln!(page, "Source: <{MANUAL}/CWL_QuerySyntax-Stats.html>\n");
    for row in AGGREGATES {
        let star = if row.star { format!(", `{}(*)`", row.name) } else { String::new() };
        let _ = writeln!(page, "## `{}`{star}\n", signature(row.name, row.args));
        let _ = writeln!(page, "{}{}\n", row.summary, also(row.aliases));
        examples(&mut page, row.args, row.examples);
    }
    finish(page)
}

fn formats() -> String {
    let mut page = title("Output formats");
    page.push_str(
        "`--format NAME` chooses one; so does the extension of `--output FILE`. Without either it is \
         `table`.\n\n| format | also | file extensions | what it is |\n|---|---|---|---|\n",
    );
    for format in FORMATS {
        let list = |names: &[&str]| {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        let (also, extensions) = (list(format.aliases), list(format.extensions));
        let _ =
            writeln!(page, "| `{}` | {also} | {extensions} | {} |", format.name, format.summary);
    }
    let directory = Directory::new();
    directory.run(LOGS);
    page.push_str("\nThe same result in each of them that is text:\n");
    for format in FORMATS.iter().filter(|format| format.text && !format.draws) {
        let query = "stats count(*) as records, avg(bytes) as mean by logStatus";
        let command = format!("flowql query '{query}' -l flows.log --format {}", format.name);
        let printed = directory.run(&command);
        let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
        let _ = writeln!(page, "\n`{}`\n\n```text\n{}\n```", format.name, printed.join("\n"));
    }
    let _ = writeln!(
        page,
        "\n## Charts\n\n`--chart KIND` chooses one; how they look stands in [charts.md](../charts.md).\n"
    );
    page.push_str("| chart | also | terminal | file | what it is |\n|---|---|---|---|---|\n");
    for kind in KINDS {
        let also: Vec<String> = kind.aliases.iter().map(|name| format!("`{name}`")).collect();
        let mark = |there: bool| if there { "yes" } else { "" };
        let (text, file) = (mark(kind.text.is_some()), mark(kind.picture.is_some()));
        let (name, also, summary) = (kind.name, also.join(", "), kind.summary);
        let _ = writeln!(page, "| `{name}` | {also} | {text} | {file} | {summary} |");
    }
    finish(page)
}

fn fields() -> String {
    let mut page = title("Fields of VPC flow logs");
    let _ = writeln!(
        page,
        "All {} fields of the versions 2 to 11; the first 14 are the default format. Version 6 belongs to \
         the flow\nlogs of transit gateways. How records become events is told in [data.md](../data.md).\n",
        FIELDS.len()
    );
    page.push_str(
        "| in a query | in a log format | values | version | meaning |\n|---|---|---|--:|---|\n",
    );
    for field in FIELDS {
        let values = match field.kind {
            FieldKind::Integer => "whole number",
            FieldKind::Text => "text",
            FieldKind::Address => "address",
            FieldKind::Seconds => "Unix seconds",
        };
        let names = std::iter::once(&field.name).chain(field.aliases());
        let names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let (wire, version, summary) = (field.wire, field.version, field.summary);
        let _ = writeln!(page, "| {names} | `{wire}` | {values} | {version} | {summary} |");
    }
    finish(page)
}

fn dot_commands() -> String {
    let mut page = title("Dot-commands");
    page.push_str(
        "What a session does besides running queries: a line that begins with a dot. The beginning of \
         a name is enough where it is\nclear: `.exp` is `.export`. [repl.md](../repl.md) shows them at work.\n\n",
    );
    page.push_str("| dot-command | also | what it does | examples |\n|---|---|---|---|\n");
    let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
    for row in DOT_COMMANDS {
        let form = format!(".{} {}", row.name, row.arguments);
        let aliases: Vec<String> = row.aliases().iter().map(|it| code(&format!(".{it}"))).collect();
        let examples: Vec<String> = row.examples.iter().map(|example| code(example)).collect();
        let (aliases, examples) = (aliases.join(", "), examples.join(", "));
        let summary = row.summary.replace('|', "\\|");
        let _ =
            writeln!(page, "| {} | {aliases} | {summary} | {examples} |", code(form.trim_end()));
    }
    finish(page)
}

fn also(aliases: &[&str]) -> String {
    if aliases.is_empty() {
        return String::new();
    }
    let names: Vec<String> = aliases.iter().map(|alias| format!("`{alias}`")).collect();
    format!(" Also written {}.", names.join(", "))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "a value",
        Kind::Number => "a number",
        Kind::Text => "a text",
        Kind::Boolean => "true or false, printed as 1 or 0",
        Kind::Time => "a time",
        Kind::Period => "a period",
    }
}

fn examples(page: &mut String, args: &[Arg], examples: &[Example]) {
    let periods = args.iter().any(|arg| arg.kind == Kind::Period);
    if periods {
        page.push_str("A period is a number with a unit: `30s`, `5m`, `1h`, `1d`, `1w`, `1mo`, `1q`, `1y`.\n\n");
    }
    page.push_str("| example | gives |\n|---|---|\n");
    for Example { call, result } in examples {
        let call = call.replace('|', "\\|");
        let result = match result.is_empty() {
            true => "nothing".to_owned(),
            false => format!("`{}`", result.replace('|', "\\|")),
        };
        let _ = writeln!(page, "| `{call}` | {result} |");
    }
    page.push('\n');
}

/// The page with exactly one line end at its end.
fn finish(page: String) -> String {
    page.trim_end().to_owned() + "\n"
}
