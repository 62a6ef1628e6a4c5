//! Going elsewhere: another profile, the simulation, or what somebody sets up here; and what is asked before.

use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent};
use secrecy::SecretString;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

use crate::model::Device;
use crate::model::text::visible;
use crate::simulator;

use super::app::{App, Connection, Effect, Leave, Options, Tone};
use super::connect::{Keep, Profile, Refused, SetUp, To};
use super::dialog::Dialog;
use super::keymap::Act;

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name of a profile that is made.
    Name,
    /// The cloud's host.
    Host,
    /// The client key.
    Key,
    /// Where the secret is kept.
    Keep,
    /// The secret, or the command that prints it.
    Secret,
}

/// All fields, in the order of the screen.
const FIELDS: [Field; 5] = [Field::Name, Field::Host, Field::Key, Field::Keep, Field::Secret];

/// Asks for host, key and secret.
#[derive(Clone)]
pub struct SetUpForm {
    /// The profile that it is for.
    pub profile: Option<String>,
    /// The name of the profile that is made, where there is something set up already: that is not overwritten.
    pub name: Option<Input>,
    /// The cloud.
    pub host: Input,
    /// The client key.
    pub key: Input,
    /// Where the secret is kept.
    pub keep: Keep,
    /// The secret, as far as it is typed.
    pub secret: Input,
    /// The command that prints it.
    pub command: Input,
    /// Where keys go.
    pub at: Field,
    /// The cloud is being asked.
    pub busy: bool,
    /// Why it does not work, in words.
    pub error: Option<Arc<str>>,
}

impl std::fmt::Debug for SetUpForm {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUpForm").field("profile", &self.profile).field("at", &self.at).finish_non_exhaustive()
    }
}

impl SetUpForm {
    /// An empty form for this cloud.
    #[must_use]
    pub fn new(profile: Option<String>, host: &str) -> Self {
        Self {
            profile,
            name: None,
            host: Input::new(host.to_owned()),
            key: Input::default(),
            keep: Keep::default(),
            secret: Input::default(),
            command: Input::default(),
            at: Field::Key,
            busy: false,
            error: None,
        }
    }

    /// The form with a client key that is known; what is wanted then is the secret.
    #[must_use]
    pub fn with_key(self, key: &str) -> Self {
        if key.is_empty() {
            return self;
        }
        Self { key: Input::new(key.to_owned()), at: Field::Secret, ..self }
    }

    /// An empty form for a profile that is made.
    #[must_use]
    pub fn named(host: &str) -> Self {
        Self { name: Some(Input::default()), at: Field::Name, ..Self::new(None, host) }
    }

    /// The fields of this form, in the order of the screen.
    #[must_use]
    pub fn fields(&self) -> &'static [Field] {
        if self.name.is_some() { &FIELDS } else { &FIELDS[1..] }
    }

    /// The text field that keys go to.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self.at {
            Field::Name => self.name.as_mut(),
            Field::Host => Some(&mut self.host),
            Field::Key => Some(&mut self.key),
            Field::Keep => None,
            Field::Secret if self.keep == Keep::Command => Some(&mut self.command),
            Field::Secret => Some(&mut self.secret),
        }
    }

    /// The first field that wants something.
    fn lack(&self, profiles: &[Profile]) -> Option<(Field, &'static str)> {
        let empty = |input: &Input| input.value().trim().is_empty();
        if let Some(name) = &self.name {
            match name.value().trim() {
                "" => return Some((Field::Name, "a name for the new profile is wanted")),
                name if profiles.iter().any(|profile| profile.name == name) => {
                    return Some((Field::Name, "there is a profile of this name: take another"));
                }
                _ => {}
            }
        }
        match self.keep {
            _ if empty(&self.host) => Some((Field::Host, "the cloud's host is wanted")),
            _ if empty(&self.key) => Some((Field::Key, "the client key is wanted")),
            Keep::Command if empty(&self.command) => Some((Field::Secret, "the command is wanted")),
            Keep::File | Keep::Nowhere if empty(&self.secret) => Some((Field::Secret, "the client secret is wanted")),
            _ => None,
        }
    }

    fn step(&mut self, by: usize) {
        let fields = self.fields();
        let at = fields.iter().position(|&field| field == self.at).unwrap_or(0);
        // One before the first is the last.
        self.at = fields[(at + if by == 1 { 1 } else { fields.len() - 1 }) % fields.len()];
    }

    fn turn(&mut self, by: usize) {
        let at = Keep::ALL.iter().position(|&keep| keep == self.keep).unwrap_or(0);
        self.keep = Keep::ALL[(at + by) % Keep::ALL.len()];
        self.error = None;
    }

    fn said(&self) -> SetUp {
        let text = |input: &Input| input.value().trim().to_owned();
        let command = self.keep == Keep::Command;
        SetUp {
            profile: self.name.as_ref().map(text).or_else(|| self.profile.clone()),
            host: text(&self.host),
            key: text(&self.key),
            keep: self.keep,
            secret: SecretString::from(if command { String::new() } else { text(&self.secret) }),
            command: if command { text(&self.command) } else { String::new() },
        }
    }
}

/// A key in the form.
pub(super) fn set_up_key(app: &mut App, mut form: Box<SetUpForm>, key: KeyEvent) -> Vec<Effect> {
    let mut effects = Vec::new();
    match key.code {
        // What is being tried is not changed meanwhile.
        _ if form.busy => {}
        KeyCode::Tab | KeyCode::Down => form.step(1),
        KeyCode::BackTab | KeyCode::Up => form.step(usize::MAX),
        KeyCode::Enter if form.at != Field::Secret => form.step(1),
        KeyCode::Enter => {
            if let Some((field, why)) = form.lack(&app.options.profiles) {
                (form.at, form.error) = (field, Some(why.into()));
            } else {
                (form.busy, form.error) = (true, None);
                effects = go(app, To::SetUp(Box::new(form.said())));
            }
        }
        KeyCode::Right | KeyCode::Char(' ') if form.at == Field::Keep => form.turn(1),
        KeyCode::Left if form.at == Field::Keep => form.turn(Keep::ALL.len() - 1),
        _ => {
            let changed = form.input().and_then(|input| input.handle_event(&Event::Key(key)));
            if changed.is_some_and(|change| change.value) {
                form.error = None;
            }
        }
    }
    app.dialog = Some(Dialog::SetUp(form));
    effects
}

/// A key of the welcome.
pub(super) fn welcome_key(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Char('d') => go(app, To::Demo),
        KeyCode::Char('s') => {
            let form = SetUpForm::new(app.options.profile.clone(), &app.options.host).with_key(&app.options.client_key);
            app.dialog = Some(Dialog::SetUp(Box::new(form)));
            Vec::new()
        }
        KeyCode::Char('q') => vec![Effect::Quit(Leave::Calmly)],
        _ => {
            app.dialog = Some(Dialog::Welcome);
            Vec::new()
        }
    }
}

/// The places that can be gone to: the profiles, the simulation, and one that is set up now.
#[must_use]
pub fn number_of_places(app: &App) -> usize {
    app.options.profiles.len() + 2
}

/// Opens the list of places; nothing is left while a run is on.
pub(super) fn ask(app: &mut App) {
    if app.is_busy() {
        run_is_on(app);
        return;
    }
    let here = app.options.profiles.iter().position(|profile| Some(&profile.name) == app.options.profile.as_ref());
    // Who is nowhere yet sets something up.
    let last = number_of_places(app) - 1;
    let start = if app.options.demo {
        last - 1
    } else {
        here.unwrap_or(if app.connection == Connection::Ready { 0 } else { last })
    };
    app.dialog = Some(Dialog::Places(start));
}

/// Whether the place in this row is where the console is connected.
fn is_here(app: &App, row: usize) -> bool {
    let options = &app.options;
    let profile = options.profiles.get(row).is_some_and(|profile| Some(&profile.name) == options.profile.as_ref());
    app.connection == Connection::Ready && (if options.demo { row == options.profiles.len() } else { profile })
}

/// A key in the list of places.
pub(super) fn places_key(app: &mut App, mut cursor: usize, key: KeyEvent) -> Vec<Effect> {
    let profiles = app.options.profiles.len();
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => cursor = cursor.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => cursor = (cursor + 1).min(number_of_places(app) - 1),
        KeyCode::Home | KeyCode::Char('g') => cursor = 0,
        KeyCode::End | KeyCode::Char('G') => cursor = number_of_places(app) - 1,
        KeyCode::Enter if is_here(app, cursor) => {
            app.say(Tone::Plain, "that is where the console is");
            return Vec::new();
        }
        KeyCode::Enter if cursor == profiles => return go(app, To::Demo),
        KeyCode::Enter if cursor > profiles => {
            let made = app.options.profiles.is_empty() && !app.options.main_account;
            let host = &app.options.host;
            let form = if made { SetUpForm::new(None, host) } else { SetUpForm::named(host) };
            app.dialog = Some(Dialog::SetUp(Box::new(form)));
            return Vec::new();
        }
        KeyCode::Enter => return go(app, To::Profile(app.options.profiles[cursor].name.clone())),
        _ => {}
    }
    app.dialog = Some(Dialog::Places(cursor));
    Vec::new()
}

fn run_is_on(app: &mut App) {
    let words = format!("a run is on: another profile when it is over, or {} stops it", app.key(Act::StopRun));
    app.say(Tone::Warning, words);
}

/// Begins to connect elsewhere.
fn go(app: &mut App, to: To) -> Vec<Effect> {
    if app.is_busy() {
        // It was resumed or continued meanwhile.
        run_is_on(app);
        return Vec::new();
    }
    if app.going.is_some() {
        app.say(Tone::Plain, "still connecting");
        return Vec::new();
    }
    app.going = Some(to.clone());
    vec![Effect::Connect(to)]
}

/// Does not go there any more.
pub(super) fn give_up(app: &mut App) -> Vec<Effect> {
    let Some(to) = app.going.take() else { return Vec::new() };
    let words = format!("not connected to {to}");
    if app.connection == Connection::Starting {
        // Where it was going at first is given up too.
        app.connection = Connection::Off(words.clone().into());
    }
    app.say(Tone::Plain, words);
    vec![Effect::Abandon]
}

/// The console is elsewhere now. The list stays; what was chosen, and the runs of the other place, do not.
pub(super) fn arrived(app: &mut App, options: Options) {
    app.list.forget_runs();
    if app.options.demo && !options.demo {
        leave_samples(app);
    }
    app.runs.clear();
    app.cut_off.clear();
    (app.run, app.behind, app.budget, app.resuming) = (0, None, None, false);
    // What is being typed stays; what asks about the other place goes.
    if !matches!(app.dialog, Some(Dialog::Open(_) | Dialog::Paste(_) | Dialog::TypeDevice(_) | Dialog::Reader(_))) {
        app.dialog = None;
    }
    if options.id_mode != app.options.id_mode {
        app.id_mode = options.id_mode;
    }
    // The look is the operator's, wherever it goes, and the log stays where it began.
    let Options { theme, own_theme, log, .. } = std::mem::take(&mut app.options);
    app.options = Options { theme, own_theme, log, ..options };
    app.recount();
    let place = match (app.options.demo, &app.options.profile) {
        (true, _) => "the simulation: nothing here is real".to_owned(),
        (false, Some(profile)) => format!("{}, {}", visible(profile), visible(&app.options.host)),
        (false, None) => visible(&app.options.host).into_owned(),
    };
    app.say(Tone::Good, format!("now at {place}"));
}

/// The devices of the simulation are nowhere else.
fn leave_samples(app: &mut App) {
    let list = &app.list;
    let sample = |device: &Device| {
        device.origins.iter().all(|origin| &*list.source(origin.source).name == simulator::SAMPLE_LIST)
    };
    let samples: Vec<usize> =
        list.devices().iter().enumerate().filter(|(_, device)| sample(device)).map(|(index, _)| index).collect();
    app.list.remove(&samples);
    app.list_changed();
}

/// There is no connection where it was wanted. One that stands, stays.
pub(super) fn refused(app: &mut App, refused: Refused) {
    let Refused { why, missing } = refused;
    if app.connection != Connection::Ready {
        app.connection = Connection::Off(Arc::clone(&why));
    }
    match (app.going.take(), &mut app.dialog) {
        (Some(To::SetUp(_)), Some(Dialog::SetUp(form))) => (form.busy, form.error) = (false, Some(why)),
        (None, None) if missing => app.dialog = Some(Dialog::Welcome),
        (Some(To::Profile(name)), None) if missing => {
            let host = app.options.profiles.iter().find(|profile| profile.name == name);
            let host = host.map(|profile| profile.host.clone()).unwrap_or_default();
            let mut form = SetUpForm::new(Some(name), &host);
            form.error = Some(why);
            app.dialog = Some(Dialog::SetUp(Box::new(form)));
        }
        (Some(to), _) => app.say(Tone::Error, format!("not connected to {to}: {why}")),
        _ => app.say(Tone::Error, why),
    }
}
