//! What a load, a removal or a turning changed, so that it can be taken back without a copy of the list.

use super::{Device, DeviceList, SourceId, Undone};
use crate::model::labels::Which;
use crate::model::{IdMode, LastOutcome, ReadAs};

/// One thing that undo takes back.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A load or paste.
    Load(Load),
    /// Devices that were removed, with their indices, ascending.
    Removal(Vec<(u32, Device)>),
    /// A device whose ambiguous id was read the other way.
    Turn { index: u32, before: Box<Device> },
    /// The devices whose selection was taken away at once.
    Unselect(Vec<u32>),
}

/// A load: what it added stands behind `devices` and `unreadable`, what it changed before them in `changes`.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub source: SourceId,
    /// How many devices and unreadable ones there were before.
    pub devices: u32,
    pub unreadable: u32,
    pub changes: Vec<Change>,
    /// How many pairs of devices became one.
    pub joins: u32,
}

/// A change of a device that was there before.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// A row was united with it.
    Gained(Gained),
    /// A contradiction was found.
    Disputed { index: u32, before: Option<Box<str>> },
    /// The device `gone` at `at` went into the one at `kept`, when there were `length` devices. `state` is what the kept
    /// one's selection and last outcome were before, `joined` after.
    Joined {
        kept: u32,
        at: u32,
        gone: Box<Device>,
        length: u32,
        in_order: bool,
        state: (bool, Option<LastOutcome>),
        joined: (bool, Option<LastOutcome>),
    },
}

/// What a device gained: how many MACs and origins it had before, and which fields were empty.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gained {
    pub index: u32,
    pub macs: u32,
    pub origins: u32,
    pub hwid: bool,
    pub labels: Which,
    pub read_as: bool,
}

impl DeviceList {
    pub(super) fn begin_step(&mut self, source: SourceId) {
        self.steps.push(Step::Load(Load {
            source,
            devices: self.devices.len() as u32,
            unreadable: self.unreadable.len() as u32,
            changes: Vec::new(),
            joins: 0,
        }));
    }

    /// The step that a change by this source belongs to: the newest one, or a new one where something else came between.
    pub(super) fn load_mut(&mut self, source: SourceId) -> &mut Load {
        if !matches!(self.steps.last(), Some(Step::Load(load)) if load.source == source) {
            self.begin_step(source);
        }
        match self.steps.last_mut() {
            Some(Step::Load(load)) => load,
            _ => unreachable!("a load was pushed just now"),
        }
    }

    /// Remembers a change of the device at `index`, unless the device came with the same load and goes with it.
    pub(super) fn remember(&mut self, source: SourceId, index: u32, change: Change) {
        let load = self.load_mut(source);
        if index < load.devices || load.joins > 0 {
            load.changes.push(change);
        }
    }

    /// Selects none. How many were selected before.
    pub fn unselect_all(&mut self) -> usize {
        let selected = (0..).zip(&mut self.devices).filter(|(_, device)| device.selected);
        let were: Vec<u32> = selected
            .map(|(index, device)| {
                device.selected = false;
                index
            })
            .collect();
        let number = were.len();
        if number > 0 {
            self.steps.push(Step::Unselect(were));
        }
        number
    }

    /// Takes back the newest load, paste, removal, turning or taking away of all selections; `None` where there is none.
    /// Else, selections and last outcomes stay as they are.
    pub fn undo(&mut self) -> Option<Undone> {
        // A load that was begun and brought nothing is nothing to take back.
        while matches!(self.steps.last(), Some(Step::Load(load)) if self.is_empty_load(load)) {
            self.steps.pop();
        }
        let undone = match self.steps.pop()? {
            Step::Load(load) => self.undo_load(load),
            Step::Removal(removed) => self.undo_removal(removed),
            Step::Turn { index, before } => self.undo_turn(index, *before),
            Step::Unselect(were) => self.undo_unselect(&were),
        };
        self.point_to_all();
        Some(undone)
    }

    fn is_empty_load(&self, load: &Load) -> bool {
        load.changes.is_empty()
            && load.devices as usize == self.devices.len()
            && load.unreadable as usize == self.unreadable.len()
    }

    fn undo_load(&mut self, load: Load) -> Undone {
        let name = &self.sources[load.source.0 as usize].name;
        let what = match name.as_ref() {
            "pasted" | "paste" => "paste".to_owned(),
            "typed" => "typed device".to_owned(),
            name => format!("load of {name}"),
        };
        let before = self.devices.len();
        for change in load.changes.into_iter().rev() {
            self.take_back(change);
        }
        self.devices.truncate(load.devices as usize);
        self.unreadable.truncate(load.unreadable as usize);
        Undone { what, devices: before.abs_diff(self.devices.len()) }
    }

    fn take_back(&mut self, change: Change) {
        match change {
            Change::Gained(gained) => {
                // Past the end: a device of this load, which is gone by now.
                let Some(device) = self.devices.get_mut(gained.index as usize) else { return };
                device.macs.truncate(gained.macs as usize);
                device.origins.truncate(gained.origins as usize);
                device.hwid = device.hwid.take().filter(|_| !gained.hwid);
                device.labels.forget(gained.labels);
                if gained.read_as {
                    device.read_as = ReadAs::Plain;
                }
            }
            Change::Disputed { index, before } => {
                if let Some(device) = self.devices.get_mut(index as usize) {
                    device.set_contradiction(before);
                }
            }
            Change::Joined { kept, at, mut gone, length, in_order, state, joined } => {
                self.devices.truncate(length as usize - 1);
                let device = &mut self.devices[kept as usize];
                // What was changed since the joining holds for both, what was not is as it was for each.
                if device.selected == joined.0 {
                    device.selected = state.0;
                } else {
                    gone.selected = device.selected;
                }
                if device.last() == joined.1 {
                    device.set_last(state.1);
                } else {
                    gone.set_last(device.last());
                }
                if in_order {
                    self.devices.insert(at as usize, *gone);
                } else {
                    self.devices.push(*gone);
                    let last = self.devices.len() - 1;
                    self.devices.swap(at as usize, last);
                }
            }
        }
    }

    /// Forgets what was selected and what runs have done, also in what undo would bring back.
    pub fn forget_runs(&mut self) {
        let forget = |device: &mut Device| {
            device.selected = false;
            device.set_last(None);
        };
        self.devices.iter_mut().for_each(forget);
        self.steps.retain(|step| !matches!(step, Step::Unselect(_)));
        for step in &mut self.steps {
            match step {
                Step::Removal(removed) => removed.iter_mut().for_each(|(_, device)| forget(device)),
                Step::Turn { before, .. } => forget(before),
                Step::Unselect(_) => {}
                Step::Load(load) => {
                    for change in &mut load.changes {
                        if let Change::Joined { gone, state, joined, .. } = change {
                            forget(gone);
                            (*state, *joined) = ((false, None), (false, None));
                        }
                    }
                }
            }
        }
    }

    fn undo_removal(&mut self, removed: Vec<(u32, Device)>) -> Undone {
        let devices = removed.len();
        let mut left = std::mem::take(&mut self.devices).into_iter();
        let mut all = Vec::with_capacity(left.len() + devices);
        for (index, device) in removed {
            all.extend(left.by_ref().take((index as usize).saturating_sub(all.len())));
            all.push(device);
        }
        all.extend(left);
        self.devices = all;
        Undone { what: "removal".to_owned(), devices }
    }

    fn undo_unselect(&mut self, were: &[u32]) -> Undone {
        for &index in were {
            if let Some(device) = self.devices.get_mut(index as usize) {
                device.selected = true;
            }
        }
        Undone { what: "selecting none".to_owned(), devices: were.len() }
    }

    fn undo_turn(&mut self, index: u32, before: Device) -> Undone {
        let mode = if before.read_as == ReadAs::BareMac { IdMode::Hwid } else { IdMode::Mac };
        if let Some(device) = self.devices.get_mut(index as usize) {
            let (selected, last) = (device.selected, device.last());
            *device = Device { selected, ..before };
            device.set_last(last);
        }
        Undone { what: format!("reading as {mode}"), devices: 1 }
    }
}
