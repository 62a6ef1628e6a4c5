//! The console: one loop, one `select!`, no tick.
//!
//! Events come from the terminal, the dispatcher and intake; [`update::update`] changes the [`app::App`] by each and
//! says what is to be done outside; [`view::draw`] shows it. A burst of events costs one frame, and where nothing
//! happens nothing wakes.

pub mod abilities;
mod acts;
pub mod app;
pub mod asker;
pub mod clipboard;
pub mod connect;
pub mod copy;
pub mod count;
pub mod dialog;
mod dialogs;
mod effects;
pub mod filter;
pub mod gate;
pub mod keymap;
pub mod keys;
pub mod layout;
pub mod list_state;
mod loader;
pub mod output;
pub mod paint;
pub mod palette;
pub mod past;
mod paste;
pub mod places;
pub mod reader;
pub mod runs;
pub mod saving;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod words;

use std::any::Any;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, EventStream, KeyEventKind};
use futures::{FutureExt as _, StreamExt as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::dispatcher::{Command, Event};
use crate::intake::{self, Source};
use crate::journal::Journal;
use crate::model::OutcomeKind;
use abilities::Abilities;
use app::{App, Effect, Leave};
use connect::To;
pub use connect::{Connect, Connected, Refused};
use gate::{Gate, Passed};
use loader::Loader;
use update::{Msg, update};

/// What a console starts with.
pub struct Start {
    /// What it is told.
    pub options: app::Options,
    /// What it says first.
    pub notices: Vec<String>,
    /// What it loads first.
    pub sources: Vec<Source>,
    /// How lists are read.
    pub intake: intake::Options,
    /// How it finds the cloud.
    pub connect: Connect,
    /// What the terminal can do.
    pub abilities: Abilities,
}

/// Changes that nobody typed are drawn at most this often.
const FRAME: Duration = Duration::from_millis(100);

/// So long a process that is woken in the background looks for the signal that it was woken for before it stops again.
const LOOK: Duration = Duration::from_millis(200);

/// Runs the console until it is left. Every run that was on has ended when it returns, unless it was left at once.
pub async fn run(start: Start) -> io::Result<()> {
    // Before the terminal is taken: a signal in between would leave it as it is.
    let signals = Signals::new()?;
    let mut entered = terminal::Entered::enter(start.options.mouse)?;
    let mut app = App::new(start.options, terminal::Entered::size(), Instant::now());
    for notice in start.notices {
        app.say_first(notice);
    }
    let (intake_out, intake_in) = mpsc::channel(16);
    let (replies, replies_in) = mpsc::unbounded_channel();
    let mut console = Console {
        app,
        gate: Gate::default(),
        commands: None,
        events: None,
        journal: None,
        keep: None,
        loader: Loader::start(start.intake, intake_out),
        intake: intake_in,
        replies,
        replies_in,
        dirty: true,
        drawn: None,
        urgent: true,
        quit: None,
        suspended: false,
        abilities: start.abilities,
        connect: start.connect,
        connecting: None,
        attempt: 0,
        place: 0,
        saving: None,
    };
    // A list is read while the first frame is made, which says so.
    for source in start.sources {
        let effect = update::load(&mut console.app, source);
        console.effect(effect, &mut entered)?;
    }
    console.draw(&mut entered)?;
    console.connect(To::Settings);
    let result = console.run(&mut entered, signals).await;
    drop(entered);
    // A terminal that fails is one whose line was cut.
    let how = console.quit.unwrap_or(Leave::HungUp);
    console.end(how).await;
    result
}

/// A message, or what the console works with when it is ready.
enum Reply {
    Msg(Msg),
    /// What became of the attempt of this number to connect.
    Connected(u64, Box<Result<Connected, Refused>>),
    /// The answer of the journal of the place with this number.
    Answer(u64, asker::Answer),
    /// tmux did not take a text for the clipboard.
    NotTaken {
        text: Arc<str>,
        what: String,
    },
}

struct Console {
    app: App,
    gate: Gate,
    commands: Option<mpsc::UnboundedSender<Command>>,
    events: Option<mpsc::UnboundedReceiver<Event>>,
    journal: Option<Journal>,
    keep: Option<Box<dyn Any + Send>>,
    loader: Loader,
    intake: mpsc::Receiver<app::Intake>,
    replies: mpsc::UnboundedSender<Reply>,
    replies_in: mpsc::UnboundedReceiver<Reply>,
    dirty: bool,
    drawn: Option<Instant>,
    /// A person waits for the next frame.
    urgent: bool,
    quit: Option<Leave>,
    /// The process is to be stopped.
    suspended: bool,
    abilities: Abilities,
    connect: Connect,
    connecting: Option<JoinHandle<()>>,
    /// The number of the last attempt to connect.
    attempt: u64,
    /// The number of the attempt that led to where the console is.
    place: u64,
    saving: Option<JoinHandle<()>>,
}

/// One thing that the loop woke for.
enum Woken {
    Terminal(Option<io::Result<TerminalEvent>>),
    Dispatcher(Option<Event>),
    Intake(app::Intake),
    Reply(Reply),
    Time,
    /// The line takes bytes again.
    Line(io::Result<()>),
    Signal(Signal),
    /// Something panicked; its message is on the main screen.
    Panic,
}

impl Console {
    async fn run(&mut self, entered: &mut terminal::Entered, mut signals: Signals) -> io::Result<()> {
        let mut keys = Keys::new();
        while self.quit.is_none() {
            let wake = self.wake(entered.output.is_waiting());
            let woken = tokio::select! {
                biased;
                () = terminal::panicked() => Woken::Panic,
                signal = signals.recv() => Woken::Signal(signal),
                result = entered.output.writable() => Woken::Line(result),
                event = keys.events.recv() => Woken::Terminal(event),
                event = next_event(&mut self.events) => Woken::Dispatcher(event),
                Some(said) = self.intake.recv() => Woken::Intake(said),
                Some(reply) = self.replies_in.recv() => Woken::Reply(reply),
                () = wake_at(wake) => Woken::Time,
            };
            self.take(woken, entered)?;
            // A burst costs one frame; but a person who types into a flood of results is not kept waiting.
            for _ in 0..256 {
                if self.quit.is_some() || self.suspended {
                    break;
                }
                let more = if let Ok(event) = keys.events.try_recv() {
                    Woken::Terminal(Some(event))
                } else if let Some(event) = next_event(&mut self.events).now_or_never() {
                    Woken::Dispatcher(event)
                } else if let Ok(said) = self.intake.try_recv() {
                    Woken::Intake(said)
                } else if let Ok(reply) = self.replies_in.try_recv() {
                    Woken::Reply(reply)
                } else {
                    break;
                };
                self.take(more, entered)?;
            }
            if self.suspended {
                // A thread that goes on reading would stop the process again before a signal is looked at.
                keys.end().await;
                self.suspend(entered, &mut signals).await?;
                keys = Keys::new();
                continue;
            }
            let due = self.urgent || self.drawn.is_none_or(|drawn| drawn + FRAME <= Instant::now());
            // While the line takes nothing no frame is made: the next one shows what is true then.
            if self.dirty && due && self.quit.is_none() && !entered.output.is_waiting() {
                self.draw(entered)?;
            }
        }
        Ok(())
    }

    /// Stops the process until it is woken in the foreground, or until a signal asks it to end.
    async fn suspend(&mut self, entered: &mut terminal::Entered, signals: &mut Signals) -> io::Result<()> {
        self.suspended = false;
        loop {
            entered.stop()?;
            if !terminal::is_anothers() {
                break;
            }
            // A shell that sends a stopped job a signal wakes it in the background, where the terminal is not to be had.
            if let Ok(Signal::End(how)) = timeout(LOOK, signals.recv()).await {
                self.quit = Some(how);
                return Ok(());
            }
        }
        entered.resume()?;
        self.app.size = terminal::Entered::size();
        (self.dirty, self.urgent) = (true, true);
        Ok(())
    }

    /// When the loop has to wake although nothing happened.
    fn wake(&self, line_is_full: bool) -> Option<Instant> {
        let frame = self.drawn.filter(|_| self.dirty && !line_is_full).map(|drawn| drawn + FRAME);
        [self.gate.deadline(), self.app.next_change(), frame].into_iter().flatten().min()
    }

    fn draw(&mut self, entered: &mut terminal::Entered) -> io::Result<()> {
        let app = &self.app;
        if self.abilities.title {
            entered.set_title(app.title());
        }
        entered.draw(app.size, |buffer| view::render(app, buffer))?;
        (self.dirty, self.urgent, self.drawn) = (false, false, Some(Instant::now()));
        Ok(())
    }

    fn take(&mut self, woken: Woken, entered: &mut terminal::Entered) -> io::Result<()> {
        let now = Instant::now();
        match woken {
            Woken::Terminal(Some(Ok(TerminalEvent::Key(key)))) => {
                if key.kind != KeyEventKind::Release {
                    // What the second of two keys means depends on what the first has done.
                    for key in keys::apart(&self.app, key) {
                        let mut passed = Vec::new();
                        let meaning = keys::meaning(&self.app, &key);
                        self.gate.press(key, meaning, now, &mut passed);
                        self.pass(passed, now, entered)?;
                    }
                }
            }
            Woken::Terminal(Some(Ok(event))) => {
                if let Some(msg) = update::from_terminal(event) {
                    self.urgent = true;
                    self.update(msg, now, entered)?;
                }
            }
            Woken::Dispatcher(Some(event)) => self.update(Msg::Dispatcher(event), now, entered)?,
            Woken::Dispatcher(None) => {
                self.events = None;
                self.commands = None;
                return Err(io::Error::other("the part that sends has ended by itself"));
            }
            Woken::Intake(said) => {
                // A person waits for the first devices and for the end of a load; what comes between may come with others.
                self.urgent |= matches!(said, app::Intake::End(_)) || self.app.list.devices().is_empty();
                self.update(Msg::Intake(said), now, entered)?;
            }
            Woken::Reply(Reply::Msg(msg)) => self.update(msg, now, entered)?,
            Woken::Reply(Reply::NotTaken { text, what }) => self.copy_past_tmux(&text, &what, entered)?,
            Woken::Reply(Reply::Connected(attempt, result)) => self.connected(attempt, *result, now, entered)?,
            // What another place's journal says is of no use here.
            Woken::Reply(Reply::Answer(place, answer)) if place == self.place => {
                self.update(Msg::Answer(answer), now, entered)?;
            }
            Woken::Reply(Reply::Answer(..)) => {}
            Woken::Time => {
                let mut passed = Vec::new();
                self.gate.expire(now, &mut passed);
                self.pass(passed, now, entered)?;
                if self.app.next_change().is_some_and(|next| next <= now) {
                    self.update(Msg::Wake, now, entered)?;
                }
            }
            Woken::Panic => return Err(io::Error::other("an error in this program, told above")),
            Woken::Line(result) => result.and_then(|()| entered.output.flush())?,
            // Without a terminal nobody reads and nobody types.
            Woken::Terminal(Some(Err(_)) | None) => self.update(Msg::Terminate(Leave::HungUp), now, entered)?,
            Woken::Signal(Signal::End(how)) => self.update(Msg::Terminate(how), now, entered)?,
            Woken::Signal(Signal::Stop) => self.effect(Effect::Suspend, entered)?,
        }
        Ok(())
    }

    fn pass(&mut self, passed: Vec<Passed>, now: Instant, entered: &mut terminal::Entered) -> io::Result<()> {
        for one in passed {
            self.urgent = true;
            let msg = match one {
                Passed::Key(key) => Msg::Key(key),
                Passed::Paste(text) => Msg::Paste(text),
            };
            self.update(msg, now, entered)?;
        }
        if self.gate.pasting() != self.app.pasting {
            self.update(Msg::Pasting(self.gate.pasting()), now, entered)?;
        }
        Ok(())
    }

    fn update(&mut self, msg: Msg, now: Instant, entered: &mut terminal::Entered) -> io::Result<()> {
        self.dirty = true;
        for effect in update(&mut self.app, msg, now) {
            self.effect(effect, entered)?;
        }
        if let Some(words) = crate::log::take_trouble() {
            self.app.say(app::Tone::Warning, words);
        }
        Ok(())
    }

    /// The screen is gone: awaits what is in flight, or finishes the runs, and says on the main screen what became of
    /// those that were not done.
    async fn end(mut self, how: Leave) {
        self.finish_saving(how != Leave::Calmly).await;
        tracing::info!(?how, "the console is left");
        if let Some(mut events) = self.events.take().filter(|_| how != Leave::AtOnce) {
            if how == Leave::HungUp && self.app.options.finish_on_hangup {
                while self.app.is_running() {
                    let Some(event) = events.recv().await else { break };
                    self.app_hears(event);
                }
            }
            if self.app.is_running() {
                say_plainly("gears: the answers of what is in flight are awaited");
            }
            if let Some(commands) = self.commands.take() {
                let _ = commands.send(Command::Shutdown);
            }
            while let Some(event) = events.recv().await {
                self.app_hears(event);
            }
        }
        let kept = self.journal.as_ref().is_some_and(Journal::is_kept);
        let done = |run: &runs::RunState| {
            run.counts.of(OutcomeKind::Succeeded) + run.counts.of(OutcomeKind::Failed) == run.counts.total()
        };
        for run in self.app.runs.iter().filter(|run| !done(run)) {
            let resume = match run.id {
                Some(id) if kept => format!("; gears resume {id} goes on"),
                _ => String::new(),
            };
            say_plainly(&format!("gears: {}{resume}", run.sentence()));
        }
    }

    fn app_hears(&mut self, event: Event) {
        let _ = update(&mut self.app, Msg::Dispatcher(event), Instant::now());
    }
}

/// A line on standard error; where nobody reads it there is nobody to tell, and where the line hangs nothing waits for it.
fn say_plainly(line: &str) {
    if terminal::takes_bytes(&io::stderr(), terminal::LEAVING) {
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// What the terminal says, by way of a channel: the stream itself forgets its waker when it is only looked at in passing.
struct Keys {
    events: mpsc::Receiver<io::Result<TerminalEvent>>,
    reader: JoinHandle<()>,
}

impl Keys {
    fn new() -> Self {
        let (out, events) = mpsc::channel(1024);
        let reader = tokio::spawn(async move {
            let mut stream = EventStream::new();
            loop {
                let event = tokio::select! {
                    () = out.closed() => break,
                    event = stream.next() => event,
                };
                let Some(event) = event else { break };
                if out.send(event).await.is_err() {
                    break;
                }
            }
        });
        Self { events, reader }
    }

    /// Reads no more.
    async fn end(self) {
        drop(self.events);
        let _ = self.reader.await;
    }
}

async fn next_event(events: &mut Option<mpsc::UnboundedReceiver<Event>>) -> Option<Event> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

async fn wake_at(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// SIGTERM, SIGINT, SIGQUIT, or SIGHUP
    End(Leave),
    /// SIGTSTP
    Stop,
}

/// The signals that the console answers.
struct Signals {
    end: [tokio::signal::unix::Signal; 4],
    stop: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let end = [
            signal(SignalKind::hangup())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::quit())?,
        ];
        let stop = SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw());
        Ok(Self { end, stop: signal(stop)? })
    }

    async fn recv(&mut self) -> Signal {
        let [a, b, c, d] = &mut self.end;
        tokio::select! {
            _ = a.recv() => Signal::End(Leave::HungUp),
            _ = b.recv() => Signal::End(Leave::Asked),
            _ = c.recv() => Signal::End(Leave::Asked),
            _ = d.recv() => Signal::End(Leave::Asked),
            _ = self.stop.recv() => Signal::Stop,
        }
    }
}
