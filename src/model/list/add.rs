//! What becomes of the rows that intake finds: new devices, or further rows of known ones.

use super::undo::{Change, Gained};
use super::{DISPUTED, Device, DeviceList, LoadReport, Pushed, Source, SourceId, Unreadable};
use crate::model::{Few, Found, LastOutcome, Mac, Origin, ReadAs, Row};

/// A load that joins more pairs of devices than this gives up the order of the list for the sake of time: every further
/// join moves the last device into the gap instead of all that stand behind it.
const ORDERED_JOINS: u32 = 256;

impl DeviceList {
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
                if self.enter_new(&row, &[]) {
                    self.reports[source.0 as usize].devices += 1;
                    return Pushed::New(self.append(source, row) as usize);
                }
                self.push_other(source, row)
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

    /// Adds what intake found, one after the other, as `push` does.
    pub fn push_all(&mut self, source: SourceId, found: Vec<Found>) {
        let mut found = found.into_iter();
        loop {
            // First all lookups, then all devices: a lookup waits for memory, and many of them can wait together.
            let new = self.enter_all_new(found.as_slice());
            if new > 0 {
                self.load_mut(source);
                let place = self.place(source);
                // All of these are rows: nothing else was counted.
                self.devices.extend(found.by_ref().take(new).map(|one| match one {
                    Found::Row(row) => new_device(row, place),
                    _ => unreachable!("only rows are counted"),
                }));
                self.reports[source.0 as usize].devices += new;
            }
            match found.next() {
                Some(Found::Row(row)) => self.push_other(source, row),
                Some(other) => self.push(source, other),
                None => return,
            };
        }
    }

    /// Adds a row that is not as most are: one of a known device, or with several MACs.
    fn push_other(&mut self, source: SourceId, row: Row) -> Pushed {
        let pushed = self.place_other(source, row);
        let report = &mut self.reports[source.0 as usize];
        match pushed {
            Pushed::New(_) => report.devices += 1,
            _ => report.duplicates += 1,
        }
        pushed
    }

    fn place_other(&mut self, source: SourceId, mut row: Row) -> Pushed {
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

    /// Lets the ids of the first rows lead to the devices that they are about to become, up to the first that is not an
    /// ordinary new row. How many rows that is: the caller must append these devices before it looks up anything else.
    fn enter_all_new(&mut self, found: &[Found]) -> usize {
        (0..found.len())
            .find(|&at| match &found[at] {
                Found::Row(row) => !self.enter_new(row, &found[..at]),
                _ => true,
            })
            .unwrap_or(found.len())
    }

    /// Lets the ids of a row as most of them are (new, with a MAC, an HWID or one of both) lead to the device that comes
    /// next behind those of the rows `before` it, which are no devices yet; whether it is such a row.
    #[inline]
    fn enter_new(&mut self, row: &Row, before: &[Found]) -> bool {
        let devices = &self.devices;
        let macs = |at: usize| match devices.get(at) {
            Some(device) => &device.macs[..],
            None => row_at(before, at - devices.len()).map_or(&[][..], |row| &row.macs),
        };
        let hwid_of = |at: usize| match devices.get(at) {
            Some(device) => device.hwid.as_ref(),
            None => row_at(before, at - devices.len()).and_then(|row| row.hwid.as_ref()),
        };
        let mac = match row.macs.as_slice() {
            [] => None,
            [mac] => match self.by_mac.place(mac, |at| macs(at).contains(mac)) {
                Some(place) => Some(place),
                None => return false,
            },
            _ => return false,
        };
        let hwid = match &row.hwid {
            None => None,
            Some(hwid) => match self.by_hwid.place(hwid, |at| hwid_of(at) == Some(hwid)) {
                Some(place) => Some(place),
                None => return false,
            },
        };
        let next = (devices.len() + before.len()) as u32;
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
    fn append(&mut self, source: SourceId, row: Row) -> u32 {
        self.load_mut(source);
        let index = self.devices.len() as u32;
        self.devices.push(new_device(row, self.place(source)));
        index
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
}

fn row_at(found: &[Found], at: usize) -> Option<&Row> {
    match found.get(at) {
        Some(Found::Row(row)) => Some(row),
        _ => None,
    }
}

/// The device that a row alone makes.
#[inline]
fn new_device(row: Row, source: SourceId) -> Device {
    Device {
        origins: Few::one(Origin { source, line: row.line }),
        macs: row.macs,
        hwid: row.hwid,
        labels: row.labels,
        read_as: row.read_as,
        capitals: row.capitals,
        selected: false,
        rare: None,
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
