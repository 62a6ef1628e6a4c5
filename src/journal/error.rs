//! What goes wrong with the file, in words for the operator.

use std::io;
use std::path::Path;

use super::JournalError;

/// What to do about it, the end of most sentences here.
const WAY_OUT: &str = "name another folder with --state-dir, or go on without a record with --no-journal";

/// Why a piece of work on the database ended: the database's own error, or a rule of ours.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The database's
    Sql(sqlx::Error),
    /// Ours, in words for the operator
    Rule(String),
    /// Beside the database
    Broken(JournalError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl Refusal {
    /// The error for the operator; `file` is the database.
    pub(super) fn into_words(self, file: &Path) -> JournalError {
        match self {
            Self::Sql(error) => sql(file, &error),
            Self::Broken(error) => error,
            Self::Rule(words) => JournalError::refused(words),
        }
    }
}

/// The database's error in words.
pub(super) fn sql(file: &Path, error: &sqlx::Error) -> JournalError {
    let file = file.display();
    let words = match primary_code(error) {
        Some(5 | 6) => format!(
            "the journal {file} is locked: another process has been writing to it for too long. End that process, \
             or {WAY_OUT}"
        ),
        Some(8) => format!("the journal {file} is read-only here: make it and its folder writable, {WAY_OUT}"),
        Some(10) => format!(
            "the journal {file} cannot be read or written ({error}): the disk fails, is full, or its quota is used up. \
             Make room, {WAY_OUT}"
        ),
        Some(11 | 26) => format!(
            "the journal {file} is damaged or is no journal ({error}): move it away to begin a new one (keep it: \
             `sqlite3 FILE .recover` saves most of it), {WAY_OUT}"
        ),
        Some(13) => format!("the disk is full: the journal {file} cannot be written. Make room, {WAY_OUT}"),
        Some(14) => format!(
            "the journal {file} cannot be opened: the folder must be writable, for SQLite puts files beside it. {}",
            capital(WAY_OUT)
        ),
        Some(23 | 3) => format!("the journal {file} may not be opened: {error}. {}", capital(WAY_OUT)),
        _ => format!("the journal {file}: {error}"),
    };
    JournalError::broken(words)
}

/// `SQLite`'s primary result code, the low byte of the extended one (<https://sqlite.org/rescode.html>).
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// An error of the file system in words: `what` is what was tried, such as `make the state folder`.
pub(super) fn io(what: &str, path: &Path, error: &io::Error) -> JournalError {
    JournalError::broken(format!("cannot {what} {}: {error}. {}", path.display(), capital(WAY_OUT)))
}

/// The words without what to do about it, for those who go on without a record anyway.
pub(super) fn without_way_out(words: &str) -> &str {
    let end = words.find("ame another folder with --state-dir").map_or(words.len(), |at| at.saturating_sub(1));
    words.get(..end).unwrap_or(words).trim_end_matches([' ', ',', '.', ':'])
}

/// The words with a capital first letter.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
