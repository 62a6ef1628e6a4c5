//! The keys in force.

use std::collections::HashMap;

use crossterm::event::KeyEvent;

use super::{Act, BINDINGS, Scope, key};

/// The keys of every act: the table's, or those that the configuration gives it instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    others: HashMap<Act, Vec<String>>,
}

/// Acts whose keys in the table are younger than people's files: where such a key is given to another act, that has it.
const YIELDING: [Act; 3] = [Act::SelectNone, Act::NextMatch, Act::PreviousMatch];

/// One key for two acts that hold in the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The key.
    pub key: String,
    /// The acts, in the order of the table.
    pub acts: [Act; 2],
}

impl Keymap {
    /// Gives an act these keys instead of those that it has; none takes them away. The error says what is wrong.
    pub fn set<'a>(&mut self, act: Act, keys: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        let mut read: Vec<String> = Vec::new();
        for text in keys {
            let key = key::read(text)?;
            if key == "ctrl-c" && act != Act::Quit {
                return Err("ctrl-c always quits".to_owned());
            }
            if !read.contains(&key) {
                read.push(key);
            }
        }
        if read.is_empty() && act.must_be_reachable() {
            return Err("it must have a key, or nobody finds the way".to_owned());
        }
        if act == Act::Quit && !read.iter().any(|key| key == "ctrl-c") {
            read.push("ctrl-c".to_owned());
        }
        self.others.insert(act, read);
        Ok(())
    }

    /// The keys of an act, the one that is named on screen first.
    pub fn keys(&self, act: Act) -> impl Iterator<Item = &str> {
        let other = self.others.get(&act);
        let table: &[&str] = if other.is_none() { act.binding().keys } else { &[] };
        let table = table.iter().copied().filter(move |key| !(YIELDING.contains(&act) && self.is_given(key, act)));
        other.into_iter().flatten().map(String::as_str).chain(table)
    }

    /// Whether another act that holds in the same place was given this key.
    fn is_given(&self, key: &str, act: Act) -> bool {
        let given = |(other, keys): (&Act, &Vec<String>)| meet(*other, act) && keys.iter().any(|given| given == key);
        self.others.iter().any(given)
    }

    /// The keys of an act with spaces between them.
    #[must_use]
    pub fn listed(&self, act: Act) -> String {
        self.keys(act).collect::<Vec<_>>().join(" ")
    }

    /// The key of an act as sentences name it: `m`, `Enter`. Of an act without a key: how the palette finds it.
    #[must_use]
    pub fn told(&self, act: Act) -> String {
        match self.keys(act).next() {
            Some("enter") => "Enter".to_owned(),
            Some("esc") => "Esc".to_owned(),
            Some("tab") => "Tab".to_owned(),
            Some(key) => key.to_owned(),
            None => {
                let palette = self.keys(Act::Palette).next().unwrap_or(":");
                let space = if palette.chars().count() == 1 { "" } else { " " };
                format!("{palette}{space}{}", act.binding().name)
            }
        }
    }

    /// What a key press does in a scope.
    #[must_use]
    pub fn act(&self, key: &KeyEvent, scope: Scope) -> Option<Act> {
        let name = key::name(key);
        let here = BINDINGS.iter().filter(|binding| binding.scope == Scope::Everywhere || binding.scope == scope);
        here.map(|binding| binding.act).find(|act| self.keys(*act).any(|key| key == name))
    }

    /// A key that would do two things in one place, if there is any.
    #[must_use]
    pub fn clash(&self) -> Option<Clash> {
        BINDINGS.iter().enumerate().find_map(|(index, one)| {
            let others = BINDINGS[index + 1..].iter().filter(|other| meet(one.act, other.act));
            let mut pairs = others.flat_map(|other| self.keys(other.act).map(move |key| (other.act, key)));
            let clash = pairs.find(|(_, key)| self.keys(one.act).any(|own| own == *key));
            clash.map(|(other, key)| Clash { key: key.to_owned(), acts: [one.act, other] })
        })
    }
}

/// Whether there is a place where both hold.
fn meet(one: Act, other: Act) -> bool {
    let [one, other] = [one, other].map(|act| act.binding().scope);
    one == other || one == Scope::Everywhere || other == Scope::Everywhere
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn the_table_has_no_key_for_two_things_in_one_place_and_can_be_read() {
        assert_eq!(Keymap::default().clash(), None);
        let mut written = Keymap::default();
        for binding in BINDINGS {
            written.set(binding.act, binding.keys.iter().copied()).unwrap();
            assert_eq!(written.listed(binding.act), binding.keys.join(" "));
        }
    }

    #[test]
    fn keys_are_found_by_name() {
        let keys = Keymap::default();
        assert_eq!(keys.act(&press(KeyCode::Char('n'), KeyModifiers::NONE), Scope::Devices), Some(Act::NextMatch));
        assert_eq!(keys.act(&press(KeyCode::Char('n'), KeyModifiers::NONE), Scope::Results), Some(Act::NextProblem));
        assert_eq!(keys.act(&press(KeyCode::Char('c'), KeyModifiers::CONTROL), Scope::Results), Some(Act::Quit));
        assert_eq!(keys.act(&press(KeyCode::Char('G'), KeyModifiers::SHIFT), Scope::Results), Some(Act::Last));
        assert_eq!(keys.act(&press(KeyCode::Char('a'), KeyModifiers::CONTROL), Scope::Devices), None);
        assert_eq!(keys.act(&press(KeyCode::Null, KeyModifiers::NONE), Scope::Devices), None);
    }

    #[test]
    fn other_keys_replace_those_of_the_table() {
        let mut keys = Keymap::default();
        keys.set(Act::SelectShown, ["ж", "F5", "alt-a"]).unwrap();
        keys.set(Act::StopRun, []).unwrap();
        let act = |code, modifiers| keys.act(&press(code, modifiers), Scope::Devices);
        assert_eq!(act(KeyCode::Char('ж'), KeyModifiers::NONE), Some(Act::SelectShown));
        assert_eq!(act(KeyCode::F(5), KeyModifiers::NONE), Some(Act::SelectShown));
        assert_eq!(act(KeyCode::Char('a'), KeyModifiers::ALT), Some(Act::SelectShown));
        assert_eq!(act(KeyCode::Char('a'), KeyModifiers::NONE), None);
        assert_eq!(act(KeyCode::Char('x'), KeyModifiers::NONE), None);
        assert_eq!([keys.told(Act::SelectShown), keys.told(Act::StopRun)], ["ж", ":stop-run"]);
        keys.set(Act::Palette, ["ctrl-p"]).unwrap();
        assert_eq!([keys.told(Act::StopRun), keys.told(Act::Send)], ["ctrl-p stop-run", "Enter"]);
    }

    #[test]
    fn the_way_out_cannot_be_taken_away() {
        let mut keys = Keymap::default();
        for act in [Act::Quit, Act::Help, Act::Back, Act::Palette] {
            assert!(keys.set(act, []).unwrap_err().contains("must have a key"));
        }
        keys.set(Act::Quit, ["Q"]).unwrap();
        assert_eq!(keys.listed(Act::Quit), "Q ctrl-c");
        assert!(keys.set(Act::Send, ["ctrl-c"]).unwrap_err().contains("always quits"));
    }

    #[test]
    fn a_key_of_an_older_file_stays_what_it_was() {
        let mut keys = Keymap::default();
        keys.set(Act::SelectNone, ["n"]).unwrap();
        keys.set(Act::Invert, ["A", "N"]).unwrap();
        assert_eq!(keys.clash(), None);
        let act = |c, scope| keys.act(&press(KeyCode::Char(c), KeyModifiers::NONE), scope);
        assert_eq!(
            ['n', 'N', 'A'].map(|c| act(c, Scope::Devices)),
            [Act::SelectNone, Act::Invert, Act::Invert].map(Some)
        );
        assert_eq!(['n', 'N'].map(|c| act(c, Scope::Results)), [Act::NextProblem, Act::PreviousProblem].map(Some));
        assert_eq!(keys.told(Act::NextMatch), ":next-match");
        keys.set(Act::NextMatch, ["n"]).unwrap();
        assert_eq!(keys.clash().map(|clash| clash.acts), Some([Act::SelectNone, Act::NextMatch]), "both were given it");
    }

    #[test]
    fn a_key_for_two_things_in_one_place_is_found() {
        let mut keys = Keymap::default();
        keys.set(Act::SelectShown, ["n"]).unwrap();
        keys.set(Act::SelectNone, ["f"]).unwrap();
        assert_eq!(keys.clash(), None, "n and f mean something else in the results");
        keys.set(Act::SelectNone, ["x"]).unwrap();
        let acts = [Act::StopRun, Act::SelectNone];
        assert_eq!(keys.clash(), Some(Clash { key: "x".to_owned(), acts }));
    }
}
