//! The way to the clipboard of whoever sits at the other end of the line: OSC 52, straight or through tmux and GNU
//! screen, or a file where the terminal does not take it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::config::Environment;

/// The most bytes of a sequence that usual terminals take (hterm's bound, the smallest known).
const MAX_SEQUENCE: usize = 100_000;

/// The most bytes of a string that GNU screen hands on at once.
const SCREEN_STRING: usize = 512;

/// tmux on this machine answers at once; one that hangs is not waited for.
const TMUX_TIMEOUT: Duration = Duration::from_secs(2);

/// How a text gets to the clipboard from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The terminal is told, by OSC 52.
    Terminal,
    /// tmux runs on this machine: it keeps the text, and hands it to its own terminal.
    Tmux,
    /// GNU screen hands the sequence on when it is wrapped.
    Screen,
    /// The terminal is known not to take it.
    Nowhere,
}

impl Way {
    /// What the environment tells. A terminal is asked nothing.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        let term = environment.filled("TERM").unwrap_or_default();
        let begins = |names: &[&str]| names.iter().any(|name| term.starts_with(name));
        if environment.filled("TMUX").is_some() {
            Self::Tmux
        } else if environment.filled("STY").is_some() || term == "screen" || term.starts_with("screen.") {
            Self::Screen
        } else if begins(&["linux", "vt1", "vt2", "vt3", "putty", "dumb"])
            || environment.filled("TERM_PROGRAM") == Some("Apple_Terminal")
        {
            Self::Nowhere
        } else {
            Self::Terminal
        }
    }

    /// What `gears check` says of it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Terminal => "clipboard by OSC 52 where the terminal takes it (PuTTY does not)",
            Self::Tmux => "clipboard through tmux",
            Self::Screen => "clipboard through GNU screen where the terminal takes it",
            Self::Nowhere => "no clipboard: copies go to a file",
        }
    }

    /// The bytes that tell the terminal, if it can be told this text.
    #[must_use]
    pub fn sequence(self, text: &str) -> Option<Vec<u8>> {
        let mut plain = Vec::new();
        queue!(plain, CopyToClipboard::to_clipboard_from(text)).ok()?;
        if plain.len() > MAX_SEQUENCE {
            return None;
        }
        match self {
            Self::Nowhere => None,
            Self::Terminal => Some(plain),
            Self::Tmux => {
                // Where tmux was told to let sequences pass; an escape within is doubled.
                let mut wrapped = b"\x1bPtmux;".to_vec();
                for byte in plain {
                    wrapped.extend(if byte == 0x1b { &[0x1b, 0x1b][..] } else { std::slice::from_ref(&byte) });
                }
                wrapped.extend(b"\x1b\\");
                Some(wrapped)
            }
            Self::Screen => {
                // The end of a string would end the wrapping: BEL ends this one.
                plain.truncate(plain.len() - 2);
                plain.push(0x07);
                let mut wrapped = Vec::with_capacity(plain.len() + plain.len() / 100);
                for part in plain.chunks(SCREEN_STRING) {
                    wrapped.extend(b"\x1bP");
                    wrapped.extend(part);
                    wrapped.extend(b"\x1b\\");
                }
                Some(wrapped)
            }
        }
    }
}

/// tmux, which reads a text from its standard input. It has no use for our secrets, nor has what it may start for the
/// copy.
fn tmux() -> Command {
    let mut tmux = Command::new("tmux");
    tmux.args(["load-buffer", "-w", "-"])
        .env_remove("GEARS_CLIENT_SECRET")
        .env_remove("GEARS_ACCESS_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    tmux
}

/// Gives tmux the text; it keeps it as its newest buffer, and hands it to its terminal (tmux 3.2 and newer).
pub async fn to_tmux(text: &str) -> io::Result<()> {
    let given = async {
        let mut child = tmux().spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes()).await?;
        }
        let status = child.wait().await?;
        if status.success() { Ok(()) } else { Err(io::Error::other("tmux did not take it")) }
    };
    tokio::time::timeout(TMUX_TIMEOUT, given).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Keeps the text in a file of the operator's own instead, also in a folder that a group shares. It is written anew each
/// time.
pub fn to_file(folder: &Path, text: &str) -> io::Result<PathBuf> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = folder.join(format!("copied-{}.txt", rustix::process::getuid().as_raw()));
    let part = folder.join(format!(".copied.{}.part", std::process::id()));
    let _ = std::fs::remove_file(&part);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| std::fs::rename(&part, &path));
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written.map(|()| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_known_from_the_environment() {
        let way = |variables: [(&str, &str); 2]| Way::of(&variables.into());
        assert_eq!(way([("TERM", "xterm-256color"), ("x", "")]), Way::Terminal);
        assert_eq!(way([("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")]), Way::Tmux);
        // tmux at the other end of an ssh line is a terminal like any other.
        assert_eq!(way([("TERM", "tmux-256color"), ("x", "")]), Way::Terminal);
        assert_eq!(way([("TERM", "screen.xterm-256color"), ("x", "")]), Way::Screen);
        assert_eq!(way([("TERM", "screen-256color"), ("STY", "1.pts")]), Way::Screen);
        assert_eq!(way([("TERM", "linux"), ("x", "")]), Way::Nowhere);
        assert_eq!(way([("TERM", "xterm"), ("TERM_PROGRAM", "Apple_Terminal")]), Way::Nowhere);
    }

    #[test]
    fn the_sequence_is_wrapped_for_what_stands_between() {
        let plain = Way::Terminal.sequence("abc").unwrap();
        assert_eq!(plain, b"\x1b]52;c;YWJj\x1b\\");
        assert_eq!(Way::Tmux.sequence("abc").unwrap(), b"\x1bPtmux;\x1b\x1b]52;c;YWJj\x1b\x1b\\\x1b\\");
        assert_eq!(Way::Screen.sequence("abc").unwrap(), b"\x1bP\x1b]52;c;YWJj\x07\x1b\\");
        let long = Way::Screen.sequence(&"x".repeat(3000)).unwrap();
        let parts: Vec<&[u8]> = long.split(|&byte| byte == b'\\').filter(|part| !part.is_empty()).collect();
        assert_eq!(parts.len(), 4009_usize.div_ceil(SCREEN_STRING));
        assert!(parts.iter().all(|part| part.starts_with(b"\x1bP") && part.len() <= SCREEN_STRING + 3));
        assert_eq!(Way::Nowhere.sequence("abc"), None);
        assert_eq!(Way::Terminal.sequence(&"x".repeat(MAX_SEQUENCE)), None);
    }

    #[test]
    fn tmux_is_told_no_secret() {
        let tmux = tmux();
        for name in ["GEARS_CLIENT_SECRET", "GEARS_ACCESS_TOKEN"] {
            assert!(tmux.as_std().get_envs().any(|variable| variable == (name.as_ref(), None)), "{name}");
        }
    }

    #[test]
    fn a_file_is_the_operators_own() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        for text in ["first", "second"] {
            let path = to_file(folder.path(), text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            let own = format!("copied-{}.txt", rustix::process::getuid().as_raw());
            assert_eq!(path.file_name().unwrap().to_string_lossy(), own);
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(to_file(&folder.path().join("none"), "x").is_err());
    }
}
