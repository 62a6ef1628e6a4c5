//! Entering the terminal, and leaving it as it was, whatever happens.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use rustix::event::{PollFd, PollFlags};
use rustix::termios::QueueSelector;
use tokio::sync::Notify;

use super::output::{Output, reopen};
use super::paint::{mark_hidden, paint};

/// Something panicked, in whatever task: the screen is gone.
static PANICKED: Notify = Notify::const_new();
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Held by whoever writes to the terminal.
static LINE: Mutex<()> = Mutex::new(());
static MOUSE: AtomicBool = AtomicBool::new(false);
/// The terminal's title is ours, and its own lies on its stack.
static TITLED: AtomicBool = AtomicBool::new(false);

/// Why there can be no console here, in one sentence; `None` if there can.
#[must_use]
pub fn refusal() -> Option<&'static str> {
    if !io::stdout().is_terminal() {
        return Some("standard output is no terminal: for scripts and pipes use gears send");
    }
    // On Windows nothing sets TERM, and every terminal can do it.
    if cfg!(windows) { None } else { refused_kind(std::env::var_os("TERM").as_deref()) }
}

/// Why there can be no console on a terminal of this kind.
fn refused_kind(term: Option<&OsStr>) -> Option<&'static str> {
    match term.map_or(Some(""), OsStr::to_str) {
        Some("dumb") => Some("this terminal cannot place text (TERM=dumb): use gears send"),
        Some("unknown") => Some(
            "the terminal is of a kind that nobody knows (TERM=unknown): name it, as in TERM=xterm-256color, or use gears send",
        ),
        Some("") => Some(
            "the terminal does not say its kind (TERM is not set): name it, as in TERM=xterm-256color, or use gears send",
        ),
        _ => None,
    }
}

/// The terminal while it is the console's: raw mode, main screen kept aside, pastes marked. Left again when dropped.
#[derive(Debug)]
pub struct Entered {
    /// What is on its way to the terminal.
    pub output: Output,
    /// What the terminal shows when all of `output` has arrived.
    shown: Buffer,
    /// The frame that is being made.
    next: Buffer,
    cursor: Option<(u16, u16)>,
    title: Option<String>,
}

impl Entered {
    /// Takes the terminal. Asks it nothing: on a slow line an answer would keep the first frame waiting.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        leave_on_panic();
        let mut output = Output::open();
        enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        take(&mut output, mouse)?;
        Ok(Self { output, shown: Buffer::default(), next: Buffer::default(), cursor: None, title: None })
    }

    /// The terminal's size in cells; 80x24 where it does not know.
    #[must_use]
    pub fn size() -> Size {
        match crossterm::terminal::size() {
            Ok((width, height)) if width > 0 && height > 0 => Size { width, height },
            _ => Size { width: 80, height: 24 },
        }
    }

    /// Makes a frame, and puts what it changes on its way. Where text is typed `render` gives the cursor's place.
    pub fn draw(&mut self, size: Size, render: impl FnOnce(&mut Buffer) -> Option<(u16, u16)>) -> io::Result<()> {
        let area = Rect::new(0, 0, size.width, size.height);
        if self.shown.area == area {
            self.next.reset();
        } else {
            self.shown = Buffer::empty(area);
            self.next = Buffer::empty(area);
            queue!(self.output, Clear(ClearType::All))?;
        }
        let cursor = render(&mut self.next);
        let changes = self.shown.diff(&self.next);
        if !changes.is_empty() {
            // While it paints, the cursor must not be seen to fly.
            if self.cursor.take().is_some() {
                queue!(self.output, Hide)?;
            }
            paint(&changes, area.width, self.output.bytes());
        }
        match cursor {
            _ if cursor == self.cursor => {}
            Some((x, y)) => queue!(self.output, MoveTo(x, y), Show)?,
            None => queue!(self.output, Hide)?,
        }
        self.cursor = cursor;
        std::mem::swap(&mut self.shown, &mut self.next);
        mark_hidden(&mut self.shown);
        self.output.flush()
    }

    /// Names the window, once there is a name; its own name is kept, and comes back when the terminal is left. It leaves
    /// with the next frame.
    pub fn set_title(&mut self, title: Option<String>) {
        // Where there is nothing to tell any more, the window does not tell of another run.
        let title = title.or_else(|| self.title.as_ref().map(|_| "gears".to_owned()));
        if title == self.title {
            return;
        }
        if !TITLED.swap(true, Ordering::SeqCst) {
            self.output.bytes().extend_from_slice(b"\x1b[22;0t");
        }
        if let Some(title) = &title {
            let _ = queue!(self.output, SetTitle(title));
        }
        self.title = title;
    }

    /// Puts bytes on their way that draw nothing.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.output.flush()
    }

    /// Makes the next frame draw every cell.
    pub fn forget(&mut self) {
        self.shown = Buffer::default();
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        MOUSE.store(on, Ordering::SeqCst);
        if on { execute!(self.output, EnableMouseCapture) } else { execute!(self.output, DisableMouseCapture) }
    }

    /// Gives the terminal back, and stops this process until somebody wakes it.
    pub fn stop(&mut self) -> io::Result<()> {
        leave();
        self.output.discard();
        Ok(rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?)
    }

    /// Takes the terminal again after a stop.
    pub fn resume(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        let mouse = MOUSE.load(Ordering::SeqCst);
        take(&mut self.output, mouse)?;
        (self.cursor, self.title) = (None, None);
        self.forget();
        Ok(())
    }
}

/// Whether the terminal is another's now: who changes it or reads from it then is stopped.
#[must_use]
pub fn is_anothers() -> bool {
    rustix::termios::tcgetpgrp(io::stdout()).is_ok_and(|owner| owner != rustix::process::getpgrp())
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Where a panic has given the terminal back already, what was on its way would go over the message.
        if ENTERED.load(Ordering::SeqCst) {
            self.output.drain();
        }
        leave();
    }
}

fn take(out: &mut impl Write, mouse: bool) -> io::Result<()> {
    MOUSE.store(mouse, Ordering::SeqCst);
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse { queue!(out, EnableMouseCapture) } else { Ok(()) }
}

/// Holds the terminal while a frame is written; none where it was given back.
pub(super) fn hold() -> Option<MutexGuard<'static, ()>> {
    let held = LINE.lock().unwrap_or_else(PoisonError::into_inner);
    ENTERED.load(Ordering::SeqCst).then_some(held)
}

/// Gives the terminal back, if it was taken. Errors are of no use to anybody any more: every step is tried.
pub fn leave() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // Who writes a frame just now is waited for, but not by itself where it has panicked.
    for _ in 0..100 {
        if !matches!(LINE.try_lock(), Err(TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let mut last = Vec::new();
    // A frame that was cut off may have ended within a control sequence: CAN ends it.
    if Output::is_cut_off() {
        last.push(0x18);
    }
    if MOUSE.load(Ordering::SeqCst) {
        let _ = queue!(last, DisableMouseCapture);
    }
    if TITLED.swap(false, Ordering::SeqCst) {
        last.extend_from_slice(b"\x1b[23;0t");
    }
    // Where there is no second screen (GNU screen as it comes, vt220) the shell goes on below an empty one.
    let _ = queue!(last, MoveTo(0, 0), Clear(ClearType::FromCursorDown));
    let _ = queue!(last, DisableBracketedPaste, Show, LeaveAlternateScreen);
    let (own, shared) = (reopen(), io::stdout());
    let line = own.as_ref().map_or(shared.as_fd(), AsFd::as_fd);
    if !hand_over(line, &last) && !is_anothers() {
        // What the terminal has not read yet may be thrown away: that makes room for what must not be missed.
        let _ = rustix::termios::tcflush(line, QueueSelector::OFlush);
        // It was cut anywhere, within a sequence or in the middle of a colour.
        last.splice(..0, *b"\x18\x1b[0m");
        let _ = hand_over(line, &last);
    }
    // Whoever has taken the terminal meanwhile has given it modes of its own.
    if !is_anothers() {
        let _ = disable_raw_mode();
    }
}

/// Writes all of these bytes, as long as the terminal takes some within a moment. Whether it took them.
fn hand_over(line: BorrowedFd<'_>, mut bytes: &[u8]) -> bool {
    // Another thread that writes a frame just now holds the terminal for a moment.
    let mut tries = 1000;
    while !bytes.is_empty() {
        if !takes_bytes(&line, LEAVING) {
            return false;
        }
        match rustix::io::write(line, bytes) {
            Ok(written) if written > 0 => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) if tries > 0 => {
                tries -= 1;
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            _ => return false,
        }
    }
    true
}

/// A terminal that takes nothing for so long is not waited for any more when the console leaves it.
pub(super) const LEAVING: rustix::time::Timespec = rustix::time::Timespec { tv_sec: 1, tv_nsec: 0 };

/// Whether the terminal takes bytes within the time.
pub(super) fn takes_bytes(out: &impl AsFd, time: rustix::time::Timespec) -> bool {
    let fd = out.as_fd();
    let mut fds = [PollFd::new(&fd, PollFlags::OUT)];
    rustix::event::poll(&mut fds, Some(&time)).is_ok_and(|ready| ready > 0)
}

/// Waits until a panic has taken the screen away, in whatever task it was.
pub async fn panicked() {
    PANICKED.notified().await;
}

/// A panic's message must be readable: the terminal is given back before it is printed.
fn leave_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            leave();
            print(info);
            PANICKED.notify_one();
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_a_kind_gets_one_sentence_that_names_what_works() {
        for term in [None, Some(""), Some("unknown"), Some("dumb")] {
            let why = refused_kind(term.map(OsStr::new)).expect("no console");
            assert!(why.ends_with("use gears send") && !why.contains(". "), "{why}");
        }
        for term in ["xterm", "linux", "vt220", "my-own", "unknown-256color"] {
            assert_eq!(refused_kind(Some(OsStr::new(term))), None, "{term}");
        }
    }
}
