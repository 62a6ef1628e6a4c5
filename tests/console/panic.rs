//! An error in the program itself: the terminal comes back, and the message can be read.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;

use gears_console::config::{Environment, Settings};
use gears_console::log;
use gears_console::tui::abilities::Abilities;
use gears_console::tui::app::Options;
use gears_console::tui::{Connect, Start, run};
use portable_pty::CommandBuilder;

use crate::pty::{Pty, clean};

/// Makes this very program a console whose connecting task panics.
const CHILD: &str = "CONSOLE_THAT_PANICS";

#[test]
fn a_panic_in_any_task_gives_the_terminal_back_with_its_message() {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["panic::the_console_that_panics", "--exact", "--nocapture", "--ignored"]);
    clean(&mut command, home.path());
    command.env(CHILD, "yes");
    // Its lines would push the message off the screen.
    command.env("RUST_BACKTRACE", "0");
    let mut pty = Pty::start(command, 80, 40);
    pty.shows("a cloud of a kind that nobody expects").shows("told above").shows("a report of this error is in");
    assert!(!pty.end().success());
    pty.is_as_before();

    let folder = home.path().join("state/log");
    let reports: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // The child's own test fails as well, and reports that: behind the first one, or with a number behind its name.
    let all = reports.iter().filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("crash-"));
    let report = all.min_by_key(|path| (path.as_os_str().len(), *path)).unwrap();
    // The terminal breaks the line where it likes.
    let screen = pty.text().replace('\n', "");
    assert!(screen.contains(report.to_str().unwrap()), "{screen}");
    assert_eq!(std::fs::metadata(report).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(report).unwrap();
    for part in [
        concat!("gears ", env!("CARGO_PKG_VERSION")),
        "panic.rs:",
        "message  a cloud of a kind that nobody expects␇",
        "thread ",
        "INFO",
        "the line before",
        "Backtrace:\n",
        "the_console_that_panics",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
#[ignore = "the other half of the test above, which starts it"]
fn the_console_that_panics() {
    if std::env::var_os(CHILD).as_deref() != Some(OsStr::new("yes")) {
        return;
    }
    let options = Options { mouse: true, ..Options::default() };
    let connect: Connect = Box::new(|_| Box::pin(async { panic!("a cloud of a kind that nobody expects\u{7}") }));
    let abilities = Abilities::of(&Settings::default(), &Environment::default());
    let intake = gears_console::intake::Options::default();
    let start = Start { options, notices: Vec::new(), sources: Vec::new(), intake, connect, abilities };
    let state = std::path::Path::new(&std::env::var_os("HOME").unwrap()).join("state");
    log::report_panics();
    log::reports_go_to(&state);
    log::start(&state, log::LogLevel::Info, log::Make::Folder);
    tracing::info!(target: "gears_console::test", "the line before");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(run(start)).unwrap();
}
