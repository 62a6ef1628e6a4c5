//! Loads lists in the background, one after the other, and finds paths.

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::ops::ControlFlow;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::intake::{self, Options, Source};
use crate::model::{Found, IdMode};

use super::app::Intake;
use super::text::visible;

/// Rows that travel to the screen together: the first ones soon, for a person waits for them.
const FIRST_CHUNK: usize = 500;
const CHUNK: usize = 2000;
/// How far the reading is is told this often: each time wakes the screen.
const TOLD: Duration = Duration::from_millis(50);

/// A load that is stopped has so long to end by itself. Whoever waits for a pipe or a network disk cannot.
const ABANDONED: Duration = Duration::from_millis(300);

/// As many bytes can lie in a pipe, in most systems.
const CAPACITY: usize = 64 * 1024;

/// The path that somebody has typed: `~/` is the home folder.
#[must_use]
pub fn expand(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(typed),
    }
}

/// The loader's hands: give it sources, stop it.
#[derive(Clone, Debug)]
pub struct Loader {
    sources: mpsc::UnboundedSender<(Source, IdMode)>,
    stop: Arc<Stop>,
    completer: Completer,
}

impl Loader {
    /// Starts the loader. What it finds goes to `out`.
    #[must_use]
    pub fn start(options: Options, out: mpsc::Sender<Intake>) -> Self {
        let (sources, mut queue) = mpsc::unbounded_channel::<(Source, IdMode)>();
        let stop = Arc::new(Stop::default());
        let asked = Arc::clone(&stop);
        tokio::spawn(async move {
            while let Some((source, id_mode)) = queue.recv().await {
                asked.asked.store(false, Ordering::Relaxed);
                let (stop, options) = (Arc::clone(&asked), Options { id_mode, ..options });
                let (done, mut ended) = oneshot::channel();
                let heard = Arc::new(Mutex::new(true));
                let name = source.name();
                let load = Load {
                    out: out.clone(),
                    stop,
                    heard: Arc::clone(&heard),
                    slow: false,
                    chunk: Vec::with_capacity(FIRST_CHUNK),
                };
                // A reader may block for as long as it likes (a FIFO, a hanging network drive): it has a thread of its
                // own, which is gone when the load is.
                let thread = thread::Builder::new().name("intake".to_owned()).spawn(move || {
                    load.run(&source, &options);
                    let _ = done.send(());
                });
                if let Err(error) = thread {
                    let why = format!("the list cannot be read: this machine gives no thread ({error})");
                    let _ = out.send(Intake::End(Err(why.into()))).await;
                    continue;
                }
                let ended = tokio::select! {
                    ended = &mut ended => Some(ended),
                    () = asked.abandons(&heard) => None,
                };
                match ended {
                    Some(Ok(())) => {}
                    Some(Err(_)) => break,
                    None => drop(out.send(Intake::End(Err(stopped(&name)))).await),
                }
            }
        });
        Self { sources, stop, completer: Completer::new(complete) }
    }

    /// Asks for a load. It begins when those before it have ended. What can be either id is read as `id_mode` says.
    pub fn load(&self, source: Source, id_mode: IdMode) {
        let _ = self.sources.send((source, id_mode));
    }

    /// Stops the load that is on; what it has brought stays.
    pub fn stop(&self) {
        self.stop.asked.store(true, Ordering::Relaxed);
        self.stop.pipe.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.stop.told.notify_one();
    }

    /// Finds the paths that a typed one can become, and gives both to `answer`; not if another is asked for before.
    pub fn complete(&self, typed: String, answer: impl FnOnce(String, Vec<String>) + Send + 'static) {
        self.completer.ask(Asked { typed, answer: Box::new(answer) });
    }
}

/// The wish that a load ends.
#[derive(Debug, Default)]
struct Stop {
    asked: AtomicBool,
    told: Notify,
    /// Closing it ends what a load reads from a pipe.
    pipe: Mutex<Option<PipeWriter>>,
}

impl Stop {
    /// Waits until a load that was to end has not, and lets it speak no more.
    async fn abandons(&self, heard: &Mutex<bool>) {
        loop {
            self.told.notified().await;
            while self.asked.load(Ordering::Relaxed) {
                tokio::time::sleep(ABANDONED).await;
                // Whoever holds it is not waiting for the source, but for the screen.
                if let Ok(mut heard) = heard.try_lock() {
                    *heard = false;
                    return;
                }
            }
        }
    }
}

fn stopped(name: &str) -> Arc<str> {
    format!("{}: stopped; what was read stays", visible(name)).into()
}

struct Load {
    out: mpsc::Sender<Intake>,
    stop: Arc<Stop>,
    /// Whether anybody waits for this load still; held while something is said.
    heard: Arc<Mutex<bool>>,
    /// Whether it reads something that may be long in coming: what has come is shown, and a stop is its end.
    slow: bool,
    chunk: Vec<Found>,
}

/// A pipe or a terminal that ends when it is told to: what has come by then is read.
struct Pipe {
    from: File,
    told: PipeReader,
    /// So many bytes may be read when it has been told, if they are there already.
    left: usize,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut both = [PollFd::new(&self.from, PollFlags::IN), PollFd::new(&self.told, PollFlags::IN)];
        rustix::event::poll(&mut both, None)?;
        if both[1].revents().is_empty() {
            return self.from.read(buffer);
        }
        let room = if both[0].revents().is_empty() { 0 } else { buffer.len().min(self.left) };
        let read = self.from.read(&mut buffer[..room])?;
        self.left -= read;
        Ok(read)
    }
}

impl Load {
    fn run(mut self, source: &Source, options: &Options) {
        let name = source.name();
        if self.say(Intake::Begin(Arc::clone(&name))).is_break() {
            return;
        }
        let pipe = self.pipe(source);
        self.slow = pipe.is_some();
        let mut told: Option<Instant> = None;
        let load = RefCell::new(&mut self);
        let mut progress = |bytes, total| {
            let mut load = load.borrow_mut();
            if load.slow {
                load.flush()?;
            }
            if told.is_none_or(|told| told.elapsed() >= TOLD) {
                told = Some(Instant::now());
                load.say(Intake::Progress(bytes, total))?;
            }
            load.goes_on()
        };
        let mut sink = |found| load.borrow_mut().take(found);
        let result = match pipe {
            Some(pipe) => intake::read_from(pipe, &name, options, &mut sink, &mut progress),
            None => intake::read(source, options, &mut sink, &mut progress),
        };
        let _ = self.flush();
        let result = match result {
            Ok(()) if self.stop.asked.load(Ordering::Relaxed) => Err(stopped(&name)),
            Ok(()) => Ok(()),
            Err(error) => Err(error.to_string().into()),
        };
        let _ = self.say(Intake::End(result));
    }

    /// The source as a pipe, if it is one that can be told to end.
    fn pipe(&self, source: &Source) -> Option<Pipe> {
        let from = match source {
            Source::File(path) if path.metadata().is_ok_and(|about| about.file_type().is_fifo()) => {
                File::open(path).ok()?
            }
            Source::Stdin => io::stdin().as_fd().try_clone_to_owned().ok()?.into(),
            _ => return None,
        };
        let (told, tells) = io::pipe().ok()?;
        let mut pipe = self.stop.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has asked before cannot close it any more.
        *pipe = Some(tells).filter(|_| !self.stop.asked.load(Ordering::Relaxed));
        Some(Pipe { from, told, left: CAPACITY })
    }

    /// Says it, if anybody hears it.
    fn say(&self, what: Intake) -> ControlFlow<()> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if *heard && self.out.blocking_send(what).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn goes_on(&self) -> ControlFlow<()> {
        let stops = !self.slow && self.stop.asked.load(Ordering::Relaxed);
        if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn take(&mut self, found: Found) -> ControlFlow<()> {
        self.chunk.push(found);
        if self.chunk.len() == self.chunk.capacity() { self.flush() } else { ControlFlow::Continue(()) }
    }

    fn flush(&mut self) -> ControlFlow<()> {
        if !self.chunk.is_empty() {
            let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
            self.say(Intake::Found(chunk))?;
        }
        self.goes_on()
    }
}

/// At most so many completions are shown.
const COMPLETIONS: usize = 200;

/// What finds paths, one after the other. A network disk that hangs takes this one thread, and none from the pool that
/// names of hosts and saved files need.
#[derive(Clone)]
struct Completer {
    find: fn(&str) -> Vec<String>,
    asked: Arc<Mutex<Waiting>>,
}

/// What waits to be found.
#[derive(Default)]
struct Waiting {
    /// The newest; those before it are nobody's wish any more.
    newest: Option<Asked>,
    /// Whether there is a thread, which takes it.
    busy: bool,
}

/// A typed path, and where what it can become goes.
struct Asked {
    typed: String,
    answer: Box<dyn FnOnce(String, Vec<String>) + Send>,
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completer").finish_non_exhaustive()
    }
}

impl Completer {
    fn new(find: fn(&str) -> Vec<String>) -> Self {
        Self { find, asked: Arc::default() }
    }

    /// Asks for what is typed, in place of what waits. The thread is gone when nothing waits.
    fn ask(&self, asked: Asked) {
        let mut waiting = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.newest = Some(asked);
        if !waiting.busy {
            let this = self.clone();
            // A machine that gives no thread completes no path: what is typed whole is as good.
            waiting.busy = thread::Builder::new().name("paths".to_owned()).spawn(move || this.find_all()).is_ok();
        }
    }

    fn find_all(&self) {
        while let Some(Asked { typed, answer }) = self.next() {
            let paths = (self.find)(&typed);
            answer(typed, paths);
        }
    }

    fn next(&self) -> Option<Asked> {
        let mut waiting = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let next = waiting.newest.take();
        waiting.busy = next.is_some();
        next
    }
}

/// The paths that a typed one can become: folders end with `/`, hidden files only where a dot was typed.
#[must_use]
pub fn complete(typed: &str) -> Vec<String> {
    let (folder, start) =
        typed.rsplit_once('/').map_or(("", typed), |(folder, start)| (&typed[..=folder.len()], start));
    let place = match (folder, folder.strip_prefix("~/"), std::env::var_os("HOME")) {
        ("", ..) => ".".into(),
        (_, Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => folder.into(),
    };
    let Ok(entries) = std::fs::read_dir(place) else { return Vec::new() };
    let mut paths: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            // A name that is no UTF-8 cannot be typed, so it is not offered.
            let name = entry.file_name().into_string().ok()?;
            let wanted = name.starts_with(start) && (!name.starts_with('.') || start.starts_with('.'));
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (wanted && !name.chars().any(char::is_control)).then(|| format!("{folder}{name}{slash}"))
        })
        .collect();
    paths.sort_unstable();
    paths.truncate(COMPLETIONS);
    paths
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};

    use tokio::sync::mpsc;

    use super::{Asked, Completer, Loader, complete};
    use crate::intake::{Options, Source};
    use crate::model::IdMode;
    use crate::tui::app::Intake;

    /// What the hanging disk was asked for goes out here, and it answers to what comes in.
    static DISK: Mutex<Option<(Sender<String>, Receiver<()>)>> = Mutex::new(None);

    fn hanging(typed: &str) -> Vec<String> {
        let disk = DISK.lock().unwrap();
        let (asked, go_on) = disk.as_ref().unwrap();
        asked.send(typed.to_owned()).unwrap();
        go_on.recv().unwrap();
        vec![format!("{typed}.csv")]
    }

    #[test]
    fn a_disk_that_hangs_is_asked_once_and_then_for_the_newest_path_alone() {
        let ((asked, asked_for), (go, go_on), (found, answers)) = (channel(), channel(), channel());
        *DISK.lock().unwrap() = Some((asked, go_on));
        let completer = Completer::new(hanging);
        let ask = |typed: &str| {
            let found = found.clone();
            let answer = Box::new(move |typed, paths| found.send((typed, paths)).unwrap());
            completer.ask(Asked { typed: typed.to_owned(), answer });
        };
        ask("w");
        assert_eq!(asked_for.recv().unwrap(), "w");
        // Nobody waits for the disk while these are typed.
        ["wi", "wif", "wifi"].into_iter().for_each(&ask);
        assert!(asked_for.try_recv().is_err());
        go.send(()).unwrap();
        go.send(()).unwrap();
        let expected = |typed: &str| (typed.to_owned(), vec![format!("{typed}.csv")]);
        assert_eq!([answers.recv().unwrap(), answers.recv().unwrap()], [expected("w"), expected("wifi")]);
        // Whoever asks later has a thread again.
        go.send(()).unwrap();
        ask("x");
        assert_eq!(answers.recv().unwrap(), expected("x"));
    }

    /// Starts to read a pipe that gives this text and then nothing, without an end.
    fn from_a_pipe(folder: &Path, text: &str) -> (Loader, mpsc::Receiver<Intake>, std::fs::File) {
        let path = folder.join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        let (out, said) = mpsc::channel(64);
        let loader = Loader::start(Options::default(), out);
        loader.load(Source::File(path.clone()), IdMode::Mac);
        // Opening it waits for the reader.
        let mut pipe = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        std::io::Write::write_all(&mut pipe, text.as_bytes()).unwrap();
        (loader, said, pipe)
    }

    async fn end(said: &mut mpsc::Receiver<Intake>) -> (usize, Result<(), Arc<str>>) {
        let mut found = 0;
        loop {
            match said.recv().await.unwrap() {
                Intake::Found(chunk) => found += chunk.len(),
                Intake::End(result) => return (found, result),
                _ => {}
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_pipe_that_never_ends_can_be_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let (loader, mut said, pipe) = from_a_pipe(folder.path(), "00:0c:29:cd:c7:b2\n");
        assert!(matches!(said.recv().await, Some(Intake::Begin(_))));
        loader.stop();
        // What had come by then is read.
        let stopped = Err("pipe: stopped; what was read stays".into());
        assert_eq!(end(&mut said).await, (1, stopped));
        // The next list is read, and nothing comes from the one before.
        drop(pipe);
        let list = folder.path().join("list.txt");
        std::fs::write(&list, "00:0c:29:cd:c7:b3\n00:0c:29:cd:c7:b4\n").unwrap();
        loader.load(Source::File(list), IdMode::Mac);
        assert_eq!(end(&mut said).await, (2, Ok(())));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_cannot_even_be_opened_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        let (out, mut said) = mpsc::channel(64);
        let loader = Loader::start(Options::default(), out);
        loader.load(Source::File(path.clone()), IdMode::Mac);
        assert!(matches!(said.recv().await, Some(Intake::Begin(_))));
        loader.stop();
        assert_eq!(end(&mut said).await, (0, Err("pipe: stopped; what was read stays".into())));
        let list = folder.path().join("list.txt");
        std::fs::write(&list, "00:0c:29:cd:c7:b3\n").unwrap();
        loader.load(Source::File(list), IdMode::Mac);
        // Whoever was given up wakes, and is not heard.
        std::fs::write(&path, "00:0c:29:cd:c7:b4\n00:0c:29:cd:c7:b5\n").unwrap();
        assert_eq!(end(&mut said).await, (1, Ok(())));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_a_pipe_has_given_is_there_before_it_gives_more() {
        let folder = tempfile::tempdir().unwrap();
        let lines: Vec<String> =
            (0..10_000).map(|n| format!("00:0c:29:cd:{:02x}:{:02x} in use", n / 256, n % 256)).collect();
        let text = lines.join("\n") + "\n";
        let (_loader, mut said, pipe) = tokio::task::block_in_place(|| from_a_pipe(folder.path(), &text));
        let mut found = 0;
        while found < 10_000 {
            if let Intake::Found(chunk) = said.recv().await.unwrap() {
                found += chunk.len();
            }
        }
        drop(pipe);
        assert_eq!(end(&mut said).await, (0, Ok(())));
    }

    #[test]
    fn a_folder_and_a_start_give_the_paths() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["wifi.csv", "wired.csv", ".hidden", "other"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("will")).unwrap();
        let base = folder.path().to_str().unwrap();
        let found = |start: &str| -> Vec<String> {
            complete(&format!("{base}/{start}")).iter().map(|path| path[base.len() + 1..].to_owned()).collect()
        };
        assert_eq!(found("wi"), ["wifi.csv", "will/", "wired.csv"]);
        assert_eq!(found(".h"), [".hidden"]);
        assert_eq!(found("zz"), Vec::<String>::new());
        assert_eq!(complete("/no/such/folder/x"), Vec::<String>::new());
    }
}
