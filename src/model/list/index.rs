//! Where the ids of a list's devices lead.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::{Entry, VacantEntry};

/// Ids of one kind and the devices that have them. It keeps no id, only a part of its hash, so that the list of a
/// hundred thousand devices fits the processor's cache; whoever asks says which device has the id.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    slots: HashTable<Slot>,
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    hash: u32,
    device: u32,
}

/// An id's hash in this index.
#[derive(Clone, Copy)]
pub(super) struct Key(u32);

/// Where an id belongs that leads to no device yet.
pub(super) struct Place<'a> {
    hash: u32,
    slot: VacantEntry<'a, Slot>,
}

impl Place<'_> {
    /// Lets the id lead to this device.
    pub fn take(self, device: u32) {
        self.slot.insert(Slot { hash: self.hash, device });
    }
}

impl Key {
    /// The table takes the place from the lower bits and seven more from the upper ones.
    fn spread(self) -> u64 {
        u64::from(self.0) << 32 | u64::from(self.0)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the table asks for it")]
fn rehash(slot: &Slot) -> u64 {
    Key(slot.hash).spread()
}

impl Index {
    pub fn key(&self, id: &impl Hash) -> Key {
        let hash = self.hasher.hash_one(id);
        Key((hash ^ hash >> 32) as u32)
    }

    /// The device that `has` the id.
    pub fn find(&self, id: &impl Hash, has: impl Fn(usize) -> bool) -> Option<u32> {
        let key = self.key(id);
        let slot = self.slots.find(key.spread(), |slot| slot.hash == key.0 && has(slot.device as usize));
        slot.map(|slot| slot.device)
    }

    /// Where the id belongs that a device `has`; none where one has it.
    pub fn place(&mut self, id: &impl Hash, has: impl Fn(usize) -> bool) -> Option<Place<'_>> {
        let key = self.key(id);
        let found = |slot: &Slot| slot.hash == key.0 && has(slot.device as usize);
        match self.slots.entry(key.spread(), found, rehash) {
            Entry::Occupied(_) => None,
            Entry::Vacant(slot) => Some(Place { hash: key.0, slot }),
        }
    }

    /// Lets an id that is in no device yet lead to this one.
    pub fn add(&mut self, key: Key, device: u32) {
        self.slots.insert_unique(key.spread(), Slot { hash: key.0, device }, rehash);
    }

    /// Lets an id that leads to the device `from` lead to another.
    pub fn lead(&mut self, key: Key, from: u32, to: u32) {
        if let Some(slot) = self.slots.find_mut(key.spread(), |slot| *slot == Slot { hash: key.0, device: from }) {
            slot.device = to;
        }
    }

    /// Forgets an id that leads to this device.
    pub fn remove(&mut self, key: Key, device: u32) {
        if let Ok(entry) = self.slots.find_entry(key.spread(), |slot| *slot == Slot { hash: key.0, device }) {
            entry.remove();
        }
    }

    /// The device `gone` is no more, and those behind it moved up.
    pub fn close_gap(&mut self, gone: u32) {
        self.slots.iter_mut().for_each(|slot| slot.device -= u32::from(slot.device > gone));
    }

    /// How many ids lead somewhere.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn reserve(&mut self, more: usize) {
        self.slots.reserve(more, rehash);
    }

    pub fn clear(&mut self) {
        self.slots.clear();
    }
}
