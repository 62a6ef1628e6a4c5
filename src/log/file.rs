//! The log's file: whole lines are appended, whoever else appends to it, and a file that is full is put aside.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::FILE;
use super::lines::Sink;
use crate::journal::Folder;

/// A file that is longer is put aside, in bytes.
const LONGEST: u64 = 1 << 20;
/// Files that are kept, the one that is written to among them.
const KEPT: usize = 5;

/// How often it is tried to open the file.
const TRIES: u32 = 4;
/// The pause between two tries; only at the start of a process, before there is a screen.
const PAUSE: Duration = Duration::from_millis(5);

/// The log's file, open.
///
/// Several consoles write to the same one: each line is one appending write, which the system never mixes with another.
#[derive(Debug)]
pub(super) struct LogFile {
    folder: Folder,
    path: PathBuf,
    file: File,
    /// The newest line was cut off: the next one begins a line of its own.
    torn: bool,
    longest: u64,
}

impl LogFile {
    /// Opens the file in the state folder, and makes what is not there, with the rights of the journal.
    pub(super) fn open(state_dir: &Path) -> io::Result<Self> {
        let mut tries = 1;
        loop {
            match Self::open_with(state_dir, LONGEST) {
                // Another of the group has made it just now, and not yet given it to the group.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied && tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(PAUSE);
                }
                opened => return opened,
            }
        }
    }

    fn open_with(state_dir: &Path, longest: u64) -> io::Result<Self> {
        let folder = folder_of(state_dir)?;
        let path = folder.path().join(FILE);
        let file = folder.append(&path)?;
        Ok(Self { folder, path, file, torn: false, longest })
    }

    /// Finds the file to write `more` bytes to: the one of this name, which another process may have put aside, or a new
    /// one where it is full.
    fn turn(&mut self, more: u64) -> io::Result<()> {
        let ours = self.file.metadata()?;
        match fs::metadata(&self.path) {
            Ok(now) if now.ino() == ours.ino() && now.dev() == ours.dev() => {
                if ours.len() > 0 && ours.len() + more > self.longest {
                    return self.put_aside();
                }
            }
            _ => self.reopen()?,
        }
        Ok(())
    }

    /// Puts the file aside, and those before it one place further. Who does so holds a lock on the file; the others write
    /// on into it meanwhile, where nothing is lost, and follow with their next line.
    fn put_aside(&mut self) -> io::Result<()> {
        match self.file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Somebody may have done it between our look and our lock.
        let ours = self.file.metadata()?.ino();
        if fs::metadata(&self.path).is_ok_and(|now| now.ino() == ours) {
            for number in (1..KEPT - 1).rev() {
                let _ = fs::rename(self.aside(number), self.aside(number + 1));
            }
            fs::rename(&self.path, self.aside(1))?;
        }
        // The lock ends with the old file's closing.
        self.reopen()
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = self.folder.append(&self.path)?;
        self.torn = false;
        Ok(())
    }

    fn aside(&self, number: usize) -> PathBuf {
        aside(&self.path, number)
    }
}

impl Sink for LogFile {
    fn append(&mut self, line: &str) -> io::Result<()> {
        self.turn(line.len() as u64 + 1)?;
        let begin = if self.torn { "\n" } else { "" };
        let whole = format!("{begin}{line}\n");
        let mut rest = whole.as_bytes();
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = &rest[written..];
                    self.torn = !rest.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The log's folder in the state folder, both made where they are not there, with the rights of the journal.
pub(super) fn folder_of(state_dir: &Path) -> io::Result<Folder> {
    let state = Folder::ensure(state_dir).map_err(|error| io::Error::other(error.to_string()))?;
    state.within(super::folder(Path::new("")))
}

/// The places of the files that were put aside, the oldest first.
pub(super) fn older(path: &Path) -> impl Iterator<Item = PathBuf> {
    (1..KEPT).rev().map(|number| aside(path, number))
}

/// The place of a file that was put aside so many times, from 1.
fn aside(path: &Path, number: usize) -> PathBuf {
    path.with_file_name(format!("{FILE}.{number}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn lines(top: &Path) -> Vec<String> {
        let files = super::super::files(&super::super::place(top));
        files.into_iter().filter_map(|path| fs::read_to_string(path).ok()).flat_map(|text| lines_of(&text)).collect()
    }

    fn lines_of(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn several_writers_lose_no_line_and_mix_none() {
        let top = tempfile::tempdir().unwrap();
        // Four files' worth, by writers that each have the file open for themselves, as processes do.
        let path = top.path();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                scope.spawn(move || {
                    let mut file = LogFile::open_with(path, 20_000).unwrap();
                    for line in 0..150 {
                        file.append(&format!("{writer} {line} {}", "x".repeat(100))).unwrap();
                    }
                });
            }
        });
        let lines = lines(path);
        for writer in 0..4 {
            let ours = lines.iter().filter(|line| line.starts_with(&format!("{writer} ")));
            let mut numbers: Vec<usize> = ours
                .map(|line| {
                    assert!(line.ends_with(&format!(" {}", "x".repeat(100))), "{line}");
                    line.split(' ').nth(1).unwrap().parse().unwrap()
                })
                .collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..150).collect::<Vec<_>>(), "writer {writer}");
        }
        assert!(aside(&super::super::place(path), 1).exists(), "a full file was put aside");
    }

    #[test]
    fn only_the_newest_files_are_kept_and_none_is_long() {
        let top = tempfile::tempdir().unwrap();
        let mut file = LogFile::open_with(top.path(), 1000).unwrap();
        for line in 0..1000 {
            file.append(&format!("line {line}")).unwrap();
        }
        let names = fs::read_dir(super::super::folder(top.path())).unwrap();
        let sizes: Vec<u64> = names.map(|entry| entry.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(sizes.len(), KEPT);
        assert!(sizes.iter().all(|&size| size <= 1000), "{sizes:?}");
        assert_eq!(lines(top.path()).last().unwrap(), "line 999");
    }

    #[test]
    fn the_file_is_for_its_owner_alone_unless_a_group_shares_the_folder() {
        let top = tempfile::tempdir().unwrap();
        for (state_mode, folder_mode, file_mode) in
            [(0o700, 0o700, 0o600), (0o755, 0o700, 0o600), (0o770, 0o770, 0o660)]
        {
            let state = top.path().join(format!("{state_mode:o}"));
            fs::create_dir(&state).unwrap();
            fs::set_permissions(&state, fs::Permissions::from_mode(state_mode)).unwrap();
            LogFile::open(&state).unwrap().append("line").unwrap();
            let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
            let place = super::super::place(&state);
            assert_eq!([mode(place.parent().unwrap()), mode(&place)], [folder_mode, file_mode], "{state_mode:o}");
        }
    }

    #[test]
    fn neither_a_pipe_nor_a_link_of_the_group_is_written_to() {
        let top = tempfile::tempdir().unwrap();
        fs::set_permissions(top.path(), fs::Permissions::from_mode(0o770)).unwrap();
        let place = super::super::place(top.path());
        fs::create_dir(place.parent().unwrap()).unwrap();
        let victim = top.path().join("victim");
        fs::write(&victim, "").unwrap();
        std::os::unix::fs::symlink(&victim, &place).unwrap();
        assert!(LogFile::open(top.path()).is_err());
        fs::remove_file(&place).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&place).status().unwrap().success());
        assert!(LogFile::open(top.path()).is_err());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "");
    }

    #[test]
    fn a_file_that_somebody_took_away_is_made_anew() {
        let top = tempfile::tempdir().unwrap();
        let mut file = LogFile::open(top.path()).unwrap();
        file.append("one").unwrap();
        fs::remove_file(super::super::place(top.path())).unwrap();
        file.append("two").unwrap();
        assert_eq!(lines(top.path()), ["two"]);
    }
}
