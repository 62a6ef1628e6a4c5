//! Bytes to devices: encodings, tables, ids in any text.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Found, IdMode, Row};

/// Something to read devices from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file by its path.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// Text that is here already, with the name of its source.
    Text {
        /// `pasted` or the sample list's name.
        name: Arc<str>,
        /// The text.
        text: Arc<str>,
    },
    /// Devices named one by one, with the name of their source. They are selected, for they were named.
    Rows {
        /// `argument` or `typed`.
        name: Arc<str>,
        /// The devices.
        rows: Vec<Row>,
    },
}

/// How lists are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What a text is that can be either id, where nothing else says so.
    pub id_mode: IdMode,
    /// The most bytes that a compressed file may unfold to.
    pub max_unpacked: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { id_mode: IdMode::Mac, max_unpacked: 1 << 30 }
    }
}

/// Why a source could not be read, in one sentence that names it and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IntakeError(pub String);

/// Takes each finding, in the order of the source; `Break` ends the reading without an error.
pub type Sink<'a> = dyn FnMut(Found) -> ControlFlow<()> + 'a;

/// Is told how far the reading is: bytes read, bytes in all where known. `Break` ends the reading without an error.
pub type Progress<'a> = dyn FnMut(u64, Option<u64>) -> ControlFlow<()> + 'a;

impl Source {
    /// The name by which the operator knows it: a file's name without its folders, or `standard input`, `pasted`, ...
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        match self {
            Self::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into(),
            Self::Stdin => "standard input".into(),
            Self::Text { name, .. } | Self::Rows { name, .. } => Arc::clone(name),
        }
    }
}
