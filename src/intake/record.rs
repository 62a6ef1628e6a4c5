//! One row of a table, or one object, that is read cell by cell.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::Number;

use super::cell::Cell;
use super::fold::{decode, fold};
use super::header::Role;
use super::hwid::{after_prefix, is_no_id, is_nothing};
use super::out::{Out, Step, hwid_read_as};
use super::scan::{self, Spot, Trust, What};
use crate::model::text::counted;
use crate::model::{Found, Hwid, Labels, Mac, NotADevice, ReadAs, Row};

/// The longest host name, user or note that is kept, in characters.
pub(super) const LABEL: usize = 200;

/// A row in the making.
#[derive(Default)]
pub(super) struct Record<'a> {
    row: Row,
    host: Option<Cow<'a, str>>,
    user: Option<Cow<'a, str>>,
    note: Option<Cow<'a, str>>,
    /// Cells that should be an id and are none: the text, and why.
    bad: Vec<(Vec<u8>, String)>,
}

impl<'a> Record<'a> {
    /// Takes a cell of a column that has a role.
    pub fn cell(&mut self, role: Role, cell: Cell<'a>) {
        let cell = cell.trimmed();
        if cell.bytes.is_empty() {
            return;
        }
        match role {
            Role::Mac => self.macs(cell.bytes),
            Role::Hwid => self.hwid(&cell.decode()),
            _ => self.label(role, cell.decode()),
        }
    }

    /// Takes a number that is no text, of a field that has a role.
    pub fn number(&mut self, role: Role, number: &Number) {
        let number = number.to_string();
        match role {
            Role::Mac => {}
            Role::Hwid => self.hwid(&number),
            _ => self.label(role, number.into()),
        }
    }

    /// Keeps the first text of its kind that says something.
    fn label(&mut self, role: Role, text: Cow<'a, str>) {
        let place = match role {
            Role::Host => &mut self.host,
            Role::User => &mut self.user,
            Role::Note => &mut self.note,
            Role::Mac | Role::Hwid => return,
        };
        if place.is_some() {
            return;
        }
        *place = match text {
            Cow::Borrowed(text) => said(text).map(Cow::Borrowed),
            Cow::Owned(text) => said(&text).map(|text| Cow::Owned(text.to_owned())),
        };
    }

    fn macs(&mut self, cell: &[u8]) {
        // Most cells are nothing but a MAC in the usual notation.
        if let Some(mac) = scan::pairs(cell) {
            return self.mac(mac, cell);
        }
        let folded = fold(cell);
        let mut any = false;
        let _ = scan::scan(&folded, Trust::Cell, &mut |Spot { start, end, what }| {
            any = true;
            match what {
                What::Mac { mac, bare } => {
                    self.bare(bare);
                    self.mac(mac, &folded[start..end]);
                }
                What::Near(why) => self.bad.push((folded[start..end].to_vec(), why.to_owned())),
            }
            ControlFlow::Continue(())
        });
        if any {
            return;
        }
        if let Some(mac) = scan::spaced(&folded) {
            return self.mac(mac, cell);
        }
        let text = decode(cell);
        let plain = trim(&text, "\"'=");
        if is_no_id(plain) {
            return;
        }
        if let Some(hwid) = after_prefix(plain).and_then(|rest| rest.trim().parse().ok()) {
            self.row.hwid.get_or_insert(hwid);
            return;
        }
        let reason = if is_spreadsheet_number(plain) {
            "a spreadsheet made a number of the MAC: format the column as text and export again".to_owned()
        } else if is_short_number(plain) {
            format!("a number of {} where a MAC has 12", counted(plain.len(), "digit"))
        } else {
            "not a MAC address".to_owned()
        };
        self.bad.push((cell.to_vec(), reason));
    }

    /// Notes that the row's first id, which is about to be taken, has twelve digits without separators.
    fn bare(&mut self, bare: Option<u16>) {
        if let Some(capitals) = bare.filter(|_| !self.is_device()) {
            (self.row.read_as, self.row.capitals) = (ReadAs::BareMac, capitals);
        }
    }

    /// Takes a MAC that the row names.
    pub fn mac(&mut self, mac: Mac, text: &[u8]) {
        match mac.check_device() {
            Ok(()) if self.row.macs.contains(&mac) => {}
            Ok(()) => self.row.macs.push(mac),
            Err(why) => self.bad.push((text.to_vec(), why.to_string())),
        }
    }

    fn hwid(&mut self, text: &str) {
        // Most cells are nothing but letters and digits: no word for nothing, no prefix, no MAC with separators.
        if let Some(hwid) = Hwid::mixed(text) {
            return self.take_hwid(hwid);
        }
        let plain = trim(text, "\"'=");
        let plain = after_prefix(plain).unwrap_or(plain).trim();
        if is_no_id(plain) {
            return;
        }
        // A MAC that is written as one is one in any column.
        let written = plain.bytes().any(|byte| !byte.is_ascii_alphanumeric());
        if written && let Some(What::Mac { mac, bare: None }) = scan::whole(&fold(plain.as_bytes())) {
            return self.mac(mac, plain.as_bytes());
        }
        match plain.parse() {
            Ok(hwid) => self.take_hwid(hwid),
            Err(why) => self.bad.push((text.into(), why.to_string())),
        }
    }

    fn take_hwid(&mut self, hwid: Hwid) {
        if self.row.hwid.is_none() {
            self.row.read_as = hwid_read_as(&hwid);
            self.row.hwid = Some(hwid);
        }
    }

    /// Whether an id was found.
    pub fn is_device(&self) -> bool {
        !self.row.macs.is_empty() || self.row.hwid.is_some()
    }

    /// Whether a name was found.
    pub fn is_named(&self) -> bool {
        self.host.is_some()
    }

    /// Hands over the row, and each of its cells that should be an id and is none. In a row without any id `others` is
    /// searched: the cells of no role.
    pub fn finish(mut self, line: u32, text: &[u8], others: &[&[u8]], what: &str, out: &mut Out) -> Step {
        if !self.is_device() && self.bad.is_empty() {
            for cell in others {
                let folded = fold(cell);
                let _ = scan::scan(&folded, Trust::Prose, &mut |Spot { start, end, what }| {
                    match what {
                        What::Mac { mac, bare } => {
                            self.bare(bare);
                            self.mac(mac, &folded[start..end]);
                        }
                        What::Near(why) => self.bad.push((folded[start..end].to_vec(), why.to_owned())),
                    }
                    ControlFlow::Continue(())
                });
            }
        }
        if self.row.macs.is_empty() && self.row.read_as == ReadAs::BareMac {
            self.row.read_as = ReadAs::Plain;
        }
        self.row.line = line;
        let device = self.is_device();
        if device {
            // Inventories write zeros for an adapter that is not there.
            if !self.bad.is_empty() {
                let zero = NotADevice::Zero.to_string();
                self.bad.retain(|(_, why)| *why != zero);
            }
            self.row.labels = Labels::new(self.host.as_deref(), self.user.as_deref(), self.note.as_deref());
            out.found(Found::Row(self.row))?;
        } else if self.bad.is_empty() {
            let blank = text.iter().all(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii());
            return if blank {
                Ok(())
            } else {
                out.unreadable(line, text, &format!("no MAC and no hardware id in this {what}"))
            };
        }
        self.bad.into_iter().try_for_each(|(text, mut why)| {
            if why.ends_with("where a MAC has 12") {
                why = format!("{why}: {}", out.lost_zeros);
            }
            out.unreadable(line, &text, &why)
        })
    }
}

/// What a name or note says, if anything.
fn said(text: &str) -> Option<&str> {
    let mut plain = trim(text, "");
    // A mark without another one is a stray; marks around all of it say nothing; those around a part of it are its own.
    if memchr::memchr_iter(b'"', plain.as_bytes()).count() % 2 == 1 {
        plain = plain.strip_prefix('"').or_else(|| plain.strip_suffix('"')).unwrap_or(plain).trim();
    }
    while let Some(inner) = plain.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        && (!inner.contains('"') || inner.starts_with('"') && inner.ends_with('"'))
    {
        plain = inner.trim();
    }
    if is_nothing(plain) {
        return None;
    }
    let end = if plain.len() > LABEL { plain.char_indices().nth(LABEL) } else { None };
    Some(&plain[..end.map_or(plain.len(), |(end, _)| end)])
}

/// The text without the spaces and marks around it. Most have none, and are not looked at character by character.
fn trim<'a>(text: &'a str, marks: &str) -> &'a str {
    if is_clean(text) {
        return text;
    }
    text.trim_matches(|c: char| c.is_whitespace() || marks.contains(c))
}

/// Whether the text begins and ends with a letter or digit of ASCII.
pub(super) fn is_clean(text: &str) -> bool {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    plain(text.as_bytes().first()) && plain(text.as_bytes().last())
}

/// `1122334455`: what a spreadsheet makes of `001122334455`.
fn is_short_number(text: &str) -> bool {
    text.len() < 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the cell holds what a spreadsheet makes of a MAC, which says no more which one it was.
pub(super) fn is_lost_mac(cell: &[u8]) -> bool {
    let text = decode(cell.trim_ascii());
    !text.is_empty() && (is_short_number(&text) || is_spreadsheet_number(&text))
}

/// `1.23E+11`: what a spreadsheet makes of `123e45678901` or of twelve decimal digits.
fn is_spreadsheet_number(text: &str) -> bool {
    text.contains(['E', 'e']) && text.contains('+') && text.replace(',', ".").parse::<f64>().is_ok()
}
