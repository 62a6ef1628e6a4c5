//! The sample devices: the same at every start.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::model::{Hwid, Mac};

/// How many devices the sample list names.
const LISTED: usize = 340;
/// Every so manieth device of the list is unknown to the account: sold, re-imaged, never enrolled.
const UNKNOWN_EVERY: usize = 17;
/// Every so manieth device has no persistent agent, so that it cannot be told to renew its address [D].
const NO_AGENT_EVERY: usize = 29;

/// First three octets of makers whose network cards office machines have.
const MAKERS: [[u8; 3]; 8] = [
    [0x00, 0x0c, 0x29],
    [0x3c, 0x52, 0x82],
    [0x54, 0xbf, 0x64],
    [0x8c, 0x16, 0x45],
    [0xa4, 0xbb, 0x6d],
    [0xd4, 0x81, 0xd7],
    [0xf8, 0x75, 0xa4],
    [0x48, 0x2a, 0xe3],
];
const FIRST_NAMES: [&str; 20] = [
    "anna", "ben", "cem", "dora", "emil", "fatma", "gita", "hugo", "ines", "jan", "kim", "lena", "marek", "nora",
    "omar", "petra", "quentin", "rosa", "sven", "tilda",
];
const LAST_NAMES: [&str; 17] = [
    "smith", "jones", "khan", "meyer", "novak", "silva", "rossi", "larsen", "dubois", "ito", "weber", "kaya", "lopez",
    "murphy", "olsen", "patel", "wang",
];
const SITES: [&str; 6] = ["Leeds", "Porto", "Brno", "Lyon", "Kiel", "Izmir"];

/// A device of the sample list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleDevice {
    /// Its MAC.
    pub mac: Mac,
    /// The cloud's id of it.
    pub hwid: Hwid,
    /// Host name.
    pub host: String,
    /// User.
    pub user: String,
    /// Site.
    pub note: String,
    /// Whether the account knows it.
    pub known: bool,
    /// Whether it can be told to renew its address.
    pub has_agent: bool,
}

/// The devices of the list, some of them unknown to the account.
#[must_use]
pub fn devices() -> Vec<SampleDevice> {
    (0..LISTED).map(device).collect()
}

fn device(index: usize) -> SampleDevice {
    let spread = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bytes = spread.to_be_bytes();
    let maker = MAKERS[usize::from(bytes[3]) % MAKERS.len()];
    let kind = if bytes[4].is_multiple_of(3) { "PC" } else { "LT" };
    // The two lists of names have lengths without a common divisor: no pair comes twice before all have come.
    let user = format!("{}.{}", FIRST_NAMES[index % FIRST_NAMES.len()], LAST_NAMES[index % LAST_NAMES.len()]);
    SampleDevice {
        mac: Mac::new([maker[0], maker[1], maker[2], bytes[0], bytes[1], bytes[2]]),
        hwid: hwid(spread),
        host: format!("{kind}-{:05}", index + 17),
        user,
        note: SITES[usize::from(bytes[2]) % SITES.len()].to_owned(),
        known: index % UNKNOWN_EVERY != UNKNOWN_EVERY - 1,
        has_agent: index % NO_AGENT_EVERY != NO_AGENT_EVERY - 1,
    }
}

fn hwid(mut spread: u64) -> Hwid {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTVWXY";
    let mut text = String::with_capacity(16);
    for _ in 0..16 {
        spread = spread.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        text.push(DIGITS[(spread >> 59) as usize] as char);
    }
    text.parse().expect("sixteen letters and digits are a hardware id")
}

/// The sample list as CSV, for `--demo`: the devices with a few rows twice and one that cannot be read.
#[must_use]
pub fn demo_list() -> String {
    let mut list = String::from("mac,hwid,host,user,note\n");
    for (index, device) in devices().iter().enumerate() {
        let SampleDevice { mac, hwid, host, user, note, .. } = device;
        // Not every source knows both ids of every device.
        let (mac, hwid) = match index % 23 {
            7 => (String::new(), hwid.to_string()),
            15 => (mac.to_string(), String::new()),
            _ => (mac.to_string(), hwid.to_string()),
        };
        let row = format!("{mac},{hwid},{host},{user},{note}\n");
        list.push_str(&row);
        if index % 130 == 64 {
            list.push_str(&row);
        }
        if index == 13 {
            let _ = writeln!(list, "00:0c:29:cd:c7:zz,,LT-99999,nobody,typing error");
        }
    }
    list
}

/// The devices that an account knows.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    by_mac: HashMap<String, usize>,
    by_hwid: HashMap<String, usize>,
    no_agent: Vec<bool>,
    everything: bool,
}

impl Fleet {
    /// The known ones of the sample devices.
    #[must_use]
    pub fn sample() -> Self {
        let mut fleet = Self::default();
        for device in devices().into_iter().filter(|device| device.known) {
            fleet.add(Some(device.mac), Some(&device.hwid), device.has_agent);
        }
        fleet
    }

    /// Knows whatever is well written, for large tests.
    #[must_use]
    pub fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// Adds a device.
    pub fn add(&mut self, mac: Option<Mac>, hwid: Option<&Hwid>, has_agent: bool) {
        let index = self.no_agent.len();
        self.no_agent.push(!has_agent);
        if let Some(mac) = mac {
            self.by_mac.insert(mac.to_string(), index);
        }
        if let Some(hwid) = hwid {
            self.by_hwid.insert(hwid.to_string(), index);
        }
    }

    /// How many devices it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.no_agent.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.no_agent.is_empty()
    }

    /// What stands for a device, by its MAC in the cloud's form.
    pub(super) fn by_mac(&self, text: &str) -> Option<Known> {
        let well_written = text.parse::<Mac>().is_ok_and(|mac| mac.to_string() == text);
        if self.everything && well_written {
            return Some(Known::Any);
        }
        self.by_mac.get(text).map(|&index| Known::At(index))
    }

    /// What stands for a device, by its HWID.
    pub(super) fn by_hwid(&self, text: &str) -> Option<Known> {
        if self.everything && text.parse::<Hwid>().is_ok() {
            return Some(Known::Any);
        }
        self.by_hwid.get(text).map(|&index| Known::At(index))
    }

    /// Whether a device can be told to renew its address.
    pub(super) fn has_agent(&self, known: Known) -> bool {
        match known {
            Known::At(index) => !self.no_agent[index],
            Known::Any => true,
        }
    }
}

/// A device of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// By its place.
    At(usize),
    /// One of a fleet that knows everything.
    Any,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn sample_devices_are_different_and_can_be_sent() {
        let devices = devices();
        let macs: HashSet<Mac> = devices.iter().map(|device| device.mac).collect();
        let hwids: HashSet<&Hwid> = devices.iter().map(|device| &device.hwid).collect();
        let users: HashSet<&String> = devices.iter().map(|device| &device.user).collect();
        assert_eq!((macs.len(), hwids.len(), users.len()), (LISTED, LISTED, LISTED));
        assert!(macs.iter().all(|mac| mac.check_device().is_ok() && !mac.is_locally_administered()));
        assert_eq!(Fleet::sample().len(), LISTED - LISTED / UNKNOWN_EVERY);
    }
}
