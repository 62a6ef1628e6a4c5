//! Bytes to devices: encodings, tables, ids in any text.
//!
//! ```text
//! File, Stdin, Text -> input (gzip, UTF-16) -> what is it? -> json | sheet | table | text -> Found, Found, ...
//!                                                               \________ scan: MACs in any bytes ________/
//! ```
//!
//! A source that is empty, binary or cannot be read is an [`IntakeError`]. A source that was read and names no device
//! is none: its [`LoadReport`](crate::model::LoadReport) says so, and [`load_sentence`] puts it into words.

mod arguments;
mod cell;
mod fold;
mod header;
mod hwid;
mod input;
mod json;
mod out;
mod record;
mod report;
mod scan;
mod sheet;
mod table;
mod text;

use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub use arguments::{no_device, read_argument, sources};
pub use report::{load_sentence, load_sentence_with_hint};

use crate::model::{Found, IdMode, Row};
use input::{Input, Tally, UntilEnd};
use out::{Out, Stop};

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

/// Why a source could not be read, in one sentence that names it and says what to do. Safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IntakeError(pub String);

/// Takes each finding, in the order of the source; `Break` ends the reading without an error.
pub type Sink<'a> = dyn FnMut(Found) -> ControlFlow<()> + 'a;

/// Is told how far the reading is: bytes read, bytes in all where known. `Break` ends the reading without an error.
pub type Progress<'a> = dyn FnMut(u64, Option<u64>) -> ControlFlow<()> + 'a;

impl IntakeError {
    /// A file's name may hold anything.
    fn visible(self) -> Self {
        Self(crate::model::text::visible(&self.0).into_owned())
    }
}

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

/// Reads a source to its end and tells `sink` what it finds, in the order of the source. Blocks while it reads: to be
/// called where that does no harm. `progress` is called at least every 256 kB or 1,000 rows.
pub fn read(source: &Source, options: &Options, sink: &mut Sink, progress: &mut Progress) -> Result<(), IntakeError> {
    let name = source.name();
    let mut out = Out::new(options.id_mode, sink, progress);
    let read = Rc::clone(&out.read);
    let ended = match source {
        Source::File(path) => {
            // The folder helps where a file cannot be read; elsewhere its name is enough.
            let (file, size) = input::open(path, &path.to_string_lossy()).map_err(IntakeError::visible)?;
            out.total = (size > 0).then_some(size);
            // Who takes the findings can make room for them.
            out.tick().and_then(|()| bytes(Box::new(Tally { inner: file, read }), &name, options, &mut out))
        }
        Source::Stdin => {
            let inner = UntilEnd { inner: io::stdin().lock(), ended: false };
            bytes(Box::new(Tally { inner, read }), &name, options, &mut out)
        }
        Source::Text { text, .. } => {
            out.total = Some(text.len() as u64);
            bytes(Box::new(Tally { inner: Cursor::new(text.as_bytes()), read }), &name, options, &mut out)
        }
        Source::Rows { rows, .. } => rows.iter().try_for_each(|row| out.found(Found::Row(row.clone()))),
    };
    end(ended, &mut out)
}

/// Reads what a reader gives, to its end, as `read` does with a source. `name` is what the operator knows it by.
pub fn read_from<'a>(
    reader: impl Read + 'a,
    name: &str,
    options: &Options,
    sink: &mut Sink,
    progress: &mut Progress,
) -> Result<(), IntakeError> {
    let mut out = Out::new(options.id_mode, sink, progress);
    let inner = UntilEnd { inner: reader, ended: false };
    let ended = bytes(Box::new(Tally { inner, read: Rc::clone(&out.read) }), name, options, &mut out);
    end(ended, &mut out)
}

fn end(ended: out::Step, out: &mut Out) -> Result<(), IntakeError> {
    match ended.and_then(|()| out.tick()) {
        Ok(()) | Err(Stop::Asked) => Ok(()),
        Err(Stop::Failed(error)) => Err(error.visible()),
    }
}

fn bytes<'a>(reader: Box<dyn Read + 'a>, name: &str, options: &Options, out: &mut Out) -> out::Step {
    let failed = |error: io::Error| Stop::Failed(input::broken(name, &error));
    let input = Input::new(reader).map_err(failed)?;
    let input = input::unpack(input, options.max_unpacked).map_err(failed)?;
    if sheet::is_one(&input.sample) {
        return sheet::read(input, name, options, out);
    }
    let input = input::to_utf8(input).map_err(failed)?;
    if input.sample.trim_ascii().is_empty() && input.whole {
        return Err(Stop::Failed(text::empty(name)));
    }
    if let Some(what) = input::binary(&input.sample) {
        let sentence = format!("{name} is {what}, not a list: export it as text, CSV or XLSX");
        return Err(Stop::Failed(IntakeError(sentence)));
    }
    if let Some(shape) = json::shape(&input.sample, input.whole) {
        return json::read(input, name, shape, out);
    }
    if let Some(layout) = table::layout(&input.sample, input.whole, options.id_mode) {
        return table::read(&mut *input.into_reader(), name, &layout, out);
    }
    let manner = text::manner(&input.sample, input.whole, options.id_mode);
    text::read(&mut *input.into_reader(), name, manner, 0, out)
}
