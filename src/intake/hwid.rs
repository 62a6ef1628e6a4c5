//! Hardware ids in text: only where something says that they are.

use super::scan;
use crate::model::{Hwid, IdMode};

/// The id of a text that is nothing but one, with or without the prefix `hwid:`. Without it the text needs `mode` HWID,
/// and a digit and a letter, so that neither a word nor a date nor a telephone number is taken for a device.
pub(super) fn token(text: &str, mode: IdMode) -> Option<Hwid> {
    if let Some(rest) = after_prefix(text) {
        return Some(clean(rest)).filter(|id| !is_no_id(id))?.parse().ok();
    }
    let text = clean(text);
    let mixed = text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    // A MAC that is written as one stays one.
    let mac = scan::is_written(text.as_bytes());
    (mode == IdMode::Hwid && mixed && !mac && !is_nothing(text)).then(|| text.parse().ok()).flatten()
}

/// The id of a line in a column of hardware ids.
pub(super) fn column(text: &str) -> Option<Hwid> {
    let text = clean(text);
    let mac = scan::is_written(text.as_bytes());
    if mac || is_no_id(text) { None } else { text.parse().ok() }
}

/// A hardware id without a prefix, where nothing says that it is one: letters and digits only, and mixed as no word
/// with a number is. `wifilist`, `devices2`, `LT-00017` and `win10list` are misspelt files or hosts' names: sent as
/// devices, they would be the wrong thing. `HWID123` is the documentation's own example.
pub(super) fn unmistakable(text: &str) -> Option<Hwid> {
    let bytes = text.as_bytes();
    let plain = bytes.iter().all(u8::is_ascii_alphanumeric);
    let changes = bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let example = text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("hwid")) && changes == 1;
    (plain && (changes >= 4 || example)).then(|| text.parse().ok()).flatten()
}

/// What follows `hwid:` or `hwid=` at the beginning of the text.
pub(super) fn after_prefix(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "\"'([{<".contains(c));
    let (head, rest) = text.split_at_checked(4)?;
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    head.eq_ignore_ascii_case("hwid").then(|| rest.strip_prefix([':', '='])).flatten()
}

/// Every id in the line that has the prefix before it.
pub(super) fn prefixed(line: &str) -> impl Iterator<Item = Hwid> {
    let starts = line.as_bytes().windows(4).enumerate().filter(|(_, four)| four.eq_ignore_ascii_case(b"hwid"));
    starts.filter_map(|(start, _)| {
        let before = line.as_bytes()[..start].last();
        if before.is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        let rest = after_prefix(line.get(start..)?)?;
        let rest = rest.trim_start_matches(|c: char| c == ' ' || c == '\t' || "\"'<([{".contains(c));
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(rest.len());
        rest[..end].parse().ok().filter(|_| !is_no_id(&rest[..end]))
    })
}

fn clean(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || "\"'`()[]{}<>,;=".contains(c))
}

/// What inventories write where they know nothing.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "n/a", "na", "n.a.", "none", "null", "(null)", "nil", "nan", "undefined", "unknown", "not known", "not available",
    "not applicable", "not found", "not set", "<private>", "private", "missing", "empty", "blank",
];

/// What they write in the place of an id that is not there yet, or no more; a note may say the same of the device.
#[rustfmt::skip]
const NO_ID: &[&str] = &[
    "pending", "to be confirmed", "requested", "ordered", "unavailable", "notavailable", "not-available",
    "not_available", "notapplicable", "unassigned", "not assigned", "no agent", "no-agent", "not installed",
    "notinstalled", "not-installed", "uninstalled", "retired", "disposed", "removed", "replaced", "deleted", "default",
    "offline",
];

fn is_one_of(words: &[&str], text: &str) -> bool {
    // No word ends with a digit, as most cells do. It must stay so.
    let could_be = !text.as_bytes().last().is_some_and(u8::is_ascii_digit);
    could_be && words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether the text says that nothing is known.
pub(super) fn is_nothing(text: &str) -> bool {
    text == "0" || is_one_of(NOTHING, text) || !text.chars().any(char::is_alphanumeric)
}

/// Whether the text stands for an id that nobody knows.
pub(super) fn is_no_id(text: &str) -> bool {
    is_nothing(text) || is_one_of(NO_ID, text)
}

#[cfg(test)]
mod tests {
    use super::{NO_ID, NOTHING, is_no_id, is_nothing, prefixed, token};
    use crate::model::IdMode;

    #[test]
    fn a_token_needs_the_mode_or_the_prefix() {
        let text = |text, mode| token(text, mode).map(|hwid| hwid.to_string());
        assert_eq!(text(" KZ60M9CW7L1L218D\r", IdMode::Hwid).as_deref(), Some("KZ60M9CW7L1L218D"));
        assert_eq!(text("KZ60M9CW7L1L218D", IdMode::Mac), None);
        assert_eq!(text("HWID: \"regards\"", IdMode::Mac).as_deref(), Some("regards"));
        assert_eq!(text("hwid: pending", IdMode::Mac), None);
        for none in ["regards", "2024-05-01", "unknown", "two words 12", "0800-123456", "abc12"] {
            assert_eq!(text(none, IdMode::Hwid), None, "{none}");
        }
    }

    #[test]
    fn what_stands_for_nothing_is_known_in_any_case() {
        for word in NOTHING {
            assert!(is_nothing(word) && is_nothing(&word.to_uppercase()), "{word}");
        }
        for word in NO_ID {
            assert!(is_no_id(word) && is_no_id(&word.to_uppercase()) && !is_nothing(word), "{word}");
        }
    }

    #[test]
    fn prefixes_are_found_in_prose() {
        let ids: Vec<_> = prefixed("the PC hwid=KZ60M9CW7L1L218D, (HWID: HWID123) and xhwid:abcdefg1 hwid here")
            .map(|id| id.to_string())
            .collect();
        assert_eq!(ids, ["KZ60M9CW7L1L218D", "HWID123"]);
    }
}
