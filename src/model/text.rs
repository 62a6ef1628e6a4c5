//! Text from outside, made safe for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character that a terminal could obey made visible: control characters as their pictures
/// (`␛`), line breaks and tabs as a space, bidirectional controls and invisible characters as `‹U+202E›`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => safe.push(' '),
            '\0'..='\u{1f}' => safe.push(char::from_u32(0x2400 + c as u32).unwrap_or('␀')),
            '\u{7f}' => safe.push('␡'),
            c if is_dangerous(c) => {
                let _ = write!(safe, "‹U+{:04X}›", c as u32);
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether a terminal could take the character for more than a letter: controls, bidirectional and invisible
/// formatting, line and paragraph separators, tags.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text as a CSV cell that no spreadsheet runs as a formula: an apostrophe goes before a leading `=`, `+`, `-`, `@`,
/// tab or line break (the list that OWASP gives for CSV injection).
#[must_use]
pub fn spreadsheet_safe(text: &str) -> Cow<'_, str> {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{spreadsheet_safe, visible};
    use proptest::prelude::*;

    #[test]
    fn controls_become_marks() {
        assert_eq!(visible("a\u{1b}[31mb\u{7}\r\nc"), "a␛[31mb␇  c");
        assert_eq!(visible("x\u{202e}y\u{9b}z\u{200b}"), "x‹U+202E›y‹U+009B›z‹U+200B›");
        assert!(matches!(visible("anna müller 日本"), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn formulas_become_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(spreadsheet_safe(formula), format!("'{formula}"));
        }
        assert_eq!(spreadsheet_safe("LT-00017 = x"), "LT-00017 = x");
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(super::is_dangerous));
        }
    }
}
