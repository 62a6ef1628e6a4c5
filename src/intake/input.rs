//! A source's bytes: opened, unpacked and made UTF-8, a block at a time.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use super::IntakeError;

/// As many bytes are looked at to know what a source is.
pub(super) const SAMPLE: usize = 64 * 1024;

/// A source with its first bytes at hand.
pub(super) struct Input<'a> {
    /// The first `SAMPLE` bytes, or all.
    pub sample: Vec<u8>,
    /// Whether the sample is all of it.
    pub whole: bool,
    rest: Box<dyn Read + 'a>,
}

impl<'a> Input<'a> {
    /// Reads the sample.
    pub fn new(mut reader: Box<dyn Read + 'a>) -> io::Result<Self> {
        let mut sample = Vec::new();
        reader.by_ref().take(SAMPLE as u64).read_to_end(&mut sample)?;
        Ok(Self { whole: sample.len() < SAMPLE, sample, rest: reader })
    }

    /// All bytes from the first.
    pub fn into_reader(self) -> Box<dyn Read + 'a> {
        Box::new(Cursor::new(self.sample).chain(self.rest))
    }
}

/// Counts what is read.
pub(super) struct Tally<R> {
    pub inner: R,
    pub read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

/// A reader that is not asked again after its end: a terminal would begin anew, and want Ctrl-D twice.
pub(super) struct UntilEnd<R> {
    pub inner: R,
    pub ended: bool,
}

impl<R: Read> Read for UntilEnd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let read = self.inner.read(buffer)?;
        self.ended = read == 0 && !buffer.is_empty();
        Ok(read)
    }
}

/// Opens a file and tells its size.
pub(super) fn open(path: &Path, name: &str) -> Result<(File, u64), IntakeError> {
    let file = File::open(path).map_err(|error| unopened(name, &error))?;
    let about = file.metadata().map_err(|error| unopened(name, &error))?;
    if about.is_dir() {
        return Err(IntakeError(format!("{name} is a folder: name a file in it")));
    }
    Ok((file, about.len()))
}

fn unopened(name: &str, error: &io::Error) -> IntakeError {
    IntakeError(match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {name}: check the name and the folder"),
        io::ErrorKind::PermissionDenied => {
            format!("{name} may not be read: ask its owner for permission, or copy it to where you may")
        }
        _ => format!("{name} cannot be opened: {error}"),
    })
}

/// The error for a source that breaks off.
pub(super) fn broken(name: &str, error: &io::Error) -> IntakeError {
    if let Some(Unbounded(limit)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return too_large(name, *limit);
    }
    IntakeError(match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("{name} is damaged and cannot be unpacked: copy or export it again")
        }
        io::ErrorKind::IsADirectory => format!("{name} is a folder: name a file in it"),
        _ => format!("{name} cannot be read to its end: {error}"),
    })
}

/// The error for a file that unfolds to more than is allowed.
pub(super) fn too_large(name: &str, limit: u64) -> IntakeError {
    let size = match limit {
        limit if limit >= 1 << 30 => format!("{} GiB", limit >> 30),
        limit if limit >= 1 << 20 => format!("{} MiB", limit >> 20),
        limit => format!("{limit} bytes"),
    };
    IntakeError(format!(
        "{name} unpacks to more than {size}: unpack it yourself, or raise the limit (max_unpacked) if it is what you expect"
    ))
}

/// The inner error where a bound was reached.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes")]
struct Unbounded(u64);

/// Ends with an error behind `left` bytes.
struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(Unbounded(self.limit)))?;
        Ok(read)
    }
}

/// Unpacks gzip, known by its magic number; anything else as it is.
pub(super) fn unpack(input: Input<'_>, limit: u64) -> io::Result<Input<'_>> {
    if !input.sample.starts_with(&[0x1f, 0x8b]) {
        return Ok(input);
    }
    Input::new(Box::new(Bounded { inner: MultiGzDecoder::new(input.into_reader()), left: limit, limit }))
}

/// The text as UTF-8 where it is UTF-16 (by its mark or its look), without a mark, and with LF where lines end with CR.
/// Bytes that are neither are left to whoever reads the cell.
pub(super) fn to_utf8(input: Input<'_>) -> io::Result<Input<'_>> {
    let input = match utf16(&input.sample) {
        Some(encoding) => Input::new(Box::new(Transcode {
            inner: input.into_reader(),
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: Vec::new(),
            text: Cursor::new(Vec::new()),
            ended: false,
        }))?,
        None => input,
    };
    let Input { mut sample, whole, rest } = input;
    if sample.starts_with("\u{feff}".as_bytes()) {
        sample.drain(..3);
    }
    // A mark at the sample's end may be the first half of CR LF.
    let cr = memchr::memchr(b'\n', &sample).is_none()
        && memchr::memchr(b'\r', &sample).is_some_and(|at| whole || at + 1 < sample.len());
    if cr {
        break_lines(&mut sample);
        return Ok(Input { sample, whole, rest: Box::new(CrToLf(rest)) });
    }
    Ok(Input { sample, whole, rest })
}

struct CrToLf<R>(R);

impl<R: Read> Read for CrToLf<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        break_lines(&mut buffer[..read]);
        Ok(read)
    }
}

fn break_lines(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}

/// The UTF-16 that the bytes are: by their mark, or because zeros stand in every other place and nearly nowhere else. In a
/// Latin text that are all of them, in another alphabet's those of the digits, the separators and the line breaks.
fn utf16(sample: &[u8]) -> Option<&'static Encoding> {
    match sample {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let head = &sample[..sample.len().min(4096) & !1];
    if head.len() < 4 {
        return None;
    }
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let (first, second, half) = (zeros(0), zeros(1), head.len() / 2);
    match () {
        () if second * 8 > half && first * 10 < second => Some(UTF_16LE),
        () if first * 8 > half && second * 10 < first => Some(UTF_16BE),
        () => None,
    }
}

/// UTF-16 to UTF-8.
struct Transcode<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Cursor<Vec<u8>>,
    ended: bool,
}

impl<R: Read> Transcode<R> {
    fn refill(&mut self) -> io::Result<()> {
        let carried = self.raw.len();
        self.raw.resize(carried + SAMPLE, 0);
        let read = self.inner.read(&mut self.raw[carried..])?;
        self.raw.truncate(carried + read);
        self.ended = read == 0;
        let mut text = std::mem::take(&mut self.text).into_inner();
        let room = self.decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(SAMPLE * 4);
        text.resize(room, 0);
        let (result, used, written, _) = self.decoder.decode_to_utf8(&self.raw, &mut text, self.ended);
        debug_assert_eq!(result, CoderResult::InputEmpty);
        text.truncate(written);
        self.raw.drain(..used);
        self.text = Cursor::new(text);
        Ok(())
    }
}

impl<R: Read> Read for Transcode<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.text.read(buffer)?;
            if read > 0 || self.ended || buffer.is_empty() {
                return Ok(read);
            }
            self.refill()?;
        }
    }
}

/// Whether the bytes are no text: what they are, in words.
pub(super) fn binary(sample: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 10] = [
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"\x7fELF", "a program"),
        (b"BZh", "a bzip2 archive"),
        (b"\xfd7zXZ", "an xz archive"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"Rar!", "a RAR archive"),
    ];
    if let Some((_, what)) = KNOWN.iter().find(|(magic, _)| sample.starts_with(magic)) {
        return Some(what);
    }
    let head = &sample[..sample.len().min(8192)];
    let control = |byte: &&u8| matches!(byte, 0..=7 | 0x0e..=0x1a | 0x1c..=0x1f);
    // A block of zeros is what a log has where it was cut while it was written.
    let blocks = head.chunk_by(|one, other| (*one == 0) == (*other == 0));
    let controls: usize = blocks
        .filter(|block| block[0] != 0 || block.len() < 16)
        .map(|block| block.iter().filter(control).count())
        .sum();
    (controls > 1 && controls * 50 > head.len()).then_some("a binary file")
}

/// Whether a file that an argument names can be read, before anything else is done with it.
pub(super) fn open_argument(path: &Path) -> Result<(), IntakeError> {
    let name = crate::model::text::visible(&path.to_string_lossy()).into_owned();
    let about = path.metadata().map_err(|error| unopened(&name, &error))?;
    if about.is_dir() {
        return Err(IntakeError(format!("{name} is a folder: name a file in it")));
    }
    // A pipe is opened once only, when it is read: `<(command)` has nobody to open it for a second time.
    if about.is_file() { open(path, &name).map(drop) } else { Ok(()) }
}
