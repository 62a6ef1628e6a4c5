//! Themes of the operator's own: files of roles and looks.

use std::path::{Path, PathBuf};

use ratatui::style::{Modifier, Style};
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Key, Loaded, Provenance, file, folders};
use crate::model::text::{nearest, visible};
use crate::tui::theme::{Builtin, Role, colour};

/// What the setting `theme` names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The theme that it is, or is made from.
    pub base: Builtin,
    /// Roles with other looks; none where it is one of the program's.
    pub roles: Option<Vec<(Role, Style)>>,
}

/// Finds the theme of the settings: one of the program's, a file `NAME.toml` of the folder `themes` beside the
/// configuration file, or the file at a path.
pub fn find(loaded: &Loaded) -> Result<Look, ConfigError> {
    look_for(loaded)?.map_err(|missing| {
        let Missing { path, near } = missing;
        let hint = match near {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are terminal, dark, light and colour-blind, and {path} would be your own"),
        };
        let why = format!("there is no theme {}; {hint}", visible(&loaded.settings.theme));
        match loaded.settings.provenance(Key::Theme) {
            Provenance::Flag => ConfigError::Usage(format!("--theme: {why}")),
            provenance => ConfigError::Configuration(format!("theme ({provenance}): {why}")),
        }
    })
}

/// The theme of the settings, or the terminal's own and what is to be said, where there is none: a file that was moved
/// keeps nobody from the console.
pub fn find_or_do_without(loaded: &Loaded) -> Result<(Look, Option<String>), ConfigError> {
    Ok(match look_for(loaded)? {
        Ok(look) => (look, None),
        Err(Missing { path, near }) => {
            let missing = match near {
                Some(near) => format!("no theme {}, did you mean {near}?", visible(&loaded.settings.theme)),
                None => format!("no theme at {path}."),
            };
            (Look::default(), Some(format!("{missing} The terminal's own is used")))
        }
    })
}

/// A theme that is not there.
struct Missing {
    /// Where its file would be, safe for a terminal.
    path: String,
    /// The program's own theme that was perhaps meant.
    near: Option<&'static str>,
}

fn look_for(loaded: &Loaded) -> Result<Result<Look, Missing>, ConfigError> {
    let name = loaded.settings.theme.as_str();
    if let Some(base) = Builtin::by_name(name) {
        return Ok(Ok(Look { base, roles: None }));
    }
    let provenance = loaded.settings.provenance(Key::Theme);
    let beside = loaded.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let is_path = name.contains('/') || Path::new(name).extension().is_some_and(|extension| extension == "toml");
    let path = match (name.strip_prefix("~/"), folders::home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if is_path && matches!(provenance, Provenance::File(_)) => beside.join(name),
        _ if is_path => PathBuf::from(name),
        _ => beside.join("themes").join(format!("{name}.toml")),
    };
    let shown = visible(&path.to_string_lossy()).into_owned();
    let Some(text) = file::text(&path)? else {
        let near = nearest(name, Builtin::ALL.map(Builtin::name));
        return Ok(Err(Missing { path: shown, near }));
    };
    parse(&text).map(Ok).map_err(|(line, why)| {
        let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
        ConfigError::Configuration(format!("{shown}{line}: {why}"))
    })
}

/// Reads the text of a theme's file. The error is a line (1-based) where known, and what is wrong there.
fn parse(text: &str) -> Result<Look, (Option<usize>, String)> {
    let table = DeTable::parse(text).map_err(|error| {
        (error.span().map(|span| file::line_of(text, span.start)), visible(error.message()).into_owned())
    })?;
    let mut look = Look::default();
    let mut roles = Vec::new();
    for (name, value) in table.get_ref() {
        let wrong = |why: String| (Some(file::line_of(text, name.span().start)), why);
        let words = match value.get_ref() {
            DeValue::String(words) => words.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            _ => {
                return Err(wrong(format!(
                    "{}: a look is wanted, such as \"bright-red bold\" or 208",
                    visible(name.get_ref())
                )));
            }
        };
        let name: &str = name.get_ref();
        if name == "base" {
            look.base = Builtin::by_name(&words).ok_or_else(|| {
                wrong("base: the theme to begin with is terminal, dark, light or colour-blind".to_owned())
            })?;
            continue;
        }
        let role = Role::by_name(name).ok_or_else(|| {
            let names = Role::NAMES.map(|(_, name)| name);
            let hint = match nearest(name, names) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            wrong(format!("nothing on screen is called {}; {hint}", visible(name)))
        })?;
        roles.push((role, style(&words).map_err(|why| wrong(format!("{name}: {why}")))?));
    }
    look.roles = Some(roles);
    Ok(look)
}

/// Reads `INK`, `INK on GROUND`, and `bold`, `underline`, `reverse`, `dim` among them.
fn style(words: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut on = false;
    for word in words.split_whitespace() {
        let word = word.to_ascii_lowercase();
        let modifier = match word.as_str() {
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "underline" => Modifier::UNDERLINED,
            "reverse" => Modifier::REVERSED,
            "on" => {
                on = true;
                continue;
            }
            _ => Modifier::empty(),
        };
        if !modifier.is_empty() {
            style = style.add_modifier(modifier);
            continue;
        }
        let colour = colour::read(&word).ok_or_else(|| {
            let names = colour::SIXTEEN.map(|(name, _)| name);
            let hint = match nearest(&word, names.into_iter().chain(["bold", "dim", "underline", "reverse"])) {
                Some(near) => format!("did you mean {near}?"),
                None => "a colour is a name such as bright-red, a number from 0 to 255, or #rrggbb".to_owned(),
            };
            format!("there is no colour “{}”; {hint}", visible(&word))
        })?;
        style = if on { style.bg(colour) } else { style.fg(colour) };
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    #[test]
    fn looks_are_read() {
        let look =
            parse("base = 'dark'\nfailed = 'Bright-Red bold'\nsucceeded = 29\ntext = '#ffffff on 17'\n").unwrap();
        assert_eq!(look.base, Builtin::Dark);
        let mut roles = look.roles.unwrap();
        roles.sort_by_key(|(role, _)| *role as usize);
        let failed = Style::new().fg(Color::LightRed).add_modifier(Modifier::BOLD);
        assert_eq!(
            roles,
            [
                (Role::Text, Style::new().fg(Color::Rgb(255, 255, 255)).bg(Color::Indexed(17))),
                (Role::Succeeded, Style::new().fg(Color::Indexed(29))),
                (Role::Failed, failed),
            ]
        );
    }

    #[test]
    fn a_mistake_names_line_and_nearest() {
        for (text, line, part) in [
            ("\nfaild = 'red'", 2, "did you mean failed?"),
            ("zebra = 'red'", 1, "there are text, queued"),
            ("failed = 'bright-rad'", 1, "did you mean bright-red?"),
            ("failed = 'pink'", 1, "#rrggbb"),
            ("failed = 256", 1, "no colour “256”"),
            ("failed = 'blod'", 1, "did you mean bold?"),
            ("failed = ['red']", 1, "a look is wanted"),
            ("base = 'mine'", 1, "terminal, dark, light"),
            ("failed = ", 1, ""),
        ] {
            let (found, why) = parse(text).unwrap_err();
            assert_eq!(found, Some(line), "{why}");
            assert!(why.contains(part), "{why}");
        }
    }
}
