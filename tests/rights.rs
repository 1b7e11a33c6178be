//! Logs that somebody may not read: what can be read is, the rest is said.
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use support::data;

/// Somebody who may do little.
const NOBODY: u32 = 65534;

#[test]
fn a_folder_and_a_file_without_rights_are_said_and_the_rest_is_read() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let logs = folder.path().join("logs");
    for name in ["open", "shut"] {
        fs::create_dir_all(logs.join(name)).expect("it can be made");
        fs::copy(data().join("v2.log"), logs.join(name).join("a.log")).expect("it can be copied");
    }
    fs::copy(data().join("v2.log"), logs.join("closed.log")).expect("it can be copied");
    let mode = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    // Whoever may read everything runs it as somebody who may not.
    let root = fs::metadata(&logs).expect("it is there").uid() == 0;
    let program = folder.path().join("flowql");
    fs::copy(env!("CARGO_BIN_EXE_flowql"), &program).expect("it can be copied");
    for path in [folder.path(), &logs, &logs.join("open"), &program] {
        mode(path, 0o755);
    }
    mode(&logs.join("open/a.log"), 0o644);
    mode(&logs.join("closed.log"), 0o000);
    mode(&logs.join("shut"), 0o000);
    let mut command = Command::new(&program);
    command.args(["query", "stats count(*) as n by @logStream | stats count(*) as streams"]);
    command.args(["--format", "csv", "-l", "logs"]).current_dir(folder.path());
    command.env_remove("FLOWQL_LOGS").env("HOME", folder.path());
    if root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().expect("it runs");
    mode(&logs.join("shut"), 0o755);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.starts_with("streams\n") && answer != "streams\n0\n", "{answer}");
    for path in ["logs/closed.log", "logs/shut"] {
        let line = said.lines().find(|line| line.contains(path));
        assert!(line.is_some_and(|line| line.contains("ermission denied")), "{path}:\n{said}");
    }
}
