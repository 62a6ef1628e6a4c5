//! The device filter: fuzzy words over all that is known of a device, and parts of a MAC in any notation.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::model::Device;

/// A filter as it was typed. An empty one lets everything through.
pub struct Filter {
    text: String,
    pattern: Pattern,
    /// The typed text's hex digits, if it can be a part of a MAC.
    digits: Option<String>,
    matcher: Matcher,
    haystack: String,
    chars: Vec<char>,
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
            digits: None,
            matcher: Matcher::new(Config::DEFAULT),
            haystack: String::new(),
            chars: Vec::new(),
        }
    }
}

/// At least so many hex digits, all in one run of MAC notation, are searched in the MACs as they stand.
const MAC_PART: usize = 4;

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
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect();
        let mac = text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '-' | '.'));
        let digits = (mac && digits.len() >= MAC_PART).then_some(digits);
        let narrower = text.starts_with(&self.text)
            && digits.is_some() == self.digits.is_some()
            && !text.contains(['!', '\\', '$', '^', '\'']);
        self.pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
        text.clone_into(&mut self.text);
        self.digits = digits;
        narrower
    }

    /// Whether the device is let through.
    pub fn matches(&mut self, device: &Device) -> bool {
        if self.is_empty() {
            return true;
        }
        if let Some(digits) = &self.digits {
            let in_a_mac = device.macs.iter().any(|mac| {
                let bytes = mac.octets();
                let value = bytes.iter().fold(0_u64, |value, &octet| value << 8 | u64::from(octet));
                part_of(digits, value)
            });
            if in_a_mac {
                return true;
            }
        }
        self.haystack.clear();
        // The digits of a MAC are looked for as they stand: scattered ones would match nearly every address.
        if self.digits.is_none()
            && let Some(mac) = device.mac()
        {
            use std::fmt::Write as _;
            let _ = write!(self.haystack, "{mac} ");
        }
        if let Some(hwid) = &device.hwid {
            self.haystack.push_str(hwid.as_str());
        }
        for text in [&device.host, &device.user, &device.note].into_iter().flatten() {
            self.haystack.push(' ');
            self.haystack.push_str(text);
        }
        if self.digits.is_some() {
            let needle = self.text.to_ascii_lowercase();
            return self.haystack.to_ascii_lowercase().contains(&needle);
        }
        self.pattern.score(Utf32Str::new(&self.haystack, &mut self.chars), &mut self.matcher).is_some()
    }
}

/// Whether hex digits stand in the twelve digits of a MAC.
fn part_of(digits: &str, mac: u64) -> bool {
    let length = digits.len();
    let Ok(wanted) = u64::from_str_radix(digits, 16) else { return false };
    length <= 12 && (0..=12 - length).any(|skip| mac >> (4 * skip) & ((1 << (4 * length)) - 1) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceList, Found, Row};

    fn matches(filter: &str, mac: &str, host: &str) -> bool {
        let mut list = DeviceList::new();
        let source = list.begin("test");
        let row = Row { macs: vec![mac.parse().unwrap()], host: Some(host.into()), line: 1, ..Row::default() };
        list.push(source, Found::Row(row));
        let mut it = Filter::default();
        it.set(filter);
        it.matches(&list.devices()[0])
    }

    #[test]
    fn words_are_fuzzy_and_all_must_match() {
        assert!(matches("lt17", "00:0c:29:cd:c7:b2", "LT-00017"));
        assert!(matches("17 LT", "00:0c:29:cd:c7:b2", "LT-00017"));
        assert!(!matches("lt18", "00:0c:29:cd:c7:b2", "LT-00017"));
    }

    #[test]
    fn part_of_a_mac_matches_in_any_notation_and_only_in_one_piece() {
        for part in ["000c.29cd", "00-0C-29", "cd:c7:b2", "29cdc7b2", "c29c"] {
            assert!(matches(part, "00:0c:29:cd:c7:b2", "x"), "{part}");
        }
        assert!(!matches("00cd", "00:0c:29:cd:c7:b2", "x"));
        assert!(matches("cafe", "00:0c:29:cd:c7:b2", "CAFE-PC"));
    }
}
