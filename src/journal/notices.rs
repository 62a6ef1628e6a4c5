//! What the operator should know and what stops nothing: it waits here until somebody says it.

use std::sync::{Mutex, PoisonError};

/// Sentences that wait to be said. Each is said once.
#[derive(Debug, Default)]
pub(super) struct Notices(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    all: Vec<String>,
    /// How many of them were said
    said: usize,
}

impl Notices {
    /// Adds a sentence, if it is new.
    pub(super) fn add(&self, words: impl Into<String>) {
        let mut notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let words = words.into();
        if !notices.all.contains(&words) {
            tracing::warn!("{words}");
            notices.all.push(words);
        }
    }

    /// Those that nobody has said yet.
    pub(super) fn take(&self) -> Vec<String> {
        let mut notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = notices.all[notices.said..].to_vec();
        notices.said = notices.all.len();
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_said_once() {
        let notices = Notices::default();
        notices.add("one");
        notices.add("two");
        assert_eq!(notices.take(), ["one", "two"]);
        notices.add("two");
        assert!(notices.take().is_empty());
        notices.add("three");
        assert_eq!(notices.take(), ["three"]);
    }
}
