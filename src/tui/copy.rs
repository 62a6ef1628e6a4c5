//! What can be copied from here: this row, the failures, all; ids alone or a table.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent};

use crate::export::{RunReport, tabbed};
use crate::model::{Device, OutcomeKind, RunDevice};

use super::app::{App, Effect, Pane, Tone};
use super::words::counted;

/// The rows that are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// The outcome under the cursor.
    Outcome,
    /// Whatever failed or is unknown.
    Problems,
    /// All outcomes of the run.
    Outcomes,
    /// The device under the cursor.
    Device,
    /// The selected devices.
    Selected,
    /// The devices that are shown.
    Shown,
}

/// How they are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One id a line, that of the ID mode in force or of the run.
    Ids,
    /// Cells behind tabs, to paste into a spreadsheet.
    Table,
    /// Text made for a ticket.
    Ticket,
}

/// One of the things that can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its key.
    pub key: char,
    /// Which rows.
    pub rows: Rows,
    /// In which shape.
    pub shape: Shape,
    /// What it is, in a few words.
    pub words: &'static str,
}

const fn choice(key: char, rows: Rows, shape: Shape, words: &'static str) -> Choice {
    Choice { key, rows, shape, words }
}

const OF_A_RUN: [Choice; 6] = [
    choice('y', Rows::Outcome, Shape::Ids, "this device's id"),
    choice('f', Rows::Problems, Shape::Ids, "ids of what failed or is unknown"),
    choice('a', Rows::Outcomes, Shape::Ids, "ids of all"),
    choice('F', Rows::Problems, Shape::Table, "table of what failed or is unknown"),
    choice('A', Rows::Outcomes, Shape::Table, "table of all"),
    choice('t', Rows::Outcomes, Shape::Ticket, "text for a ticket"),
];

const OF_THE_LIST: [Choice; 5] = [
    choice('y', Rows::Device, Shape::Ids, "this device's id"),
    choice('s', Rows::Selected, Shape::Ids, "ids of the selected"),
    choice('a', Rows::Shown, Shape::Ids, "ids of all that are shown"),
    choice('S', Rows::Selected, Shape::Table, "table of the selected"),
    choice('A', Rows::Shown, Shape::Table, "table of all that are shown"),
];

/// A key of the question what is copied.
pub(super) fn key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    let Some(choice) = choices(app).iter().find(|choice| key.code == KeyCode::Char(choice.key)) else {
        return Vec::new();
    };
    if let Some((text, what)) = text(app, choice) {
        return vec![Effect::Copy { text: text.into(), what }];
    }
    app.say(Tone::Plain, "nothing to copy");
    Vec::new()
}

/// What can be copied now: from the results when the keys go there, else from the list.
#[must_use]
pub fn choices(app: &App) -> &'static [Choice] {
    if app.focus == Pane::Results && app.current_run().is_some() { &OF_A_RUN } else { &OF_THE_LIST }
}

/// So many rows have these.
#[must_use]
pub fn rows(app: &App, rows: Rows) -> usize {
    let run = app.current_run();
    match rows {
        Rows::Outcome => run.map_or(0, |run| usize::from(run.current().is_some())),
        Rows::Problems => run.map_or(0, |run| run.counts.of(OutcomeKind::Failed) + run.counts.of(OutcomeKind::Unknown)),
        Rows::Outcomes => run.map_or(0, |run| run.devices.len()),
        Rows::Device => usize::from(app.device_at_cursor().is_some()),
        Rows::Selected => app.selection.all,
        Rows::Shown => app.shown.len(),
    }
}

/// The text of a choice, and what it is in words; `None` where there is nothing of it.
#[must_use]
pub fn text(app: &App, choice: &Choice) -> Option<(String, String)> {
    let number = rows(app, choice.rows);
    if number == 0 {
        return None;
    }
    let (text, lines) = match choice.rows {
        Rows::Outcome | Rows::Problems | Rows::Outcomes => of_run(app, choice)?,
        Rows::Device | Rows::Selected | Rows::Shown => of_list(app, choice),
    };
    let what = match choice.shape {
        Shape::Ids => counted(lines, "id"),
        Shape::Table => format!("a table of {}", counted(lines, "device")),
        Shape::Ticket => "the text for a ticket".to_owned(),
    };
    (lines > 0).then_some((text, what))
}

fn of_run(app: &App, choice: &Choice) -> Option<(String, usize)> {
    let run = app.current_run()?;
    if choice.shape == Shape::Ticket {
        let report = RunReport::new(run.id?, &run.as_new(), &run.outcomes).of_simulation(app.options.demo);
        return Some((report.ticket(), run.devices.len()));
    }
    let wanted = |kind| match choice.rows {
        Rows::Problems => matches!(kind, OutcomeKind::Failed | OutcomeKind::Unknown),
        _ => true,
    };
    let all = run.devices.iter().zip(&run.outcomes).filter(|(_, outcome)| wanted(outcome.kind));
    let rows: Vec<_> = if choice.rows == Rows::Outcome { run.current().into_iter().collect() } else { all.collect() };
    let id = |device: &RunDevice| device.id(run.id_mode).map(|id| id.to_string()).unwrap_or_default();
    let text = match choice.shape {
        Shape::Ids => lines(rows.iter().map(|(device, _)| id(device))),
        _ => rows.iter().fold(tabbed(&["id", "device", "outcome", "why"]), |text, (device, outcome)| {
            let why = outcome.detail.as_deref().unwrap_or_default();
            text + &tabbed(&[&id(device), &device.label, outcome.kind.word(), why])
        }),
    };
    Some((text, rows.len()))
}

fn of_list(app: &App, choice: &Choice) -> (String, usize) {
    let devices = app.list.devices();
    let rows: Vec<&Device> = match choice.rows {
        Rows::Device => app.device_at_cursor().map(|index| &devices[index]).into_iter().collect(),
        Rows::Selected => devices.iter().filter(|device| device.selected).collect(),
        _ => app.shown.iter().map(|&index| &devices[index as usize]).collect(),
    };
    if choice.shape == Shape::Ids {
        let ids: Vec<String> = rows
            .iter()
            .filter_map(|device| device.id(app.id_mode).or_else(|_| device.id(app.id_mode.other())).ok())
            .map(|id| id.to_string())
            .collect();
        let number = ids.len();
        return (lines(ids.into_iter()), number);
    }
    let table = rows.iter().fold(tabbed(&["mac", "hwid", "device", "last outcome"]), |text, device| {
        let carried = app.list.run_device(device);
        let mac = carried.mac.map(|mac| mac.to_string()).unwrap_or_default();
        let hwid = carried.hwid.as_ref().map(ToString::to_string).unwrap_or_default();
        let last = device.last().map(|last| format!("{} {}", last.action, last.kind.word())).unwrap_or_default();
        text + &tabbed(&[&mac, &hwid, &carried.label, &last])
    });
    (table, rows.len())
}

fn lines(ids: impl Iterator<Item = String>) -> String {
    ids.fold(String::new(), |mut text, id| {
        let _ = writeln!(text, "{id}");
        text
    })
}
