//! The way to the terminal: bytes that wait until the line takes them, so that a stalled line stalls nothing else.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Mode, OFlags};
use tokio::net::unix::pipe;

use super::terminal::{self, LEAVING, takes_bytes};

/// Some of a frame is on the terminal, and some is not yet.
static CUT_OFF: AtomicBool = AtomicBool::new(false);

/// Bytes on their way to the terminal. Writing only collects them; `flush` hands over what the line takes now.
#[derive(Debug)]
pub struct Output {
    bytes: Vec<u8>,
    /// So many of `bytes` have been taken.
    taken: usize,
    line: Line,
}

#[derive(Debug)]
enum Line {
    /// Our own opening of the terminal, which never blocks: the one of standard output is shared with the shell.
    Own(pipe::Sender),
    /// Standard output as it is, where the terminal cannot be opened again.
    Shared(io::Stdout),
}

impl Output {
    /// The terminal of standard output. To be called within a tokio runtime.
    #[must_use]
    pub fn open() -> Self {
        // A pipe's end to tokio: what it does with one, waiting and writing, is the same for a terminal.
        let line = match reopen().and_then(|own| pipe::Sender::from_file_unchecked(File::from(own))) {
            Ok(own) => Line::Own(own),
            Err(_) => Line::Shared(io::stdout()),
        };
        Self { bytes: Vec::new(), taken: 0, line }
    }

    /// Where bytes are put to wait for the next `flush`.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Whether bytes wait for the line.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.taken < self.bytes.len()
    }

    /// Waits until the line takes bytes again. Pending for ever where nothing waits.
    pub async fn writable(&self) -> io::Result<()> {
        match &self.line {
            Line::Own(own) if self.is_waiting() => own.writable().await,
            _ => std::future::pending().await,
        }
    }

    /// Throws away what waits.
    pub fn discard(&mut self) {
        self.bytes.clear();
        self.taken = 0;
        CUT_OFF.store(false, Ordering::SeqCst);
    }

    /// Hands over what waits, as long as the line takes some within a moment.
    pub fn drain(&mut self) {
        while self.is_waiting() && takes_bytes(&io::stdout(), LEAVING) {
            let before = self.taken;
            if self.flush().is_err() || (self.is_waiting() && self.taken == before) {
                break;
            }
        }
    }

    /// Whether the terminal may be within a control sequence that was not handed over to its end.
    #[must_use]
    pub fn is_cut_off() -> bool {
        CUT_OFF.load(Ordering::SeqCst)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Once the terminal is given back, by whichever thread, nothing may follow.
        let Some(_held) = terminal::hold() else {
            self.discard();
            return Ok(());
        };
        while self.is_waiting() {
            let rest = &self.bytes[self.taken..];
            let written = match &mut self.line {
                Line::Own(own) => own.try_write(rest),
                Line::Shared(stdout) => stdout.write(rest).and_then(|written| stdout.flush().map(|()| written)),
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.taken += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    CUT_OFF.store(self.taken > 0, Ordering::SeqCst);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        self.discard();
        Ok(())
    }
}

/// An opening of standard output's terminal of our own, which never blocks.
pub(super) fn reopen() -> io::Result<OwnedFd> {
    let name = rustix::termios::ttyname(io::stdout(), Vec::new())?;
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(name, flags, Mode::empty())?)
}
