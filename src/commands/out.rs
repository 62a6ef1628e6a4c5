//! Writing that never panics: a stream that is closed, full or hung up is no reason to lose a run.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::model::text::visible;

/// Bad usage or input; nothing was sent.
pub const USAGE: u8 = 2;
/// Configuration, credentials or no connection; nothing was sent.
pub const CONFIGURATION: u8 = 3;
/// Interrupted by the operator.
pub const INTERRUPTED: u8 = 130;

/// Words to the operator, as they are, on standard error.
pub fn words(text: &str) {
    let mut stream = io::stderr().lock();
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
}

/// A sentence to the operator on standard error, each line made safe for a terminal.
pub fn say(sentence: &str) {
    tracing::info!("{sentence}");
    print(sentence);
}

fn print(sentence: &str) {
    let lines: Vec<_> = sentence.lines().map(visible).collect();
    words(&format!("{}\n", lines.join("\n")));
}

/// Says what went wrong and gives the exit code on.
#[must_use]
pub fn fail(code: u8, sentence: &str) -> ExitCode {
    tracing::error!("{sentence}");
    print(&format!("gears: {sentence}"));
    ExitCode::from(code)
}

/// Writes data to standard output through a buffer. A reader that went away is no error; anything else ends in words and
/// `code` becomes 1 where it was 0.
#[must_use]
pub fn data(code: u8, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> ExitCode {
    let mut stream = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    match write(&mut stream).and_then(|()| stream.flush()) {
        Ok(()) => ExitCode::from(code),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has nowhere to go.
            let _ = stream.into_parts();
            ExitCode::from(code)
        }
        Err(error) => fail(code.max(1), &format!("standard output cannot be written: {error}")),
    }
}
