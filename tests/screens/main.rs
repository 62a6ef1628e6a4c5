//! The console's screens, whole, as a person sees them after pressing keys.

mod behaviour;
mod counts;
mod export;
mod harness;
mod keys;
mod narrow;
mod notices;
mod papers;
mod past;
mod places;
mod reader;
mod situations;
mod svg;

use std::time::Duration;

use gears_console::dispatcher::Event;
use gears_console::limiter::BudgetView;
use gears_console::model::{EndReason, Outcome, OutcomeKind};
use gears_console::tui::app::Options;
use gears_console::tui::theme::{Builtin, Depth, Theme};
use gears_console::tui::update::Msg;
use harness::{Console, fleet, mixed, options};
use insta::assert_snapshot;
use ratatui::layout::Size;

const SIZES: [(u16, u16); 4] = [(80, 24), (60, 16), (120, 40), (200, 50)];

fn loaded(width: u16, height: u16) -> Console {
    let mut console = Console::new(width, height);
    console.load("wifi.csv", fleet(40));
    console
}

/// A run of 35 devices that is half done.
fn running(width: u16, height: u16) -> Console {
    let mut console = loaded(width, height);
    console.press("a1<enter><enter>");
    let run = console.accept();
    let in_flight = vec![Outcome::plain(OutcomeKind::InFlight); 8];
    console.outcomes(run, 0, mixed(20)).outcomes(run, 20, in_flight);
    console.said(Event::Budget(BudgetView { limit: 10, taken: 4, ..BudgetView::default() }));
    console
}

/// A run of 35 devices with failures and unknown ones, over.
fn done(width: u16, height: u16) -> Console {
    let mut console = loaded(width, height);
    console.press("a1<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(35));
    console.said(Event::Ended { run, why: EndReason::Completed });
    console
}

/// A run of 5,000 devices that waits for its next slot.
fn large(width: u16, height: u16) -> Console {
    let mut console = Console::new(width, height);
    console.load("all.csv", fleet(5833));
    console.press("a1<enter>5000<enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(1400)).outcomes(run, 1400, vec![Outcome::plain(OutcomeKind::InFlight); 100]);
    let next_free = Some(console.now + Duration::from_millis(11_500));
    console.said(Event::Budget(BudgetView { limit: 10, taken: 10, next_free, ..BudgetView::default() }));
    console
}

#[test]
fn empty() {
    for (width, height) in SIZES {
        assert_snapshot!(format!("empty_{width}x{height}"), Console::new(width, height).text());
    }
}

#[test]
fn a_list_is_loaded() {
    for (width, height) in SIZES {
        assert_snapshot!(format!("loaded_{width}x{height}"), loaded(width, height).text());
    }
}

#[test]
fn a_run_goes_on() {
    for (width, height) in SIZES {
        assert_snapshot!(format!("running_{width}x{height}"), running(width, height).text());
    }
}

#[test]
fn a_run_is_done() {
    for (width, height) in SIZES {
        let mut console = done(width, height);
        console.press("<tab><tab>n");
        assert_snapshot!(format!("done_{width}x{height}"), console.text());
    }
}

#[test]
fn a_large_run_waits_for_its_next_slot() {
    for (width, height) in SIZES {
        assert_snapshot!(format!("large_{width}x{height}"), large(width, height).text());
    }
}

#[test]
fn colours() {
    assert_snapshot!("colours_loaded", loaded(80, 24).press("2<space><space>").looks());
    assert_snapshot!("colours_done", done(80, 24).press("<tab><tab>n").looks());
}

#[test]
fn without_colour_and_without_unicode() {
    let plain = |theme| {
        let mut console = Console::with(80, 24, Options { theme, ..options() });
        console.load("wifi.csv", fleet(40)).press("a1<enter><enter>");
        let run = console.accept();
        console.outcomes(run, 0, mixed(35));
        console.said(Event::Ended { run, why: EndReason::Completed });
        console
    };
    let looks = plain(Theme::new(Builtin::Terminal, Depth::Mono, false)).looks();
    let (_, letters) = looks.split_once("\n\n").unwrap();
    assert!(!letters.contains(['r', 'g', 'y', 'm', 'c', 'G', 'Y', 'M', 'C']), "{letters}");
    assert_snapshot!("no_colour", looks);
    let ascii = plain(Theme::new(Builtin::Terminal, Depth::Cube, true)).text();
    assert!(ascii.replace('ü', "").is_ascii(), "{ascii}");
    assert_snapshot!("ascii", ascii);
}

#[test]
fn another_theme_brings_no_other_letters() {
    let theme = Theme::new(Builtin::Terminal, Depth::Cube, true);
    let mut console = Console::with(80, 24, Options { theme, ..options() });
    console.load("wifi.csv", fleet(40)).press("TG");
    assert!(console.text().is_ascii(), "{}", console.text());
}

#[test]
fn the_help_tells_every_sign_of_the_screen() {
    for ascii in [false, true] {
        let theme = Theme::new(Builtin::Terminal, Depth::Cube, ascii);
        let console = Console::with(100, 100, Options { theme, ..options() }).press("?").text();
        let symbols = theme.symbols;
        let outcomes = OutcomeKind::ALL.map(|kind| theme.symbol(kind));
        let pairs = [[symbols.selected, symbols.selectable], symbols.slot, symbols.bar];
        let pairs = pairs.map(|[one, other]| format!("{one} {other}"));
        let signs = [symbols.cursor, symbols.not_sendable, symbols.cut, symbols.made_up];
        for sign in signs.into_iter().chain(outcomes).chain(pairs.iter().map(String::as_str)) {
            assert!(console.lines().any(|line| line.contains(&format!("  {sign}  "))), "{sign}\n{console}");
        }
    }
}

#[test]
fn every_dialog() {
    let dialog = |name: &str, keys: &str| {
        for (width, height) in [(80, 24), (60, 16), (40, 10)] {
            let mut console = done(width, height);
            console.press(keys);
            assert_snapshot!(format!("dialog_{name}_{width}x{height}"), console.text());
        }
    };
    dialog("confirm", "A<down><space><space>3<enter>");
    dialog("confirm_exempt", "2<enter>");
    dialog("confirm_wrong_number", "2<enter>12<enter>");
    dialog("retry", "r");
    dialog("help", "?");
    dialog("guide", "?4");
    dialog("unreadable", "V");
    dialog("device", "v");
    dialog("outcome", "<tab><tab>nv");
    dialog("notices", "!");
    dialog("open", "o");
    dialog("paste", "p");
    dialog("type", "t00:0c");
    dialog("by_outcome", "s");
    dialog("palette", ":retry");
    dialog("filter", "/lt3");
    dialog("copy_list", "y");
    dialog("copy_results", "<tab><tab>y");
    dialog("save", "e<tab>");
    for (width, height) in [(80, 24), (60, 16), (40, 10)] {
        let mut console = running(width, height);
        console.press("q");
        assert_snapshot!(format!("dialog_quit_{width}x{height}"), console.text());
    }
}

#[test]
fn too_small_a_screen_says_what_it_needs() {
    for (width, height) in [(30, 8), (20, 5)] {
        let mut console = running(80, 24);
        console.send(Msg::Resize(Size { width, height }));
        assert_snapshot!(format!("tiny_{width}x{height}"), console.text());
    }
}

#[test]
fn no_word_has_a_colour() {
    for console in [loaded(80, 24), running(120, 40), done(80, 24), large(80, 24)] {
        for keys in ["", "2<enter>", "?", "s", "o", ":", "<tab><tab>n", "H"] {
            let mut console = Console::with(80, 24, Options { header: Some(ratatui::style::Color::Red), ..options() });
            console.load("wifi.csv", fleet(40)).press(keys);
            for cell in &console.buffer().content {
                let word = cell.symbol().chars().any(char::is_alphanumeric);
                assert!(!word || cell.fg == ratatui::style::Color::Reset, "{}", cell.symbol());
            }
        }
        for cell in &console.buffer().content {
            let word = cell.symbol().chars().any(char::is_alphanumeric);
            assert!(!word || cell.fg == ratatui::style::Color::Reset, "{}", cell.symbol());
        }
    }
}

#[test]
fn a_theme_with_its_own_ground_leaves_no_cell_without() {
    for builtin in [Builtin::Dark, Builtin::Light] {
        for depth in [Depth::Sixteen, Depth::Cube] {
            let theme = Theme::new(builtin, depth, false);
            for keys in ["", "2<enter>", "?", "<tab><tab>n", "H"] {
                let mut console = Console::with(80, 24, Options { theme, ..options() });
                console.load("wifi.csv", fleet(40)).press("a1<enter><enter>");
                let run = console.accept();
                console.outcomes(run, 0, mixed(35));
                console.press(keys);
                for cell in &console.buffer().content {
                    assert_ne!(cell.fg, ratatui::style::Color::Reset, "{}", cell.symbol());
                    assert_ne!(cell.bg, ratatui::style::Color::Reset, "{}", cell.symbol());
                }
            }
        }
    }
}

#[test]
fn of_sixteen_colours_bars_keep_theirs_and_a_failure_is_red() {
    let theme = Theme::new(Builtin::Terminal, Depth::Sixteen, false);
    let mut console = Console::with(80, 24, Options { theme, ..options() });
    console.load("wifi.csv", fleet(40)).press("a1<enter><enter>");
    let run = console.accept();
    console.outcomes(run, 0, mixed(35));
    let buffer = console.buffer();
    let colours = |symbol: &str| -> Vec<_> {
        buffer.content.iter().filter(|cell| cell.symbol() == symbol).map(|cell| cell.fg).collect()
    };
    assert!(colours("█").contains(&ratatui::style::Color::Green));
    assert!(colours("✗").iter().all(|colour| *colour == ratatui::style::Color::LightRed));
    assert!(colours("✓").iter().chain(&colours("?")).all(|colour| *colour == ratatui::style::Color::Reset));
}

#[test]
fn themes_change_by_a_key_and_come_round() {
    let own_theme = Some(options().theme.with(&[]));
    let mut console = Console::with(80, 24, Options { own_theme, ..options() });
    for said in ["dark", "light", "colour-blind", "your own", "terminal", "dark"] {
        console.press("T");
        assert!(console.text().contains(&format!("theme: {said}")), "{}", console.text());
    }
    let theme = Theme::new(Builtin::Terminal, Depth::Mono, false);
    let mut console = Console::with(80, 24, Options { theme, ..options() });
    console.press("T");
    assert!(console.text().contains("no colours are used here"), "{}", console.text());
}

/// What a frame costs on the line where the terminal shows another one.
fn bytes(before: &ratatui::buffer::Buffer, after: &ratatui::buffer::Buffer) -> usize {
    let mut bytes = Vec::new();
    gears_console::tui::paint::paint(&before.diff(after), after.area.width, &mut bytes);
    bytes.len()
}

#[test]
fn the_default_theme_costs_a_slow_line_little() {
    let nothing = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
    let empty = bytes(&nothing, &Console::new(80, 24).buffer());
    let mut console = done(80, 24);
    let full = bytes(&nothing, &console.buffer());
    assert!(empty <= 3500 && full <= 5000, "{empty} {full}");
    console.press("j");
    let before = console.buffer();
    console.press("j");
    let moved = bytes(&before, &console.buffer());
    assert!(moved <= 60, "{moved}");
}
