//! The device filter: words over all that is known of a device, and parts of a MAC in any notation. Words are looked for
//! as they stand; only where no device has them, fuzzily.
//!
//! A list of 100,000 devices is looked through at every key, so what is looked at stands in one piece, in small letters,
//! and a plain word is looked for byte by byte. Whatever is not that plain (other scripts, capitals, `^` `$` `'` `!`) is
//! left to the matcher, which finds the same for plain words.

use std::fmt::Write as _;

use memchr::memmem::{self, Finder};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::model::{Device, Mac};

/// A filter as it was typed. An empty one lets everything through.
pub struct Filter {
    text: String,
    pattern: Pattern,
    wanted: Wanted,
    /// Nothing was found as it stands: similar ones are let through.
    similar: bool,
    texts: Texts,
    matcher: Matcher,
    haystack: String,
    chars: Vec<char>,
}

/// What is looked for.
enum Wanted {
    /// Hex digits that can be a part of a MAC, and the text as it was typed, in small letters.
    MacPart { digits: String, text: Box<Finder<'static>> },
    /// Plain words in small letters, all of which must be there, each with its letters in order.
    Words(Vec<Box<[u8]>>),
    /// Whatever only the matcher understands.
    Pattern,
}

/// What is looked at: one text a device, in the order of the list.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// One a device: where its text ends. A text of other characters than ASCII is empty, and looked at as it is.
    ends: Vec<u32>,
    /// One a device: its first MAC, and whether it has more.
    macs: Vec<(u64, bool)>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("text", &self.text).finish_non_exhaustive()
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            text: String::new(),
            pattern: Pattern::default(),
            wanted: Wanted::Words(Vec::new()),
            similar: false,
            texts: Texts::default(),
            matcher: Matcher::new(Config::DEFAULT),
            haystack: String::new(),
            chars: Vec::new(),
        }
    }
}

/// At least so many hex digits, all in one run of MAC notation, are searched in the MACs as they stand.
const MAC_PART: usize = 4;
/// No MAC has so many bits.
const NO_MAC: u64 = u64::MAX;

impl Filter {
    /// The typed text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether everything is let through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Changes the text. True if the new filter can only let through what the old one did.
    pub fn set(&mut self, text: &str) -> bool {
        let wanted = Wanted::of(text);
        let same_kind = matches!(
            (&self.wanted, &wanted),
            (Wanted::MacPart { .. }, Wanted::MacPart { .. }) | (Wanted::Words(_), Wanted::Words(_))
        );
        let narrower = same_kind && text.starts_with(&self.text);
        self.pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
        text.clone_into(&mut self.text);
        self.wanted = wanted;
        self.similar = false;
        narrower
    }

    /// Whether similar ones are let through, because nothing was found as it stands.
    #[must_use]
    pub fn is_similar(&self) -> bool {
        self.similar
    }

    /// From now on also lets through what is only similar: the letters of each word in their order, with others between.
    /// False where that makes no difference.
    pub fn widen(&mut self) -> bool {
        let words = matches!(&self.wanted, Wanted::Words(words) if !words.is_empty());
        let widened = words && !self.similar;
        self.similar |= words;
        widened
    }

    /// Gets ready for the devices of a list, all of them in their order.
    pub fn prepare(&mut self, devices: &[Device]) {
        if self.texts.ends.len() != devices.len() {
            self.texts = Texts::default();
            for device in devices {
                self.texts.add(device, &mut self.haystack);
            }
        }
    }

    /// The list has changed: what was prepared is not true any more.
    pub fn forget(&mut self) {
        self.texts = Texts::default();
    }

    /// Whether the device at `index` of the list is let through.
    pub fn matches(&mut self, index: usize, device: &Device) -> bool {
        match &self.wanted {
            Wanted::Words(words) if words.is_empty() => true,
            Wanted::MacPart { digits, text } => {
                let in_a_mac = match self.texts.macs.get(index) {
                    Some(&(mac, false)) => part_of(digits, mac),
                    _ => device.macs.iter().any(|&mac| part_of(digits, number(mac))),
                };
                if in_a_mac {
                    return true;
                }
                if let Some(haystack) = self.texts.get(index) {
                    return text.find(haystack).is_some();
                }
                describe(device, &mut self.haystack);
                text.find(self.haystack.to_lowercase().as_bytes()).is_some()
            }
            Wanted::Words(words) => match self.texts.get(index) {
                Some(haystack) if self.similar => words.iter().all(|word| in_order(word, haystack)),
                Some(haystack) => words.iter().all(|word| memmem::find(haystack, word).is_some()),
                None if self.similar => self.matches_pattern(device),
                None => {
                    describe(device, &mut self.haystack);
                    let haystack = self.haystack.to_lowercase();
                    words.iter().all(|word| memmem::find(haystack.as_bytes(), word).is_some())
                }
            },
            Wanted::Pattern => self.matches_pattern(device),
        }
    }

    fn matches_pattern(&mut self, device: &Device) -> bool {
        describe(device, &mut self.haystack);
        self.pattern.score(Utf32Str::new(&self.haystack, &mut self.chars), &mut self.matcher).is_some()
    }
}

impl Wanted {
    fn of(text: &str) -> Self {
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect();
        let mac = text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '-' | '.'));
        if mac && digits.len() >= MAC_PART {
            return Self::MacPart { digits, text: Box::new(Finder::new(&text.to_lowercase()).into_owned()) };
        }
        // Behind another character these mean themselves to the matcher too, but that is not worth a rule of its own.
        let plain = |c: char| c.is_ascii() && !c.is_ascii_uppercase() && !matches!(c, '!' | '\\' | '$' | '^' | '\'');
        if text.chars().all(plain) {
            return Self::Words(text.split_ascii_whitespace().map(|word| word.as_bytes().into()).collect());
        }
        Self::Pattern
    }
}

impl Texts {
    fn add(&mut self, device: &Device, scratch: &mut String) {
        describe(device, scratch);
        if scratch.is_ascii() {
            self.bytes.extend(scratch.bytes().map(|byte| byte.to_ascii_lowercase()));
        }
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.macs.push((device.mac().map_or(NO_MAC, number), device.macs.len() > 1));
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.bytes.get(start..end).filter(|text| !text.is_empty())
    }
}

/// All that is looked through of a device.
fn describe(device: &Device, text: &mut String) {
    text.clear();
    if let Some(mac) = device.mac() {
        let _ = write!(text, "{mac} ");
    }
    if let Some(hwid) = &device.hwid {
        text.push_str(hwid.as_str());
    }
    for part in device.labels.all().into_iter().flatten() {
        text.push(' ');
        text.push_str(part);
    }
}

fn number(mac: Mac) -> u64 {
    mac.octets().iter().fold(0, |value, &octet| value << 8 | u64::from(octet))
}

/// Whether the letters of a word stand in a text in their order, with whatever between.
fn in_order(word: &[u8], mut text: &[u8]) -> bool {
    word.iter().all(|&letter| match memchr::memchr(letter, text) {
        Some(at) => {
            text = &text[at + 1..];
            true
        }
        None => false,
    })
}

/// Whether hex digits stand in the twelve digits of a MAC.
fn part_of(digits: &str, mac: u64) -> bool {
    let length = digits.len();
    let Ok(wanted) = u64::from_str_radix(digits, 16) else { return false };
    mac != NO_MAC
        && length <= 12
        && (0..=12 - length).any(|skip| mac >> (4 * skip) & ((1 << (4 * length)) - 1) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceList, Found, Labels, Row};
    use proptest::prelude::*;

    fn device(mac: &str, host: &str) -> Device {
        let mut list = DeviceList::new();
        let source = list.begin("test");
        let row = Row {
            macs: [mac.parse().unwrap()].into_iter().collect(),
            labels: Labels::new(Some(host), None, None),
            line: 1,
            ..Row::default()
        };
        list.push(source, Found::Row(row));
        list.devices()[0].clone()
    }

    /// Whether it matches, prepared and not.
    fn matches(filter: &str, mac: &str, host: &str) -> bool {
        let device = device(mac, host);
        let mut it = Filter::default();
        it.set(filter);
        if !it.matches(0, &device) {
            it.widen();
        }
        let unprepared = it.matches(0, &device);
        it.prepare(std::slice::from_ref(&device));
        assert_eq!(it.matches(0, &device), unprepared, "{filter} in {host}");
        unprepared
    }

    #[test]
    fn words_are_fuzzy_and_all_must_match() {
        assert!(matches("lt17", "00:0c:29:cd:c7:b2", "LT-00017"));
        assert!(matches("17 LT", "00:0c:29:cd:c7:b2", "LT-00017"));
        assert!(!matches("lt18", "00:0c:29:cd:c7:b2", "LT-00017"));
        assert!(matches("mull", "00:0c:29:cd:c7:b2", "eva.müller"));
        assert!(!matches("LT", "00:0c:29:cd:c7:b2", "lt-00017"), "capitals are meant");
        assert!(matches("^00:0c !pc", "00:0c:29:cd:c7:b2", "lt-00017"));
    }

    #[test]
    fn part_of_a_mac_matches_in_any_notation_and_only_in_one_piece() {
        for part in ["000c.29cd", "00-0C-29", "cd:c7:b2", "29cdc7b2", "c29c"] {
            assert!(matches(part, "00:0c:29:cd:c7:b2", "x"), "{part}");
        }
        assert!(!matches("00cd", "00:0c:29:cd:c7:b2", "x"));
        assert!(matches("cafe", "00:0c:29:cd:c7:b2", "CAFE-PC"));
    }

    proptest! {
        /// The short way finds what the matcher finds, and a narrower filter lets through a part of the wider one.
        #[test]
        fn prepared_or_not_is_the_same(host in "[a-zA-Z0-9 .ü-]{0,12}", filter in "[a-z0-9 .:]{0,6}") {
            let found = matches(&filter, "00:0c:29:cd:c7:b2", &host);
            let mut it = Filter::default();
            it.set(&filter[..filter.len().saturating_sub(1)]);
            if it.set(&filter) && found && !filter.is_empty() {
                prop_assert!(matches(&filter[..filter.len().saturating_sub(1)], "00:0c:29:cd:c7:b2", &host));
            }
        }
    }
}
