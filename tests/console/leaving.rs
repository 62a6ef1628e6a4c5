//! What leaves the console by the terminal or as a file: the title, the bell, copies, saved runs.

use crate::{demo, home, selected, send_counted};

/// Whether the program wrote these bytes so far.
fn wrote(pty: &crate::pty::Pty, bytes: &str) -> bool {
    pty.output().windows(bytes.len()).any(|window| window == bytes.as_bytes())
}

#[test]
fn a_run_is_told_to_the_window_copied_and_saved() {
    let home = home();
    let mut pty = demo(home.path(), 80, 24);
    pty.settled();
    assert!(!wrote(&pty, "\u{1b}]"), "an idle console leaves the window alone");
    pty.press("/", "keep the filter").send("LT-0001").shows("/ LT-0001").shows(" shown").settled();
    pty.press("\r", "? help").press("a", "Enter send");
    let number = selected(&pty);
    send_counted(&mut pty, "2", &number.to_string());
    pty.shows(&format!("{number}/{number}")).shows("exempt_all, done");
    pty.settled();
    assert!(wrote(&pty, "\u{1b}[22;0t") && wrote(&pty, &format!("\u{1b}]0;gears {number}/{number}")));
    // A title ends by a BEL too.
    let output = String::from_utf8_lossy(&pty.output()).into_owned();
    let bells = output.matches('\u{7}').count() - output.matches("\u{1b}]0;").count();
    assert_eq!(bells, 1, "one for the run's end");
    pty.press("\t", "").press("\t", "the cloud says").press("y", "text for a ticket").press("a", "clipboard");
    assert!(wrote(&pty, "\u{1b}]52;c;"));
    pty.press("e", "▸ gears-simulation-run-1-exempt_all-").press("\r", "saved: gears-simulation-run-1-");
    let saved: Vec<_> = std::fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "csv"))
        .collect();
    let csv = std::fs::read_to_string(&saved[0]).unwrap();
    assert_eq!(csv.lines().count(), number + 1, "{csv}");
    pty.send("q").end();
    pty.is_as_before();
    assert!(wrote(&pty, "\u{1b}[23;0t"), "the window has its own title again");
}
