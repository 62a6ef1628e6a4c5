//! Saving the run on screen as a file: the question where and as what, and how far it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::Instant;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

use crate::dispatcher::Ticket;
use crate::export::{RunReport, Save, SaveError};
use crate::model::{NewRun, Outcome, RunId};

use super::app::{App, Effect, Tone};
use super::dialog::{Dialog, READING};
use super::loader::expand;
use super::runs::RunState;

/// How often a save says how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Asks where a run is saved, and as what.
#[derive(Clone, Debug)]
pub struct SaveForm {
    /// The run.
    pub ticket: Ticket,
    /// The place in `Save::ALL`.
    pub kind: usize,
    /// The path.
    pub input: Input,
    /// Why the last Enter did not save, in words.
    pub error: Option<String>,
    /// There is a file of this name: since then, Enter writes over it.
    pub exists: Option<Instant>,
}

/// What Enter means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The form stays.
    Stay,
    /// Save there, as this, and over a file of this name or not.
    Save(PathBuf, Save, bool),
}

/// A run that is to be saved.
#[derive(Clone, Debug)]
pub struct Job {
    /// The run's number.
    pub run: RunId,
    /// What was asked for.
    pub new: NewRun,
    /// What became of each device.
    pub outcomes: Vec<Outcome>,
    /// Whether it is of the simulation.
    pub simulation: bool,
    /// As what.
    pub kind: Save,
    /// Where.
    pub path: PathBuf,
    /// Whether a file of this name may go.
    pub overwrite: bool,
    /// Set to stop it.
    pub stop: Arc<AtomicBool>,
}

/// A save that is on.
#[derive(Debug)]
pub struct Saving {
    /// The form, to come back to where it fails.
    pub form: SaveForm,
    /// Rows that are written.
    pub rows: usize,
    /// Rows in all.
    pub total: usize,
    /// Set to stop it.
    pub stop: Arc<AtomicBool>,
}

impl SaveForm {
    /// Asks about a run; the name carries its number, its action and the time, and that it is of the simulation if so.
    #[must_use]
    pub fn new(run: &RunState, simulation: bool, now: Timestamp, zone: &TimeZone) -> Self {
        let time = now.to_zoned_datetime(zone.clone()).strftime("%Y%m%d-%H%M%S");
        let number = run.id.map(|id| format!("-{id}")).unwrap_or_default();
        let begin = if simulation { "gears-simulation" } else { "gears" };
        let name = format!("{begin}-run{number}-{}-{time}.{}", run.action, Save::default().extension());
        Self { ticket: run.ticket, kind: 0, input: Input::new(name), error: None, exists: None }
    }

    /// As what it would be saved.
    #[must_use]
    pub fn kind(&self) -> Save {
        Save::ALL[self.kind]
    }

    /// A key.
    pub fn key(&mut self, key: KeyEvent, now: Instant) -> Answer {
        match key.code {
            KeyCode::Enter => {
                let path = self.input.value().trim();
                if path.is_empty() {
                    self.error = Some("a file's name is wanted".to_owned());
                    return Answer::Stay;
                }
                if self.exists.is_some_and(|since| now < since + READING) {
                    return Answer::Stay;
                }
                return Answer::Save(expand(path), self.kind(), self.exists.is_some());
            }
            KeyCode::Tab | KeyCode::Down => self.choose(self.kind + 1),
            KeyCode::BackTab | KeyCode::Up => self.choose(self.kind + Save::ALL.len() - 1),
            KeyCode::Char('u') if key.modifiers == KeyModifiers::CONTROL => self.set(Input::default()),
            _ => {
                let mut input = self.input.clone();
                if input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                    self.set(input);
                } else {
                    self.input = input;
                }
            }
        }
        Answer::Stay
    }

    /// Another path: what was said of the old one is void.
    pub fn set(&mut self, input: Input) {
        // A name says by its end what the file is.
        let end = input.value().rsplit_once('.').map(|(_, end)| end.to_lowercase());
        let kind = Save::ALL.iter().position(|kind| Some(kind.extension()) == end.as_deref());
        self.kind = kind.unwrap_or(self.kind);
        (self.input, self.error, self.exists) = (input, None, None);
    }

    /// Another kind, round the end; a name that ends as the old kind does, ends as the new one.
    fn choose(&mut self, place: usize) {
        let old = self.kind().extension();
        self.kind = place % Save::ALL.len();
        let name = self.input.value().strip_suffix(old).filter(|stem| stem.ends_with('.'));
        let name =
            name.map_or_else(|| self.input.value().to_owned(), |stem| format!("{stem}{}", self.kind().extension()));
        self.set(Input::new(name));
    }

    /// It was not saved.
    pub fn failed(&mut self, error: &SaveError, now: Instant) {
        match error {
            SaveError::Exists => self.exists = Some(now),
            _ => {
                self.error = Some(super::text::visible(&error.to_string()).into_owned());
            }
        }
    }
}

impl Job {
    /// Saves it; `told` hears now and then how many rows are written. Waits for the disk.
    pub fn save(&self, mut told: impl FnMut(usize)) -> Result<(), SaveError> {
        let report = RunReport::new(self.run, &self.new, &self.outcomes).of_simulation(self.simulation);
        let mut last = std::time::Instant::now();
        report.save(self.kind, &self.path, self.overwrite, &mut |rows| {
            if last.elapsed() >= TOLD_EVERY {
                last = std::time::Instant::now();
                told(rows);
            }
            !self.stop.load(Ordering::Relaxed)
        })
    }
}

/// Opens the question, if there is a run to save.
pub(super) fn ask(app: &mut App) {
    if app.saving.is_some() {
        app.say(Tone::Plain, "one is still being saved");
        return;
    }
    let Some(run) = app.current_run() else {
        app.say(Tone::Plain, "no run yet: what became of the devices is saved from here");
        return;
    };
    if run.is_on() {
        // A file would say of half of the devices what is not true a moment later.
        let words = format!("{} is still on: it is saved when it is over", run.name());
        app.say(Tone::Plain, words);
        return;
    }
    let form = SaveForm::new(run, app.options.demo, (app.options.clock)(), &app.options.time_zone);
    app.dialog = Some(Dialog::Save(form));
}

/// Begins to save the run on screen.
pub(super) fn start(app: &mut App, form: SaveForm, path: PathBuf, kind: Save, overwrite: bool) -> Vec<Effect> {
    let Some(run) = app.runs.iter().find(|run| run.ticket == form.ticket) else { return Vec::new() };
    let stop = Arc::new(AtomicBool::new(false));
    let job = Job {
        // A run that was refused has no number; its file says 0.
        run: run.id.unwrap_or(RunId(0)),
        new: run.as_new(),
        simulation: app.options.demo,
        outcomes: run.outcomes.clone(),
        kind,
        path,
        overwrite,
        stop: Arc::clone(&stop),
    };
    let total = job.outcomes.len() + job.new.excluded.len();
    app.saving = Some(Saving { form, rows: 0, total, stop });
    vec![Effect::Save(Box::new(job))]
}

/// A save has ended: says so, or asks again.
pub(super) fn ended(app: &mut App, result: Result<(), Arc<SaveError>>) {
    let Some(Saving { mut form, .. }) = app.saving.take() else { return };
    match result {
        Ok(()) => {
            let path = super::text::visible(form.input.value().trim()).into_owned();
            app.say(Tone::Good, format!("saved: {path}"));
        }
        Err(error) if matches!(*error, SaveError::Stopped) => app.say(Tone::Warning, error.to_string()),
        Err(error) => {
            form.failed(&error, app.now);
            if app.dialog.is_none() {
                app.dialog = Some(Dialog::Save(form));
            } else {
                app.say(Tone::Error, format!("not saved: {error}"));
            }
        }
    }
}
