//! The list of devices: every source's rows merged, and what could not be read.

mod add;
mod index;
#[cfg(test)]
mod tests;
mod undo;

use std::sync::Arc;

use super::device::DISPUTED;
use super::{Device, Hwid, Id, IdMode, Mac, Origin, ReadAs, RunDevice};
use index::Index;
use undo::Step;

/// A source's number in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceId(pub u32);

/// A file, a paste, standard input or the arguments: whatever was loaded at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, `paste`, `standard input`, `argument` or `typed`; of a sheet the file's and its own, as in
    /// `inventory.xlsx/Kiel`. Not yet made safe for a terminal.
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

/// What a load or paste brought. `devices + duplicates + unreadable` is all that was found: nothing is dropped in
/// silence.
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
    /// No finding: the place of those that follow.
    Sheet,
}

/// What `DeviceList::undo` took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// What was taken back, in words: `load of wifi.csv`, `removal`.
    pub what: String,
    /// The devices that the list lost or got back.
    pub devices: usize,
}

/// The devices of a session in the order in which they were found, each once: no id stands in two devices.
#[derive(Clone, Debug, Default)]
pub struct DeviceList {
    devices: Vec<Device>,
    sources: Vec<Source>,
    reports: Vec<LoadReport>,
    unreadable: Vec<Unreadable>,
    by_mac: Index,
    by_hwid: Index,
    steps: Vec<Step>,
    /// The source that is being loaded, and the sheet of it that is being read.
    sheet: Option<(SourceId, SourceId)>,
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

    /// Where what is pushed for the source stands now: its sheet, if it has said one, or the source itself.
    #[must_use]
    pub fn place(&self, source: SourceId) -> SourceId {
        self.sheet.filter(|(of, _)| *of == source).map_or(source, |(_, sheet)| sheet)
    }

    /// What a source has brought so far.
    #[must_use]
    pub fn report(&self, id: SourceId) -> &LoadReport {
        &self.reports[id.0 as usize]
    }

    /// The index of the device with this id.
    #[must_use]
    pub fn find(&self, id: &Id) -> Option<usize> {
        let index = match id {
            Id::Mac(mac) => self.with_mac(*mac),
            Id::Hwid(hwid) => self.with_hwid(hwid),
        };
        index.map(|index| index as usize)
    }

    fn with_mac(&self, mac: Mac) -> Option<u32> {
        self.by_mac.find(&mac, |at| self.devices.get(at).is_some_and(|device| device.macs.contains(&mac)))
    }

    fn with_hwid(&self, hwid: &Hwid) -> Option<u32> {
        self.by_hwid.find(hwid, |at| self.devices.get(at).is_some_and(|device| device.hwid.as_ref() == Some(hwid)))
    }

    /// A device as a run carries it.
    #[must_use]
    pub fn run_device(&self, device: &Device) -> RunDevice {
        RunDevice {
            mac: device.mac(),
            hwid: device.hwid.clone(),
            label: device.label().into(),
            source: Arc::clone(&self.source(device.origins[0].source).name),
            line: device.origins[0].line,
        }
    }

    /// Begins a load: what is pushed with the number that comes back can be undone as one. One load at a time.
    pub fn begin(&mut self, name: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(self.sources.len() as u32);
        self.sources.push(Source { name: name.into() });
        self.reports.push(LoadReport::default());
        self.begin_step(id);
        id
    }

    /// Makes room for so many more devices, so that the list need not grow again and again. They need not come.
    pub fn reserve(&mut self, devices: usize) {
        self.devices.reserve(devices);
        self.by_mac.reserve(devices);
        self.by_hwid.reserve(devices);
    }

    /// Whether a row of this source joined two devices that were there before into one, so that the indices of the
    /// devices behind changed.
    #[must_use]
    pub fn was_joined(&self, source: SourceId) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Load(load) if load.source == source && load.joins > 0))
    }

    /// Removes the devices at these indices (ascending). Can be undone.
    pub fn remove(&mut self, indices: &[usize]) {
        let mut removed = Vec::with_capacity(indices.len());
        let mut left = indices.iter().copied().peekable();
        let mut kept = Vec::with_capacity(self.devices.len().saturating_sub(indices.len()));
        for (index, device) in std::mem::take(&mut self.devices).into_iter().enumerate() {
            if left.next_if_eq(&index).is_some() {
                removed.push((index as u32, device));
            } else {
                kept.push(device);
            }
        }
        self.devices = kept;
        if !removed.is_empty() {
            self.steps.push(Step::Removal(removed));
            self.point_to_all();
        }
    }

    /// Lets the ids of the device at `index`, which lead nowhere yet, lead to it.
    fn point_to(&mut self, index: u32) {
        let device = &self.devices[index as usize];
        for mac in &device.macs {
            self.by_mac.add(self.by_mac.key(mac), index);
        }
        if let Some(hwid) = &device.hwid {
            self.by_hwid.add(self.by_hwid.key(hwid), index);
        }
    }

    /// Lets those ids of a device that lead to `from` lead to `to`.
    fn lead(&mut self, device: &Device, from: u32, to: u32) {
        for mac in &device.macs {
            self.by_mac.lead(self.by_mac.key(mac), from, to);
        }
        if let Some(hwid) = &device.hwid {
            self.by_hwid.lead(self.by_hwid.key(hwid), from, to);
        }
    }

    fn point_to_all(&mut self) {
        self.by_mac.clear();
        self.by_hwid.clear();
        for index in 0..self.devices.len() as u32 {
            self.point_to(index);
        }
    }

    /// Reads the device's ambiguous id (twelve hex digits) the other way, as HWID instead of MAC or back. The words say
    /// how it is read now, or why it cannot be read another way. Can be undone.
    pub fn turn_round(&mut self, index: usize) -> Result<String, String> {
        let device = self.devices.get(index).ok_or_else(|| "there is no device here".to_owned())?;
        let before = Box::new(device.clone());
        let turned = match (device.read_as, device.macs.first(), &device.hwid) {
            (ReadAs::BareMac, Some(mac), None) => self.turn_to_hwid(index, *mac)?,
            (ReadAs::BareMac, Some(_), Some(hwid)) => return Err(format!("the device has the HWID {hwid} already")),
            (ReadAs::BareHwid, _, Some(hwid)) => {
                let mac = hwid.as_str().parse().map_err(|_| "this HWID can be read in one way only".to_owned())?;
                self.turn_to_mac(index, mac)?
            }
            _ => return Err("this id can be read in one way only".to_owned()),
        };
        self.steps.push(Step::Turn { index: index as u32, before });
        Ok(turned)
    }

    fn turn_to_hwid(&mut self, index: usize, mac: Mac) -> Result<String, String> {
        let hwid: Hwid = mac
            .bare(self.devices[index].capitals)
            .parse()
            .map_err(|_| "this id can be read in one way only".to_owned())?;
        if self.with_hwid(&hwid).is_some() {
            return Err(format!("{hwid} is the HWID of another device in the list"));
        }
        let device = &mut self.devices[index];
        device.macs.retain(|other| *other != mac);
        device.hwid = Some(hwid.clone());
        device.read_as = ReadAs::BareHwid;
        self.by_mac.remove(self.by_mac.key(&mac), index as u32);
        self.by_hwid.add(self.by_hwid.key(&hwid), index as u32);
        Ok(format!("{hwid} is read as {} now", IdMode::Hwid))
    }

    fn turn_to_mac(&mut self, index: usize, mac: Mac) -> Result<String, String> {
        mac.check_device().map_err(|why| format!("as a MAC it is {why}"))?;
        let leads = self.with_mac(mac);
        if leads.is_some_and(|other| other as usize != index) {
            return Err(format!("{mac} is the MAC of another device in the list"));
        }
        let device = &mut self.devices[index];
        if let Some(hwid) = device.hwid.take() {
            let capitals = hwid.as_str().bytes().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            device.capitals = capitals.fold(0, |bits, (at, _)| bits | 1 << at);
            self.by_hwid.remove(self.by_hwid.key(&hwid), index as u32);
        }
        device.macs.retain(|other| *other != mac);
        device.macs.put_first(mac);
        device.read_as = ReadAs::BareMac;
        if leads.is_none() {
            self.by_mac.add(self.by_mac.key(&mac), index as u32);
        }
        Ok(format!("{mac} is read as {} now", IdMode::Mac))
    }
}
