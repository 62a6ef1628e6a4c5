//! A long text to scroll through and to search, with the keys of less.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

use super::dialog::Topic;

/// The place in a long text.
#[derive(Debug)]
pub struct Reader {
    /// Which text.
    pub topic: Topic,
    /// The first row on screen.
    pub first: usize,
    /// Words that are being typed to look for.
    pub search: Option<Input>,
    /// The words that are looked for, in small letters.
    wanted: String,
    /// The row where they were found last.
    pub found: Option<usize>,
    /// They are nowhere in the text.
    pub nothing: bool,
    /// The text from which a digit opened this one: the digit can turn out to be the beginning of a number.
    pub from: Option<Box<Reader>>,
}

impl Reader {
    /// The text from its beginning.
    #[must_use]
    pub fn new(topic: Topic) -> Self {
        Self { topic, first: 0, search: None, wanted: String::new(), found: None, nothing: false, from: None }
    }

    /// A key; `rows` of the text's `length` are on screen, and `lines` makes them all for a search. Whether the text stays.
    pub fn key(&mut self, key: KeyEvent, rows: usize, length: usize, lines: impl Fn() -> Vec<String>) -> bool {
        self.key_times(key, None, rows, length, lines)
    }

    /// A key with a number before it, if there was one: so many rows or pages, or that row.
    pub fn key_times(
        &mut self,
        key: KeyEvent,
        times: Option<usize>,
        rows: usize,
        length: usize,
        lines: impl Fn() -> Vec<String>,
    ) -> bool {
        self.nothing = false;
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        if self.search.is_some() {
            self.search_key(key, lines);
            self.first = self.first.min(length.saturating_sub(rows));
            return true;
        }
        let number = times.unwrap_or(1);
        let page = rows.saturating_sub(1).max(1).saturating_mul(number);
        // As in vim: a number of half pages is a number of rows.
        let half = times.unwrap_or((rows / 2).max(1));
        let (up, down) = (|by| self.first.saturating_sub(by), |by| self.first.saturating_add(by));
        self.first = match key.code {
            KeyCode::Char('d') if ctrl => down(half),
            KeyCode::Char('u') if ctrl => up(half),
            KeyCode::Char('f') if ctrl => down(page),
            KeyCode::Char('b') if ctrl => up(page),
            KeyCode::Char(_) if ctrl => return false,
            KeyCode::Up | KeyCode::Char('k') => up(number),
            KeyCode::Down | KeyCode::Char('j') => down(number),
            KeyCode::PageUp => up(page),
            KeyCode::PageDown | KeyCode::Char(' ') => down(page),
            KeyCode::Home | KeyCode::Char('g') => number - 1,
            KeyCode::End | KeyCode::Char('G') => times.map_or(usize::MAX, |number| number - 1),
            KeyCode::Char('/') => {
                self.search = Some(Input::default());
                self.first
            }
            KeyCode::Char(c @ ('n' | 'N')) => {
                let lines = if self.wanted.is_empty() { Vec::new() } else { lines() };
                let finds = lines.iter().filter(|line| line.to_lowercase().contains(&self.wanted)).count();
                for _ in 0..number.min(finds.max(1)) {
                    self.find(&lines, c == 'N');
                }
                self.first
            }
            _ => return false,
        };
        self.first = self.first.min(length.saturating_sub(rows));
        true
    }

    /// Whether a key moves within the text.
    #[must_use]
    pub fn is_motion(&self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            _ if self.search.is_some() => false,
            KeyCode::Char(c) if ctrl => matches!(c, 'd' | 'u' | 'f' | 'b'),
            KeyCode::Char(c) => matches!(c, 'j' | 'k' | 'g' | 'G' | 'n' | 'N' | ' '),
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown | KeyCode::Home | KeyCode::End => true,
            _ => false,
        }
    }

    /// A line that was slow brings `/words` in one piece. Whether it was that: then the words stand in the field.
    pub fn in_one_piece(&mut self, text: &str) -> bool {
        let words = text.trim_end().strip_prefix('/').filter(|words| !words.contains(['\n', '\r', '/']));
        self.search = words.map(|words| Input::new(words.to_owned()));
        words.is_some()
    }

    fn search_key(&mut self, key: KeyEvent, lines: impl Fn() -> Vec<String>) {
        let interrupt = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
        match (key.code, &mut self.search) {
            (KeyCode::Enter, Some(input)) => {
                // As in less, nothing typed looks for the same again.
                if !input.value().trim().is_empty() {
                    self.wanted = input.value().trim().to_lowercase();
                    self.found = None;
                }
                self.search = None;
                let lines = if self.wanted.is_empty() { Vec::new() } else { lines() };
                self.find(&lines, false);
            }
            (KeyCode::Esc, _) => self.search = None,
            _ if interrupt => self.search = None,
            (_, Some(input)) => drop(input.handle_event(&Event::Key(key))),
            (_, None) => {}
        }
    }

    /// Goes to the next row with the words, or to the one before; behind the last comes the first.
    fn find(&mut self, lines: &[String], backwards: bool) {
        let length = lines.len();
        if length == 0 {
            return;
        }
        let from = match (self.found, backwards) {
            (Some(found), false) => found + 1,
            (Some(found), true) => found + length - 1,
            (None, false) => self.first,
            (None, true) => self.first + length - 1,
        };
        let row = |step: usize| (if backwards { from + length - step } else { from + step }) % length;
        let found = (0..length).map(row).find(|&row| lines[row].to_lowercase().contains(&self.wanted));
        self.found = found;
        self.nothing = found.is_none();
        self.first = found.unwrap_or(self.first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(reader: &mut Reader, keys: &str, lines: &[String]) -> Vec<bool> {
        let code = |c| if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
        let press = |c| reader.key(KeyEvent::new(code(c), KeyModifiers::NONE), 10, lines.len(), || lines.to_vec());
        keys.chars().map(press).collect()
    }

    #[test]
    fn words_are_found_on_and_round_and_backwards() {
        let lines: Vec<String> =
            (0..50).map(|row| format!("Row {row}{}", if row % 20 == 7 { " Näh" } else { "" })).collect();
        let mut reader = Reader::new(Topic::Help);
        press(&mut reader, "/nÄh\n", &lines);
        let mut found = vec![reader.found];
        for keys in ["n", "n", "n", "N", "N", "/\n"] {
            press(&mut reader, keys, &lines);
            found.push(reader.found);
        }
        assert_eq!(found, [7, 27, 47, 7, 47, 27, 47].map(Some));
        assert_eq!(reader.first, 40, "the last page is a full one");
        press(&mut reader, "/xyz\n", &lines);
        assert_eq!((reader.found, reader.nothing, reader.first), (None, true, 40));
    }

    #[test]
    fn it_scrolls_as_less_does_and_any_other_key_closes_it() {
        let lines = vec![String::new(); 50];
        let mut reader = Reader::new(Topic::Help);
        for (c, modifiers, first) in [
            ('d', KeyModifiers::CONTROL, 5),
            ('f', KeyModifiers::CONTROL, 14),
            ('u', KeyModifiers::CONTROL, 9),
            ('b', KeyModifiers::CONTROL, 0),
            ('j', KeyModifiers::NONE, 1),
            (' ', KeyModifiers::NONE, 10),
            ('G', KeyModifiers::SHIFT, 40),
            ('j', KeyModifiers::NONE, 40),
            ('g', KeyModifiers::NONE, 0),
        ] {
            assert!(reader.key(KeyEvent::new(KeyCode::Char(c), modifiers), 10, 50, Vec::new));
            assert_eq!(reader.first, first, "{c}");
        }
        assert_eq!(press(&mut reader, "nNx", &lines), [true, true, false]);
    }

    #[test]
    fn a_number_moves_so_far() {
        let lines: Vec<String> =
            (0..200).map(|row| if row % 20 == 7 { "here".to_owned() } else { String::new() }).collect();
        let mut reader = Reader::new(Topic::Help);
        press(&mut reader, "/here\n", &lines);
        for (c, modifiers, times, first) in [
            ('n', KeyModifiers::NONE, 3, 67),
            ('N', KeyModifiers::SHIFT, 2, 27),
            ('G', KeyModifiers::SHIFT, 120, 119),
            ('j', KeyModifiers::NONE, 5, 124),
            ('d', KeyModifiers::CONTROL, 20, 144),
            ('u', KeyModifiers::CONTROL, 3, 141),
            ('b', KeyModifiers::CONTROL, 2, 123),
            ('k', KeyModifiers::NONE, 999, 0),
            (' ', KeyModifiers::NONE, 3, 27),
            ('f', KeyModifiers::CONTROL, usize::MAX, 190),
            ('g', KeyModifiers::NONE, 7, 6),
        ] {
            let key = KeyEvent::new(KeyCode::Char(c), modifiers);
            assert!(reader.is_motion(&key));
            assert!(reader.key_times(key, Some(times), 10, lines.len(), || lines.clone()));
            assert_eq!(reader.first, first, "{times} {c}");
        }
    }
}
