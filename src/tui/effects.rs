//! What the console does outside: connects, asks, loads, copies, saves.

use std::io;
use std::sync::Arc;

use tokio::time::Instant;

use super::app::{Effect, Tone};
use super::clipboard::{self, Way};
use super::connect::{Connected, Refused, To};
use super::update::{self, Msg};
use super::{Console, Reply, asker, keymap, terminal};
use crate::dispatcher::Command;
use crate::model::text::ascii;

impl Console {
    /// Does what an update asks for.
    pub(super) fn effect(&mut self, effect: Effect, entered: &mut terminal::Entered) -> io::Result<()> {
        match effect {
            Effect::Dispatch(command) => {
                if let Some(commands) = &self.commands {
                    // A closed channel is noticed where events are read.
                    let _ = commands.send(command);
                }
            }
            Effect::Connect(to) => self.connect(to),
            Effect::Abandon => {
                self.abandon();
            }
            Effect::Load(source, id_mode) => self.loader.load(source, id_mode),
            Effect::StopLoading => self.loader.stop(),
            Effect::Complete(typed) => {
                let replies = self.replies.clone();
                self.loader.complete(typed, move |typed, paths| {
                    let _ = replies.send(Reply::Msg(Msg::Completions { typed, paths }));
                });
            }
            Effect::Ask(question) => {
                if let Some(journal) = self.journal.clone() {
                    let replies = self.replies.clone();
                    let place = self.place;
                    tokio::spawn(async move {
                        let answer = asker::ask(&journal, question).await;
                        let _ = replies.send(Reply::Answer(place, answer));
                    });
                }
            }
            Effect::Copy { text, what } => self.copy(text, what, entered)?,
            Effect::Save(job) => {
                let replies = self.replies.clone();
                self.saving = Some(tokio::task::spawn_blocking(move || {
                    let result = job.save(|rows| drop(replies.send(Reply::Msg(Msg::Saving(rows)))));
                    let _ = replies.send(Reply::Msg(Msg::Saved(result.map_err(Arc::new))));
                }));
            }
            Effect::Attention(words) => {
                let words = if self.app.options.theme.ascii { ascii(&words) } else { words.as_str().into() };
                entered.send(&self.abilities.attention(&words))?;
            }
            Effect::Mouse(on) => entered.set_mouse(on)?,
            Effect::Redraw => entered.forget(),
            Effect::Suspend => self.suspended = true,
            Effect::Quit(how) => self.quit = Some(how),
        }
        Ok(())
    }

    /// Begins to connect, and does not connect anywhere else any more.
    pub(super) fn connect(&mut self, to: To) {
        self.abandon();
        let (attempt, replies, connecting) = (self.attempt, self.replies.clone(), (self.connect)(to));
        self.connecting = Some(tokio::spawn(async move {
            let result = Box::new(connecting.await);
            let _ = replies.send(Reply::Connected(attempt, result));
        }));
    }

    /// Whatever the last attempt to connect still comes to is not heard.
    fn abandon(&mut self) {
        if let Some(connecting) = self.connecting.take() {
            connecting.abort();
        }
        self.attempt += 1;
    }

    /// Works with a new connection, and leaves the one before.
    pub(super) fn connected(
        &mut self,
        attempt: u64,
        result: Result<Connected, Refused>,
        now: Instant,
        entered: &mut terminal::Entered,
    ) -> io::Result<()> {
        if attempt != self.attempt {
            return Ok(());
        }
        let connected = match result {
            Ok(connected) if !self.app.is_busy() => connected,
            Ok(connected) => {
                let _ = connected.link.commands.send(Command::Shutdown);
                let why = "a run went on meanwhile: the console stays where it is".into();
                return self.update(Msg::Connected(Err(Refused { why, missing: false })), now, entered);
            }
            Err(refused) => return self.update(Msg::Connected(Err(refused)), now, entered),
        };
        if let Some(commands) = self.commands.replace(connected.link.commands) {
            let _ = commands.send(Command::Shutdown);
        }
        self.events = Some(connected.link.events);
        self.journal = Some(connected.journal);
        self.keep = Some(connected.keep);
        self.place = attempt;
        let (mut options, notices) = (connected.options, connected.notices);
        let mut good = None;
        if let Some(on_arrival) = connected.on_arrival {
            let arrival = on_arrival();
            good = Some(arrival.words);
            options.profiles = arrival.profiles.unwrap_or(options.profiles);
        }
        if self.app.going.is_some() {
            self.update(Msg::Arrived(Box::new(options)), now, entered)?;
        }
        self.update(Msg::Connected(Ok(notices)), now, entered)?;
        if let Some(words) = good {
            self.app.say(Tone::Good, words);
        }
        for source in connected.sources {
            if self.app.list.devices().is_empty() {
                let effect = update::load(&mut self.app, source);
                self.effect(effect, entered)?;
            }
        }
        Ok(())
    }

    /// Puts a text on the clipboard by the way that there is.
    fn copy(&mut self, text: Arc<str>, what: String, entered: &mut terminal::Entered) -> io::Result<()> {
        if self.abilities.clipboard == Way::Tmux {
            let replies = self.replies.clone();
            tokio::spawn(async move {
                let reply = match clipboard::to_tmux(&text).await {
                    Ok(()) => Reply::Msg(Msg::Copied(Ok(format!("{what} copied, by way of tmux")))),
                    Err(_) => Reply::NotTaken { text, what },
                };
                let _ = replies.send(reply);
            });
            return Ok(());
        }
        self.copy_past_tmux(&text, &what, entered)
    }

    /// By a sequence, or into a file.
    pub(super) fn copy_past_tmux(&mut self, text: &str, what: &str, entered: &mut terminal::Entered) -> io::Result<()> {
        let Some(sequence) = self.abilities.clipboard.sequence(text) else {
            let (abilities, replies) = (self.abilities.clone(), self.replies.clone());
            let (text, what) = (text.to_owned(), what.to_owned());
            tokio::task::spawn_blocking(move || {
                let said = abilities.copy_to_file(&text, &what);
                let _ = replies.send(Reply::Msg(Msg::Copied(said)));
            });
            return Ok(());
        };
        entered.send(&sequence)?;
        // Nothing tells whether the terminal took it.
        let save = self.app.key(keymap::Act::Save);
        let said = Ok(format!("{what} sent to your clipboard. PuTTY takes none: there, {save} saves a file"));
        self.update(Msg::Copied(said), Instant::now(), entered)
    }

    /// Waits for a save that is on, and says what became of it; `stop` makes it short.
    pub(super) async fn finish_saving(&mut self, stop: bool) {
        let Some(saving) = &self.app.saving else { return };
        if stop {
            saving.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        let path = saving.form.input.value().trim().to_owned();
        if let Some(task) = self.saving.take() {
            let _ = task.await;
        }
        while let Ok(reply) = self.replies_in.try_recv() {
            if let Reply::Msg(Msg::Saved(result)) = reply {
                let path = super::text::visible(&path);
                match result {
                    Ok(()) => super::say_plainly(&format!("gears: saved {path}")),
                    Err(error) => super::say_plainly(&format!("gears: {path} was not saved: {error}")),
                }
            }
        }
    }
}
