//! Which key does what: one table, from which the keys that work, the key bar and the help are made.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Something that a key does in the console (not inside a dialog).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below has the words for each")]
pub enum Act {
    Up,
    Down,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    First,
    Last,
    Left,
    Right,
    NextPane,
    PreviousPane,
    Toggle,
    SelectShown,
    SelectNone,
    Invert,
    SelectByOutcome,
    Filter,
    FilterOutcome,
    NextProblem,
    PreviousProblem,
    PreviousRun,
    NextRun,
    Action1,
    Action2,
    Action3,
    ToggleIdMode,
    Send,
    RetryFailed,
    RetryUnsent,
    StopRun,
    ContinueRun,
    Inverse,
    History,
    Open,
    PasteBox,
    TypeDevice,
    Remove,
    Undo,
    TurnRound,
    Device,
    Unreadable,
    Notices,
    Mouse,
    Redraw,
    Back,
    Palette,
    Help,
    Quit,
}

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In every pane.
    Everywhere,
    /// In the device list and the action pane.
    Devices,
    /// In the results.
    Results,
}

/// A chapter of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`title` has the words for each")]
pub enum Chapter {
    Move,
    Choose,
    Send,
    Results,
    Lists,
    Console,
}

impl Chapter {
    /// All chapters, in the order of the help.
    pub const ALL: [Self; 6] = [Self::Choose, Self::Send, Self::Results, Self::Lists, Self::Move, Self::Console];

    /// The chapter's heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Choose => "Choose devices",
            Self::Send => "Send",
            Self::Results => "Results",
            Self::Lists => "Lists",
            Self::Console => "Console",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What happens.
    pub act: Act,
    /// The keys, as they are written on screen.
    pub keys: &'static [&'static str],
    /// Where.
    pub scope: Scope,
    /// Where the help lists it.
    pub chapter: Chapter,
    /// A word or two for the key bar; empty: not in the bar.
    pub short: &'static str,
    /// The help's words.
    pub words: &'static str,
}

const fn row(
    act: Act,
    keys: &'static [&'static str],
    scope: Scope,
    chapter: Chapter,
    short: &'static str,
    words: &'static str,
) -> Binding {
    Binding { act, keys, scope, chapter, short, words }
}

use Scope::{Devices, Everywhere, Results};

/// The table. The order within the bar is the order here.
pub const BINDINGS: &[Binding] = &[
    row(
        Act::ContinueRun,
        &["c"],
        Everywhere,
        Chapter::Send,
        "go on",
        "go on with a run that could not reach the cloud",
    ),
    row(
        Act::StopRun,
        &["x"],
        Everywhere,
        Chapter::Send,
        "stop run",
        "stop the run: what is in flight is awaited, the rest is not sent",
    ),
    row(Act::Toggle, &["space"], Devices, Chapter::Choose, "select", "select or unselect the device, and go down"),
    row(Act::SelectShown, &["a"], Devices, Chapter::Choose, "all", "select all that are shown"),
    row(Act::SelectNone, &["n"], Devices, Chapter::Choose, "none", "select none"),
    row(Act::Invert, &["i"], Devices, Chapter::Choose, "", "invert the selection of what is shown"),
    row(Act::SelectByOutcome, &["s"], Everywhere, Chapter::Choose, "", "select by the outcome of the last run"),
    row(
        Act::Filter,
        &["/"],
        Everywhere,
        Chapter::Choose,
        "filter",
        "filter by id, host, user or note; Esc shows all again",
    ),
    row(Act::Action1, &["1"], Everywhere, Chapter::Send, "", "action dhcprenew: renew IP address"),
    row(Act::Action2, &["2"], Everywhere, Chapter::Send, "", "action exempt_all: exempt from policy"),
    row(Act::Action3, &["3"], Everywhere, Chapter::Send, "", "action unexempt: undo the exemption"),
    row(Act::ToggleIdMode, &["m"], Everywhere, Chapter::Send, "", "send by MAC or by HWID"),
    row(Act::Send, &["enter"], Everywhere, Chapter::Send, "send", "send the action to what is selected; asks before"),
    row(Act::RetryFailed, &["r"], Everywhere, Chapter::Send, "retry failed", "run again what failed; asks before"),
    row(
        Act::RetryUnsent,
        &["R"],
        Everywhere,
        Chapter::Send,
        "retry unknown/unsent",
        "run again what is unknown or not sent; asks before",
    ),
    row(
        Act::FilterOutcome,
        &["f"],
        Results,
        Chapter::Results,
        "by outcome",
        "show one outcome only, then the next, then all",
    ),
    row(
        Act::NextProblem,
        &["n"],
        Results,
        Chapter::Results,
        "next failure",
        "go to the next device that failed or is unknown",
    ),
    row(Act::PreviousProblem, &["N"], Results, Chapter::Results, "", "go to the one before"),
    row(Act::PreviousRun, &[","], Everywhere, Chapter::Results, "", "show the run before"),
    row(Act::NextRun, &["."], Everywhere, Chapter::Results, "", "show the run after"),
    row(
        Act::Inverse,
        &["U"],
        Everywhere,
        Chapter::Send,
        "",
        "undo an exempt_all: unexempt what the run on screen exempted; asks before",
    ),
    row(
        Act::History,
        &["H"],
        Everywhere,
        Chapter::Results,
        "",
        "history: past runs to resume or repeat, what was sent to a device, what is still exempt",
    ),
    row(Act::Open, &["o"], Everywhere, Chapter::Lists, "open", "open a list by its path"),
    row(
        Act::PasteBox,
        &["p"],
        Everywhere,
        Chapter::Lists,
        "paste",
        "paste into a box; a paste right here works as well",
    ),
    row(Act::TypeDevice, &["t"], Everywhere, Chapter::Lists, "", "type one device"),
    row(
        Act::Remove,
        &["d", "del"],
        Devices,
        Chapter::Lists,
        "",
        "take the selected devices, or this one, off the list",
    ),
    row(Act::Undo, &["u"], Everywhere, Chapter::Lists, "", "undo the last load, paste or removal"),
    row(Act::TurnRound, &["w"], Devices, Chapter::Lists, "", "read twelve hex digits as HWID instead of MAC, and back"),
    row(
        Act::Device,
        &["v"],
        Everywhere,
        Chapter::Choose,
        "",
        "view everything about this device, or about its outcome",
    ),
    row(Act::Unreadable, &["V"], Everywhere, Chapter::Lists, "", "view what could not be read, with line and reason"),
    row(Act::NextPane, &["tab"], Everywhere, Chapter::Move, "", "next pane"),
    row(Act::PreviousPane, &["shift-tab"], Everywhere, Chapter::Move, "", "pane before"),
    row(Act::Up, &["up", "k"], Everywhere, Chapter::Move, "", "up"),
    row(Act::Down, &["down", "j"], Everywhere, Chapter::Move, "", "down"),
    row(Act::Left, &["left", "h"], Everywhere, Chapter::Move, "", "pane to the left"),
    row(Act::Right, &["right", "l"], Everywhere, Chapter::Move, "", "pane to the right"),
    row(Act::PageUp, &["pgup", "ctrl-b"], Everywhere, Chapter::Move, "", "page up"),
    row(Act::PageDown, &["pgdn", "ctrl-f"], Everywhere, Chapter::Move, "", "page down"),
    row(Act::HalfUp, &["ctrl-u"], Everywhere, Chapter::Move, "", "half a page up"),
    row(Act::HalfDown, &["ctrl-d"], Everywhere, Chapter::Move, "", "half a page down"),
    row(Act::First, &["home", "g"], Everywhere, Chapter::Move, "", "first row"),
    row(Act::Last, &["end", "G"], Everywhere, Chapter::Move, "", "last row"),
    row(Act::Notices, &["!"], Everywhere, Chapter::Console, "", "everything that the bottom line has said"),
    row(
        Act::Mouse,
        &["M"],
        Everywhere,
        Chapter::Console,
        "",
        "mouse on or off; off, the terminal selects text with it",
    ),
    row(Act::Redraw, &["ctrl-l"], Everywhere, Chapter::Console, "", "draw the screen again"),
    row(Act::Back, &["esc"], Everywhere, Chapter::Console, "", "leave the filter or the dialog"),
    row(Act::Palette, &[":", "ctrl-p"], Everywhere, Chapter::Console, "", "find a command by its words"),
    row(Act::Help, &["?"], Everywhere, Chapter::Console, "help", "this help, and the guide"),
    row(Act::Quit, &["q", "ctrl-c"], Everywhere, Chapter::Console, "quit", "quit; asks while a run is on"),
];

/// The name of a key press, as the table writes it.
#[must_use]
pub fn name(key: &KeyEvent) -> String {
    let name = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => c.to_ascii_lowercase().to_string(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => return "shift-tab".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Delete => "del".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::PageUp => "pgup".to_owned(),
        KeyCode::PageDown => "pgdn".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        _ => String::new(),
    };
    match () {
        () if key.modifiers.contains(KeyModifiers::CONTROL) => format!("ctrl-{name}"),
        () if key.modifiers.contains(KeyModifiers::ALT) => format!("alt-{name}"),
        () => name,
    }
}

/// What a key press does in a scope.
#[must_use]
pub fn act(key: &KeyEvent, scope: Scope) -> Option<Act> {
    let name = name(key);
    BINDINGS
        .iter()
        .find(|binding| {
            (binding.scope == Scope::Everywhere || binding.scope == scope) && binding.keys.contains(&name.as_str())
        })
        .map(|binding| binding.act)
}

/// Whether an act only moves or marks, so that it may run at once even if the key turns out to be the first of a paste.
#[must_use]
pub fn is_harmless(act: Act) -> bool {
    BINDINGS.iter().any(|binding| binding.act == act && binding.chapter == Chapter::Move)
        || matches!(act, Act::Toggle | Act::Back | Act::Redraw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_scope() {
        for (index, one) in BINDINGS.iter().enumerate() {
            for other in &BINDINGS[index + 1..] {
                let together =
                    one.scope == other.scope || one.scope == Scope::Everywhere || other.scope == Scope::Everywhere;
                for key in one.keys {
                    assert!(!(together && other.keys.contains(key)), "{key}: {:?} and {:?}", one.act, other.act);
                }
            }
        }
    }

    #[test]
    fn keys_are_found_by_name() {
        let press = |code, modifiers| KeyEvent::new(code, modifiers);
        assert_eq!(act(&press(KeyCode::Char('n'), KeyModifiers::NONE), Scope::Devices), Some(Act::SelectNone));
        assert_eq!(act(&press(KeyCode::Char('n'), KeyModifiers::NONE), Scope::Results), Some(Act::NextProblem));
        assert_eq!(act(&press(KeyCode::Char('c'), KeyModifiers::CONTROL), Scope::Results), Some(Act::Quit));
        assert_eq!(act(&press(KeyCode::Char('G'), KeyModifiers::SHIFT), Scope::Results), Some(Act::Last));
        assert_eq!(act(&press(KeyCode::Char('a'), KeyModifiers::CONTROL), Scope::Devices), None);
    }
}
