//! What the terminal can do besides showing cells: a title, a bell, a notice on the desktop, a clipboard. Known from the
//! environment and the settings; the terminal is asked nothing.

use std::path::PathBuf;

use crate::config::{Environment, NoticeChoice, Settings};
use crate::model::text::visible;

use super::clipboard::{self, Way};

/// What the terminal can do, and may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// The way to the clipboard.
    pub clipboard: Way,
    /// Where copies go that no clipboard takes.
    pub folder: Option<PathBuf>,
    /// Whether the window's title shows how far a run is.
    pub title: bool,
    /// Whether the bell calls.
    pub bell: bool,
    /// How a notice reaches the desktop, where it can.
    pub notice: Option<NoticeForm>,
}

/// The forms of a notice on the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeForm {
    /// OSC 9, of iTerm2 and others.
    Osc9,
    /// OSC 777, of rxvt-unicode and others.
    Osc777,
}

impl Abilities {
    /// What the environment tells, within what the settings allow.
    #[must_use]
    pub fn of(settings: &Settings, environment: &Environment) -> Self {
        let term = environment.filled("TERM").unwrap_or_default();
        // The Linux console beeps at the end of a title, and a VT prints it.
        let titled = !["linux", "vt1", "vt2", "vt3", "dumb"].iter().any(|name| term.starts_with(name));
        let notice = match settings.notify {
            NoticeChoice::Never => None,
            NoticeChoice::Osc9 => Some(NoticeForm::Osc9),
            NoticeChoice::Osc777 => Some(NoticeForm::Osc777),
            NoticeChoice::Auto => known_notice(term, environment),
        };
        Self {
            clipboard: Way::of(environment),
            folder: settings.state_dir.clone(),
            title: settings.title && titled,
            bell: settings.bell,
            notice,
        }
    }

    /// The bytes that call whoever looks elsewhere; the words say why.
    #[must_use]
    pub fn attention(&self, words: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let words = visible(words);
        match self.notice {
            Some(NoticeForm::Osc9) => bytes.extend(format!("\x1b]9;gears: {words}\x07").bytes()),
            // What stands between the semicolons is the notice's heading.
            Some(NoticeForm::Osc777) => bytes.extend(format!("\x1b]777;notify;gears;{words}\x07").bytes()),
            None => {}
        }
        if self.bell {
            bytes.push(0x07);
        }
        bytes
    }

    /// Keeps a text in a file because the clipboard does not take it; says where and why, or why not.
    pub(super) fn copy_to_file(&self, text: &str, what: &str) -> Result<String, String> {
        let why = match self.clipboard {
            Way::Nowhere => "this terminal takes no copies",
            _ => "it is too long for a terminal's clipboard",
        };
        let Some(folder) = &self.folder else {
            return Err(format!("{why}, and there is no state folder for a file"));
        };
        match clipboard::to_file(folder, text) {
            Ok(path) => Ok(format!("{what} in {}: {why}", visible(&path.to_string_lossy()))),
            Err(error) => Err(format!("{why}, and {}: {error}", visible(&folder.to_string_lossy()))),
        }
    }
}

/// The terminals that are known to show notices; behind tmux and GNU screen none of them is seen.
fn known_notice(term: &str, environment: &Environment) -> Option<NoticeForm> {
    if environment.filled("TMUX").is_some() || environment.filled("STY").is_some() {
        return None;
    }
    let program = environment.filled("TERM_PROGRAM").or_else(|| environment.filled("LC_TERMINAL")).unwrap_or_default();
    if term.starts_with("rxvt-unicode") || term.starts_with("foot") {
        return Some(NoticeForm::Osc777);
    }
    let terms = ["xterm-kitty", "xterm-ghostty", "wezterm"].contains(&term);
    let programs = ["iTerm.app", "iTerm2", "WezTerm", "ghostty"].contains(&program);
    (terms || programs).then_some(NoticeForm::Osc9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Key, Provenance};

    fn with(settings: &[(Key, &str)], variables: [(&str, &str); 2]) -> Abilities {
        let mut all = Settings::default();
        for (key, text) in settings {
            all.set(*key, text, Provenance::Flag).unwrap();
        }
        Abilities::of(&all, &variables.into())
    }

    #[test]
    fn only_terminals_that_know_notices_are_sent_some() {
        let plain = with(&[], [("TERM", "xterm-256color"), ("x", "")]);
        assert_eq!(plain.attention("run 42 ended"), b"\x07");
        let iterm = with(&[], [("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")]);
        assert_eq!(iterm.attention("run 42 ended"), b"\x1b]9;gears: run 42 ended\x07\x07");
        let behind_tmux = with(&[], [("LC_TERMINAL", "iTerm2"), ("TMUX", "/tmp/x,1,0")]);
        assert_eq!(behind_tmux.notice, None);
        let foot = with(&[(Key::Bell, "false")], [("TERM", "foot"), ("x", "")]);
        assert_eq!(foot.attention("a\x1b\x07b"), "\x1b]777;notify;gears;a␛␇b\x07".as_bytes());
        let quiet = with(&[(Key::Notify, "never"), (Key::Bell, "false")], [("TERM", "foot"), ("x", "")]);
        assert_eq!(quiet.attention("x"), b"");
        assert_eq!(with(&[(Key::Notify, "osc777")], [("x", ""), ("y", "")]).notice, Some(NoticeForm::Osc777));
    }

    #[test]
    fn a_title_goes_to_windows_only() {
        assert!(with(&[], [("TERM", "xterm"), ("x", "")]).title);
        assert!(!with(&[], [("TERM", "linux"), ("x", "")]).title);
        assert!(!with(&[(Key::Title, "false")], [("TERM", "xterm"), ("x", "")]).title);
    }

    #[test]
    fn a_copy_in_a_file_says_why_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        for (term, why) in
            [("linux", "this terminal takes no copies"), ("xterm", "too long for a terminal's clipboard")]
        {
            let mut abilities = with(&[], [("TERM", term), ("x", "")]);
            abilities.folder = Some(folder.path().to_owned());
            let said = abilities.copy_to_file("text", "3 ids").unwrap();
            assert!(said.starts_with("3 ids in ") && said.contains(".txt: ") && said.ends_with(why), "{said}");
            for nowhere in [None, Some(folder.path().join("none"))] {
                abilities.folder = nowhere;
                let said = abilities.copy_to_file("text", "3 ids").unwrap_err();
                assert!(said.contains(&format!("{why}, and ")), "{said}");
            }
        }
    }
}
