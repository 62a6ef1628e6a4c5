//! Where findings go, and how reading ends early.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use super::fold::decode;
use super::scan::What;
use super::{IntakeError, Progress, Sink};
use crate::model::{Few, Found, Hwid, IdMode, Mac, ReadAs, Row};

/// Why reading ends before the end.
pub(super) enum Stop {
    /// The caller wants no more.
    Asked,
    /// It cannot go on.
    Failed(IntakeError),
}

pub(super) type Step = Result<(), Stop>;

/// The caller's two callbacks.
pub(super) struct Out<'a, 'b> {
    pub sink: &'a mut Sink<'b>,
    pub progress: &'a mut Progress<'b>,
    /// Bytes of the source that were read.
    pub read: Rc<Cell<u64>>,
    pub total: Option<u64>,
    /// What a text is that can be either id.
    pub mode: IdMode,
    /// What helps where a number has fewer digits than a MAC.
    pub lost_zeros: &'static str,
    /// Findings so far.
    pub count: u64,
}

impl<'a, 'b> Out<'a, 'b> {
    pub fn new(mode: IdMode, sink: &'a mut Sink<'b>, progress: &'a mut Progress<'b>) -> Self {
        let lost_zeros = "if zeros in front got lost, export the column as text";
        Self { sink, progress, read: Rc::default(), total: None, mode, lost_zeros, count: 0 }
    }

    /// Hands over one finding.
    pub fn found(&mut self, found: Found) -> Step {
        self.count += 1;
        // Tables and JSON may hold thousands of rows in one buffer: they are counted here.
        if self.count.is_multiple_of(512) {
            self.tick()?;
        }
        flow((self.sink)(found))
    }

    /// Says in which sheet what follows stands.
    pub fn sheet(&mut self, name: &str) -> Step {
        flow((self.sink)(Found::Sheet(name.into())))
    }

    /// Tells how far the reading is.
    pub fn tick(&mut self) -> Step {
        flow((self.progress)(self.read.get(), self.total))
    }

    /// Hands over a MAC that stands alone, or why it is no device.
    pub fn mac(&mut self, line: u32, text: &[u8], mac: Mac, bare: Option<u16>) -> Step {
        match mac.check_device() {
            Ok(()) => self.found(Found::Row(mac_row(line, mac, bare))),
            Err(why) => self.unreadable(line, text, &why.to_string()),
        }
    }

    /// Hands over what was found in a text that says nothing else of it.
    pub fn spot(&mut self, line: u32, text: &[u8], what: What) -> Step {
        match what {
            What::Mac { mac, bare } => self.mac(line, text, mac, bare),
            What::Near(why) => self.unreadable(line, text, why),
        }
    }

    /// Hands over something that should be a device and is not.
    pub fn unreadable(&mut self, line: u32, text: &[u8], reason: &str) -> Step {
        // Four bytes are the most that a character takes, and the last one is not cut.
        let inside = |&end: &usize| text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80);
        let cut = text.len().min(800);
        let head = &text[..(cut.saturating_sub(3)..=cut).rev().find(|end| !inside(end)).unwrap_or(cut)];
        let text: String = decode(head).trim().chars().take(200).collect();
        self.found(Found::Unreadable { line, text: text.into(), reason: reason.into() })
    }
}

fn flow(flow: ControlFlow<()>) -> Step {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Stop::Asked),
    }
}

pub(super) fn mac_row(line: u32, mac: Mac, bare: Option<u16>) -> Row {
    let read_as = if bare.is_some() { ReadAs::BareMac } else { ReadAs::Plain };
    Row { macs: Few::one(mac), line, read_as, capitals: bare.unwrap_or(0), ..Row::default() }
}

pub(super) fn hwid_row(line: u32, hwid: Hwid) -> Row {
    let read_as = hwid_read_as(&hwid);
    Row { hwid: Some(hwid), line, read_as, ..Row::default() }
}

/// Twelve hex digits could be a MAC too.
pub(super) fn hwid_read_as(hwid: &Hwid) -> ReadAs {
    let text = hwid.as_str();
    let either = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if either { ReadAs::BareHwid } else { ReadAs::Plain }
}
