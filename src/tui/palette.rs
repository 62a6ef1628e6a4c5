//! Finds a command by its words, and shows the key that does the same.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

use super::keymap::{Act, BINDINGS, Binding};

/// The words typed so far, and the commands that they can mean.
#[derive(Debug)]
pub struct Palette {
    input: Input,
    found: Vec<&'static Binding>,
    cursor: usize,
}

impl Default for Palette {
    fn default() -> Self {
        Self { input: Input::default(), found: find(""), cursor: 0 }
    }
}

impl Palette {
    /// The field for the words.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The commands that the words can mean, the best first.
    #[must_use]
    pub fn found(&self) -> &[&'static Binding] {
        &self.found
    }

    /// The chosen one's place among them.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The chosen command.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static Binding> {
        self.found.get(self.cursor).copied()
    }

    /// Takes other words.
    pub fn set(&mut self, input: Input) {
        self.found = find(input.value());
        self.cursor = 0;
        self.input = input;
    }

    /// A key: moves among the commands, or changes the words.
    pub fn key(&mut self, key: KeyEvent) {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Up => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Char('p') if ctrl => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down => self.down(),
            KeyCode::Char('n') if ctrl => self.down(),
            _ => {
                let mut input = self.input.clone();
                if input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                    self.set(input);
                } else {
                    self.input = input;
                }
            }
        }
    }

    fn down(&mut self) {
        self.cursor = (self.cursor + 1).min(self.found.len().saturating_sub(1));
    }
}

/// What is looked at of a command.
fn words_of(binding: &Binding) -> String {
    format!("{} {} {} {}", binding.words, binding.short, binding.chapter.title(), binding.name)
}

fn find(words: &str) -> Vec<&'static Binding> {
    let pattern = Pattern::parse(words, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut chars = Vec::new();
    let mut found: Vec<(u32, &Binding)> = BINDINGS
        .iter()
        .filter(|binding| binding.act != Act::Palette)
        .filter_map(|binding| {
            let text = words_of(binding);
            pattern.score(Utf32Str::new(&text, &mut chars), &mut matcher).map(|score| (score, binding))
        })
        .collect();
    // Where the words stand in some command as they are, scattered letters of others only mislead.
    let whole = |binding: &Binding| {
        let text = words_of(binding).to_lowercase();
        words.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    };
    if found.iter().any(|(_, binding)| whole(binding)) {
        found.retain(|(_, binding)| whole(binding));
    }
    // Equal ones stay in the order of the table.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, binding)| binding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_their_command() {
        let first = |words| find(words).first().map(|binding| binding.act);
        assert_eq!(first("retry failed"), Some(Act::RetryFailed));
        assert_eq!(first("select none"), Some(Act::SelectNone));
        assert_eq!(first("quit"), Some(Act::Quit));
        assert_eq!(first("toggle-id"), None);
        for binding in BINDINGS.iter().filter(|binding| binding.act != Act::Palette) {
            assert!(find(binding.name).iter().any(|found| found.act == binding.act), "{}", binding.name);
        }
        assert_eq!(first("xyzzy"), None);
        assert_eq!(find("").len(), BINDINGS.len() - 1);
    }
}
