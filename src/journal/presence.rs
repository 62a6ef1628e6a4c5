//! Whether the console that began a run is still there: it holds a lock on a file for as long as it lives.
//!
//! A lock ends with its process, however that ends; it tells a living console of another container or of another host of
//! a network disk as well as one of this host, where a process number would say nothing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::folder::Folder;

const PREFIX: &str = "console-";
const SUFFIX: &str = ".lock";

/// Our own sign of life. Dropped, it is gone.
#[derive(Debug)]
pub(super) struct Presence {
    file: File,
    path: PathBuf,
}

impl Presence {
    /// Makes and locks a file of our own; `unique` is a number that tells the consoles of one process apart.
    pub(super) fn show(folder: &Folder, unique: u64) -> io::Result<Self> {
        let mut number = unique;
        loop {
            let path = folder.path().join(format!("{PREFIX}{}-{number:x}{SUFFIX}", std::process::id()));
            number = number.wrapping_add(1);
            let file = match folder.create(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                // Someone who clears away came before the file had its rights.
                Err(error) if error.kind() == io::ErrorKind::NotFound && folder.path().is_dir() => continue,
                Err(error) => return Err(error),
            };
            // Someone who clears away may have been between the two: then the file is no sign of ours.
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) if rustix::fs::fstat(&file)?.st_nlink > 0 => return Ok(Self { file, path }),
                Ok(()) | Err(rustix::io::Errno::WOULDBLOCK) => {}
                Err(error) => {
                    let _ = fs::remove_file(&path);
                    return Err(error.into());
                }
            }
        }
    }

    /// The file's name in the state folder.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Whether the console with this lock file lives. Where that cannot be told, it does: its run is left alone.
pub(super) fn lives(folder: &Folder, name: &str) -> bool {
    match File::open(folder.path().join(name)) {
        // A shared lock, so that two who ask at once do not take each other for the console.
        Ok(file) => flock(&file, FlockOperation::NonBlockingLockShared).is_err(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// Removes the lock files of consoles that are gone.
pub(super) fn clear(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX)
            && name.ends_with(SUFFIX)
            && let Ok(open) = File::options().read(true).write(true).open(file.path())
            && flock(&open, FlockOperation::NonBlockingLockExclusive).is_ok()
            && is_at(&open, &file.path())
        {
            let _ = fs::remove_file(file.path());
        }
    }
}

/// Whether the path still leads to this file. Whoever left it may have taken it away before we had its lock, and another of the
/// same name may be somebody's sign of life.
fn is_at(file: &File, path: &Path) -> bool {
    match (rustix::fs::fstat(file), rustix::fs::stat(path)) {
        (Ok(open), Ok(there)) => (open.st_dev, open.st_ino) == (there.st_dev, there.st_ino),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_console_lives_until_it_is_dropped() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::ensure(top.path()).unwrap();
        let first = Presence::show(&folder, 7).unwrap();
        let second = Presence::show(&folder, 7).unwrap();
        assert_ne!(first.name(), second.name());
        clear(folder.path());
        assert!(lives(&folder, &first.name()) && lives(&folder, &second.name()));
        let name = first.name();
        drop(first);
        assert!(!lives(&folder, &name));
        assert!(!folder.path().join(name).exists());
    }

    #[test]
    fn a_console_that_comes_while_others_clear_away_is_there() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::ensure(top.path()).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    clear(folder.path());
                }
            });
            let shown = (0..3000).map(|number| Presence::show(&folder, number)).find_map(|shown| match shown {
                Ok(one) if lives(&folder, &one.name()) => None,
                other => Some(other),
            });
            done.store(true, Ordering::Relaxed);
            assert!(shown.is_none(), "{shown:?}");
        });
    }

    #[test]
    fn files_of_the_dead_are_cleared_away() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::ensure(top.path()).unwrap();
        for name in ["console-1-2.lock", "notes.lock"] {
            fs::write(top.path().join(name), "").unwrap();
        }
        assert!(!lives(&folder, "console-1-2.lock"));
        clear(folder.path());
        assert!(!top.path().join("console-1-2.lock").exists());
        assert!(top.path().join("notes.lock").exists());
    }
}
