//! `gears devices`: what would be recognised. Sends nothing.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::mem;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use serde::Serialize;

use super::json;
use super::load::HOW_HWID;
use crate::export::Format;
use crate::intake::{self, IntakeError, Options, Source};
use crate::model::text::{csv_cell, padded, visible};
use crate::model::{Device, DeviceList, Found, Hwid, Mac, Pushed, ReadAs, SourceId};

/// At least one device can be sent.
const READY: u8 = 0;
/// None can, or a source could not be read.
const NOTHING: u8 = 2;

/// Prints every device and every unreadable line of the sources to `data`, in their order, and a sentence about each
/// source to `words`. Gives back the exit code: 0 if any device is ready, 2 if none, or if a source could not be read.
/// Whoever reads `data` may go away early, as `head` does: that is no error.
pub fn run(
    sources: &[Source],
    options: &Options,
    format: Format,
    data: &mut dyn Write,
    words: &mut dyn Write,
) -> io::Result<u8> {
    match print(sources, options, format, data, words) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(READY),
        result => result,
    }
}

fn print(
    sources: &[Source],
    options: &Options,
    format: Format,
    data: &mut dyn Write,
    words: &mut dyn Write,
) -> io::Result<u8> {
    let mut printer = Printer::new(format, BufWriter::with_capacity(1 << 16, data))?;
    let mut list = DeviceList::new();
    let mut failed = false;
    for source in sources {
        let name = source.name();
        let id = list.begin(name.clone());
        let (findings, ended) = read_beside(source.clone(), *options)?;
        for found in findings.iter().flatten() {
            one(found, id, &mut list, &mut printer)?;
        }
        match ended.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
            Ok(()) => {
                let sentence = intake::load_sentence_with_hint(&name, list.report(id), options.id_mode, HOW_HWID);
                writeln!(words, "{}", visible(&sentence))?;
            }
            Err(error) => {
                failed = true;
                writeln!(words, "{}", visible(&error.to_string()))?;
            }
        }
    }
    printer.finish()?;
    Ok(if failed || list.devices().is_empty() { NOTHING } else { READY })
}

/// Findings that are handed over together.
const CHUNK: usize = 1000;
/// Chunks that may wait to be printed.
const WAITING: usize = 8;

/// Reads a source on a thread of its own, so that the next lines are read while those before are printed. It ends by
/// itself when nobody takes its findings any more, and is not waited for then: it may wait for a pipe that says nothing.
fn read_beside(source: Source, options: Options) -> io::Result<(Receiver<Vec<Found>>, Reading)> {
    let (send, findings) = sync_channel(WAITING);
    let read = move || {
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut sink = |found| {
            chunk.push(found);
            if chunk.len() < CHUNK {
                return ControlFlow::Continue(());
            }
            let full = mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            send.send(full).map_or(ControlFlow::Break(()), ControlFlow::Continue)
        };
        let result = intake::read(&source, &options, &mut sink, &mut |_, _| ControlFlow::Continue(()));
        let _ = send.send(chunk);
        result
    };
    Ok((findings, thread::Builder::new().name("intake".to_owned()).spawn(read)?))
}

type Reading = JoinHandle<Result<(), IntakeError>>;

/// One object of the output.
#[derive(Serialize)]
struct Entry<'a> {
    mac: Option<Mac>,
    hwid: Option<&'a Hwid>,
    label: &'a str,
    source: &'a str,
    line: u32,
    status: &'static str,
    reason: Option<&'a str>,
}

fn one(found: Found, source: SourceId, list: &mut DeviceList, printer: &mut Printer) -> io::Result<()> {
    // What the row itself says; the list may know more of its device.
    let (mac, hwid, line) = match &found {
        Found::Sheet(_) => (None, None, 0),
        Found::Row(row) => (row.macs.first().copied(), row.hwid.clone(), row.line),
        Found::Unreadable { line, .. } => (None, None, *line),
    };
    let pushed = list.push(source, found);
    let name = list.source(list.place(source)).name.as_ref();
    let (label, status, reason) = match pushed {
        Pushed::New(index) => {
            let device = &list.devices()[index];
            (Cow::Owned(device.label()), "ready", remarks(device))
        }
        Pushed::Duplicate(index) => {
            let device = &list.devices()[index];
            let first = device
                .origins
                .first()
                .map(|origin| format!("{} line {}", list.source(origin.source).name, origin.line));
            let first = first.map(|place| format!("the device of {place}"));
            let reasons: Vec<String> = first.into_iter().chain(device.contradiction().map(str::to_owned)).collect();
            (Cow::Owned(device.label()), "duplicate", Some(reasons.join("; ")))
        }
        Pushed::Sheet => return Ok(()),
        Pushed::Unreadable => {
            let newest = list.unreadable().last();
            let text = newest.map_or("", |newest| &newest.text);
            (Cow::Borrowed(text), "invalid", newest.map(|newest| newest.reason.to_string()))
        }
    };
    printer.print(&Entry {
        mac,
        hwid: hwid.as_ref(),
        label: &label,
        source: name,
        line,
        status,
        reason: reason.as_deref(),
    })
}

/// What is worth knowing of a device that is ready.
fn remarks(device: &Device) -> Option<String> {
    let randomised = device.mac().is_some_and(Mac::is_locally_administered);
    let more = match device.macs.as_slice() {
        [_, more @ ..] if !more.is_empty() => {
            let more: Vec<String> = more.iter().map(ToString::to_string).collect();
            Some(format!("also {}", more.join(", ")))
        }
        _ => None,
    };
    let parts: Vec<String> = [
        randomised.then(|| "a made-up (randomised) address: the cloud may know the device by another".to_owned()),
        more,
        (device.read_as == ReadAs::BareHwid).then(|| "twelve hex digits read as HWID".to_owned()),
        (device.read_as == ReadAs::BareMac).then(|| "twelve hex digits read as MAC".to_owned()),
        device.contradiction().map(str::to_owned),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Writes lines in one of the formats as they come.
enum Printer<'a> {
    Table(BufWriter<&'a mut dyn Write>),
    /// With whether a line was written.
    Json(BufWriter<&'a mut dyn Write>, bool),
    Ndjson(BufWriter<&'a mut dyn Write>),
    Csv(Box<csv::Writer<BufWriter<&'a mut dyn Write>>>),
}

impl<'a> Printer<'a> {
    fn new(format: Format, mut data: BufWriter<&'a mut dyn Write>) -> io::Result<Self> {
        Ok(match format {
            Format::Table => {
                writeln!(data, "{:9}  {:17}  {:16}  {:24}  {:20}  reason", "status", "MAC", "HWID", "label", "source")?;
                Self::Table(data)
            }
            Format::Json => {
                data.write_all(b"[")?;
                Self::Json(data, false)
            }
            Format::Ndjson => Self::Ndjson(data),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(data);
                writer
                    .write_record(["mac", "hwid", "label", "source", "line", "status", "reason"])
                    .map_err(unwrapped)?;
                Self::Csv(Box::new(writer))
            }
        })
    }

    fn print(&mut self, entry: &Entry) -> io::Result<()> {
        let mac = || entry.mac.map(|mac| mac.to_string()).unwrap_or_default();
        let hwid = entry.hwid.map_or("", Hwid::as_str);
        let reason = entry.reason.unwrap_or_default();
        match self {
            Self::Table(data) => {
                let source = format!("{}:{}", visible(entry.source), entry.line);
                let row = format!(
                    "{:9}  {:17}  {}  {}  {}  {}",
                    entry.status,
                    mac(),
                    padded(hwid, 16),
                    padded(&visible(entry.label), 24),
                    padded(&source, 20),
                    visible(reason)
                );
                writeln!(data, "{}", row.trim_end())
            }
            Self::Json(data, begun) => {
                data.write_all(if *begun { b",\n" } else { b"\n" })?;
                *begun = true;
                json::line(data, entry)
            }
            Self::Ndjson(data) => {
                json::line(data, entry)?;
                data.write_all(b"\n")
            }
            Self::Csv(writer) => {
                let number = entry.line.to_string();
                let (mac, safe) = (mac(), csv_cell);
                let cells = [
                    mac.as_str(),
                    &safe(hwid),
                    &safe(entry.label),
                    &safe(entry.source),
                    &number,
                    entry.status,
                    &safe(reason),
                ];
                writer.write_record(cells).map_err(unwrapped)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Table(mut data) | Self::Ndjson(mut data) => data.flush(),
            Self::Json(mut data, begun) => {
                data.write_all(if begun { b"\n]\n" } else { b"]\n" })?;
                data.flush()
            }
            Self::Csv(mut writer) => writer.flush(),
        }
    }
}

/// The error below the CSV writer's, whose kind says whether the reader went away.
fn unwrapped(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
