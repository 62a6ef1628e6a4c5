//! Presses keys and reads the screen.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gears_console::dispatcher::{self, Command, Ticket};
use gears_console::limiter::BudgetView;
use gears_console::model::{Found, Labels, Outcome, OutcomeKind, Row, RunId};
use gears_console::tui::app::{App, Effect, Intake, Options};
use gears_console::tui::update::{Msg, update};
use gears_console::tui::view;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Modifier};
use tokio::time::Instant;

/// A console on a screen that exists only here, with a hand on its clock.
pub struct Console {
    pub app: App,
    pub now: Instant,
    effects: Vec<Effect>,
}

pub fn options() -> Options {
    Options {
        profile: Some("acme-prod".to_owned()),
        user: "ben".to_owned(),
        host: "gears.opswat.com".to_owned(),
        // Half past nine on 1 March 2026
        clock: || jiff::Timestamp::constant(1_772_357_400, 0),
        log: Some("/home/ben/.local/state/gears/log/gears.log".into()),
        ..Options::default()
    }
}

impl Console {
    pub fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, options())
    }

    /// A console that is still starting.
    pub fn unconnected(width: u16, height: u16, options: Options) -> Self {
        let now = Instant::now();
        let app = App::new(options, Size { width, height }, now);
        Self { app, now, effects: Vec::new() }
    }

    pub fn with(width: u16, height: u16, options: Options) -> Self {
        let mut console = Self::unconnected(width, height, options);
        console.send(Msg::Connected(Ok(Vec::new())));
        console.effects.clear();
        let budget = BudgetView { limit: 10, ..BudgetView::default() };
        console.said(dispatcher::Event::Budget(budget));
        console
    }

    pub fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.app, msg, self.now);
        self.effects.extend(effects);
    }

    /// The dispatcher says something.
    pub fn said(&mut self, event: dispatcher::Event) {
        self.send(Msg::Dispatcher(event));
    }

    /// Presses keys: letters stand for themselves, names stand in `<>`: `a2<enter>`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while let Some(c) = rest.chars().next() {
            let (key, after) = match rest.strip_prefix('<').and_then(|named| named.split_once('>')) {
                Some((name, after)) => (named(name), after),
                None => (KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), &rest[c.len_utf8()..]),
            };
            // So slow a typist is no paste, and has read every question.
            self.wait(Duration::from_millis(400));
            self.send(Msg::Key(key));
            rest = after;
        }
        self
    }

    pub fn wait(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self.send(Msg::Wake);
        self
    }

    /// Loads devices as if a file of this name had held them.
    pub fn load(&mut self, name: &str, found: Vec<Found>) -> &mut Self {
        self.app.loads_pending += 1;
        self.send(Msg::Intake(Intake::Begin(name.into())));
        self.send(Msg::Intake(Intake::Found(found)));
        self.send(Msg::Intake(Intake::End(Ok(()))));
        self
    }

    /// The effects since the last call, without the calls for attention.
    pub fn effects(&mut self) -> Vec<Effect> {
        let mut effects = std::mem::take(&mut self.effects);
        effects.retain(|effect| !matches!(effect, Effect::Attention(_)));
        effects
    }

    /// The calls for attention since `effects` was asked last.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.effects.iter();
        calls
            .filter_map(|effect| if let Effect::Attention(words) = effect { Some(words.clone()) } else { None })
            .collect()
    }

    /// The dispatcher accepts the run that was sent last. Its number is its place.
    pub fn accept(&mut self) -> RunId {
        let ticket = self.effects().into_iter().rev().find_map(|effect| match effect {
            Effect::Dispatch(Command::Start { ticket, .. }) => Some(ticket),
            _ => None,
        });
        let Ticket(number) = ticket.expect("a run was sent");
        let run = RunId(41 + i64::try_from(number).unwrap());
        self.said(dispatcher::Event::Accepted { ticket: Ticket(number), run });
        run
    }

    /// Outcomes of a run's devices, from index `first` on.
    pub fn outcomes(&mut self, run: RunId, first: u32, outcomes: Vec<Outcome>) -> &mut Self {
        let changes = (first..).zip(outcomes).collect();
        self.said(dispatcher::Event::Outcomes { run, changes });
        self
    }

    pub fn buffer(&self) -> Buffer {
        let Size { width, height } = self.app.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view::render(&self.app, &mut buffer);
        buffer
    }

    /// The screen's text.
    pub fn text(&self) -> String {
        rows(&self.buffer(), |cell| cell.symbol().to_owned())
    }

    /// The screen's text, and under it one letter a cell for its look: the colour's first letter (`.` the terminal's
    /// own), large where the cell is bold.
    pub fn looks(&self) -> String {
        let buffer = self.buffer();
        let letter = |cell: &ratatui::buffer::Cell| {
            let letter = match cell.fg {
                Color::Reset => ".",
                // The default theme's colours of the cube among them.
                Color::Red | Color::Indexed(131) => "r",
                Color::Green | Color::Indexed(29) => "g",
                Color::Yellow => "y",
                Color::Magenta | Color::Indexed(163) => "m",
                Color::Cyan => "c",
                Color::Indexed(63) => "u",
                Color::Indexed(243) => "d",
                _ => "x",
            };
            match cell.modifier {
                modifier if modifier.contains(Modifier::REVERSED) => "R".to_owned(),
                modifier if modifier.contains(Modifier::BOLD) => letter.to_uppercase().replace('.', "B"),
                modifier if modifier.contains(Modifier::DIM) => "d".to_owned(),
                _ => letter.to_owned(),
            }
        };
        format!("{}\n\n{}", self.text(), rows(&buffer, letter))
    }
}

fn rows(buffer: &Buffer, of: impl Fn(&ratatui::buffer::Cell) -> String) -> String {
    use unicode_width::UnicodeWidthStr as _;
    let rows: Vec<String> = (0..buffer.area.height)
        .map(|y| {
            let (mut row, mut x) = (String::new(), 0);
            while x < buffer.area.width {
                let cell = &buffer[(x, y)];
                row.push_str(&of(cell));
                // The cell behind a wide character belongs to it.
                x += u16::try_from(cell.symbol().width().max(1)).unwrap();
            }
            row.trim_end().to_owned()
        })
        .collect();
    rows.join("\n")
}

fn named(name: &str) -> KeyEvent {
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    match name {
        "enter" => plain(KeyCode::Enter),
        "esc" => plain(KeyCode::Esc),
        "tab" => plain(KeyCode::Tab),
        "up" => plain(KeyCode::Up),
        "down" => plain(KeyCode::Down),
        "pgdn" => plain(KeyCode::PageDown),
        "end" => plain(KeyCode::End),
        "space" => plain(KeyCode::Char(' ')),
        ctrl => {
            KeyEvent::new(KeyCode::Char(ctrl.strip_prefix("ctrl-").unwrap().parse().unwrap()), KeyModifiers::CONTROL)
        }
    }
}

/// So many devices with MAC, host and user; every seventh has an HWID only.
pub fn fleet(number: u32) -> Vec<Found> {
    const USERS: [&str; 6] = ["anna.smith", "ben.jones", "cem.khan", "dora.lind", "eva.müller", "li.wei"];
    (0..number)
        .map(|index| {
            let with_mac = index % 7 != 6;
            let mac = [0x00, 0x0c, 0x29, 0xcd, (index >> 8) as u8, index as u8];
            Found::Row(Row {
                macs: with_mac.then(|| gears_console::model::Mac::new(mac)).into_iter().collect(),
                hwid: (!with_mac || index % 2 == 0).then(|| format!("KZ60M9CW7L{index:06}").parse().unwrap()),
                labels: Labels::new(
                    Some(&format!("LT-{:05}", 17 + index)),
                    Some(USERS[index as usize % USERS.len()]),
                    None,
                ),
                line: index + 2,
                ..Row::default()
            })
        })
        .collect()
}

/// What the cloud makes of so many devices: most succeed.
pub fn mixed(number: usize) -> Vec<Outcome> {
    let failed: Arc<str> = "not found in the cloud, or not a valid MAC there".into();
    let unknown: Arc<str> = "no answer within 30 s".into();
    (0..number)
        .map(|index| match index % 17 {
            4 => Outcome::because(OutcomeKind::Failed, Arc::clone(&failed)),
            11 => Outcome::because(OutcomeKind::Unknown, Arc::clone(&unknown)),
            _ => Outcome::plain(OutcomeKind::Succeeded),
        })
        .collect()
}
