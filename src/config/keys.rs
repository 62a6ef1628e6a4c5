//! The section `[keys]` of the configuration file: other keys for what the console does.

use toml::de::DeValue;

use super::settings::Settings;
use crate::model::text::{nearest, visible};
use crate::tui::keymap::{Act, BINDINGS};

/// One line of the section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What gets other keys.
    pub act: Act,
    /// The keys, as they are written in the file.
    pub keys: Vec<String>,
    /// 1-based.
    pub line: usize,
}

/// Reads `name = "key"` or `name = ["key", ...]`, which stands in this line (1-based).
pub fn read(name: &str, value: &DeValue<'_>, line: usize) -> Result<Entry, String> {
    let Some(act) = Act::by_name(name) else {
        let hint = match nearest(name, BINDINGS.iter().map(|binding| binding.name)) {
            Some(near) => format!("did you mean {near}?"),
            None => "gears config init --config NEW.toml lists what has keys".to_owned(),
        };
        return Err(format!("keys: the console does nothing that is called {}; {hint}", visible(name)));
    };
    let wrong = || format!("keys.{name}: a key such as \"x\" or a list of keys such as [\"x\", \"f5\"] is wanted");
    let keys = match value {
        DeValue::String(key) => vec![key.to_string()],
        DeValue::Array(keys) => {
            let text = |key: &toml::Spanned<DeValue<'_>>| key.get_ref().as_str().map(str::to_owned);
            keys.iter().map(text).collect::<Option<_>>().ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    Ok(Entry { act, keys, line })
}

/// Gives the acts these keys. The error is a line (1-based) and what is wrong there.
pub fn bind(settings: &mut Settings, entries: &[Entry]) -> Result<(), (usize, String)> {
    for entry in entries {
        let keys = entry.keys.iter().map(String::as_str);
        let name = entry.act.binding().name;
        settings.keys.set(entry.act, keys).map_err(|why| (entry.line, format!("keys.{name}: {why}")))?;
        settings.key_lines.insert(entry.act, entry.line);
    }
    let Some(clash) = settings.keys.clash() else { return Ok(()) };
    // The table alone has no clash: one of the two stands in the file, and the later line is the one to look at.
    let [mut other, mut act] = clash.acts;
    if settings.key_lines.get(&other) > settings.key_lines.get(&act) {
        std::mem::swap(&mut other, &mut act);
    }
    let line = settings.key_lines.get(&act).copied().unwrap_or_default();
    let (name, other) = (act.binding().name, other.binding().name);
    Err((line, format!("keys.{name}: “{}” is the key of {other} as well; give {other} another one", clash.key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(entries: &[(Act, &[&str], usize)]) -> Result<Settings, (usize, String)> {
        let entry = |(act, keys, line): &(Act, &[&str], usize)| Entry {
            act: *act,
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            line: *line,
        };
        let entries: Vec<Entry> = entries.iter().map(entry).collect();
        let mut settings = Settings::default();
        bind(&mut settings, &entries).map(|()| settings)
    }

    #[test]
    fn a_clash_names_both_acts_the_key_and_the_later_line() {
        let (line, why) = bound(&[(Act::SelectShown, &["x"], 3)]).unwrap_err();
        assert_eq!(
            (line, why.as_str()),
            (3, "keys.select-all: “x” is the key of stop-run as well; give stop-run another one")
        );
        let (line, why) = bound(&[(Act::StopRun, &["y"], 9), (Act::SelectShown, &["y"], 3)]).unwrap_err();
        assert_eq!(
            (line, why.as_str()),
            (9, "keys.stop-run: “y” is the key of select-all as well; give select-all another one")
        );
        assert!(bound(&[(Act::SelectShown, &["x"], 3), (Act::StopRun, &["a"], 4)]).is_ok(), "they change places");
    }

    #[test]
    fn a_wrong_key_names_its_act() {
        let (line, why) = bound(&[(Act::SelectShown, &["entr"], 3)]).unwrap_err();
        assert_eq!(line, 3);
        assert!(why.starts_with("keys.select-all: ") && why.contains("did you mean enter?"), "{why}");
        assert!(bound(&[(Act::Quit, &[], 7)]).unwrap_err().1.starts_with("keys.quit: it must have a key"));
    }
}
