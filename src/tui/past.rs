//! Past runs: the history, one run whole, what was ever sent to a device, and what is still exempt.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

use crate::intake;
use crate::journal::{OpenExemption, PastDevice, RunSummary, SentTo};
use crate::model::{Action, Excluded, Id, IdMode, NewRun, OutcomeKind, RunId};

use super::asker::Question;
use super::list_state::ListState;
use super::runs::is_problem;

/// One page of the past.
#[derive(Debug)]
pub enum Page {
    /// Runs, newest first.
    Runs {
        /// The runs read so far.
        rows: Vec<RunSummary>,
        /// Whether the journal has older ones.
        more: bool,
    },
    /// One run.
    Run {
        /// What it was.
        summary: Box<RunSummary>,
        /// Its devices.
        devices: Vec<PastDevice>,
    },
    /// Everything that was sent to one device.
    SentTo {
        /// The device.
        id: Id,
        /// Newest first.
        sent: Vec<SentTo>,
    },
    /// What is exempt and was not undone.
    Open {
        /// Oldest first.
        rows: Vec<OpenExemption>,
        /// One a row: whether it is chosen.
        chosen: Vec<bool>,
        /// When the journal was asked.
        now: Timestamp,
    },
}

impl Page {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Runs { rows, .. } => rows.len(),
            Self::Run { devices, .. } => devices.len(),
            Self::SentTo { sent, .. } => sent.len(),
            Self::Open { rows, .. } => rows.len(),
        }
    }

    /// The rows in which something failed or is unknown.
    fn problems(&self) -> Vec<usize> {
        let is = |row: usize| match self {
            Self::Runs { rows, .. } => {
                [OutcomeKind::Failed, OutcomeKind::Unknown].iter().any(|&kind| rows[row].counts.of(kind) > 0)
            }
            Self::Run { devices, .. } => is_problem(devices[row].outcome.kind),
            Self::SentTo { sent, .. } => is_problem(sent[row].device.outcome.kind),
            Self::Open { .. } => false,
        };
        (0..self.len()).filter(|&row| is(row)).collect()
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The pages that are open, one above the other, and what is being typed.
#[derive(Debug, Default)]
pub struct Past {
    /// The topmost is the last.
    pages: Vec<(Page, ListState)>,
    /// An id that is being typed.
    pub search: Option<Input>,
    /// The journal was asked and has not answered.
    pub waiting: bool,
}

/// What a key leads to.
#[derive(Debug)]
pub enum Step {
    /// Nothing outside.
    Stay,
    /// Back to the panes.
    Close,
    /// A question to the journal.
    Ask(Question),
    /// A run to be asked for.
    Prepare(NewRun),
    /// Something to say.
    Say(String),
}

/// Runs that are read at once.
pub const RUNS_AT_ONCE: usize = 200;

impl Past {
    /// A past that waits for its first page.
    #[must_use]
    pub fn waiting() -> Self {
        Self { waiting: true, ..Self::default() }
    }

    /// The page on screen.
    #[must_use]
    pub fn page(&self) -> Option<(&Page, &ListState)> {
        self.pages.last().map(|(page, list)| (page, list))
    }

    /// Puts a page on top.
    pub fn open(&mut self, page: Page) {
        self.waiting = false;
        self.pages.push((page, ListState::default()));
    }

    /// Adds older runs to the history.
    pub fn append(&mut self, older: Vec<RunSummary>, more_left: bool) {
        self.waiting = false;
        if let Some((Page::Runs { rows, more }, _)) = self.pages.last_mut() {
            rows.extend(older);
            *more = more_left;
        }
    }

    /// Brings the cursor onto the screen of so many rows.
    pub fn settle(&mut self, height: usize) {
        if let Some((page, list)) = self.pages.last_mut() {
            list.scroll(page.len(), height);
        }
    }

    /// A key, with the number before it if there was one; `height` rows of the page are on screen.
    pub fn key(&mut self, key: KeyEvent, times: Option<usize>, height: usize, mode: IdMode) -> Step {
        if self.search.is_some() {
            return self.search_key(key, mode);
        }
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | 'H')) || (ctrl && key.code == KeyCode::Char('c')) {
            self.pages.pop();
            self.waiting = false;
            return if self.pages.is_empty() { Step::Close } else { Step::Stay };
        }
        if key.code == KeyCode::Char('/') {
            self.search = Some(Input::default());
            return Step::Stay;
        }
        let Some((page, list)) = self.pages.last_mut() else { return Step::Stay };
        if let Some(by) = motion(key, times, height) {
            // That row is counted from the first.
            if times.is_some() && by >= 0 && matches!(key.code, KeyCode::Home | KeyCode::End | KeyCode::Char('g' | 'G'))
            {
                list.step(isize::MIN, page.len());
            }
            list.step(by, page.len());
            if let Page::Runs { rows, more: true } = page
                && list.cursor + 1 == rows.len()
                && !self.waiting
            {
                self.waiting = true;
                return Step::Ask(Question::Runs { before: rows.last().map(|run| run.run) });
            }
            return Step::Stay;
        }
        if let KeyCode::Char(c @ ('n' | 'N')) = key.code {
            let found = list.find(&page.problems(), c == 'N', times.unwrap_or(1));
            let nothing = "nothing to go to: / finds a device by its id; nothing here failed or is unknown";
            return if found { Step::Stay } else { Step::Say(nothing.to_owned()) };
        }
        let at = list.cursor;
        let step = match page {
            Page::Runs { rows, .. } => run_key(key.code, rows.get(at).map(|run| run.run), true),
            Page::Run { summary, devices } => match key.code {
                KeyCode::Enter => {
                    let id = devices.get(at).and_then(|past| past.device.id(summary.id_mode));
                    id.map_or(Step::Stay, |id| Step::Ask(Question::SentTo(id)))
                }
                code => run_key(code, Some(summary.run), false),
            },
            Page::SentTo { sent, .. } => run_key(key.code, sent.get(at).map(|sent| sent.run), true),
            Page::Open { rows, chosen, .. } => {
                let step = open_key(key.code, rows, chosen, at);
                if key.code == KeyCode::Char(' ') {
                    list.step(1, rows.len());
                }
                step
            }
        };
        self.waiting |= matches!(step, Step::Ask(_));
        step
    }

    /// Whether a key moves within the page.
    #[must_use]
    pub fn is_motion(&self, key: &KeyEvent) -> bool {
        let find = matches!(key.code, KeyCode::Char('n' | 'N'));
        self.search.is_none() && (find || motion(*key, None, 1).is_some())
    }

    fn search_key(&mut self, key: KeyEvent, mode: IdMode) -> Step {
        let Some(input) = &mut self.search else { return Step::Stay };
        match key.code {
            KeyCode::Esc => self.search = None,
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => self.search = None,
            KeyCode::Enter => {
                let row = intake::read_argument(input.value().trim(), Some(mode));
                let id = row.and_then(|row| row.macs.first().copied().map(Id::Mac).or(row.hwid.map(Id::Hwid)));
                let Some(id) = id else {
                    return Step::Say(format!(
                        "“{}” is neither a MAC nor an HWID",
                        super::text::visible(input.value())
                    ));
                };
                self.search = None;
                self.waiting = true;
                return Step::Ask(Question::SentTo(id));
            }
            _ => {
                input.handle_event(&Event::Key(key));
            }
        }
        Step::Stay
    }
}

fn motion(key: KeyEvent, times: Option<usize>, height: usize) -> Option<isize> {
    let number = times.map(|times| isize::try_from(times).unwrap_or(isize::MAX));
    let rows = number.unwrap_or(1);
    let page = isize::try_from(height).unwrap_or(1).max(2) - 1;
    let (pages, half) = (page.saturating_mul(rows), number.unwrap_or(page / 2));
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('u') if ctrl => -half,
        KeyCode::Char('d') if ctrl => half,
        KeyCode::Char('b') if ctrl => -pages,
        KeyCode::Char('f') if ctrl => pages,
        KeyCode::Char(_) if ctrl => return None,
        KeyCode::Up | KeyCode::Char('k') => -rows,
        KeyCode::Down | KeyCode::Char('j') => rows,
        KeyCode::PageUp => -pages,
        KeyCode::PageDown => pages,
        KeyCode::Home | KeyCode::Char('g') => number.map_or(isize::MIN, |number| number - 1),
        KeyCode::End | KeyCode::Char('G') => number.map_or(isize::MAX, |number| number - 1),
        _ => return None,
    })
}

/// What a key does with a run: look at it, repeat it or a part of it, undo it.
fn run_key(code: KeyCode, run: Option<RunId>, look: bool) -> Step {
    if code == KeyCode::Char('o') {
        return Step::Ask(Question::Open);
    }
    let Some(run) = run else { return Step::Stay };
    let again = |kinds: &'static [OutcomeKind], which| Step::Ask(Question::Again { run, kinds, which });
    match code {
        KeyCode::Enter if look => Step::Ask(Question::Run(run)),
        KeyCode::Char('r') => again(&[OutcomeKind::Failed], "failed"),
        KeyCode::Char('R') => again(&[OutcomeKind::Unknown, OutcomeKind::NotSent], "unknown or not sent"),
        KeyCode::Char('A') => again(&OutcomeKind::ALL, "in it"),
        KeyCode::Char('c') => Step::Ask(Question::Unfinished(run)),
        KeyCode::Char('U') => Step::Ask(Question::Inverse(run)),
        _ => Step::Stay,
    }
}

fn open_key(code: KeyCode, rows: &[OpenExemption], chosen: &mut [bool], at: usize) -> Step {
    match code {
        KeyCode::Char(' ') => {
            if let Some(one) = chosen.get_mut(at) {
                *one = !*one;
            }
        }
        KeyCode::Char('a') => chosen.fill(true),
        KeyCode::Char('A') => chosen.fill(false),
        KeyCode::Enter | KeyCode::Char('U') => return undo(rows, chosen, at),
        _ => {}
    }
    Step::Stay
}

/// The run that undoes the chosen exemptions, or the one under the cursor where none is chosen. A run sends one kind of
/// id: that of the first of them, and what was exempted by the other id and lacks this one is left out.
fn undo(rows: &[OpenExemption], chosen: &[bool], at: usize) -> Step {
    let any = chosen.contains(&true);
    let picked: Vec<&OpenExemption> = rows
        .iter()
        .zip(chosen)
        .enumerate()
        .filter(|(index, (_, chosen))| if any { **chosen } else { *index == at })
        .map(|(_, (row, _))| row)
        .collect();
    let Some(first) = picked.first() else { return Step::Say("no device is exempt".to_owned()) };
    let id_mode = first.id_mode;
    let (mut devices, mut excluded) = (Vec::new(), Vec::new());
    for row in picked {
        if row.device.id(id_mode).is_some() {
            devices.push(row.device.clone());
        } else {
            let why = format!("no {id_mode}: undo it in a run of its own").into();
            excluded.push(Excluded { device: row.device.clone(), text: Box::default(), why });
        }
    }
    Step::Prepare(NewRun {
        action: Action::Unexempt,
        id_mode,
        devices: devices.into(),
        excluded: excluded.into(),
        reason: None,
    })
}
