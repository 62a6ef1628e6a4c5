//! `gears log`: where the log is, and its newest lines.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::send::drive::Signals;
use super::{Failure, out};
use crate::cli::{Log, Sending};
use crate::config::{self, Environment};
use crate::log;
use crate::model::text::visible;

/// How often a log that is followed is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Runs `gears log`; `common` are the options before the command's name.
pub async fn run(options: Log, common: &Sending, environment: &Environment) -> ExitCode {
    match try_run(&options, common, environment).await {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    }
}

async fn try_run(options: &Log, common: &Sending, environment: &Environment) -> Result<ExitCode, Failure> {
    let own = Sending { from: options.from.clone(), state: options.state.clone(), ..Sending::default() };
    let loaded = config::load(&own.or(common).flags(), environment)?;
    let place = log::place(loaded.settings.state_dir().map_err(Failure::configuration)?);
    let shown = visible(&place.to_string_lossy()).into_owned();
    if options.path {
        return Ok(out::data(0, |out| writeln!(out, "{shown}")));
    }
    let (lines, followed) = tail(&place, options.lines)
        .map_err(|error| Failure::configuration(format!("the log {shown} cannot be read: {error}")))?;
    match &followed {
        Some(_) => out::say(&format!("log {shown}")),
        None => out::say(&format!("there is no log yet: {shown} is written by gears, gears send and gears resume")),
    }
    if !print(&lines) || !options.follow {
        return Ok(ExitCode::SUCCESS);
    }
    follow(&place, followed).await
}

/// Prints lines, and says whether somebody reads them.
fn print(lines: &VecDeque<String>) -> bool {
    let mut stream = io::stdout().lock();
    let text: String = lines.iter().flat_map(|line| [&*visible(line), "\n"].map(str::to_owned)).collect();
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).is_ok()
}

/// The newest lines, from the files before the newest one as well, and that one read to its end; `None` where there is none.
fn tail(place: &Path, count: usize) -> io::Result<(VecDeque<String>, Option<Followed>)> {
    let mut newest = VecDeque::new();
    let mut followed = None;
    for path in log::files(place) {
        match Followed::open(&path) {
            Ok(mut file) => {
                file.read(|line| {
                    if newest.len() >= count {
                        newest.pop_front();
                    }
                    if count > 0 {
                        newest.push_back(line);
                    }
                })?;
                followed = (path == place).then_some(file);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok((newest, followed))
}

/// A file that is read as it grows.
struct Followed {
    file: BufReader<File>,
    inode: u64,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
}

impl Followed {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let inode = file.metadata()?.ino();
        Ok(Self { file: BufReader::new(file), inode, begun: Vec::new() })
    }

    /// Reads what is there.
    fn read(&mut self, mut take: impl FnMut(String)) -> io::Result<()> {
        loop {
            // No line of ours is longer by far.
            let read = self.file.by_ref().take(1 << 16).read_until(b'\n', &mut self.begun)?;
            if read == 0 {
                return Ok(());
            }
            if self.begun.last() == Some(&b'\n') || self.begun.len() >= 1 << 16 {
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.begun)).trim_end_matches('\n').to_owned();
                take(line);
            }
        }
    }
}

/// Prints what comes until a signal does, or nobody reads any more.
async fn follow(place: &PathBuf, mut followed: Option<Followed>) -> Result<ExitCode, Failure> {
    let mut signals = Signals::new(false).map_err(Failure::configuration)?;
    loop {
        let mut lines = VecDeque::new();
        if let Some(file) = &mut followed {
            let _ = file.read(|line| lines.push_back(line));
        }
        // Where the file was put aside, the one of its name goes on.
        let moved =
            std::fs::metadata(place).is_ok_and(|now| followed.as_ref().is_none_or(|old| old.inode != now.ino()));
        if moved && let Ok(mut file) = Followed::open(place) {
            let _ = file.read(|line| lines.push_back(line));
            followed = Some(file);
        }
        if !print(&lines) {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::select! {
            _ = signals.next() => return Ok(ExitCode::SUCCESS),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
