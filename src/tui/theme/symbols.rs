//! The characters of the screen.

use ratatui::symbols::border;

/// The characters that stand for states.
#[derive(Debug)]
pub struct Symbols {
    /// The cursor's row.
    pub cursor: &'static str,
    /// A device that is selected.
    pub selected: &'static str,
    /// A device that can be selected.
    pub selectable: &'static str,
    /// A device that has no id of the mode.
    pub not_sendable: &'static str,
    /// A request that may be sent now, and one that may not.
    pub slot: [&'static str; 2],
    /// A character of a secret that is typed.
    pub hidden: &'static str,
    /// The progress bar's finished and open part.
    pub bar: [&'static str; 2],
    /// Where a text was cut.
    pub cut: &'static str,
    /// That there are more.
    pub more: &'static str,
    /// Behind an address that a device has made up.
    pub made_up: &'static str,
    /// Box lines.
    pub border: border::Set<'static>,
    pub(super) outcomes: [&'static str; 6],
}

pub(super) const UNICODE: Symbols = Symbols {
    cursor: "▸",
    selected: "◉",
    selectable: "○",
    not_sendable: "·",
    slot: ["●", "○"],
    hidden: "●",
    bar: ["█", "░"],
    cut: "…",
    more: "…",
    made_up: "~",
    border: border::PLAIN,
    outcomes: ["◌", "▹", "✓", "✗", "?", "–"],
};

pub(super) const ASCII: Symbols = Symbols {
    cursor: ">",
    selected: "*",
    selectable: "o",
    not_sendable: ",",
    slot: ["=", "_"],
    hidden: "*",
    bar: ["#", "."],
    cut: "~",
    more: "...",
    made_up: "%",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    outcomes: [":", "^", "+", "x", "?", "-"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_unicode_no_sign_stands_for_two_things() {
        let s = &ASCII;
        let signs = [s.cursor, s.selected, s.selectable, s.not_sendable, s.cut, s.made_up, "!"];
        let mut all: Vec<&str> = [&signs[..], &s.slot, &s.bar, &s.outcomes].concat();
        assert!(all.iter().all(|sign| sign.len() == 1 && sign.is_ascii()));
        let number = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), number, "{all:?}");
    }
}
