//! An error in the program itself: the terminal comes back, and the message can be read.

use std::ffi::OsStr;

use gears_console::limiter::Rate;
use gears_console::model::{Action, IdMode};
use gears_console::tui::app::Options;
use gears_console::tui::theme::{Builtin, Depth, Theme};
use gears_console::tui::{Start, run};
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
    let mut pty = Pty::start(command, 80, 24);
    pty.shows("a cloud of a kind that nobody expects").shows("told above");
    assert!(!pty.end().success());
    pty.is_as_before();
}

#[test]
#[ignore = "the other half of the test above, which starts it"]
fn the_console_that_panics() {
    if std::env::var_os(CHILD).as_deref() != Some(OsStr::new("yes")) {
        return;
    }
    let options = Options {
        profile: None,
        user: "ben".to_owned(),
        host: "nowhere".to_owned(),
        header: None,
        demo: false,
        read_only: false,
        rate: Rate::default(),
        batch_size: 50,
        theme: Theme::new(Builtin::Terminal, Depth::Cube, false),
        own_theme: None,
        id_mode: IdMode::Mac,
        action: Action::DhcpRenew,
        require_reason: Vec::new(),
        remind_after: std::time::Duration::from_hours(24),
        finish_on_hangup: false,
        time_zone: jiff::tz::TimeZone::UTC,
        mouse: true,
        keys: gears_console::tui::keymap::Keymap::default(),
    };
    let connect = Box::pin(async { panic!("a cloud of a kind that nobody expects") });
    let start = Start { options, sources: Vec::new(), intake: gears_console::intake::Options::default(), connect };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(run(start)).unwrap();
}
