//! The interactive session as a person meets it: typed into on a pseudo-terminal.
#![cfg(unix)]

mod beside;
mod terminal;

use terminal::{Folder, Setup, Terminal, mode};

const UP: &str = "\x1b[A";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_R: &str = "\x12";

#[test]
fn the_first_screen_has_three_lines_and_a_query_is_answered() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines.len(), 4, "three lines and the prompt:\n{screen}");
    assert_eq!(lines[0], concat!("flowql ", env!("CARGO_PKG_VERSION")));
    assert!(lines[1].starts_with("1 file · ") && lines[1].contains(" · 2,000 records · "));
    assert!(lines[1].ends_with(" UTC · no bad lines") && lines[2].starts_with(".help"), "{screen}");
    terminal.enter("stats count(*) as n");
    let screen = terminal.screen();
    assert!(
        screen.contains("   n\n────\n2000\n1 record · 2,000 matched · 2,000 scanned"),
        "{screen}"
    );
    terminal.type_text(".quit\r");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_fault_is_shown_with_its_place_and_the_session_goes_on() {
    let folder = Folder::new(500);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.enter("stats cuont(*) by srcAddr");
    let screen = terminal.screen();
    assert!(screen.contains("1 | stats cuont(*) by srcAddr\n  |       ^^^^^"), "{screen}");
    terminal.enter(".fromat csv");
    terminal.wait_for("did you mean `.format`?");
    terminal.enter("stats count(*)");
    terminal.wait_for("\n     500\n");
    terminal.type_text(CTRL_D);
    assert_eq!(terminal.end(), 0);
}

#[test]
fn lines_go_on_and_come_back_as_one_entry_in_the_next_session() {
    let folder = Folder::new(500);
    let history = ".local/state/flowql/history";
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.type_text("filter action = \"REJECT\" |\r");
    terminal.wait_for("\n     ->");
    terminal.type_text("stats count(*) as n,\r");
    terminal.type_text("max(bytes) as m # the most");
    terminal.press_enter();
    assert!(terminal.screen().contains("1 record · "), "{}", terminal.screen());
    terminal.enter(" limit 1");
    terminal.enter("limit 2");
    terminal.enter("stats count(*) as flows");
    terminal.enter("limit 2");
    terminal.type_text(CTRL_D);
    assert_eq!(terminal.end(), 0);
    let query =
        "filter action = \"REJECT\" |\\nstats count(*) as n,\\nmax(bytes) as m # the most\n";
    let expected = format!("{query}stats count(*) as flows\nlimit 2\n");
    assert_eq!(mode(&folder.path(history)), 0o600);

    let mut terminal = Terminal::open(&folder, Setup::default());
    assert_eq!(folder.read(history), expected, "each entry once, none that began with a blank");
    terminal.type_text(UP);
    terminal.wait_for("flowql> limit 2");
    terminal.type_text(UP);
    terminal.wait_for("flowql> stats count(*) as flows");
    terminal.type_text(UP);
    terminal.wait_for(
        "flowql> filter action = \"REJECT\" |\n     -> stats count(*) as n,\n     -> max",
    );
    terminal.press_enter();
    terminal.wait_for("1 record · ");
    // The beginning that was typed decides what Up finds.
    terminal.type_text("st");
    terminal.wait_for("flowql> st");
    terminal.type_text(UP);
    terminal.wait_for("flowql> stats count(*) as flows");
    terminal.press_enter();
    terminal.type_text(CTRL_R);
    terminal.type_text("REJ");
    terminal.wait_for("(reverse-i-search)`REJ': filter action");
}

#[test]
fn a_pipe_refines_the_last_query_and_undo_takes_it_back() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.enter("| limit 1");
    terminal.wait_for("there is no query yet");
    terminal.enter("stats count(*) as n by action");
    terminal.wait_for("3 records · ");
    terminal.enter("| filter action = \"REJECT\"");
    terminal.wait_for("1 record · ");
    terminal.enter("| limit x");
    terminal.wait_for("3 | | limit x");
    terminal.enter(".undo");
    terminal.enter("| sort n desc | limit 2");
    terminal.wait_for("2 records · ");
    terminal.enter(".undo");
    terminal.enter(".undo");
    terminal.wait_for("there is nothing to take back");
}

#[test]
fn tab_completes_by_place() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.type_text("filt\t");
    terminal.wait_for("flowql> filter");
    terminal.type_text(" act\t");
    terminal.wait_for("flowql> filter action");
    terminal.type_text(" = \"\t");
    terminal.wait_for("\"REJECT\"");
    assert!(terminal.screen().contains("\"ACCEPT\"  89 %"), "{}", terminal.screen());
    terminal.type_text("R\t");
    terminal.wait_for("flowql> filter action = \"REJECT\"");
    terminal.type_text(" | stats pc\t");
    terminal.wait_for("| stats pct(");
    terminal.type_text("byt\t, 90) as high by ds\t");
    terminal.wait_for("dstPort  number");
    terminal.type_text("P\t");
    terminal.wait_for("by dstPort");
    terminal.type_text(" | sort hi\t d\t");
    terminal.wait_for("| sort high desc");
    terminal.press_enter();
    terminal.wait_for("high");
    terminal.type_text(".qui\t");
    terminal.wait_for("flowql> .quit");
    terminal.type_text("\r");
    assert_eq!(terminal.end(), 0);
}

/// A query that takes long over few records.
fn long_query() -> String {
    let nested = (0..60).fold("@message".to_owned(), |inner, _| format!("sha256({inner})"));
    format!("stats count_distinct({nested}) as n")
}

#[test]
fn ctrl_c_ends_the_query_and_not_the_session() {
    let folder = Folder::new(300_000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.paste(&long_query());
    terminal.type_text("\r");
    terminal.wait_for("records, ");
    terminal.resize(60, 20);
    terminal.type_text(CTRL_C);
    terminal.wait_for("stopped after");
    terminal.wait_for_prompt();
    terminal.enter("stats count(*) as n");
    terminal.wait_for("\n300000\n");
    // At the prompt it drops what was typed, and then tells how to leave.
    terminal.type_text("never run");
    terminal.wait_for("never run");
    terminal.press(CTRL_C);
    terminal.press(CTRL_C);
    terminal.wait_for("Ctrl-D ends the session");
    terminal.type_text(CTRL_D);
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_pasted_text_is_one_entry() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.paste("# Who is turned away\nfilter action = \"REJECT\"\n\n| stats count(*) as n by srcAddr\n| sort n desc\n| limit 3\n");
    terminal.wait_for("| limit 3");
    terminal.press_enter();
    terminal.wait_for("3 records · ");
    terminal.paste(
        "stats count(*) as a\n\nstats count(*) as b\n\n.format csv\nlimit 1 | fields 1 as c",
    );
    terminal.press_enter();
    terminal.wait_for("\nc\n1\n");
    assert!(terminal.screen().contains("   a\n────\n2000\n"), "{}", terminal.screen());
    assert!(terminal.screen().contains("   b\n────\n2000\n"), "{}", terminal.screen());
}

#[test]
fn a_query_of_9000_characters() {
    let folder = Folder::new(500);
    let mut terminal = Terminal::open(&folder, Setup::default());
    let ports: Vec<String> = (0..1600).map(|port| port.to_string()).collect();
    let query = format!("filter dstPort in [{}] | stats count(*) as n", ports.join(", "));
    assert!((8500..10_000).contains(&query.len()), "{}", query.len());
    terminal.paste(&query);
    terminal.press_enter();
    terminal.wait_for("1 record · ");
    assert!(!terminal.screen().contains("error"), "{}", terminal.screen());
}

#[test]
fn narrow_terminals_and_new_sizes() {
    let folder = Folder::new(500);
    let setup = Setup { columns: 40, lines: 20, ..Setup::default() };
    let mut terminal = Terminal::open(&folder, setup);
    terminal.enter("fields srcAddr, dstAddr, srcPort, dstPort | limit 2");
    terminal.wait_for("── record 2 ──");
    terminal.type_text("filter act\t");
    terminal.wait_for("filter action");
    terminal.press(CTRL_C);
    terminal.resize(120, 30);
    terminal.enter("fields srcAddr, dstAddr, srcPort, dstPort | limit 3");
    terminal.wait_for("3 records · ");
    assert!(terminal.screen().contains("srcAddr  "), "{}", terminal.screen());
}

#[test]
fn no_color_and_the_dumb_terminal() {
    let folder = Folder::new(500);
    let setup = Setup { env: &[("NO_COLOR", "1")], ..Setup::default() };
    let mut terminal = Terminal::open(&folder, setup);
    terminal.type_text("filter action = \"REJECT\" |\r");
    terminal.wait_for("\n     ->");
    terminal.type_text("stats count(*) as n");
    terminal.press_enter();
    terminal.wait_for("1 record · ");
    let sent = terminal.sent();
    let colors = sent.match_indices("\x1b[").any(|(at, _)| {
        let rest = &sent[at + 2..];
        rest.find(|c: char| c.is_ascii_alphabetic()).is_some_and(|end| rest[end..].starts_with('m'))
    });
    assert!(!colors, "{sent:?}");

    let setup = Setup { env: &[("TERM", "dumb")], ..Setup::default() };
    let mut terminal = Terminal::open(&folder, setup);
    terminal.type_text("filter action = \"REJECT\" |\r");
    terminal.wait_for("\n     ->");
    terminal.type_text("stats count(*) as n\r");
    terminal.wait_for("1 record · ");
    terminal.wait_for_prompt();
    assert!(!terminal.sent().contains('\x1b'), "{:?}", terminal.sent());
    terminal.type_text(CTRL_D);
    assert_eq!(terminal.end(), 0);
}

#[test]
fn texts_of_any_script() {
    let folder = Folder::new(500);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.enter("stats count(*) as `größe 東京` # día é");
    terminal.wait_for("größe 東京");
    terminal.enter(".save größe Größe der 東京-Ströme");
    terminal.wait_for("saved as");
    terminal.enter(".run größe");
    terminal.wait_for("Größe der 東京-Ströme");
}

#[test]
fn a_range_and_streams_stand_above_the_prompt() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup { columns: 130, ..Setup::default() });
    terminal.enter(".time 2024-05-01 06:00 2024-05-01 18:00");
    terminal.wait_for("(2024-05-01 06:00 to 2024-05-01 18:00)\nflowql>");
    terminal.type_text(".use eni-05c2\t");
    terminal.wait_for(".use eni-05c2186df62a211f5");
    terminal.press_enter();
    terminal.wait_for("2024-05-01 18:00 · eni-05c2186df62a211f5)\nflowql>");
    terminal.enter(
        "stats count_distinct(interfaceId) as enis, min(@timestamp) >= 1714543200000 as later",
    );
    terminal.wait_for("   1      1\n");
    terminal.enter(".time all");
    terminal.enter(".use all");
    terminal.enter("stats count(*) as n");
    terminal.wait_for("\n2000\n");
    terminal.enter(".tz Europe/Madrid");
    terminal.enter("stats min(@timestamp) as first");
    terminal.wait_for("times in Europe/Madrid");
    assert!(terminal.screen().contains("2024-05-01 02:01:0"), "{}", terminal.screen());
}

#[test]
fn the_last_result_in_any_format_and_file() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.enter("stats count(*) as n by srcAddr");
    terminal.wait_for("in between; .last shows all");
    let before = terminal.screen();
    terminal.enter(".export result.csv");
    terminal.wait_for("records written to result.csv");
    let lines = folder.read("result.csv").lines().count();
    let left_out = before.lines().find(|line| line.starts_with('⋮')).expect("is there").to_owned();
    let left_out: usize =
        left_out.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a count");
    assert_eq!(lines, 1 + left_out + 24, "30 lines hold 24 records");
    terminal.enter(".last json | head");
    terminal.wait_for("no format is called `json | head`");
    terminal.enter("stats count(*) as n by action | sort action");
    terminal.enter(".last csv");
    terminal.wait_for("\naction,n\n");
    terminal.enter(".once out.json");
    terminal.enter("| limit 1");
    terminal.wait_for("written to out.json");
    assert!(folder.read("out.json").contains("\"n\""));
    std::fs::copy(folder.path("flows.log"), folder.path("flows.csv")).expect("can be copied");
    terminal.enter(".open flows.csv");
    terminal.enter(".export flows.csv");
    terminal.wait_for("is one of the logs and would be lost");
}
