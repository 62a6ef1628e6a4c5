//! The names of keys: how a key press is called, and how a name in the configuration is read.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_width::UnicodeWidthChar as _;

use crate::model::text::{is_dangerous, nearest, visible};

/// Keys that are no character, with their names; the first name of a key is the one that is written.
const NAMED: &[(KeyCode, &str)] = &[
    (KeyCode::Char(' '), "space"),
    (KeyCode::Enter, "enter"),
    (KeyCode::Enter, "return"),
    (KeyCode::Esc, "esc"),
    (KeyCode::Esc, "escape"),
    (KeyCode::Tab, "tab"),
    (KeyCode::BackTab, "shift-tab"),
    (KeyCode::Backspace, "backspace"),
    (KeyCode::Delete, "del"),
    (KeyCode::Delete, "delete"),
    (KeyCode::Insert, "ins"),
    (KeyCode::Insert, "insert"),
    (KeyCode::Up, "up"),
    (KeyCode::Down, "down"),
    (KeyCode::Left, "left"),
    (KeyCode::Right, "right"),
    (KeyCode::PageUp, "pgup"),
    (KeyCode::PageUp, "pageup"),
    (KeyCode::PageDown, "pgdn"),
    (KeyCode::PageDown, "pagedown"),
    (KeyCode::Home, "home"),
    (KeyCode::End, "end"),
    (KeyCode::F(1), "f1"),
    (KeyCode::F(2), "f2"),
    (KeyCode::F(3), "f3"),
    (KeyCode::F(4), "f4"),
    (KeyCode::F(5), "f5"),
    (KeyCode::F(6), "f6"),
    (KeyCode::F(7), "f7"),
    (KeyCode::F(8), "f8"),
    (KeyCode::F(9), "f9"),
    (KeyCode::F(10), "f10"),
    (KeyCode::F(11), "f11"),
    (KeyCode::F(12), "f12"),
];

/// The name of a key press, as the table writes it; empty for one that no table can have.
#[must_use]
pub fn name(key: &KeyEvent) -> String {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let name = match (NAMED.iter().find(|(code, _)| *code == key.code), key.code) {
        (Some((KeyCode::BackTab, name)), _) => return (*name).to_owned(),
        (Some((_, name)), _) => (*name).to_owned(),
        (None, KeyCode::Char(c)) if ctrl => c.to_lowercase().to_string(),
        (None, KeyCode::Char(c)) => c.to_string(),
        _ => return String::new(),
    };
    match () {
        () if ctrl => format!("ctrl-{name}"),
        () if key.modifiers.contains(KeyModifiers::ALT) => format!("alt-{name}"),
        () => name,
    }
}

/// Reads the name of a key: a character, `space`, `f5`, `ctrl-x`, `alt-x`, whatever the case of words. What comes back is
/// the name as `name` writes it; the error says why no terminal would send this key, or what key was perhaps meant.
pub(super) fn read(text: &str) -> Result<String, String> {
    let mut characters = text.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        return match c {
            ' ' => Ok("space".to_owned()),
            c if c.width().is_some_and(|width| width > 0) && !c.is_whitespace() && !is_dangerous(c) => {
                Ok(text.to_owned())
            }
            _ => Err(format!("“{}” cannot be typed as a key", visible(text))),
        };
    }
    let small = text.to_lowercase().replace('+', "-");
    // The character itself keeps its case: alt-G is another key than alt-g.
    let behind = |prefix: &str| small.starts_with(prefix).then(|| &text[prefix.len()..]).filter(|key| !key.is_empty());
    if let Some(key) = behind("ctrl-") {
        return ctrl(key);
    }
    if let Some(key) = behind("alt-") {
        return match key {
            // Together with the escape character these begin what terminals send for arrows and function keys.
            "[" | "O" => Err(format!("terminals take alt-{key} for the beginning of another key")),
            key => Ok(format!("alt-{}", plain(key).map_err(|_| unknown(text))?)),
        };
    }
    plain(&small).map_err(|_| unknown(text))
}

/// A key without Ctrl and Alt.
fn plain(text: &str) -> Result<String, String> {
    if text.chars().count() == 1 {
        return read(text);
    }
    let small = text.to_lowercase();
    let found = NAMED.iter().find(|(_, name)| *name == small).ok_or_else(|| unknown(text))?;
    let written = NAMED.iter().find(|(code, _)| *code == found.0).unwrap_or(found);
    Ok(written.1.to_owned())
}

fn ctrl(key: &str) -> Result<String, String> {
    let small = key.to_lowercase();
    match small.as_str() {
        "c" => Ok("ctrl-c".to_owned()),
        "z" => Err("ctrl-z always stops the program until the shell wakes it".to_owned()),
        "i" => Err("terminals send tab for ctrl-i".to_owned()),
        "m" => Err("terminals send enter for ctrl-m".to_owned()),
        "j" => Err("ctrl-j comes in pastes as the end of a line".to_owned()),
        // The control characters are those of the Latin letters, and a few more.
        letter if letter.len() == 1 && letter.as_bytes()[0].is_ascii_lowercase() => Ok(format!("ctrl-{letter}")),
        "4" | "5" | "6" | "7" => Ok(format!("ctrl-{small}")),
        _ => match plain(&small) {
            Ok(name) if name.chars().count() > 1 && !matches!(name.as_str(), "tab" | "shift-tab" | "esc" | "enter") => {
                Ok(format!("ctrl-{name}"))
            }
            _ => Err(format!("terminals send nothing of its own for ctrl-{}", visible(key))),
        },
    }
}

fn unknown(text: &str) -> String {
    let names = NAMED.iter().map(|(_, name)| *name);
    let hint = match nearest(text, names) {
        Some(near) => format!("did you mean {near}?"),
        None => "a key is a character, space, f1 to f12, ctrl-x or alt-x".to_owned(),
    };
    format!("there is no key “{}”; {hint}", visible(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        for (text, key) in [
            ("x", "x"),
            ("X", "X"),
            ("ü", "ü"),
            ("ж", "ж"),
            (" ", "space"),
            ("Space", "space"),
            ("Enter", "enter"),
            ("return", "enter"),
            ("PageDown", "pgdn"),
            ("F12", "f12"),
            ("Ctrl-X", "ctrl-x"),
            ("ctrl+x", "ctrl-x"),
            ("ctrl-left", "ctrl-left"),
            ("alt-x", "alt-x"),
            ("Alt-X", "alt-X"),
            ("alt-ö", "alt-ö"),
            ("alt-Enter", "alt-enter"),
            ("-", "-"),
            ("+", "+"),
            ("shift-tab", "shift-tab"),
        ] {
            assert_eq!(read(text), Ok(key.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_no_terminal_sends_is_refused_with_a_reason() {
        for (text, part) in [
            ("", "there is no key"),
            ("entr", "did you mean enter"),
            ("f13", "did you mean f1"),
            ("hello", "a character, space"),
            ("ctrl-i", "tab"),
            ("ctrl-m", "enter"),
            ("ctrl-j", "pastes"),
            ("ctrl-z", "stops the program"),
            ("ctrl-ж", "nothing of its own"),
            ("ctrl-1", "nothing of its own"),
            ("alt-[", "another key"),
            ("ctrl-", "there is no key"),
            ("ctrl-alt-x", "nothing of its own"),
            ("\u{7}", "cannot be typed"),
            ("\u{301}", "cannot be typed"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn a_name_that_is_read_is_the_name_of_a_key_press(c in any::<char>(), control in any::<bool>()) {
            let modifiers = if control { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
            let text = if control { format!("ctrl-{c}") } else { c.to_string() };
            if let Ok(read) = read(&text) {
                prop_assert_eq!(read, name(&KeyEvent::new(KeyCode::Char(c), modifiers)));
            }
        }
    }
}
