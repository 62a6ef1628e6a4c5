//! The real binary in a real terminal: types, waits for what the screen shows, and looks at what is left behind.

use std::fmt::Debug;
use std::io::{Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::event::{PollFd, PollFlags};

/// The longest that anything may take before the test gives up and shows the screen.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came from the program so far.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// When how many bytes had come in all.
    times: Vec<(Instant, usize)>,
    over: bool,
}

/// A program in a terminal of its own.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    input: Box<dyn Write + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    reads: Arc<(Mutex<bool>, Condvar)>,
    termios: String,
}

/// The console with a home of its own and nothing of this machine's settings.
pub fn gears(home: &Path, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gears"));
    command.args(arguments);
    clean(&mut command, home);
    command
}

/// What the terminal that the tests run in says of itself.
const OUTER: [&str; 7] = ["no_color", "clicolor_force", "tmux", "sty", "term_program", "lc_terminal", "colorterm"];

/// Takes everything out of a command's environment that the console looks at.
pub fn clean(command: &mut CommandBuilder, home: &Path) {
    let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    for name in names {
        let lower = name.to_lowercase();
        if lower.starts_with("gears_")
            || lower.starts_with("xdg_")
            || lower.ends_with("_proxy")
            || OUTER.contains(&&*lower)
        {
            command.env_remove(name);
        }
    }
    command.env("HOME", home);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env_remove("LC_ALL");
    command.env_remove("COLORTERM");
    command.env_remove("CLICOLOR_FORCE");
    command.cwd(home);
}

impl Pty {
    /// Starts a command in a terminal of this size.
    pub fn start(command: CommandBuilder, width: u16, height: u16) -> Self {
        let size = PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let termios = termios(&pair.master);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let input = pair.master.take_writer().expect("a writer");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let parser = vt100::Parser::new(size_of(height), size_of(width), 0);
        let seen =
            Arc::new((Mutex::new(Seen { parser, bytes: Vec::new(), times: Vec::new(), over: false }), Condvar::new()));
        let shared = Arc::clone(&seen);
        let reads = Arc::new((Mutex::new(true), Condvar::new()));
        let may_read = Arc::clone(&reads);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                drop(may_read.1.wait_while(may_read.0.lock().unwrap(), |reads| !*reads).unwrap());
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = shared.0.lock().unwrap();
                seen.parser.process(&buffer[..read]);
                seen.bytes.extend_from_slice(&buffer[..read]);
                let arrived = (Instant::now(), seen.bytes.len());
                seen.times.push(arrived);
                seen.over = read == 0;
                shared.1.notify_all();
                if read == 0 {
                    break;
                }
            }
        });
        Self { master: pair.master, input, child, seen, reads, termios }
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !wanted(seen.parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !seen.over, "waited for: {what}\n{}", seen.parser.screen().contents());
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        drop(seen);
        self
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        self.wait(text, |screen| screen.contents().contains(text))
    }

    /// Waits until the screen does not show a text.
    #[track_caller]
    pub fn hides(&mut self, text: &str) -> &mut Self {
        self.wait(&format!("no {text}"), |screen| !screen.contents().contains(text))
    }

    /// Waits until more bytes than so many have come.
    pub fn answers(&mut self, before: usize) -> &mut Self {
        let mut seen = self.seen.0.lock().unwrap();
        while seen.bytes.len() <= before {
            let (next, timeout) = self.seen.1.wait_timeout(seen, PATIENCE).unwrap();
            seen = next;
            assert!(!timeout.timed_out() && !seen.over, "no answer\n{}", seen.parser.screen().contents());
        }
        drop(seen);
        self
    }

    /// Gives the program bytes, all at once.
    pub fn send(&mut self, bytes: &str) -> &mut Self {
        self.input.write_all(bytes.as_bytes()).expect("the terminal takes keys");
        self.input.flush().expect("the terminal takes keys");
        self
    }

    /// Presses a key and waits until the screen shows what it leads to. What the key before led to has been seen by then, so
    /// that no two keys are ever as close together as those of a paste.
    pub fn press(&mut self, key: &str, leads_to: &str) -> &mut Self {
        std::thread::sleep(gears_console::tui::gate::FAST * 2);
        self.send(key).shows(leads_to);
        self
    }

    /// Answers the question whether to send with Enter, which would not count right behind another key.
    #[allow(dead_code, reason = "the benchmark counts bytes between")]
    pub fn confirm(&mut self) -> &mut Self {
        self.shows("▸ Enter send");
        std::thread::sleep(gears_console::tui::gate::FAST * 2);
        self.send("\r")
    }

    /// The screen's text.
    pub fn text(&self) -> String {
        self.seen.0.lock().unwrap().parser.screen().contents()
    }

    /// How many bytes have come.
    pub fn bytes(&self) -> usize {
        self.seen.0.lock().unwrap().bytes.len()
    }

    /// When how many bytes had come in all.
    #[allow(dead_code, reason = "only the benchmark asks when")]
    pub fn times(&self) -> Vec<(Instant, usize)> {
        self.seen.0.lock().unwrap().times.clone()
    }

    /// All bytes that have come.
    pub fn output(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().bytes.clone()
    }

    /// Waits until nothing has come for a while, and gives the number of bytes.
    pub fn settled(&self) -> usize {
        let quiet = Duration::from_millis(300);
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            let before = seen.bytes.len();
            let (next, timeout) = self.seen.1.wait_timeout(seen, quiet).unwrap();
            seen = next;
            if timeout.timed_out() && seen.bytes.len() == before {
                return before;
            }
        }
    }

    /// Makes the terminal take no bytes any more, or take them again: a line that hangs.
    pub fn reads(&self, reads: bool) {
        *self.reads.0.lock().unwrap() = reads;
        self.reads.1.notify_all();
    }

    /// Lets the line hang, and waits until it holds all that it can.
    pub fn fill(&self) {
        self.reads(false);
        let out = format!("/proc/{}/fd/1", self.child.process_id().expect("a process"));
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut out = std::fs::OpenOptions::new()
            .write(true)
            .custom_flags(nonblocking)
            .open(out)
            .expect("the program's terminal");
        // Most of it with what no terminal shows; the program's own frames, of which the last is cut off, take the rest.
        while out.write(&[0; 1024]).is_ok() {}
        let takes_bytes = || {
            let mut fds = [PollFd::new(&out, PollFlags::OUT)];
            let now = rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 };
            rustix::event::poll(&mut fds, Some(&now)).expect("the terminal can be asked") > 0
        };
        let size = self.master.get_size().expect("a size");
        let deadline = Instant::now() + PATIENCE;
        // Full for long: what the kernel moves on makes room once more. An even number, for the size to be as before.
        let (mut full, mut wider) = (0, 0);
        while full < 20 || wider > 0 {
            assert!(Instant::now() < deadline, "the line does not fill");
            // A whole screen each, if the program sees both: it does not where they come at once.
            wider = 1 - wider;
            self.resize(size.cols + wider, size.rows);
            std::thread::sleep(Duration::from_millis(10));
            full = if takes_bytes() { 0 } else { full + 1 };
        }
    }

    /// Gives the terminal another size.
    pub fn resize(&self, width: u16, height: u16) {
        let size = PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 };
        // What the program draws then is read by a screen that has the size already.
        let mut seen = self.seen.0.lock().unwrap();
        self.master.resize(size).expect("another size");
        seen.parser.screen_mut().set_size(size_of(height), size_of(width));
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.process_id().expect("a process")).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).expect("a process");
        rustix::process::kill_process(pid, signal).expect("the signal is sent");
    }

    /// Waits for the program's end.
    pub fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "the program does not end\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asserts that the terminal is as it was before the program started.
    pub fn is_as_before(&mut self) {
        // What the program wrote last may still be on its way.
        self.wait("the main screen", |screen| !screen.alternate_screen() && !screen.hide_cursor());
        // The line's own modes come back after the last bytes.
        let deadline = Instant::now() + PATIENCE;
        while termios(&self.master) != self.termios && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let seen = self.seen.0.lock().unwrap();
        let screen = seen.parser.screen();
        assert!(!screen.bracketed_paste(), "pastes are still marked");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(!screen.application_cursor() && !screen.application_keypad());
        assert_eq!(termios(&self.master), self.termios);
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn size_of(cells: u16) -> std::num::NonZeroU16 {
    cells.try_into().expect("a screen has cells")
}

fn termios(master: &impl AsRef<dyn MasterPty + Send>) -> String {
    fn shown(termios: impl Debug) -> String {
        format!("{termios:?}")
    }
    shown(master.as_ref().get_termios())
}
