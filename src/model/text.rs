//! Text from outside, made safe for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The text with every character that a terminal could obey made visible: control characters as their pictures
/// (`␛`), line breaks and tabs as a space, bidirectional controls and invisible characters as `‹U+202E›`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_dangerous) {
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

/// Whether the text is of letters, digits and marks of ASCII alone, as nearly all are.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The text for a terminal that knows ASCII alone: to one with eight bits a byte of UTF-8 may be a control character. What
/// has no likeness in ASCII is `?`.
#[must_use]
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let likeness = |c: char| match c {
        c if c.is_ascii() => c,
        '‹' | '←' => '<',
        '›' | '→' => '>',
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' => '\'',
        '–' | '—' | '‐' | '‑' | '−' => '-',
        '…' => '~',
        '↓' => 'v',
        '·' | '•' => '.',
        '↑' | '\u{2400}'..='\u{2421}' => '^',
        '\u{a0}' => ' ',
        _ => '?',
    };
    text.chars().map(likeness).collect::<String>().into()
}

/// Whether a terminal could take the character for more than a letter: controls, bidirectional and invisible
/// formatting, line and paragraph separators, tags.
pub(crate) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The one of `known` that `word` was most likely meant to be, if any is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|name| (strsim::jaro_winkler(&word.to_lowercase(), name), name));
    near.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// The text as a CSV cell that neither a terminal obeys nor a spreadsheet runs.
#[must_use]
pub fn csv_cell(text: &str) -> String {
    spreadsheet_safe(&visible(text)).into_owned()
}

/// The text as a CSV cell that no spreadsheet runs as a formula, whatever it takes for the separator: an apostrophe goes
/// before the text and before each part behind a `;`, tab or line break, where that begins with `=`, `+`, `-` or `@` (spaces and
/// quotation marks aside); and before a leading tab or line break (the list that OWASP gives for CSV injection). A
/// spreadsheet of a country with decimal commas parts a line at each `;` that is not behind a `"` right after a separator
/// of its own, so that the quotes of CSV are no help there. A comma is: csv quotes the cell that holds one.
#[must_use]
pub fn spreadsheet_safe(text: &str) -> Cow<'_, str> {
    let parts = text.split_inclusive(is_separator);
    let led = text.starts_with(['\t', '\r', '\n']);
    if !led && !parts.clone().any(is_formula) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    safe.extend(led.then_some('\''));
    for part in parts {
        safe.extend(is_formula(part).then_some('\''));
        safe.push_str(part);
    }
    Cow::Owned(safe)
}

fn is_separator(c: char) -> bool {
    matches!(c, ';' | '\t' | '\r' | '\n')
}

fn is_formula(part: &str) -> bool {
    let begin = part.trim_start_matches(|c: char| (c.is_whitespace() && !is_separator(c)) || c == '"');
    begin.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// The text with spaces behind it, so that it takes this many cells of a terminal at least.
#[must_use]
pub fn padded(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(text.width())))
}

/// The text, cut to this many cells of a terminal with `…` at its end where it is longer.
#[must_use]
pub fn cut(text: &str, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells {
        return Cow::Borrowed(text);
    }
    let mut taken = 0;
    let fits = |&(_, c): &(usize, char)| {
        taken += c.width().unwrap_or(0);
        taken >= cells
    };
    let end = text.char_indices().find(fits).map_or(text.len(), |(at, _)| at);
    Cow::Owned(if cells == 0 { String::new() } else { format!("{}…", &text[..end]) })
}

/// `2400` as `2,400`.
#[must_use]
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 device`, `2,400 devices`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// The text in lines of at most `width` cells, broken at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split(' ') {
        let space = usize::from(!line.is_empty());
        if line.width() + space + word.width() <= width {
            line.extend(std::iter::repeat_n(' ', space));
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while word.width() > width {
            let mut cells = 0;
            let at = word.char_indices().find(|(_, c)| {
                cells += c.width().unwrap_or(0);
                cells > width
            });
            let (head, tail) = word.split_at(at.map_or(word.len(), |(at, _)| at).max(1));
            lines.push(head.to_owned());
            word = tail;
        }
        word.clone_into(&mut line);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::{count, counted, csv_cell, cut, padded, spreadsheet_safe, visible, wrap};
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr as _;

    #[test]
    fn controls_become_marks() {
        assert_eq!(visible("a\u{1b}[31mb\u{7}\r\nc"), "a␛[31mb␇  c");
        assert_eq!(visible("x\u{202e}y\u{9b}z\u{200b}"), "x‹U+202E›y‹U+009B›z‹U+200B›");
        assert!(matches!(visible("anna müller 日本"), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        assert_eq!(padded("日本", 6), "日本  ");
        assert_eq!(padded("longer", 3), "longer");
        assert_eq!([cut("anna", 4), cut("annab", 4), cut("anna", 1), cut("anna", 0)], ["anna", "ann…", "…", ""]);
        // A wide character that would be cut in two goes whole.
        assert_eq!([cut("日本語", 6), cut("日本語", 5), cut("日本語", 4)], ["日本語", "日本…", "日…"]);
    }

    #[test]
    fn formulas_become_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "\t1"] {
            assert_eq!(spreadsheet_safe(formula), format!("'{formula}"));
        }
        for harmless in ["LT-00017 = x", "anna; ben", "Meier, -5", "a;;b=c", ""] {
            assert!(matches!(spreadsheet_safe(harmless), std::borrow::Cow::Borrowed(_)), "{harmless}");
        }
        assert_eq!(spreadsheet_safe("a;=HYPERLINK(1); +1\t@x"), "a;'=HYPERLINK(1);' +1\t'@x");
        assert_eq!(spreadsheet_safe("\t=1"), "'\t'=1");
        assert_eq!(spreadsheet_safe("=1;=2"), "'=1;'=2");
        assert_eq!(spreadsheet_safe("a;\"=1"), "a;'\"=1");
    }

    #[test]
    fn a_cell_is_safe_for_both() {
        assert_eq!(csv_cell("\u{1b}[31m\u{7}\u{9b}x"), "␛[31m␇‹U+009B›x");
        assert_eq!(csv_cell("\n=1"), "' =1");
    }

    /// The cells of a line as a program takes them that parts it at `separator`, and knows quotes or does not.
    fn cells(line: &str, separator: char, quotes: bool) -> Vec<String> {
        if !quotes {
            return line.split(separator).map(str::to_owned).collect();
        }
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(u8::try_from(separator).unwrap());
        reader
            .from_reader(line.as_bytes())
            .records()
            .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(2400), "2,400");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "device"), "1 device");
        assert_eq!(counted(2400, "device"), "2,400 devices");
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(super::is_dangerous));
            prop_assert!(!csv_cell(&text).chars().any(super::is_dangerous));
        }

        #[test]
        fn what_is_cut_fits(text in any::<String>(), cells in 0_usize..20) {
            prop_assert!(cut(&visible(&text), cells).width() <= cells);
        }

        #[test]
        fn whatever_parts_a_line_no_cell_is_a_formula(
            texts in prop::collection::vec("[a;,\"' \t\n=+@＝-]{0,12}", 1..4)
        ) {
            for safe in [csv_cell, |text: &str| spreadsheet_safe(text).into_owned()] {
                let mut writer = csv::Writer::from_writer(Vec::new());
                writer.write_record(texts.iter().map(|text| safe(text))).unwrap();
                let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
                for (separator, quotes) in [(',', true), (';', true), (';', false), ('\t', true), ('\t', false)] {
                    for cell in cells(&line, separator, quotes) {
                        let begin = cell.trim_start_matches([' ', '"']);
                        prop_assert!(!begin.starts_with(['=', '+', '-', '@', '＝']), "{texts:?}: {line:?}: {cell:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("2,400 devices, 48 requests, about 4 min", 28), ["2,400 devices, 48 requests,", "about 4 min"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
