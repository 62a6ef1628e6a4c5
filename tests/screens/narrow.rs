//! The order in which things give way as the screen narrows, as `tui/layout.rs` states it.

use gears_console::dispatcher::Event;
use gears_console::limiter::BudgetView;
use gears_console::model::{EndReason, Found, Labels, Outcome, OutcomeKind};
use gears_console::tui::app::Options;
use gears_console::tui::theme::{Builtin, Depth, Theme};
use gears_console::tui::update::Msg;
use ratatui::layout::Size;

use crate::harness::{Console, fleet, options};

/// A device with host, user and note, of which a run has failed: everything that a screen can show of one.
fn console(width: u16, height: u16) -> Console {
    let mut console = Console::new(80, 24);
    let mut found = fleet(30);
    if let Found::Row(row) = &mut found[0] {
        row.labels = Labels::new(row.labels.host(), row.labels.user(), Some("INC42"));
    }
    console.load("wifi.csv", found).press("a<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, vec![Outcome::because(OutcomeKind::Failed, "unknown id"); 26]);
    console.said(Event::Ended { run, why: EndReason::Completed });
    console.said(Event::Budget(BudgetView { limit: 10, taken: 4, ..BudgetView::default() }));
    console.press("g");
    console.send(Msg::Resize(Size { width, height }));
    console
}

/// Something on screen, and how its presence is seen.
type Thing = (&'static str, fn(&Console, &str) -> bool);

fn reason_beside_name(_: &Console, text: &str) -> bool {
    text.lines().any(|line| line.contains("✗ 00:0c:29:cd:00:00 LT-00017") && line.contains("unknown id"))
}

/// Asserts that while the screen narrows from `widths.0` to `widths.1` these go one after the other, and none comes back.
fn go_in_order(widths: (u16, u16), things: &[Thing]) {
    let mut gone = Vec::new();
    for width in (widths.1..=widths.0).rev() {
        let console = console(width, 24);
        let text = console.text();
        for (name, is_there) in things {
            match (is_there(&console, &text), gone.contains(name)) {
                (false, false) => gone.push(*name),
                (true, true) => panic!("{name} is back at {width}:\n{text}"),
                _ => {}
            }
        }
        let stays = ["00:0c:29:cd:00:00", "LT-00017", "unknown id", "q quit", "dhcprenew", "send by", "✗"];
        for part in stays {
            assert!(text.contains(part), "{part} is gone at {width}:\n{text}");
        }
    }
    assert_eq!(gone, things.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn columns_give_way_in_the_stated_order() {
    go_in_order(
        (200, 76),
        &[
            ("the action's sentence", |_, text| text.contains("asks its network")),
            ("the name beside the reason", reason_beside_name),
            ("the note", |_, text| text.contains("INC42")),
            ("the user", |_, text| text.contains("anna.smith")),
        ],
    );
    go_in_order(
        (75, 40),
        &[
            ("the budget's words", |_, text| text.contains("6 of 10 free")),
            ("the name beside the reason", reason_beside_name),
            ("the budget's dots", |_, text| text.contains("●●")),
            ("the action's summary", |_, text| text.contains("renew IP address")),
            ("the note", |_, text| text.contains("INC42")),
            ("the user", |_, text| text.contains("anna.smith")),
        ],
    );
}

#[test]
fn panes_give_way_in_the_stated_order() {
    let seen = |width: u16, height: u16| {
        let console = console(width, height);
        let areas = console.app.areas();
        let map = areas.map_rows(26) > 0;
        (!areas.tiny, areas.results.height > 0, !areas.stacked && !areas.tiny, map)
    };
    let all = (true, true, true, true);
    assert_eq!(seen(80, 24), all);
    assert!(seen(76, 18).2, "the panes stand side by side");
    assert_eq!([seen(75, 24).2, seen(80, 17).2], [false, false], "then one above the other");
    let mut gone = Vec::new();
    for height in (9..=24).rev() {
        let (panes, results, _, map) = seen(60, height);
        for (name, there) in [("map", map), ("results", results), ("panes", panes)] {
            match (there, gone.contains(&name)) {
                (false, false) => gone.push(name),
                (true, true) => panic!("{name} is back at {height}"),
                _ => {}
            }
        }
    }
    assert_eq!(gone, ["map", "results", "panes"]);
    // The list that one works in stays.
    let mut console = console(60, 13);
    console.press("<tab><tab>");
    let areas = console.app.areas();
    assert!(areas.results.height > 0 && areas.devices.height == 0, "{areas:?}");
}

#[test]
fn a_question_that_does_not_fit_says_so() {
    for (height, cut) in [(10, true), (24, false)] {
        let mut console = Console::new(40, height);
        console.load("wifi.csv", fleet(60)).press("a2<enter>");
        let text = console.text();
        assert!(text.contains("to confirm") && text.contains("send"), "{text}");
        assert_eq!(text.contains("more than fits: enlarge"), cut, "{text}");
    }
}

#[test]
fn a_field_that_begins_further_on_and_a_list_that_goes_on_say_so() {
    for (ascii, cut) in [(false, "…"), (true, "~")] {
        let theme = Theme::new(Builtin::Terminal, Depth::Cube, ascii);
        let mut console = Console::with(40, 10, Options { theme, ..options() });
        console.load("wifi.csv", fleet(60));
        let long = "a-folder-with-a-long-name/and-a-file-too.csv";
        for (keys, end) in [("o", "file-too.csv"), ("a2<enter><tab>", "file-too.csv"), ("/", "file-too.csv")] {
            console.press(keys);
            console.send(Msg::Paste(long.to_owned()));
            let text = console.text();
            let line = text.lines().find(|line| line.contains(end)).unwrap_or_else(|| panic!("{text}"));
            assert!(line.contains(cut) && !line.contains("a-folder"), "{keys}\n{text}");
            console.press("<esc>");
        }
        for (keys, seen) in [(":", "1-5 of "), ("?", "1-6 of "), ("?4", "1-6 of ")] {
            let text = console.press(keys).text();
            assert!(text.contains(seen), "{keys}\n{text}");
            console.press("<esc><esc>");
        }
    }
}

#[test]
fn what_enter_missed_is_told_on_a_narrow_screen_too() {
    let mut console = Console::new(40, 10);
    console.load("wifi.csv", fleet(60)).press("a2<enter>12<enter>");
    assert!(console.text().contains("not the number"), "{}", console.text());
}
