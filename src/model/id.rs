//! The two ids by which the cloud knows a device.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// An EUI-48 address. Shown and sent as `00:0c:29:cd:c7:b2`, the only form that the cloud's documentation uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mac([u8; 6]);

/// Why a text is not the id that it was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnId {
    /// The text is in none of the MAC notations.
    #[error("not a MAC address")]
    Mac,
    /// The text is not 7 to 64 letters, digits, `-` or `_`.
    #[error("not a hardware id (7 to 64 letters, digits, - or _)")]
    Hwid,
}

/// Why a well-formed MAC cannot be the address of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADevice {
    /// `ff:ff:ff:ff:ff:ff`
    #[error("the broadcast address, not a device")]
    Broadcast,
    /// The group bit is set.
    #[error("a multicast address, not a device")]
    Multicast,
    /// `00:00:00:00:00:00`
    #[error("all zeros, not a device")]
    Zero,
}

impl Mac {
    /// The address made of these six octets, in the order in which they are written.
    #[must_use]
    pub const fn new(octets: [u8; 6]) -> Self {
        Self(octets)
    }

    /// The six octets in the order in which they are written.
    #[must_use]
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }

    /// The twelve digits without separators; those with a bit in `capitals` (bit 0 the first) as capitals.
    #[must_use]
    pub fn bare(self, capitals: u16) -> String {
        let digit = |index: usize| {
            let octet = self.0[index / 2];
            let value = if index.is_multiple_of(2) { octet >> 4 } else { octet & 15 };
            let digit = char::from_digit(u32::from(value), 16).unwrap_or('0');
            if capitals >> index & 1 == 1 { digit.to_ascii_uppercase() } else { digit }
        };
        (0..12).map(digit).collect()
    }

    /// The text of the address, written into `text`: lists have a million of them.
    fn write(self, text: &mut [u8; 17]) -> &str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        text[2..].iter_mut().step_by(3).for_each(|byte| *byte = b':');
        for (pair, octet) in text.chunks_mut(3).zip(self.0) {
            pair[0] = DIGITS[usize::from(octet >> 4)];
            pair[1] = DIGITS[usize::from(octet & 15)];
        }
        str::from_utf8(text).unwrap_or_default()
    }

    /// Whether the address can belong to one device.
    pub fn check_device(self) -> Result<(), NotADevice> {
        match self.0 {
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => Err(NotADevice::Broadcast),
            [0, 0, 0, 0, 0, 0] => Err(NotADevice::Zero),
            [first, ..] if first & 1 == 1 => Err(NotADevice::Multicast),
            _ => Ok(()),
        }
    }

    /// Whether the address was made up by the device's system (a randomised Wi-Fi address, a virtual interface), so
    /// that the cloud may know the device by another one.
    #[must_use]
    pub const fn is_locally_administered(self) -> bool {
        self.0[0] & 2 == 2
    }
}

impl Hash for Mac {
    /// As one number: a list looks up a million of them.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut number = [0; 8];
        number[..6].copy_from_slice(&self.0);
        state.write_u64(u64::from_le_bytes(number));
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; 17]))
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Mac {
    type Err = NotAnId;

    /// Reads one MAC that is the whole text, in any case: six groups of one or two digits with `:` or `-`, three of
    /// four with `.`, `:` or `-`, two of six with `-` or `:`, or twelve digits.
    fn from_str(s: &str) -> Result<Self, NotAnId> {
        let mut separator = None;
        let mut groups = 1;
        for c in s.bytes().filter(|c| !c.is_ascii_hexdigit()) {
            if !matches!(c, b':' | b'-' | b'.') || separator.is_some_and(|known| known != c) {
                return Err(NotAnId::Mac);
            }
            separator = Some(c);
            groups += 1;
        }
        let digits = match (groups, separator) {
            (6, Some(b':' | b'-')) => 2,
            (3, Some(_)) => 4,
            (2, Some(b':' | b'-')) => 6,
            (1, None) => 12,
            _ => return Err(NotAnId::Mac),
        };
        let mut value = 0_u64;
        for group in s.split(|c: char| !c.is_ascii_hexdigit()) {
            // Only octets lose leading zeros in the wild (macOS, Solaris): groups of four or six never do.
            if group.len() != digits && !(digits == 2 && group.len() == 1) {
                return Err(NotAnId::Mac);
            }
            let number = u64::from_str_radix(group, 16).map_err(|_| NotAnId::Mac)?;
            value = value << (4 * digits) | number;
        }
        let [_, _, octets @ ..] = value.to_be_bytes();
        Ok(Self(octets))
    }
}

impl Serialize for Mac {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; 17]))
    }
}

/// The cloud's own id of a device: 7 to 64 letters, digits, `-` or `_`, case kept. No rule is documented; this one
/// covers every example in the cloud's documentation. Ids of up to 24 characters, as most of its examples
/// are, take no memory of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hwid(CompactString);

const LETTER: u8 = 1;
const DIGIT: u8 = 2;
/// `-` and `_`
const MARK: u8 = 4;
const OTHER: u8 = 8;

/// What each byte is to a hardware id.
static KIND: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        table[byte] = match c {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'-' | b'_' => MARK,
            _ => OTHER,
        };
        byte += 1;
    }
    table
};

/// What the text is made of.
fn kinds(text: &str) -> u8 {
    text.bytes().fold(0, |kinds, byte| kinds | KIND[usize::from(byte)])
}

impl Hwid {
    /// The shortest and the longest length taken for a hardware id, in characters.
    pub const LENGTH: std::ops::RangeInclusive<usize> = 7..=64;

    /// The id that a text is which is nothing but letters and digits, both of them: it can be no word and no number.
    #[must_use]
    pub fn mixed(text: &str) -> Option<Self> {
        let mixed = kinds(text) == LETTER | DIGIT && Self::LENGTH.contains(&text.len());
        mixed.then(|| Self(text.into()))
    }

    /// The id as the cloud writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Hwid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Hwid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl FromStr for Hwid {
    type Err = NotAnId;

    fn from_str(s: &str) -> Result<Self, NotAnId> {
        let kinds = kinds(s);
        let fits = Self::LENGTH.contains(&s.len()) && kinds & OTHER == 0 && kinds & (LETTER | DIGIT) != 0;
        if fits { Ok(Self(s.into())) } else { Err(NotAnId::Hwid) }
    }
}

/// Which of the two ids a run sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdMode {
    /// `opt` 0, `MAC_list`
    #[default]
    Mac,
    /// `opt` 1, `HWID_list`
    Hwid,
}

impl IdMode {
    /// The mode's name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Mac => "MAC",
            Self::Hwid => "HWID",
        }
    }

    /// The mode's name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mac => "mac",
            Self::Hwid => "hwid",
        }
    }

    /// The other mode.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Mac => Self::Hwid,
            Self::Hwid => Self::Mac,
        }
    }
}

impl fmt::Display for IdMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

impl FromStr for IdMode {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        [Self::Mac, Self::Hwid]
            .into_iter()
            .find(|mode| mode.name().eq_ignore_ascii_case(s))
            .ok_or_else(|| format!("“{s}” is no ID mode: it is mac or hwid"))
    }
}

/// Either id, as it goes on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Id {
    /// For ID mode MAC
    Mac(Mac),
    /// For ID mode HWID
    Hwid(Hwid),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mac(mac) => fmt::Display::fmt(mac, f),
            Self::Hwid(hwid) => fmt::Display::fmt(hwid, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: Mac = Mac::new([0x00, 0x0c, 0x29, 0xcd, 0xc7, 0xb2]);

    #[test]
    fn every_notation_is_the_same_mac() {
        for text in [
            "00:0c:29:cd:c7:b2",
            "00-0C-29-CD-C7-B2",
            "000c.29cd.c7b2",
            "000c-29cd-c7b2",
            "000c:29cd:c7b2",
            "000c29-cdc7b2",
            "000c29:cdc7b2",
            "000C29CDC7B2",
            "0:c:29:cd:c7:b2",
        ] {
            assert_eq!(text.parse(), Ok(MAC), "{text}");
        }
        assert_eq!(MAC.to_string(), "00:0c:29:cd:c7:b2");
    }

    #[test]
    fn near_misses_are_no_macs() {
        for text in [
            "",
            "00:0c:29:cd:c7",
            "00:0c:29:cd:c7:b2:00",
            "00:0c:29-cd:c7:b2",
            "00.0c.29.cd.c7.b2",
            "000c29.cdc7b2",
            "00:0c:29:cd:c7:",
            "0c.29cd.c7b2",
            "00:0c:29:cd:c7:bg",
            "000c29cdc7b2f",
            "000:0c:29:cd:c7:b2",
            " 00:0c:29:cd:c7:b2",
        ] {
            assert_eq!(text.parse::<Mac>(), Err(NotAnId::Mac), "{text}");
        }
    }

    #[test]
    fn group_addresses_are_no_devices() {
        assert_eq!(Mac::new([0xff; 6]).check_device(), Err(NotADevice::Broadcast));
        assert_eq!(Mac::new([0; 6]).check_device(), Err(NotADevice::Zero));
        assert_eq!(Mac::new([1, 0, 0x5e, 0, 0, 1]).check_device(), Err(NotADevice::Multicast));
        assert_eq!(MAC.check_device(), Ok(()));
        assert!(Mac::new([0xda, 0, 0, 0, 0, 1]).is_locally_administered());
        assert!(!MAC.is_locally_administered());
    }

    #[test]
    fn documented_hwids_are_read() {
        for text in ["HWID123", "0CQN6GRVGU2F1", "KZ60M9CW7L1L218D", "b3cb8d0434286208f8f187f0e75f63b5"] {
            assert_eq!(text.parse::<Hwid>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        for text in ["HWID12", "-------", "a b c d e", "a\u{1b}[31mbcd", &"a".repeat(65)] {
            assert_eq!(text.parse::<Hwid>(), Err(NotAnId::Hwid), "{text}");
        }
    }
}
