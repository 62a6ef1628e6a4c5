//! Keys that the configuration gives to what the console does.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gears_console::dispatcher::{Command, Event};
use gears_console::model::{EndReason, Outcome, OutcomeKind};
use gears_console::tui::app::{Effect, Leave, Options};
use gears_console::tui::gate::Meaning;
use gears_console::tui::keymap::{Act, BINDINGS, Keymap};
use gears_console::tui::keys::meaning;
use gears_console::tui::update::Msg;
use ratatui::layout::Size;

use crate::harness::{Console, fleet, mixed, options};

/// A console in which these acts have these keys.
fn with(others: &[(Act, &[&str])]) -> Console {
    let mut keys = Keymap::default();
    for (act, own) in others {
        keys.set(*act, own.iter().copied()).unwrap();
    }
    assert_eq!(keys.clash(), None);
    Console::with(80, 24, Options { keys, ..options() })
}

/// A letter of its own for every act: none of them is a key of the table, and no text on screen has it.
fn letter(act: Act) -> String {
    let index = BINDINGS.iter().position(|binding| binding.act == act).unwrap();
    let mut letters = ('Ա'..='և').filter(|letter| letter.is_alphabetic());
    letters.nth(index).expect("a letter for each").to_string()
}

/// A console in which every act has a letter of the Armenian layout, and nothing else.
fn armenian() -> Console {
    let letters: Vec<(Act, String)> = BINDINGS.iter().map(|binding| (binding.act, letter(binding.act))).collect();
    let mut keys = Keymap::default();
    for (act, letter) in &letters {
        keys.set(*act, [letter.as_str()]).unwrap();
    }
    Console::with(120, 40, Options { keys, ..options() })
}

fn press(console: &mut Console, act: Act) {
    console.press(&letter(act));
}

fn says(console: &Console, words: &str) {
    assert!(console.text().contains(words), "{words}:\n{}", console.text());
}

#[test]
fn other_keys_do_what_the_old_ones_did_and_the_old_ones_do_nothing() {
    let mut console = with(&[(Act::SelectShown, &["ж", "f5"]), (Act::Send, &["S"])]);
    console.load("wifi.csv", fleet(20)).press("a<enter>");
    assert_eq!((console.app.selection.all, console.app.dialog.is_none()), (0, true));
    console.press("ж");
    assert_eq!(console.app.selection.all, 18);
    console.press("A");
    assert_eq!(console.app.selection.all, 0);
    console.send(Msg::Key(KeyEvent::new(KeyCode::F(5), KeyModifiers::NONE)));
    assert_eq!(console.app.selection.all, 18);
    console.press("S<enter>");
    let effects = console.effects();
    assert!(matches!(effects[..], [Effect::Dispatch(Command::Start { .. })]), "{effects:?}");
}

#[test]
fn every_act_has_its_own_letter_where_it_is_asked_for() {
    let mut console = armenian();
    console.load("wifi.csv", fleet(20));
    for old in "acdfhijklmnoprstuvwxAHGMNRUV,./!:?q".chars() {
        console.press(&old.to_string());
    }
    assert_eq!((console.app.selection.all, console.app.dialog.is_none()), (0, true));
    assert!(console.effects().is_empty(), "no key of the table is left");
    press(&mut console, Act::SelectShown);
    press(&mut console, Act::Send);
    says(&console, "Send?");
    console.press("<esc>");
    press(&mut console, Act::Quit);
    assert!(matches!(console.effects()[..], [Effect::Quit(Leave::Calmly)]));
}

#[test]
fn bar_help_palette_and_panes_show_the_keys_in_force() {
    let mut console = armenian();
    says(&console, &format!("{}  open a list", letter(Act::Open)));
    says(&console, &format!("{}  paste from a ticket", letter(Act::PasteBox)));
    says(&console, &format!("{}  type one device", letter(Act::TypeDevice)));
    says(&console, &format!("then press {}.", letter(Act::Send)));
    says(&console, &format!("{} exempt_all", letter(Act::Action2)));
    says(&console, &format!("{} send by", letter(Act::ToggleIdMode)));
    says(&console, &format!("{} help  {} quit", letter(Act::Help), letter(Act::Quit)));
    press(&mut console, Act::Palette);
    console.press("stop run");
    says(&console, &format!("{}          stop the run", letter(Act::StopRun)));
    console.press("<esc>");
    press(&mut console, Act::Help);
    says(&console, &format!("{} shows how", letter(Act::Device)));
    console.press("<ctrl-d>");
    says(&console, &format!("{}             run again what failed", letter(Act::RetryFailed)));
}

#[test]
fn sentences_name_the_keys_in_force() {
    let mut console = armenian();
    let key = letter;
    press(&mut console, Act::Send);
    says(&console, &format!("the list is empty: {} opens a file", key(Act::Open)));
    console.load("wifi.csv", fleet(20));
    press(&mut console, Act::Send);
    says(&console, &format!("{} selects one device, {} selects all", key(Act::Toggle), key(Act::SelectShown)));
    console.app.cursor.cursor = 6;
    press(&mut console, Act::Toggle);
    says(&console, &format!("no MAC; {} sends by HWID", key(Act::ToggleIdMode)));
    press(&mut console, Act::Mouse);
    says(&console, &format!("mouse on: {} gives it back", key(Act::Mouse)));
    press(&mut console, Act::ContinueRun);
    says(&console, &format!("no run waits; {} shows runs", key(Act::History)));
    press(&mut console, Act::Remove);
    says(&console, &format!("1 device off the list: {} brings them back", key(Act::Undo)));
    press(&mut console, Act::Filter);
    console.press("zzzz<enter>");
    says(&console, &format!("{} shows all again", key(Act::Back)));
    press(&mut console, Act::Back);

    press(&mut console, Act::SelectShown);
    press(&mut console, Act::Send);
    console.press("<enter>");
    let run = console.accept();
    console.said(Event::Paused { run, why: "no connection".into() });
    says(&console, &format!("no connection. {} goes on", key(Act::ContinueRun)));
    says(&console, &format!("waiting: {} goes on", key(Act::ContinueRun)));
    let not_sent = Outcome::plain(OutcomeKind::NotSent);
    console.outcomes(run, 0, mixed(16)).outcomes(run, 16, vec![not_sent.clone(), not_sent]);
    console.said(Event::Ended { run, why: EndReason::Stopped });
    press(&mut console, Act::NextPane);
    press(&mut console, Act::NextPane);
    press(&mut console, Act::NextProblem);
    says(&console, &format!("{} runs it again", key(Act::RetryFailed)));
    press(&mut console, Act::Device);
    says(&console, &format!("{} runs all failures", key(Act::RetryFailed)));
    console.press("<esc>");
    press(&mut console, Act::NextProblem);
    says(&console, &format!("It may have happened. {}", key(Act::RetryUnsent)));
    press(&mut console, Act::Last);
    says(&console, &format!("{} sends it", key(Act::RetryUnsent)));
    for kind in [OutcomeKind::Succeeded, OutcomeKind::Failed] {
        console.app.runs[0].show_only(Some(kind));
    }
    console.app.runs[0].shown.clear();
    says(&console, &format!("{} goes on", key(Act::FilterOutcome)));
}

#[test]
fn what_has_no_key_is_named_as_the_palette_finds_it() {
    let mut console = with(&[(Act::Undo, &[]), (Act::SelectShown, &[])]);
    console.load("wifi.csv", fleet(20)).press("d");
    says(&console, "off the list: :undo brings them back");
    assert!(!console.text().contains("select-all"), "the bar shows keys only:\n{}", console.text());
    console.press(":undo the last<enter>");
    says(&console, "undone");
}

#[test]
fn whatever_a_key_means_it_waits_at_the_gate_if_it_acts() {
    let mut console = with(&[
        (Act::Send, &["alt-s", "f5", "ctrl-t"]),
        (Act::Down, &["ctrl-n"]),
        (Act::Redraw, &["R"]),
        (Act::RetryUnsent, &[]),
    ]);
    console.load("wifi.csv", fleet(20));
    let of = |code, modifiers| meaning(&console.app, &KeyEvent::new(code, modifiers));
    assert_eq!(of(KeyCode::Char('s'), KeyModifiers::ALT), Meaning::Command);
    assert_eq!(of(KeyCode::F(5), KeyModifiers::NONE), Meaning::Command);
    assert_eq!(of(KeyCode::Char('t'), KeyModifiers::CONTROL), Meaning::Command);
    assert_eq!(of(KeyCode::Char('n'), KeyModifiers::CONTROL), Meaning::Harmless);
    assert_eq!(of(KeyCode::Char('R'), KeyModifiers::NONE), Meaning::Harmless);
    assert_eq!(of(KeyCode::Enter, KeyModifiers::NONE), Meaning::Harmless, "it has lost its meaning");
}

#[test]
fn a_screen_that_is_too_small_can_be_left_by_other_keys_too() {
    let mut console = with(&[(Act::Quit, &["Q"])]);
    console.send(Msg::Resize(Size { width: 30, height: 8 }));
    console.press("q");
    assert!(console.effects().is_empty());
    console.press("Q");
    assert!(matches!(console.effects()[..], [Effect::Quit(Leave::Calmly)]));
}
