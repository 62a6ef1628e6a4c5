//! `gears guide`.

use std::io::{self, IsTerminal as _, Write};
use std::process::{Command, ExitCode, Stdio};

use super::out;
use crate::cli::Guide;
use crate::config::Environment;
use crate::guide::{Kind, Line, PAGES, Page};

/// The widest text: longer lines read badly.
const WIDEST: u16 = 100;
/// Where the terminal does not know its width.
const USUAL: u16 = 80;

/// Shows the pages that there are, or one of them: as it is in a pipe, for people on a terminal.
#[must_use]
pub fn run(guide: &Guide, environment: &Environment) -> ExitCode {
    let Some(page) = guide.topic.as_deref().and_then(Page::named) else {
        return out::data(0, |out| list(out));
    };
    if !io::stdout().is_terminal() {
        return out::data(0, |out| out.write_all(page.markdown.as_bytes()));
    }
    let lines = page.lines(usize::from(width()));
    match environment.filled("PAGER").and_then(|pager| paged(pager, &lines)) {
        Some(code) => code,
        None => out::data(0, |out| write(out, &lines)),
    }
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    let longest = PAGES.iter().map(|page| page.name.len()).max().unwrap_or_default();
    for page in &PAGES {
        writeln!(out, "{:longest$}  {}", page.name, page.about)?;
    }
    Ok(())
}

fn width() -> u16 {
    let known = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| size.ws_col);
    if known == 0 { USUAL } else { known.min(WIDEST) }
}

fn write(out: &mut dyn Write, lines: &[Line]) -> io::Result<()> {
    lines.iter().try_for_each(|line| {
        let text = if line.kind == Kind::Title { line.text.to_uppercase() } else { line.text.clone() };
        writeln!(out, "{text}")
    })
}

/// Shows the lines in the operator's own pager; `None` if that cannot be started.
fn paged(pager: &str, lines: &[Line]) -> Option<ExitCode> {
    let words = shlex::split(pager).filter(|words| !words.is_empty())?;
    let mut pager = Command::new(&words[0]);
    let mut child = pager
        .args(&words[1..])
        .env_remove("GEARS_CLIENT_SECRET")
        .env_remove("GEARS_ACCESS_TOKEN")
        .stdin(Stdio::piped())
        .spawn()
        .ok()?;
    if let Some(mut pipe) = child.stdin.take() {
        // A pager that is left early has seen enough.
        let _ = write(&mut pipe, lines);
    }
    let ended = child.wait().is_ok_and(|status| status.success());
    Some(ExitCode::from(u8::from(!ended)))
}
