//! Numbers before motions, beside digits that choose an action.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gears_console::dispatcher::Event;
use gears_console::model::{Action, EndReason, Found};
use gears_console::tui::app::Effect;
use gears_console::tui::count::{LATER, SOON};
use gears_console::tui::dialog::Dialog;
use gears_console::tui::keymap::{Act, Keymap};
use gears_console::tui::update::Msg;

use crate::harness::{Console, fleet, mixed, options};
use crate::past::history_of;

fn loaded() -> Console {
    let mut console = Console::new(80, 24);
    console.load("wifi.csv", fleet(300));
    console
}

/// The cursor's row from 1, and the action.
fn at(console: &Console) -> (usize, Action) {
    (console.app.cursor.cursor + 1, console.app.action)
}

fn bottom(console: &Console) -> String {
    console.text().lines().last().unwrap().to_owned()
}

#[test]
fn arrows_behind_an_action_move_and_leave_it() {
    let mut console = loaded();
    console.press("2<down>");
    assert_eq!(at(&console), (2, Action::ExemptAll));
    console.press("3<pgdn>");
    assert_eq!(console.app.action, Action::Unexempt);
}

#[test]
fn a_number_moves_so_far_and_the_action_is_as_before() {
    use Action::DhcpRenew as Renew;
    for (keys, row) in [
        ("5j", 6),
        ("3j", 4),
        ("12j", 13),
        ("20<ctrl-d>", 21),
        ("120G", 120),
        ("120g", 120),
        ("2G", 2),
        ("999999999G", 300),
        ("50G7k", 43),
        ("50G7<ctrl-u>", 43),
        ("0j", 2),
        ("5<down>", 6),
        ("33G", 33),
        ("40G4g", 4),
        ("G", 300),
        ("Gg", 1),
    ] {
        let mut console = loaded();
        console.press(keys);
        assert_eq!(at(&console), (row, Renew), "{keys}");
        assert!(console.effects().is_empty());
    }
}

#[test]
fn a_digit_alone_chooses_its_action() {
    let mut console = loaded();
    console.press("2");
    assert_eq!(at(&console), (1, Action::ExemptAll), "at once");
    console.press("3");
    assert_eq!(at(&console), (1, Action::Unexempt), "a mind can change fast");
    console.press("2");
    console.wait(SOON).press("j");
    assert_eq!(at(&console), (2, Action::ExemptAll), "who has waited has chosen");
    for keys in ["1<space>", "1a", "1A", "1<enter><esc>", "1<tab>"] {
        let mut console = loaded();
        console.press("2").wait(SOON).press(keys);
        assert_eq!(console.app.action, Action::DhcpRenew, "{keys}: nothing that is no move takes it back");
        assert!(console.effects().is_empty(), "{keys}");
    }
}

#[test]
fn what_the_number_took_back_is_said() {
    let mut console = loaded();
    console.press("2").wait(SOON).press("3j");
    assert_eq!(at(&console), (4, Action::ExemptAll));
    assert!(console.text().contains("3 counted the move, so the action is exempt_all as before"), "{}", console.text());
    console.press("5j");
    assert!(!console.text().contains("as before"), "nothing was taken back:\n{}", console.text());
}

#[test]
fn the_number_stands_at_the_right_of_the_bottom_line_while_it_waits() {
    let mut console = loaded();
    console.press("7");
    assert!(bottom(&console).ends_with(" 7"), "{}", bottom(&console));
    console.press("5");
    assert!(bottom(&console).ends_with(" 75"), "{}", bottom(&console));
    assert!(bottom(&console).contains("q quit"), "{}", bottom(&console));
    let wakes = console.app.next_change().expect("it is forgotten by itself");
    assert_eq!(wakes, console.now + LATER);
    console.wait(LATER);
    assert!(!bottom(&console).contains("75"), "{}", bottom(&console));
    assert_eq!(console.app.next_change(), None, "and then nothing wakes any more");
    console.press("j");
    assert_eq!(at(&console).0, 2);
}

#[test]
fn esc_forgets_the_number_and_leaves_the_filter() {
    let mut console = loaded();
    console.press("/anna<enter>20<esc>");
    assert_eq!((console.app.count, console.app.filter.text()), (None, "anna"));
    assert_eq!(console.app.action, Action::DhcpRenew);
    console.press("<esc>");
    assert_eq!(console.app.filter.text(), "");
}

#[test]
fn a_paste_that_begins_with_digits_neither_moves_nor_chooses() {
    let mut console = loaded();
    console.press("7");
    console.send(Msg::Paste("2c:54:91:88:c9:e3\n".to_owned()));
    assert_eq!((console.app.count, at(&console)), (None, (1, Action::DhcpRenew)));
    assert!(matches!(console.effects()[..], [Effect::Load(..)]));
}

#[test]
fn a_number_that_a_slow_line_brings_in_one_piece_moves() {
    for (text, row) in
        [("120G", Some(120)), ("12j", Some(13)), ("G", None), ("0G", None), ("12x", None), ("1234567G", None)]
    {
        let mut console = loaded();
        console.send(Msg::Paste(text.to_owned()));
        assert_eq!(at(&console), (row.unwrap_or(1), Action::DhcpRenew), "{text}");
        assert_eq!(console.effects().is_empty(), row.is_some(), "{text}: what is no number and a move is a list");
    }
}

#[test]
fn in_the_results_a_number_goes_to_that_failure() {
    let mut console = loaded();
    console.press("a1<enter>258<enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(258));
    console.said(Event::Ended { run, why: EndReason::Completed });
    console.press("<tab><tab>").wait(LATER).press("3n");
    let third = console.app.runs[0].list.cursor;
    assert_eq!(third, 21, "4, 11, 21");
    console.press("2N");
    assert_eq!(console.app.runs[0].list.cursor, 4);
    console.press("200G");
    assert_eq!(console.app.runs[0].list.cursor, 199);
}

#[test]
fn where_digits_choose_nothing_they_are_numbers_and_where_they_act_they_act() {
    let mut keys = Keymap::default();
    for (act, key) in [(Act::Action1, "f1"), (Act::Action2, "f2"), (Act::Action3, "f3"), (Act::SelectShown, "5")] {
        keys.set(act, [key]).unwrap();
    }
    let mut console = Console::with(80, 24, gears_console::tui::app::Options { keys, ..options() });
    console.load("wifi.csv", fleet(300)).press("2").wait(SOON).press("3j");
    assert_eq!(at(&console), (24, Action::DhcpRenew));
    console.send(Msg::Key(KeyEvent::new(KeyCode::F(2), KeyModifiers::NONE)));
    console.press("j");
    assert_eq!(at(&console), (25, Action::ExemptAll), "a key that is no digit begins no number");
    console.press("45");
    assert!(console.app.selection.all > 0);
    assert_eq!(console.app.count, None);
}

#[test]
fn in_the_action_pane_digits_choose_and_count_nothing() {
    let mut console = loaded();
    console.press("<tab>3k");
    assert_eq!(console.app.action, Action::ExemptAll, "3, and one up");
    console.wait(Duration::from_millis(1)).press("7k");
    assert_eq!(console.app.action, Action::DhcpRenew);
}

/// The number of the first row of a long text that is on screen.
fn first(console: &Console) -> usize {
    let Some(Dialog::Reader(reader)) = &console.app.dialog else { panic!("{}", console.text()) };
    reader.first
}

#[test]
fn in_a_long_text_a_number_scrolls_so_far() {
    for (keys, row) in
        [("?5j", 5), ("?20<ctrl-d>", 20), ("?30G", 29), ("?30G3k", 26), ("?12j", 12), ("?0j", 1), ("?5<down>", 1)]
    {
        let mut console = loaded();
        console.press(keys);
        assert_eq!(first(&console), row, "{keys}");
        let title = if keys.ends_with("<down>") { "Guide: shared-budget" } else { "Help" };
        assert!(console.text().contains(title), "{keys}\n{}", console.text());
    }
    let mut console = loaded();
    console.press("?2").wait(SOON).press("2j");
    assert!(console.text().contains("Guide: lists"), "{}", console.text());
    assert_eq!(first(&console), 2, "in the page from which it was typed");
    console.press("4").wait(SOON).press("j");
    assert!(console.text().contains("Guide: rate-limit"), "{}", console.text());
    assert_eq!(first(&console), 1, "who has waited has opened a page");
    console.press("90").press("<esc>");
    assert!(console.text().contains("Guide: rate-limit"), "Esc forgets the number:\n{}", console.text());
    console.send(Msg::Paste("5j".to_owned()));
    assert_eq!(first(&console), 6, "in one piece");
    console.press("30");
    assert!(bottom(&console).ends_with(" 30"), "{}", bottom(&console));
}

#[test]
fn in_what_could_not_be_read_a_number_scrolls_too() {
    let mut console = Console::new(80, 24);
    let bad = |line| Found::Unreadable { text: format!("row {line}").into(), line, reason: "no id".into() };
    console.load("wifi.csv", (0..100).map(bad).collect()).press("V40G");
    assert_eq!(first(&console), 39);
}

#[test]
fn in_the_history_a_number_goes_so_far() {
    for (keys, row) in [("3j", 3), ("3G", 2), ("2g", 1), ("G2k", 2), ("2n", 2), ("9<ctrl-d>", 4), ("4<ctrl-b>", 0)] {
        let mut console = history_of(80, 24);
        console.press(keys);
        let Some(Dialog::Past(past)) = &console.app.dialog else { panic!() };
        assert_eq!(past.page().unwrap().1.cursor, row, "{keys}");
    }
    let mut console = history_of(80, 24);
    console.send(Msg::Paste("4j".to_owned()));
    console.press("2<esc>");
    let Some(Dialog::Past(past)) = &console.app.dialog else { panic!("Esc forgot the number only") };
    assert_eq!(past.page().unwrap().1.cursor, 4);
}
