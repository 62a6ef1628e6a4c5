//! How far a long history is, on standard error.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// So many devices take long enough to show how far it is.
const LARGE: usize = 5000;

/// A bar that shows itself when much has been read. Cheap to clone; clones are the same bar.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    watched: bool,
}

impl Default for Progress {
    /// Nobody watches.
    fn default() -> Self {
        Self { bar: ProgressBar::hidden(), watched: false }
    }
}

impl Progress {
    /// A bar on standard error, where that is a terminal and the data goes elsewhere: on the same one they would mix.
    #[must_use]
    pub fn on_terminal() -> Self {
        let watched = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()), watched }
    }

    /// So many devices are done, of so many where that is known.
    pub fn show(&self, done: usize, all: Option<usize>) {
        if !self.watched || done < LARGE {
            return;
        }
        if self.bar.is_hidden() {
            let template =
                if all.is_some() { "{bar:30} {human_pos} of {human_len} devices" } else { "{human_pos} devices" };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("#>-"));
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        if let Some(all) = all {
            self.bar.set_length(all as u64);
        }
        self.bar.set_position(done as u64);
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
