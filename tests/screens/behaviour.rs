//! What keys do, and what they must never do.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gears_console::dispatcher::{Command, Event};
use gears_console::intake::Source;
use gears_console::limiter::{BudgetView, Sharer};
use gears_console::model::{Action, EndReason, Found, IdMode, Labels, Mac, NewRun, Outcome, OutcomeKind, Row};
use gears_console::tui::app::{Connection, Effect, Leave, Options};
use gears_console::tui::update::Msg;
use ratatui::layout::Size;

use crate::harness::{Console, fleet, mixed, options};

/// What the console has asked the dispatcher to start.
fn started(console: &mut Console) -> Vec<NewRun> {
    let effects = console.effects().into_iter();
    effects
        .filter_map(|effect| match effect {
            Effect::Dispatch(Command::Start { run, .. }) => Some(run),
            _ => None,
        })
        .collect()
}

fn loaded() -> Console {
    let mut console = Console::new(80, 24);
    console.load("wifi.csv", fleet(20));
    console
}

fn key(code: KeyCode) -> Msg {
    Msg::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

#[test]
fn a_run_carries_the_selected_devices_and_what_was_left_out() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let runs = started(&mut console);
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].action, runs[0].id_mode), (Action::DhcpRenew, IdMode::Mac));
    // Two of twenty have no MAC, and cannot be selected.
    assert_eq!((runs[0].devices.len(), runs[0].excluded.len()), (18, 0));
    let mut console = loaded();
    console.press("ma").press("m<enter><enter>");
    let runs = started(&mut console);
    assert_eq!((runs[0].devices.len(), runs[0].excluded.len()), (9, 2));
    assert_eq!(&*runs[0].excluded[0].why, "no MAC");
}

#[test]
fn enter_does_not_count_before_the_question_can_be_read() {
    let mut console = loaded();
    console.press("a<enter>");
    console.send(key(KeyCode::Enter));
    console.wait(Duration::from_millis(200)).send(key(KeyCode::Enter));
    assert_eq!(started(&mut console), []);
    console.wait(Duration::from_millis(200)).send(key(KeyCode::Enter));
    assert_eq!(started(&mut console).len(), 1);
}

#[test]
fn what_switches_protection_off_is_confirmed_by_the_number() {
    let mut console = loaded();
    console.press("a2<enter><enter>");
    assert_eq!(started(&mut console), [], "no number");
    console.press("17<enter>");
    assert_eq!(started(&mut console), [], "another number");
    console.press("<ctrl-u>18<enter>");
    assert_eq!(started(&mut console).len(), 1);
}

#[test]
fn a_large_run_is_confirmed_by_the_number() {
    let mut console = Console::new(80, 24);
    console.load("all.csv", fleet(2800)).press("a1<enter><enter>");
    assert_eq!(started(&mut console), []);
    console.press("2,400<enter>");
    assert_eq!(started(&mut console)[0].devices.len(), 2400);
}

#[test]
fn text_before_a_question_spoils_it_and_does_nothing_else() {
    let mut console = loaded();
    console.press("a2<enter>bad 18<enter><enter>");
    assert_eq!(started(&mut console), []);
    assert_eq!(console.app.list.devices().len(), 20);
    assert!(console.text().contains("that was text: Esc"), "{}", console.text());
    console.press("<esc>");
    assert!(console.text().contains("18 selected of 20"), "{}", console.text());
    console.press("1<enter>");
    console.send(Msg::Paste("18\n\n".to_owned()));
    console.press("<esc>");
    assert_eq!(started(&mut console), []);
    assert!(console.text().contains("nothing was sent"), "{}", console.text());
}

#[test]
fn a_screen_that_is_too_small_sends_nothing() {
    let mut console = loaded();
    console.press("a");
    console.send(Msg::Resize(Size { width: 30, height: 8 }));
    console.press("<enter><enter>2<enter>18<enter>dxq");
    let effects = console.effects();
    assert!(matches!(effects[..], [Effect::Quit(Leave::Calmly)]), "{effects:?}");
    assert_eq!(console.app.selection.all, 18);
}

#[test]
fn a_run_that_is_not_on_screen_is_not_stopped() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let first = console.accept();
    console.press("A<space><enter><enter>");
    let second = console.accept();
    console.outcomes(second, 0, mixed(1));
    console.said(Event::Ended { run: second, why: EndReason::Completed });
    console.press("x");
    assert!(console.effects().is_empty());
    assert!(console.text().contains("run 42 dhcprenew is on: , and . show it"), "{}", console.text());
    console.press(",x");
    let effects = console.effects();
    assert!(matches!(effects[..], [Effect::Dispatch(Command::Stop(run))] if run == first), "{effects:?}");
}

#[test]
fn a_filter_finds_words_as_they_stand_before_it_finds_similar_ones() {
    let mut console = loaded();
    console.press("/anna<enter>a");
    assert!(console.text().contains("3 selected of 20, 4 shown"), "{}", console.text());
    console.press("/<ctrl-u>asmith<enter>");
    assert!(console.text().contains("4 similar"), "{}", console.text());
}

#[test]
fn a_filter_that_a_slow_line_brings_in_one_piece_filters() {
    let mut console = loaded();
    console.send(Msg::Paste("/anna\n".to_owned()));
    console.press("a");
    assert!(console.text().contains("3 selected of 20, 4 shown"), "{}", console.text());
    assert!(console.effects().is_empty());
}

#[test]
fn what_the_filter_hides_and_what_has_no_id_is_told_before_sending() {
    let mut console = loaded();
    console.press("a/anna<enter><enter>");
    let text = console.text();
    assert!(text.contains("15 of them hidden by the filter"), "{text}");
    assert!(text.contains("not in it: 2 devices of the list without MAC"), "{text}");
}

#[test]
fn undoing_never_switches_a_protection_off() {
    let mut console = loaded();
    console.press("a3<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(18));
    console.said(Event::Ended { run, why: EndReason::Completed });
    console.press("U");
    assert!(console.text().contains("nothing of it can be undone"), "{}", console.text());
}

#[test]
fn digits_that_a_slow_line_brings_in_one_piece_are_typed_and_do_not_send() {
    let mut console = loaded();
    console.press("a2<enter>1");
    console.send(Msg::Paste("8".to_owned()));
    assert_eq!(started(&mut console), []);
    console.press("<enter>");
    assert_eq!(started(&mut console).len(), 1);
}

#[test]
fn a_paste_is_a_list_and_never_a_command() {
    let mut console = loaded();
    console.press("a");
    console.send(Msg::Paste("q\nx\n1\n\n00:0c:29:cd:c7:b2\n".to_owned()));
    let loads: Vec<_> = console
        .effects()
        .into_iter()
        .map(|effect| match effect {
            Effect::Load(Source::Text { text, .. }, _) => text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(loads, ["q\nx\n1\n\n00:0c:29:cd:c7:b2\n".into()]);
}

#[test]
fn read_only_sends_nothing() {
    let mut console = Console::with(80, 24, Options { read_only: true, ..options() });
    console.load("wifi.csv", fleet(20)).press("a1<enter><enter>2<enter>18<enter>rR");
    assert_eq!(started(&mut console), []);
    console.press("<enter>");
    assert!(console.text().contains("read-only: this console sends nothing"), "{}", console.text());
}

#[test]
fn without_a_connection_nothing_is_sent_and_the_reason_is_said() {
    let mut console = loaded();
    console.app.connection = Connection::Off("no credentials: set GEARS_CLIENT_KEY".into());
    console.press("a<enter><enter>");
    assert_eq!(started(&mut console), []);
    assert!(console.text().contains("no credentials: set GEARS_CLIENT_KEY"), "{}", console.text());
}

#[test]
fn retries_carry_exactly_what_failed_or_is_unknown() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let run = console.accept();
    let not_sent = Outcome::plain(OutcomeKind::NotSent);
    console.outcomes(run, 0, mixed(16)).outcomes(run, 16, vec![not_sent.clone(), not_sent]);
    console.said(Event::Ended { run, why: EndReason::Stopped });
    console.press("r<enter>");
    let failed = started(&mut console);
    assert_eq!(failed[0].devices.iter().map(|device| &*device.label).collect::<Vec<_>>(), ["LT-00021 eva.müller"]);
    console.press(",R<enter>");
    assert_eq!(started(&mut console)[0].devices.len(), 3);
}

#[test]
fn doing_the_same_again_is_pointed_out() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(18));
    console.said(Event::Ended { run, why: EndReason::Completed });
    console.press("<enter>");
    assert!(console.text().contains("16 of them done before: the last dhcprenew succeeded"), "{}", console.text());
    console.press("<esc>3<enter>");
    assert!(!console.text().contains("done before"), "{}", console.text());
}

#[test]
fn devices_of_a_run_that_is_on_are_pointed_out() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    console.accept();
    console.press("<enter>");
    assert!(console.text().contains("18 devices still in a run that is on"), "{}", console.text());
}

#[test]
fn stopping_stops_the_run_on_screen() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let run = console.accept();
    console.press("x");
    let effects = console.effects();
    assert!(matches!(effects[..], [Effect::Dispatch(Command::Stop(stopped))] if stopped == run), "{effects:?}");
    assert!(console.text().contains("stopping"), "{}", console.text());
}

#[test]
fn a_run_that_is_stopped_before_it_has_a_number_is_stopped_when_it_gets_one() {
    let mut console = loaded();
    console.press("a<enter><enter>x");
    let run = console.accept();
    let effects = console.effects();
    assert!(matches!(effects[..], [Effect::Dispatch(Command::Stop(stopped))] if stopped == run), "{effects:?}");
}

#[test]
fn a_run_that_waits_goes_on_by_one_key() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let run = console.accept();
    console.said(Event::Paused { run, why: "no connection to gears.opswat.com".into() });
    assert!(console.text().contains("run 42 waits: no connection to gears.opswat.com"), "{}", console.text());
    console.press("c");
    let effects = console.effects();
    assert!(matches!(effects[..], [Effect::Dispatch(Command::Continue(going))] if going == run), "{effects:?}");
}

#[test]
fn quitting_asks_while_a_run_is_on_and_awaits_what_is_in_flight() {
    let quits = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Quit(Leave::Calmly)));
    let mut console = loaded();
    console.press("q");
    assert!(quits(&console.effects()), "nothing is on");
    console.press("a<enter><enter>");
    let run = console.accept();
    console.press("q<esc>q<enter>");
    let effects = console.effects();
    assert!(matches!(effects[..], [Effect::Dispatch(Command::Stop(_))]), "{effects:?}");
    console.said(Event::Ended { run, why: EndReason::Stopped });
    assert!(quits(&console.effects()));
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let ctrl_c = || Msg::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    // The question says how often at any time.
    let says = |console: &Console, words: &str| assert!(console.text().contains(words), "{}", console.text());
    for first in ["<ctrl-c>", "q"] {
        let mut console = loaded();
        console.press("a<enter><enter>");
        console.accept();
        console.press(first);
        if first == "q" {
            says(&console, "Ctrl-C twice in 2 s leaves at once");
        } else {
            says(&console, "Ctrl-C once more leaves at once");
            let change = console.app.next_change().expect("Enter counts");
            console.wait(change - console.now);
            let change = console.app.next_change().expect("the words change");
            console.wait(change - console.now);
            says(&console, "Ctrl-C twice in 2 s leaves at once");
        }
        console.send(ctrl_c());
        assert!(console.effects().is_empty(), "this one counts as the first");
        says(&console, "Ctrl-C once more leaves at once");
        console.wait(Duration::from_secs(1)).send(ctrl_c());
        assert!(matches!(console.effects()[..], [Effect::Quit(Leave::AtOnce)]));
    }
}

#[test]
fn a_run_that_ends_while_quitting_is_asked_about_leaves_a_question_that_is_true() {
    for (answer, quits) in [("<ctrl-c>", true), ("<enter>", true), ("<esc>", false)] {
        let mut console = loaded();
        console.press("a<enter><enter>");
        let run = console.accept();
        console.press("q");
        console.said(Event::Ended { run, why: EndReason::Completed });
        let text = console.text();
        assert!(text.contains("No run is on any more.") && text.contains("Quit?"), "{text}");
        assert!(!text.contains("while a run is on") && !text.contains("in flight"), "{text}");
        console.press(answer);
        let effects = console.effects();
        assert_eq!(matches!(effects[..], [Effect::Quit(Leave::Calmly)]), quits, "{answer}: {effects:?}");
        assert!(console.app.dialog.is_none());
    }
}

#[test]
fn outcomes_stand_on_the_devices_and_can_be_selected_by() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(18));
    console.said(Event::Ended { run, why: EndReason::Completed });
    console.press("As1");
    assert_eq!(console.app.selection.all, 1);
    assert!(console.text().contains("◉ 00:0c:29:cd:00:04 LT-00021 eva.müller  ✗"), "{}", console.text());
}

#[test]
fn the_detail_line_says_what_an_outcome_means() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(18));
    console.said(Event::Ended { run, why: EndReason::Completed });
    console.press("<tab><tab>n");
    let said = |console: &Console, words: &str| assert!(console.text().contains(words), "{}", console.text());
    said(&console, "LT-00021: not found in the cloud, or not a valid MAC there. r runs it again");
    console.press("n");
    said(&console, "LT-00029: no answer within 30 s. It may have happened. R runs it again");
}

#[test]
fn a_filter_hides_devices_and_keeps_their_selection() {
    let mut console = loaded();
    console.press("a/lt-00018<enter>");
    assert!(console.text().contains("18 selected of 20, 1 shown"), "{}", console.text());
    console.press("<space><esc>");
    assert!(console.text().contains("17 selected of 20 "), "{}", console.text());
}

#[test]
fn a_row_without_the_id_cannot_be_selected_and_says_why() {
    let mut console = loaded();
    console.press("<end>kkkkkk<space>");
    assert_eq!(console.app.selection.all, 0);
    assert!(console.text().contains("cannot be selected: no MAC; m sends by HWID"), "{}", console.text());
}

#[test]
fn signs_whose_width_terminals_count_differently_are_plain_ones() {
    let mut console = Console::new(80, 24);
    let mut found = fleet(1);
    if let Found::Row(row) = &mut found[0] {
        row.labels = Labels::new(Some("❤\u{fe0f}a 1\u{fe0f}\u{20e3}b 👍\u{1f3fd}c e\u{301}d"), None, None);
    }
    console.load("list.csv", found);
    let text = console.text();
    assert!(text.contains('❤') && text.contains('👍') && text.contains("e\u{301}d"), "{text}");
    assert!(!text.contains(['\u{fe0f}', '\u{20e3}', '\u{1f3fd}']), "{text}");
}

#[test]
fn control_characters_from_outside_are_marks() {
    let mut console = Console::new(80, 24);
    let mut found = fleet(1);
    if let gears_console::model::Found::Row(row) = &mut found[0] {
        row.labels = Labels::new(Some("\u{1b}[2J\u{202e}evil"), Some("a\r\nb\t\u{9b}31m"), None);
    }
    console.load("\u{1b}]0;owned\u{7}.csv", found);
    let text = console.text();
    assert!(text.contains("␛[2J‹U+202E›evil"), "{text}");
    assert!(text.contains("␛]0;owned␇.csv"), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
}

#[test]
fn a_message_from_the_dispatcher_never_takes_a_dialog_away() {
    let mut console = loaded();
    console.press("a<enter><enter>");
    let run = console.accept();
    console.press("2<enter>");
    console.outcomes(run, 0, mixed(18));
    console.said(Event::Ended { run, why: EndReason::Completed });
    assert!(console.text().contains("Type 18 to confirm"), "{}", console.text());
}

#[test]
fn the_screen_is_drawn_again_from_everywhere() {
    for (width, height) in [(80, 24), (30, 8)] {
        for keys in " ? ?/x v V o p t s ! : 2<enter> 2<enter><tab> /x q P y".split(' ') {
            let mut console = loaded();
            console.press("a1<enter><enter>");
            let run = console.accept();
            console.outcomes(run, 0, mixed(10));
            // Another profile is not gone to before.
            if keys == "P" {
                console.said(Event::Ended { run, why: EndReason::Completed });
            }
            console.press(keys);
            let in_panes = console.app.dialog.is_none() && console.app.filter_input.is_none();
            assert_eq!(in_panes, keys.is_empty(), "{keys}");
            console.send(Msg::Resize(Size { width, height }));
            // By then a question takes its Enter, and looks so.
            console.wait(Duration::from_secs(1)).effects();
            let before = console.text();
            console.press("<ctrl-l>");
            let effects = console.effects();
            assert!(matches!(effects[..], [Effect::Redraw]), "{keys} {width}x{height}: {effects:?}");
            assert_eq!(console.text(), before, "{keys}");
        }
    }
}

#[test]
fn every_size_is_drawn_in_every_state() {
    for width in [1, 2, 3, 8, 20, 39, 40, 41, 60, 75, 76, 80, 120, 400] {
        for height in [1, 2, 5, 9, 10, 11, 16, 18, 24, 120] {
            for keys in ["", "?", "v", "V", "o", "p", "t", "s", "!", ":", "2<enter>", "/x", "q"] {
                let mut console = Console::new(80, 24);
                console.load("wifi.csv", fleet(300)).press("a1<enter>258<enter>");
                let run = console.accept();
                console.outcomes(run, 0, mixed(100));
                console.press(keys);
                console.send(Msg::Resize(Size { width, height }));
                let buffer = console.buffer();
                assert_eq!((buffer.area.width, buffer.area.height), (width, height));
            }
        }
    }
}

#[test]
fn a_reason_goes_with_the_run_and_can_be_pasted() {
    let mut console = loaded();
    console.press("a<enter><tab>INC");
    console.send(Msg::Paste("0042\n".to_owned()));
    console.press("<enter>");
    assert_eq!(started(&mut console)[0].reason.as_deref(), Some("INC0042"));
}

#[test]
fn where_a_reason_is_required_nothing_is_sent_without() {
    let mut console = Console::with(80, 24, Options { require_reason: vec![Action::ExemptAll], ..options() });
    console.load("wifi.csv", fleet(20)).press("a2<enter>18<enter>");
    assert_eq!(started(&mut console), []);
    assert!(console.text().contains("a reason is needed"), "{}", console.text());
    console.press("<tab>INC1<enter>");
    assert_eq!(started(&mut console).len(), 1);
    console.press("1<enter><enter>");
    assert_eq!(started(&mut console).len(), 1, "another action needs none");
}

#[test]
fn who_else_uses_the_budget_is_shown() {
    let mut console = loaded();
    let anna = Sharer { who: "anna\u{1b}".to_owned(), taken: 4 };
    let budget = BudgetView { limit: 10, taken: 6, elsewhere: 2, sharers: vec![anna], next_free: None };
    console.send(Msg::Resize(Size { width: 120, height: 24 }));
    console.said(Event::Budget(budget));
    assert!(
        console.text().contains("anna␛ sent 4 lately  2 taken elsewhere  requests ●●●●○○○○○○ 4 of 10 free"),
        "{}",
        console.text()
    );
}

#[test]
fn randomised_and_disputed_devices_are_marked_and_explained() {
    let mut console = Console::new(80, 24);
    let row = |mac: [u8; 6], hwid: &str, line| {
        let macs = vec![Mac::new(mac)];
        Found::Row(Row { macs: macs.into(), hwid: Some(hwid.parse().unwrap()), line, ..Row::default() })
    };
    let found = vec![
        row([0xda, 0, 0, 0, 0, 1], "HWID0001", 1),
        row([0, 0x0c, 0x29, 0, 0, 2], "HWID0002", 2),
        row([0, 0x0c, 0x29, 0, 0, 2], "HWID0003", 3),
    ];
    console.load("wifi.csv", found).press("v");
    assert!(console.text().contains("randomised: the cloud may know"), "{}", console.text());
    console.press("<esc>jv");
    let text = console.text();
    assert!(text.contains("HWID0003") && text.contains("wifi.csv line 2"), "{text}");
    console.press("<esc>");
    let text = console.text();
    assert!(text.contains("da:00:00:00:00:01~") && text.contains("00:0c:29:00:00:02!"), "{text}");
}

#[test]
fn the_mouse_points_marks_and_scrolls_and_never_sends() {
    use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
    let mouse = |kind, column, row| Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    let click = MouseEventKind::Down(MouseButton::Left);
    let mut console = loaded();
    console.send(mouse(click, 30, 4));
    assert_eq!((console.app.cursor.cursor, console.app.selection.all), (2, 0));
    console.send(mouse(click, 2, 5));
    assert_eq!((console.app.cursor.cursor, console.app.selection.all), (3, 1));
    console.send(mouse(MouseEventKind::ScrollDown, 10, 10));
    assert_eq!(console.app.cursor.cursor, 6);
    console.send(mouse(click, 60, 3));
    assert_eq!(console.app.action, Action::ExemptAll);
    console.press("1<enter>");
    console.send(mouse(click, 20, 16));
    assert_eq!(started(&mut console), [], "a click answers no question");
}

#[test]
fn the_guide_is_reached_from_the_help_and_leads_back() {
    let mut console = Console::new(80, 24);
    console.press("?1");
    assert!(console.text().contains("Guide: first-steps"), "{}", console.text());
    console.press("8<end>");
    assert!(console.text().contains("Guide: troubleshooting") && console.text().contains("A key does nothing"));
    // There is no ninth page.
    console.press("9");
    assert!(console.text().contains("Guide: troubleshooting"), "{}", console.text());
    // The first Esc forgets the number.
    console.press("<esc><esc>");
    assert!(console.text().contains("1 first-steps"), "{}", console.text());
    console.press("<esc>");
    assert!(console.app.dialog.is_none());
    console.press(":guide<enter>");
    assert!(console.text().contains("1 first-steps"), "{}", console.text());
}

#[test]
fn a_selection_that_was_taken_away_by_one_key_comes_back_by_another() {
    let mut console = loaded();
    console.press("aA");
    assert!(console.text().contains("none is selected any more, 18 were: u selects them again"), "{}", console.text());
    console.press("u");
    assert_eq!((console.app.selection.all, console.app.list.devices().len()), (18, 20));
    // Only then the load is taken back.
    console.press("u");
    assert_eq!(console.app.list.devices().len(), 0);
    console.press("A");
    assert!(!console.text().contains("none is selected"), "{}", console.text());
}

#[test]
fn a_typed_address_that_is_no_devices_is_told_why() {
    let mut console = Console::new(80, 24);
    console.press("tff:ff:ff:ff:ff:ff");
    assert!(console.text().contains("the broadcast address, not a device"), "{}", console.text());
    console.press("<enter>");
    assert!(console.text().contains("is the broadcast address"), "{}", console.text());
}

#[test]
fn n_goes_to_the_next_find_of_the_filter_and_round() {
    let mut console = loaded();
    console.press("/anna<enter>");
    assert!(console.text().contains("n next match"), "{}", console.text());
    let mut rows = Vec::new();
    for keys in ["n", "n", "n", "n", "N", "2n", "3N"] {
        console.press(keys);
        rows.push(console.app.cursor.cursor);
    }
    assert_eq!(rows, [1, 2, 3, 0, 3, 1, 2], "four are shown");
    assert_eq!((console.app.selection.all, console.app.action), (0, Action::DhcpRenew));
    for (filter, words) in
        [("lt-00018", "the only match: / looks for another"), ("zzzz", "no match: / looks for another")]
    {
        console.press(&format!("/<ctrl-u>{filter}<enter>n"));
        assert!(console.text().contains(words), "{}", console.text());
    }
}

#[test]
fn without_a_filter_n_goes_to_the_next_failure_in_the_list_too() {
    let mut console = loaded();
    for key in ["n", "N"] {
        console.press("a").press(key);
        assert_eq!(console.app.selection.all, 18, "no selection is lost");
        let words = "nothing to go to: / finds devices; no device failed or is unknown";
        assert!(console.text().contains(words), "{}", console.text());
    }
    console.press("<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(18));
    console.said(Event::Ended { run, why: EndReason::Completed });
    let mut rows = Vec::new();
    for key in ["n", "n", "n", "N"] {
        console.press(key);
        rows.push(console.app.cursor.cursor);
    }
    // One in seven has no MAC: the fifth and the twelfth that were sent are these rows.
    assert_eq!(rows, [4, 12, 4, 12]);
}

#[test]
fn a_device_of_the_list_says_why_it_failed_and_what_to_press() {
    let mut console = crate::done(80, 24);
    console.press("n").wait(Duration::from_secs(1));
    let text = console.text();
    assert!(text.contains("LT-00021: not found in the cloud, or not a valid MAC there. r runs it again"), "{text}");
    assert!(text.contains("r retry failed"), "{text}");
    console.press("v");
    let text = console.text();
    assert!(text.contains("because") && text.contains("not found in the cloud"), "{text}");
}
