//! Saving a run's report as a file: whole or not at all, and over nothing that is there unless that was asked for.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use rustix::fs::RenameFlags;

use super::{Format, Look, RunReport, sheet};

/// The kinds of file that a run is saved as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Save {
    /// Comma-separated values for spreadsheets and scripts.
    #[default]
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// One JSON object, as `gears send --format json` prints it.
    Json,
    /// Plain text made for a ticket.
    Ticket,
    /// A Markdown table.
    Markdown,
}

/// Why a report was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// There is a file of this name.
    #[error("there is a file of this name")]
    Exists,
    /// It is a folder.
    #[error("this is a folder: add a file's name")]
    Folder,
    /// It is a device, a pipe or the like, which is not replaced by a file.
    #[error("this is no file")]
    NoFile,
    /// The folder is not there.
    #[error("there is no folder {0}")]
    NoFolder(String),
    /// It was stopped; nothing is left of it.
    #[error("not saved: it was stopped")]
    Stopped,
    /// The disk, or the path.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Save {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Xlsx, Self::Json, Self::Ticket, Self::Markdown];

    /// The end of a file's name, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
            Self::Ticket => "txt",
            Self::Markdown => "md",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Xlsx => "Excel workbook",
            Self::Json => "JSON",
            Self::Ticket => "text for a ticket",
            Self::Markdown => "Markdown",
        }
    }
}

impl RunReport {
    /// Saves the report at `path`. `rows_done` hears now and then how many rows are written, and says whether to go on.
    /// The file appears under its name when it is whole and synced; until then, and after an error, nothing is there. The
    /// name is synced as well, where the file system can.
    pub fn save(
        &self,
        kind: Save,
        path: &Path,
        overwrite: bool,
        rows_done: &mut dyn FnMut(usize) -> bool,
    ) -> Result<(), SaveError> {
        match path.metadata() {
            Ok(facts) if facts.is_dir() => return Err(SaveError::Folder),
            Ok(facts) if !facts.is_file() => return Err(SaveError::NoFile),
            _ => {}
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
            return Err(SaveError::NoFolder(folder.display().to_string()));
        }
        // Said before the work is done; that nobody makes one meanwhile, the renaming sees to.
        if !overwrite && path.symlink_metadata().is_ok() {
            return Err(SaveError::Exists);
        }
        let part = Part::beside(path)?;
        let mut stopped = false;
        let mut rows = 0;
        let mut one_more = || {
            rows += 1;
            stopped = rows % 256 == 0 && !rows_done(rows);
            if stopped { Err(io::Error::other("stopped")) } else { Ok(()) }
        };
        let written = self.write_rows(kind, &part.file, &mut one_more).and_then(|()| part.file.sync_all());
        match written {
            Err(_) if stopped => Err(SaveError::Stopped),
            Err(error) => Err(error.into()),
            Ok(()) => part.become_file(path, overwrite).inspect(|()| sync_name(path)),
        }
    }

    fn write_rows(&self, kind: Save, file: &File, row_done: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(file);
        match kind {
            Save::Csv => {
                // Excel takes a CSV without this mark for the country's old 8-bit letters.
                out.write_all("\u{feff}".as_bytes())?;
                self.csv(&mut out, row_done)?;
            }
            Save::Xlsx => sheet::write(self, Forward(&mut out), row_done)?,
            Save::Json => self.write(Format::Json, Look::default(), &mut out)?,
            Save::Ticket => out.write_all(self.ticket().as_bytes())?,
            Save::Markdown => out.write_all(self.markdown().as_bytes())?,
        }
        out.flush()
    }
}

/// Makes the file's name outlive a power cut. Not every file system syncs folders: the file is there all the same.
fn sync_name(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// A `BufWriter` that seeks by way of its file.
struct Forward<'a, 'b>(&'a mut BufWriter<&'b File>);

impl Write for Forward<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Forward<'_, '_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// A file that is not whole yet, beside the place where it will be. Gone when dropped.
struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    fn beside(path: &Path) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a path that ends with a file's name is wanted"));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let path = path.with_file_name(hidden);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path })
    }

    /// Takes its name.
    fn become_file(self, path: &Path, overwrite: bool) -> Result<(), SaveError> {
        if overwrite {
            return Ok(std::fs::rename(&self.path, path)?);
        }
        let here = rustix::fs::CWD;
        match rustix::fs::renameat_with(here, &self.path, here, path, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::EXIST) => Err(SaveError::Exists),
            // A file system that cannot promise it: what was not there a moment ago is looked for once more.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
                if path.symlink_metadata().is_ok() {
                    return Err(SaveError::Exists);
                }
                Ok(std::fs::rename(&self.path, path)?)
            }
            Err(error) => Err(io::Error::from(error).into()),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the renaming there is nothing of this name any more.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn every_kind_is_saved_and_none_over_another() {
        let folder = tempfile::tempdir().unwrap();
        for kind in Save::ALL {
            let path = folder.path().join(format!("run.{}", kind.extension()));
            report().save(kind, &path, false, &mut |_| true).unwrap();
            let first = std::fs::read(&path).unwrap();
            assert!(!first.is_empty());
            std::fs::write(&path, "mine").unwrap();
            assert!(matches!(report().save(kind, &path, false, &mut |_| true), Err(SaveError::Exists)));
            assert_eq!(std::fs::read(&path).unwrap(), b"mine");
            report().save(kind, &path, true, &mut |_| true).unwrap();
            assert_ne!(std::fs::read(&path).unwrap(), b"mine");
        }
        assert_eq!(names(folder.path()), ["run.csv", "run.json", "run.md", "run.txt", "run.xlsx"]);
        let csv = std::fs::read_to_string(folder.path().join("run.csv")).unwrap();
        assert!(csv.starts_with("\u{feff}id,mac,hwid,"), "{csv}");
    }

    #[test]
    fn what_is_stopped_or_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let one = report();
        let devices = one.devices.iter().cycle().take(2000).cloned().collect();
        let many = RunReport { devices, ..one };
        for kind in [Save::Csv, Save::Xlsx] {
            let mut heard = Vec::new();
            let path = folder.path().join("run");
            let stopped = many.save(kind, &path, false, &mut |rows| {
                heard.push(rows);
                rows < 1000
            });
            assert!(matches!(stopped, Err(SaveError::Stopped)));
            assert_eq!(heard, [256, 512, 768, 1024]);
            assert_eq!(names(folder.path()), Vec::<String>::new());
        }
        let nowhere = folder.path().join("no folder/run.csv");
        assert!(matches!(many.save(Save::Csv, &nowhere, false, &mut |_| true), Err(SaveError::NoFolder(_))));
        assert!(matches!(many.save(Save::Csv, folder.path(), true, &mut |_| true), Err(SaveError::Folder)));
        let device = Path::new("/dev/null");
        assert!(matches!(many.save(Save::Csv, device, true, &mut |_| true), Err(SaveError::NoFile)));
    }
}
