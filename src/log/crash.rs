//! The report of an error in the program itself, for whoever mends it.

use std::backtrace::Backtrace;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::ZonedDateTime;

use super::file;
use crate::model::text::visible;

/// Reports of one second that are told apart by a number.
const MOST_A_SECOND: u32 = 100;

/// The state folder that reports go to, once it is known.
static STATE_DIR: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Makes every panic from now on leave a report in the log's folder; its place is said after the panic's own words. Without
/// [`reports_go_to`] there is none.
pub fn report_panics() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // Whoever holds the lock may be the one who panics.
        let state_dir = STATE_DIR.try_lock().ok().and_then(|place| place.clone());
        let written = state_dir.map(|state_dir| {
            let now = ZonedDateTime::now();
            write(&state_dir, &now, &report(&now, info))
        });
        print(info);
        let Some(written) = written else { return };
        let words = match written {
            Ok(path) => format!("gears: a report of this error is in {}", visible(&path.to_string_lossy())),
            Err(error) => format!("gears: no report of this error could be written: {error}"),
        };
        let _ = writeln!(io::stderr(), "{words}");
    }));
}

/// Names the state folder of the reports; it is made when there is one to write.
pub fn reports_go_to(state_dir: &Path) {
    *STATE_DIR.lock().unwrap_or_else(PoisonError::into_inner) = Some(state_dir.to_owned());
}

/// Writes a report for its owner alone, into the folder that the log would make.
fn write(state_dir: &Path, now: &ZonedDateTime, text: &str) -> io::Result<PathBuf> {
    let folder = file::folder_of(state_dir)?;
    let stem = format!("crash-{}", now.timestamp().strftime("%Y%m%dT%H%M%SZ"));
    for number in 1..=MOST_A_SECOND {
        let name = if number == 1 { format!("{stem}.txt") } else { format!("{stem}-{number}.txt") };
        let path = folder.path().join(name);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("there are too many of this second"))
}

fn report(now: &ZonedDateTime, info: &PanicHookInfo<'_>) -> String {
    let message = visible(info.payload_as_str().unwrap_or("an error without words")).into_owned();
    let place = info.location().map_or_else(|| "not known".to_owned(), ToString::to_string);
    let thread = std::thread::current();
    let thread = visible(thread.name().unwrap_or("without a name")).into_owned();
    let version = env!("CONSOLE_VERSION");
    let time = now.strftime("%Y-%m-%dT%H:%M:%S%:z");
    let mut lines = super::newest().join("\n");
    if lines.is_empty() {
        lines.push_str("(none)");
    }
    format!(
        "gears {version}\ntime     {time}\nplace    {place}\nmessage  {message}\nthread   {thread}\n\n\
         The newest lines of the log:\n{lines}\n\nBacktrace:\n{}\n",
        Backtrace::force_capture()
    )
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_report_before_the_first_line_leaves_the_folder_to_the_group() {
        let top = tempfile::tempdir().unwrap();
        for (state_mode, folder_mode) in [(0o700, 0o700), (0o770, 0o770)] {
            let state = top.path().join(format!("{state_mode:o}"));
            fs::create_dir(&state).unwrap();
            fs::set_permissions(&state, Permissions::from_mode(state_mode)).unwrap();
            let path = write(&state, &ZonedDateTime::now(), "what happened").unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!([mode(path.parent().unwrap()), mode(&path)], [folder_mode, 0o600], "{state_mode:o}");
            assert_eq!(path.parent().unwrap(), super::super::folder(&state));
        }
        let new = top.path().join("a/b");
        assert!(write(&new, &ZonedDateTime::now(), "what happened").unwrap().starts_with(&new));
    }
}
