//! A terminal to type into: the program on a pseudo-terminal, and what its screen shows.

use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long something may take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder for the files of one test, gone when it ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A folder with logs of so many records.
    pub(crate) fn new(records: u32) -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("flowql-repl-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder can be made");
        let made = std::process::Command::new(env!("CARGO_BIN_EXE_flowql"))
            .args(["generate", "--records", &records.to_string(), "-o", "flows.log"])
            .current_dir(&path)
            .status();
        assert!(made.is_ok_and(|status| status.success()), "logs can be made");
        Folder(path)
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The text of a file in it.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A number of lines or columns, which is never 0.
fn some(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a terminal has lines and columns")
}

/// What a terminal was sent.
struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

/// The program on a terminal.
pub(crate) struct Terminal {
    shown: Arc<Mutex<Shown>>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

/// How a terminal is set up.
pub(crate) struct Setup<'a> {
    /// Its columns.
    pub(crate) columns: u16,
    /// Its lines.
    pub(crate) lines: u16,
    /// Environment variables.
    pub(crate) env: &'a [(&'a str, &'a str)],
    /// Arguments of the program.
    pub(crate) args: &'a [&'a str],
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Setup { columns: 100, lines: 30, env: &[], args: &["-l", "flows.log"] }
    }
}

impl Terminal {
    /// Starts the program in a folder and waits for its prompt.
    pub(crate) fn open(folder: &Folder, setup: Setup<'_>) -> Terminal {
        let mut terminal = Terminal::start(folder, setup);
        terminal.wait_for_prompt();
        terminal
    }

    /// Starts the program in a folder.
    pub(crate) fn start(folder: &Folder, setup: Setup<'_>) -> Terminal {
        let size =
            PtySize { rows: setup.lines, cols: setup.columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("the system has terminals");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_flowql"));
        command.args(setup.args);
        command.cwd(&folder.0);
        command.env_clear();
        let path = std::env::var("PATH").unwrap_or_default();
        let home = folder.0.display().to_string();
        let base = [("PATH", path.as_str()), ("HOME", &home), ("TERM", "xterm-256color")];
        for (name, value) in base.iter().chain(setup.env) {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let parser = vt100::Parser::new(some(setup.lines), some(setup.columns), 2000);
        let shown = Arc::new(Mutex::new(Shown { parser, bytes: Vec::new() }));
        let mut reader = pair.master.try_clone_reader().expect("a terminal can be read");
        let writer = pair.master.take_writer().expect("a terminal can be written");
        let target = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut shown = target.lock().expect("nobody panics with it");
                shown.parser.process(&buffer[..read]);
                shown.bytes.extend_from_slice(&buffer[..read]);
            }
        });
        Terminal { shown, writer, master: pair.master, child }
    }

    /// Types a text.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).expect("a terminal takes what is typed");
        self.writer.flush().expect("a terminal takes what is typed");
    }

    /// Types a line and waits for the next prompt.
    pub(crate) fn enter(&mut self, text: &str) {
        self.type_text(text);
        self.press_enter();
    }

    /// Presses Enter and waits for the prompt that follows.
    pub(crate) fn press_enter(&mut self) {
        self.press("\r");
    }

    /// Presses a key that ends what is typed, and waits for the prompt that follows.
    pub(crate) fn press(&mut self, key: &str) {
        let before = self.prompts();
        self.type_text(key);
        self.wait_until("another prompt", |terminal| {
            terminal.prompts() > before && terminal.is_at_prompt()
        });
    }

    /// Pastes a text as a terminal does that tells pasting from typing.
    pub(crate) fn paste(&mut self, text: &str) {
        self.type_text(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// How often a line was begun for typing: each read switches bracketed paste on.
    fn prompts(&self) -> usize {
        let shown = self.shown.lock().expect("nobody panics with it");
        let text = String::from_utf8_lossy(&shown.bytes);
        let marks = text.matches("\x1b[?2004h").count();
        // A dumb terminal is not told.
        if marks > 0 { marks } else { text.matches("flowql> ").count() }
    }

    /// Whether the cursor is behind an empty prompt.
    fn is_at_prompt(&self) -> bool {
        let shown = self.shown.lock().expect("nobody panics with it");
        let (row, column) = shown.parser.screen().cursor_position();
        let line = shown.parser.screen().rows(0, 200).nth(usize::from(row)).unwrap_or_default();
        column == 8 && line.trim_end() == "flowql>"
    }

    /// Waits for an empty prompt.
    pub(crate) fn wait_for_prompt(&mut self) {
        self.wait_until("a prompt", Terminal::is_at_prompt);
    }

    /// Waits until the screen shows a text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |terminal| terminal.screen().contains(text));
    }

    /// Waits until something holds.
    pub(crate) fn wait_until(&mut self, what: &str, holds: impl Fn(&Terminal) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            let late = begin.elapsed() > PATIENCE;
            assert!(!late, "{what} does not come; the screen shows:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the screen shows, line by line, without blanks at the ends of lines.
    pub(crate) fn screen(&self) -> String {
        let shown = self.shown.lock().expect("nobody panics with it");
        let (_, columns) = shown.parser.screen().size();
        let rows = shown.parser.screen().rows(0, columns.get());
        let lines: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// Everything the program sent, escape codes included.
    pub(crate) fn sent(&self) -> String {
        let shown = self.shown.lock().expect("nobody panics with it");
        String::from_utf8_lossy(&shown.bytes).into_owned()
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, lines: u16) {
        let size = PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("a terminal can be resized");
        self.shown
            .lock()
            .expect("nobody panics with it")
            .parser
            .screen_mut()
            .set_size(some(lines), some(columns));
    }

    /// Waits for the end of the program; its exit code.
    pub(crate) fn end(mut self) -> u32 {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                return status.exit_code();
            }
            let late = begin.elapsed() > PATIENCE;
            assert!(!late, "the program does not end; the screen shows:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// The permissions of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o777
}
