//! The list of devices: every source's rows merged, and what could not be read.

mod index;
#[cfg(test)]
mod tests;
mod undo;

use std::sync::Arc;

use super::device::DISPUTED;
use super::{Device, Few, Found, Hwid, Id, IdMode, LastOutcome, Mac, Origin, ReadAs, Row, RunDevice};
use index::Index;
use undo::{Change, Gained, Step};

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

/// A load that joins more pairs of devices than this gives up the order of the list for the sake of time: every further
/// join moves the last device into the gap instead of all that stand behind it.
const ORDERED_JOINS: u32 = 256;

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

    /// Adds what intake found: a new device, one more row of a known device (united with it), or something unreadable.
    ///
    /// A row that names ids of several devices joins them into one. Where that would give a device two HWIDs it does
    /// not: the ids stay where they are, and both devices say so in `contradiction`.
    pub fn push(&mut self, source: SourceId, found: Found) -> Pushed {
        match found {
            Found::Sheet(name) => {
                let sheet = SourceId(self.sources.len() as u32);
                let name = format!("{}/{name}", self.source(source).name);
                self.sources.push(Source { name: name.into() });
                self.reports.push(LoadReport::default());
                self.sheet = Some((source, sheet));
                Pushed::Sheet
            }
            Found::Row(row) => {
                let pushed = self.push_row(source, row);
                let report = &mut self.reports[source.0 as usize];
                match pushed {
                    Pushed::New(_) => report.devices += 1,
                    _ => report.duplicates += 1,
                }
                pushed
            }
            Found::Unreadable { line, text, reason } => {
                self.load_mut(source);
                let report = &mut self.reports[source.0 as usize];
                report.unreadable += 1;
                report.first_unreadable_line.get_or_insert(line);
                let origin = Origin { source: self.place(source), line };
                self.unreadable.push(Unreadable { origin, text, reason });
                Pushed::Unreadable
            }
        }
    }

    /// Whether a row of this source joined two devices that were there before into one, so that the indices of the
    /// devices behind changed.
    #[must_use]
    pub fn was_joined(&self, source: SourceId) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Load(load) if load.source == source && load.joins > 0))
    }

    fn push_row(&mut self, source: SourceId, mut row: Row) -> Pushed {
        if self.enter_new(&row) {
            return Pushed::New(self.append(source, row) as usize);
        }
        let owners = self.owners(&row);
        let Some(&first) = owners.first() else {
            return Pushed::New(self.insert(source, row));
        };
        // The one HWID that the united device can have.
        let hwid_of = |index: &u32| self.devices[*index as usize].hwid.as_ref();
        let hwid = row.hwid.as_ref().or_else(|| owners.iter().find_map(hwid_of)).cloned();
        let fits = |index: &u32| hwid_of(index).is_none_or(|other| Some(other) == hwid.as_ref());
        if owners.len() == 1 && fits(&first) {
            self.unite(first, source, row);
            return Pushed::Duplicate(first as usize);
        }
        let (fitting, against): (Vec<u32>, Vec<u32>) = owners.into_iter().partition(fits);
        let disputed: Vec<(Mac, u32)> = row
            .macs
            .iter()
            .filter_map(|mac| Some((*mac, self.with_mac(*mac)?)))
            .filter(|(_, at)| against.contains(at))
            .collect();
        row.macs.retain(|mac| !disputed.iter().any(|(other, _)| other == mac));
        // The first in the list keeps its place; later ones go, from behind, so that the indices before them hold.
        let mut fitting = fitting;
        fitting.sort_unstable();
        let pushed = if let Some(&kept) = fitting.first() {
            self.unite(kept, source, row);
            Pushed::Duplicate(kept as usize)
        } else {
            Pushed::New(self.insert(source, row))
        };
        let (Pushed::New(here) | Pushed::Duplicate(here)) = pushed else { return pushed };
        for (mac, other) in disputed {
            self.dispute(source, mac, here as u32, other);
        }
        for &gone in fitting.iter().skip(1).rev() {
            self.join(source, here as u32, gone);
        }
        pushed
    }

    /// Lets the ids of a row as most of them are (new, with a MAC, an HWID or one of both) lead to the device that comes
    /// next; whether it is such a row. Not inlined, so that the row stays whole and is moved in few steps.
    #[inline(never)]
    fn enter_new(&mut self, row: &Row) -> bool {
        let devices = &self.devices;
        let mac = match row.macs.as_slice() {
            [] => None,
            [mac] => match self.by_mac.place(mac, |at| devices.get(at).is_some_and(|device| device.macs.contains(mac)))
            {
                Some(place) => Some(place),
                None => return false,
            },
            _ => return false,
        };
        let hwid = match &row.hwid {
            None => None,
            Some(hwid) => {
                let has = |at: usize| devices.get(at).is_some_and(|device| device.hwid.as_ref() == Some(hwid));
                match self.by_hwid.place(hwid, has) {
                    Some(place) => Some(place),
                    None => return false,
                }
            }
        };
        let next = devices.len() as u32;
        if let Some(place) = mac {
            place.take(next);
        }
        if let Some(place) = hwid {
            place.take(next);
        }
        true
    }

    /// The devices that have an id of the row: the HWID's first, then in the order of the MACs.
    fn owners(&self, row: &Row) -> Vec<u32> {
        let mut owners: Vec<u32> = Vec::new();
        let by_hwid = row.hwid.as_ref().and_then(|hwid| self.with_hwid(hwid));
        for owner in by_hwid.into_iter().chain(row.macs.iter().filter_map(|&mac| self.with_mac(mac))) {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }

    fn insert(&mut self, source: SourceId, mut row: Row) -> usize {
        let mut macs = Vec::with_capacity(row.macs.len());
        row.macs.retain(|mac| {
            let new = !macs.contains(mac);
            macs.push(*mac);
            new
        });
        let index = self.append(source, row);
        self.point_to(index);
        index as usize
    }

    /// Adds a device to which its ids do not lead yet.
    #[inline]
    fn append(&mut self, source: SourceId, row: Row) -> u32 {
        self.load_mut(source);
        let index = self.devices.len() as u32;
        let origin = Origin { source: self.place(source), line: row.line };
        self.devices.push(Device {
            macs: row.macs,
            hwid: row.hwid,
            labels: row.labels,
            origins: Few::one(origin),
            read_as: row.read_as,
            capitals: row.capitals,
            selected: false,
            rare: None,
        });
        index
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

    fn unite(&mut self, index: u32, source: SourceId, row: Row) {
        let origin = Origin { source: self.place(source), line: row.line };
        let device = &mut self.devices[index as usize];
        let mut gained =
            Gained { index, macs: device.macs.len() as u32, origins: device.origins.len() as u32, ..Gained::default() };
        device.origins.push(origin);
        let against: Vec<String> = device.labels.against(&row.labels).collect();
        gained.labels = device.labels.fill(&row.labels);
        // An id may lead to a device that this one is about to be joined with.
        for &mac in &row.macs {
            if !self.devices[index as usize].macs.contains(&mac) {
                let (key, leads) = (self.by_mac.key(&mac), self.with_mac(mac));
                match leads {
                    Some(other) => self.by_mac.lead(key, other, index),
                    None => self.by_mac.add(key, index),
                }
                self.devices[index as usize].macs.push(mac);
            }
        }
        if let (None, Some(hwid)) = (&self.devices[index as usize].hwid, row.hwid) {
            let (key, leads) = (self.by_hwid.key(&hwid), self.with_hwid(&hwid));
            match leads {
                Some(other) => self.by_hwid.lead(key, other, index),
                None => self.by_hwid.add(key, index),
            }
            let device = &mut self.devices[index as usize];
            device.hwid = Some(hwid);
            gained.hwid = true;
            if device.read_as == ReadAs::Plain && row.read_as == ReadAs::BareHwid {
                device.read_as = ReadAs::BareHwid;
                gained.read_as = true;
            }
        }
        self.remember(source, index, Change::Gained(gained));
        for words in against {
            self.contradict(source, index, &words);
        }
    }

    /// Says in both devices that `mac`, an id of `theirs`, was named with the HWID of `ours` too.
    fn dispute(&mut self, source: SourceId, mac: Mac, ours: u32, theirs: u32) {
        let hwid = |index: u32| self.devices[index as usize].hwid.as_ref().map(ToString::to_string).unwrap_or_default();
        let words = format!("MAC {mac} {DISPUTED} {} and with HWID {}", hwid(theirs), hwid(ours));
        for index in [ours, theirs] {
            self.contradict(source, index, &words);
        }
    }

    /// Adds the words to what is said against the device, unless they are there.
    fn contradict(&mut self, source: SourceId, index: u32, words: &str) {
        let device = &mut self.devices[index as usize];
        let before: Option<Box<str>> = device.contradiction().map(Into::into);
        if device.contradict(words) {
            self.remember(source, index, Change::Disputed { index, before });
        }
    }

    /// Makes one device, at `kept`, of two.
    fn join(&mut self, source: SourceId, kept: u32, gone: u32) {
        let load = self.load_mut(source);
        load.joins += 1;
        let in_order = load.joins <= ORDERED_JOINS;
        let length = self.devices.len() as u32;
        let other = if in_order { self.devices.remove(gone as usize) } else { self.devices.swap_remove(gone as usize) };
        self.lead(&other, gone, kept);
        if in_order {
            self.by_mac.close_gap(gone);
            self.by_hwid.close_gap(gone);
        } else if let Some(moved) = self.devices.get(gone as usize).cloned() {
            self.lead(&moved, length - 1, gone);
        }
        let device = &mut self.devices[kept as usize];
        let mut gained = Gained {
            index: kept,
            macs: device.macs.len() as u32,
            origins: device.origins.len() as u32,
            ..Gained::default()
        };
        let state = (device.selected, device.last());
        let before: Option<Box<str>> = device.contradiction().map(Into::into);
        // The row that joins them has given its ids to the kept one already.
        let more: Vec<Mac> = other.macs.iter().filter(|mac| !device.macs.contains(mac)).copied().collect();
        device.macs.extend(more);
        device.origins.extend(other.origins.iter().copied());
        gained.hwid = fill(&mut device.hwid, other.hwid.clone());
        let against: Vec<String> = device.labels.against(&other.labels).collect();
        gained.labels = device.labels.fill(&other.labels);
        for words in against.iter().map(String::as_str).chain(other.contradiction()) {
            device.contradict(words);
        }
        device.selected |= other.selected;
        device.set_last(newer(device.last(), other.last()));
        let joined = (device.selected, device.last());
        let changes = &mut self.load_mut(source).changes;
        changes.push(Change::Gained(gained));
        changes.push(Change::Disputed { index: kept, before });
        changes.push(Change::Joined { kept, at: gone, gone: Box::new(other), length, in_order, state, joined });
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

/// Fills what is empty; whether it did.
fn fill<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let fills = place.is_none() && value.is_some();
    if fills {
        *place = value;
    }
    fills
}

fn newer(one: Option<LastOutcome>, other: Option<LastOutcome>) -> Option<LastOutcome> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.run > one.run { other } else { one }),
        (one, other) => one.or(other),
    }
}
