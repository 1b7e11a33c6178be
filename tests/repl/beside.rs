//! What stands beside queries: charts, files, lookup tables, the history, settings.

use super::terminal::{Folder, Setup, Terminal};

#[test]
fn the_last_result_is_drawn_on_the_screen_and_into_a_file() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.enter(".chart");
    terminal.wait_for("there is no result yet");
    terminal.enter("stats count(*) as n by action | sort action");
    terminal.enter(".chart bar");
    terminal.wait_for("█");
    terminal.type_text(".chart pi\t");
    terminal.wait_for(".chart pie");
    terminal.type_text(" actions.svg");
    terminal.press_enter();
    terminal.wait_for("drawn into actions.svg");
    assert!(folder.read("actions.svg").contains("</svg>"));
    terminal.enter(".chart pie actions.csv");
    terminal.wait_for("`csv` holds no chart");
    terminal.enter(".chart pei");
    terminal.wait_for("did you mean `pie`?");
    terminal.enter(".chart line");
    terminal.wait_for("error");
    terminal.enter(".copy");
    terminal.wait_for("3 records copied as tsv");
    // "action\tn\n" and so on, in base64 as the terminal takes it.
    assert!(terminal.sent().contains("\x1b]52;c;YWN0aW9uCW4K"), "{}", terminal.sent());
    terminal.enter(".copy parquet");
    terminal.wait_for("`parquet` is no text");
    terminal.enter(".chart pie flows.log");
    terminal.wait_for("error");
    terminal.enter("limit 1");
    terminal.enter(".chart");
    terminal.wait_for("no chart");
}

#[test]
fn tables_are_listed_shown_and_read() {
    let folder = Folder::new(2000);
    let table = "address,owner\n10.0.48.4,web\n10.0.48.11,batch\n";
    std::fs::write(folder.path("owners.csv"), table).expect("can be written");
    let mut terminal = Terminal::open(&folder, Setup { columns: 150, ..Setup::default() });
    terminal.enter(".lookup");
    terminal.wait_for("services");
    terminal.enter(".lookup protocols");
    terminal.wait_for("the first 20 of ");
    terminal.enter(".lookup serv");
    terminal.wait_for("the first 20 of 185 rows");
    terminal.enter(".lookup servcies");
    terminal.wait_for("did you mean `services`?");
    terminal.type_text(".lookup own\t");
    terminal.wait_for(".lookup owners.csv");
    terminal.press_enter();
    terminal.wait_for("read: owners");
    terminal.type_text("lookup ow\t");
    terminal.wait_for("lookup owners");
    terminal.type_text(" addr\t as srcAddr OUTPUT ow\t");
    terminal.wait_for("lookup owners address as srcAddr OUTPUT owner");
    terminal.type_text(" | filter ispresent(owner) | stats count(*) > 0 as some by owner");
    terminal.press_enter();
    terminal.wait_for("batch     1");
    terminal.enter(".lookup nowhere.csv");
    terminal.wait_for("nowhere.csv");
    // They stay when other logs are opened.
    terminal.enter(".open flows.log");
    terminal.enter(".lookup owners");
    terminal.wait_for("10.0.48.11  batch");
    terminal.enter(".files");
    terminal.wait_for("flows.log  flow log");
}

#[test]
fn an_entry_runs_again_and_a_plan_is_counted() {
    let folder = Folder::new(2000);
    let mut terminal = Terminal::open(&folder, Setup::default());
    terminal.enter("stats count(*) as all");
    terminal.enter("filter action = \"REJECT\" | stats count(*) as rejected");
    terminal.enter(".rerun 1");
    terminal.wait_for("flowql> .rerun 1\nstats count(*) as all\n");
    terminal.enter(".rerun");
    terminal.enter(".rerun 99");
    terminal.wait_for("write a number from 1 to 2; `.history` lists them");
    terminal.enter(".explain analyze");
    terminal.wait_for("  each     filter action = \"REJECT\"");
    let screen = terminal.screen();
    let counted = |step: &str| {
        let line = screen.lines().find(|line| line.contains(step)).unwrap_or_default();
        line.split_whitespace().next().unwrap_or_default().to_owned()
    };
    assert_eq!(counted("scan     action"), "2,000", "{screen}");
    assert_eq!(counted("gather   stats count(*)"), "1", "{screen}");
    let rejected = folder.read("flows.log").lines().filter(|line| line.contains("REJECT")).count();
    assert_eq!(counted("each     filter"), rejected.to_string(), "{screen}");
}

#[test]
fn a_session_begins_with_the_settings_of_its_owner() {
    let folder = Folder::new(500);
    let settings = folder.path(".config/flowql/flowqlrc");
    std::fs::create_dir_all(settings.parent().expect("has a folder")).expect("can be made");
    std::fs::write(
        &settings,
        "# mine\n.tz Europe/Madrid\nlimit 1\n.fromat csv\n.format vertical\n",
    )
    .expect("can be written");
    let mut terminal = Terminal::open(&folder, Setup::default());
    let screen = terminal.screen();
    assert!(screen.contains("flowqlrc, line 3: error: `limit 1` is no dot-command"), "{screen}");
    assert!(screen.contains("flowqlrc, line 4: error: no dot-command is called"), "{screen}");
    terminal.enter("stats count(*) as n");
    terminal.wait_for("n  500");
    terminal.enter(".tz");
    terminal.wait_for("\nEurope/Madrid\n");
    let args = &["--no-rc", "-l", "flows.log"];
    let mut terminal = Terminal::open(&folder, Setup { args, ..Setup::default() });
    assert!(!terminal.screen().contains("line 3"), "{}", terminal.screen());
    terminal.enter(".tz");
    terminal.wait_for("\nUTC\n");
}
