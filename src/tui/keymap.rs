//! Which key does what: one table, from which the keys that work, the key bar and the help are made. The configuration
//! can give an act other keys: [`Keymap`] has those that are in force.

mod key;
mod map;

pub use key::name;
pub use map::{Clash, Keymap};

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
    NextMatch,
    PreviousMatch,
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
    Save,
    Copy,
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
    Profile,
    NextTheme,
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
    /// Its name in the configuration. It stays as it is: people's files have it.
    pub name: &'static str,
    /// The keys where nobody asks for others, as they are written on screen.
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
    name: &'static str,
    keys: &'static [&'static str],
    scope: Scope,
    chapter: Chapter,
    short: &'static str,
    words: &'static str,
) -> Binding {
    Binding { act, name, keys, scope, chapter, short, words }
}

use Scope::{Devices, Everywhere, Results};

/// The table. The order within the bar is the order here.
pub const BINDINGS: &[Binding] = &[
    row(
        Act::ContinueRun,
        "continue-run",
        &["c"],
        Everywhere,
        Chapter::Send,
        "go on",
        "go on with a run that could not reach the cloud",
    ),
    row(
        Act::StopRun,
        "stop-run",
        &["x"],
        Everywhere,
        Chapter::Send,
        "stop run",
        "stop the run: what is in flight is awaited, the rest is not sent",
    ),
    row(
        Act::Toggle,
        "select",
        &["space"],
        Devices,
        Chapter::Choose,
        "select",
        "select or unselect the device, and go down",
    ),
    row(Act::SelectShown, "select-all", &["a"], Devices, Chapter::Choose, "all", "select all that are shown"),
    row(Act::SelectNone, "select-none", &["A"], Devices, Chapter::Choose, "none", "select none"),
    row(Act::Invert, "invert-selection", &["i"], Devices, Chapter::Choose, "", "invert the selection of what is shown"),
    row(
        Act::SelectByOutcome,
        "select-by-outcome",
        &["s"],
        Everywhere,
        Chapter::Choose,
        "",
        "select by the outcome of the last run",
    ),
    row(
        Act::Filter,
        "filter",
        &["/"],
        Everywhere,
        Chapter::Choose,
        "filter",
        "filter by id, host, user or note; Esc shows all again",
    ),
    row(
        Act::NextMatch,
        "next-match",
        &["n"],
        Devices,
        Chapter::Choose,
        "next match",
        "go to the next device that the filter finds; without a filter, that failed or is unknown",
    ),
    row(Act::PreviousMatch, "previous-match", &["N"], Devices, Chapter::Choose, "", "go to the one before"),
    row(Act::Action1, "action-dhcprenew", &["1"], Everywhere, Chapter::Send, "", "action dhcprenew: renew IP address"),
    row(
        Act::Action2,
        "action-exempt-all",
        &["2"],
        Everywhere,
        Chapter::Send,
        "",
        "action exempt_all: exempt from policy",
    ),
    row(Act::Action3, "action-unexempt", &["3"], Everywhere, Chapter::Send, "", "action unexempt: undo the exemption"),
    row(Act::ToggleIdMode, "id-mode", &["m"], Everywhere, Chapter::Send, "", "send by MAC or by HWID"),
    row(
        Act::Send,
        "send",
        &["enter"],
        Everywhere,
        Chapter::Send,
        "send",
        "send the action to what is selected; asks before",
    ),
    row(
        Act::RetryFailed,
        "retry-failed",
        &["r"],
        Everywhere,
        Chapter::Send,
        "retry failed",
        "run again what failed; asks before",
    ),
    row(
        Act::RetryUnsent,
        "retry-unsent",
        &["R"],
        Everywhere,
        Chapter::Send,
        "retry unknown/unsent",
        "run again what is unknown or not sent; asks before",
    ),
    row(
        Act::FilterOutcome,
        "filter-outcome",
        &["f"],
        Results,
        Chapter::Results,
        "by outcome",
        "show one outcome only, then the next, then all",
    ),
    row(
        Act::NextProblem,
        "next-failure",
        &["n"],
        Results,
        Chapter::Results,
        "next failure",
        "go to the next device that failed or is unknown",
    ),
    row(Act::PreviousProblem, "previous-failure", &["N"], Results, Chapter::Results, "", "go to the one before"),
    row(Act::PreviousRun, "previous-run", &[","], Everywhere, Chapter::Results, "", "show the run before"),
    row(Act::NextRun, "next-run", &["."], Everywhere, Chapter::Results, "", "show the run after"),
    row(
        Act::Save,
        "save",
        &["e"],
        Everywhere,
        Chapter::Results,
        "save",
        "save the run on screen: CSV, Excel, JSON, text for a ticket, Markdown",
    ),
    row(
        Act::Copy,
        "copy",
        &["y"],
        Everywhere,
        Chapter::Results,
        "copy",
        "copy this device, the failures or all to your clipboard: ids or a table",
    ),
    row(
        Act::Inverse,
        "undo-run",
        &["U"],
        Everywhere,
        Chapter::Send,
        "",
        "undo an exempt_all: unexempt what the run on screen exempted; asks before",
    ),
    row(
        Act::History,
        "history",
        &["H"],
        Everywhere,
        Chapter::Results,
        "",
        "history: past runs to resume or repeat, what was sent to a device, what is still exempt",
    ),
    row(Act::Open, "open-list", &["o"], Everywhere, Chapter::Lists, "open", "open a list by its path"),
    row(
        Act::PasteBox,
        "paste-box",
        &["p"],
        Everywhere,
        Chapter::Lists,
        "paste",
        "paste into a box; a paste right here works as well",
    ),
    row(Act::TypeDevice, "type-device", &["t"], Everywhere, Chapter::Lists, "", "type one device"),
    row(
        Act::Remove,
        "remove",
        &["d", "del"],
        Devices,
        Chapter::Lists,
        "",
        "take the selected devices, or this one, off the list",
    ),
    row(
        Act::Undo,
        "undo",
        &["u"],
        Everywhere,
        Chapter::Lists,
        "",
        "undo the last load, paste, removal or selecting of none",
    ),
    row(
        Act::TurnRound,
        "turn-round",
        &["w"],
        Devices,
        Chapter::Lists,
        "",
        "read twelve hex digits as HWID instead of MAC, and back",
    ),
    row(
        Act::Device,
        "view-device",
        &["v"],
        Everywhere,
        Chapter::Choose,
        "",
        "view everything about this device, or about its outcome",
    ),
    row(
        Act::Unreadable,
        "view-unreadable",
        &["V"],
        Everywhere,
        Chapter::Lists,
        "",
        "view what could not be read, with line and reason",
    ),
    row(Act::NextPane, "next-pane", &["tab"], Everywhere, Chapter::Move, "", "next pane"),
    row(Act::PreviousPane, "previous-pane", &["shift-tab"], Everywhere, Chapter::Move, "", "pane before"),
    row(Act::Up, "up", &["up", "k"], Everywhere, Chapter::Move, "", "up"),
    row(Act::Down, "down", &["down", "j"], Everywhere, Chapter::Move, "", "down"),
    row(Act::Left, "pane-left", &["left", "h"], Everywhere, Chapter::Move, "", "pane to the left"),
    row(Act::Right, "pane-right", &["right", "l"], Everywhere, Chapter::Move, "", "pane to the right"),
    row(Act::PageUp, "page-up", &["pgup", "ctrl-b"], Everywhere, Chapter::Move, "", "page up"),
    row(Act::PageDown, "page-down", &["pgdn", "ctrl-f"], Everywhere, Chapter::Move, "", "page down"),
    row(Act::HalfUp, "half-page-up", &["ctrl-u"], Everywhere, Chapter::Move, "", "half a page up"),
    row(Act::HalfDown, "half-page-down", &["ctrl-d"], Everywhere, Chapter::Move, "", "half a page down"),
    row(Act::First, "first-row", &["home", "g"], Everywhere, Chapter::Move, "", "first row"),
    row(Act::Last, "last-row", &["end", "G"], Everywhere, Chapter::Move, "", "last row"),
    row(
        Act::Notices,
        "view-messages",
        &["!"],
        Everywhere,
        Chapter::Console,
        "",
        "everything that the bottom line has said",
    ),
    row(
        Act::Mouse,
        "mouse",
        &["M"],
        Everywhere,
        Chapter::Console,
        "",
        "mouse on or off; off, the terminal selects text with it",
    ),
    row(
        Act::Profile,
        "profile",
        &["P"],
        Everywhere,
        Chapter::Console,
        "",
        "go to another profile or the simulation, or set one up",
    ),
    row(
        Act::NextTheme,
        "next-theme",
        &["T"],
        Everywhere,
        Chapter::Console,
        "",
        "theme: the next of terminal, dark, light, colour-blind and your own",
    ),
    row(Act::Redraw, "redraw", &["ctrl-l"], Everywhere, Chapter::Console, "", "draw the screen again"),
    row(Act::Back, "back", &["esc"], Everywhere, Chapter::Console, "", "leave the filter or the dialog"),
    row(
        Act::Palette,
        "find-command",
        &[":", "ctrl-p"],
        Everywhere,
        Chapter::Console,
        "",
        "find a command by its words",
    ),
    row(Act::Help, "help", &["?"], Everywhere, Chapter::Console, "help", "this help, and the guide"),
    row(Act::Quit, "quit", &["q", "ctrl-c"], Everywhere, Chapter::Console, "quit", "quit; asks while a run is on"),
];

impl Act {
    /// The act of this name in the configuration.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        BINDINGS.iter().find(|binding| binding.name == name).map(|binding| binding.act)
    }

    /// The act's row of the table.
    #[must_use]
    pub fn binding(self) -> &'static Binding {
        // Every act is in the table: a test looks.
        BINDINGS.iter().find(|binding| binding.act == self).unwrap_or(&BINDINGS[0])
    }

    /// Whether it must have a key: without it there would be no way to leave, to go back, or to find the others.
    #[must_use]
    pub fn must_be_reachable(self) -> bool {
        matches!(self, Self::Quit | Self::Help | Self::Back | Self::Palette)
    }
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
    fn every_name_is_there_once_and_finds_its_act() {
        for binding in BINDINGS {
            assert_eq!(Act::by_name(binding.name), Some(binding.act));
            assert_eq!(binding.act.binding().name, binding.name);
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(binding.name.chars().all(plain), "{}", binding.name);
        }
    }

    #[test]
    fn the_last_act_and_so_every_other_is_in_the_table() {
        assert_eq!(BINDINGS.len(), Act::Quit as usize + 1);
    }
}
