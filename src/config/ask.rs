//! Questions on the terminal, for the modes without the console. The answers are read from the terminal itself, so that
//! standard input may be a list. A signal ends a question, and the terminal is as it was.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};

use rustix::termios::{self, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

/// The most bytes of an answer.
const MAX_ANSWER: u64 = 64 * 1024;

/// Whether there is an operator to ask: questions can be seen and answers given.
#[must_use]
pub fn possible() -> bool {
    io::stderr().is_terminal() && terminal().is_ok()
}

fn terminal() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/tty")
}

/// Asks for one line. What was typed or pasted before the question is no answer to it. `None`: the input ended. A signal
/// is an error of the kind `Interrupted`.
pub async fn line(question: &str) -> io::Result<Option<String>> {
    let terminal = terminal()?;
    termios::tcflush(&terminal, QueueSelector::IFlush)?;
    (&terminal).write_all(question.as_bytes())?;
    unless_interrupted(move || {
        let mut answer = String::new();
        let read = BufReader::new(terminal.take(MAX_ANSWER)).read_line(&mut answer)?;
        Ok((read > 0).then(|| answer.trim().to_owned()))
    })
    .await
}

/// Asks for one line that is not shown. `None`: given up with Ctrl-C, Ctrl-D, Esc or an empty line. A signal is an error
/// of the kind `Interrupted`.
pub async fn secret(question: &str) -> io::Result<Option<SecretString>> {
    let terminal = terminal()?;
    let before = termios::tcgetattr(&terminal)?;
    let _restored = Restore { terminal: terminal.try_clone()?, before: before.clone() };
    let mut quiet = before;
    // Byte by byte and without signals: Ctrl-C is read like any key, and the echo comes back in every case.
    quiet.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
    quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
    termios::tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
    (&terminal).write_all(question.as_bytes())?;
    unless_interrupted(move || {
        let answer = read_keys(&terminal);
        (&terminal).write_all(b"\n")?;
        answer
    })
    .await
}

/// Waits for an answer on a thread of its own, or for a signal.
async fn unless_interrupted<T: Send + 'static>(
    answer: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let answer = tokio::task::spawn_blocking(answer);
    tokio::select! {
        answer = answer => answer.map_err(io::Error::other)?,
        _ = interrupt.recv() => Err(io::ErrorKind::Interrupted.into()),
        _ = terminate.recv() => Err(io::ErrorKind::Interrupted.into()),
        _ = hangup.recv() => Err(io::ErrorKind::Interrupted.into()),
    }
}

struct Restore {
    terminal: File,
    before: Termios,
}

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

fn read_keys(keys: impl io::Read) -> io::Result<Option<SecretString>> {
    let mut answer = Vec::new();
    for key in BufReader::new(keys.take(MAX_ANSWER)).bytes() {
        match key? {
            b'\r' | b'\n' => break,
            3 | 4 | 27 => return Ok(None),
            8 | 127 => while answer.pop().is_some_and(|byte: u8| byte & 0xc0 == 0x80) {},
            21 => answer.clear(),
            key => answer.push(key),
        }
    }
    let answer =
        String::from_utf8(answer).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "this is no text"))?;
    Ok(Some(answer.trim().to_owned()).filter(|answer| !answer.is_empty()).map(SecretString::from))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn keys_become_a_secret() {
        let read = |keys: &[u8]| read_keys(keys).unwrap().map(|secret| secret.expose_secret().to_owned());
        assert_eq!(read(b"hunter2\rmore"), Some("hunter2".to_owned()));
        assert_eq!(read(b"wrong\x15hux\x7fnter2\n"), Some("hunter2".to_owned()));
        assert_eq!(read("a\u{e4}\u{20ac}\x7f\x7fb\n".as_bytes()), Some("ab".to_owned()));
        for given_up in [&b"hunter2\x03\r"[..], b"\x04", b"\x1b[A\r", b"\r", b""] {
            assert_eq!(read(given_up), None);
        }
    }
}
