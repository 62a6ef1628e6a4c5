//! What people call a device, in one piece of memory: lists have a hundred thousand of them.

use std::fmt;

use compact_str::CompactString;

/// Stands between two labels; within one it is its picture, as on the screen.
const BETWEEN: char = '\0';
const PICTURE: &str = "␀";

/// Host name, user and note of a device, as far as known; none of them is an empty text. Not yet made safe for a
/// terminal. Up to 24 characters of all three take no memory of their own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Labels(CompactString);

/// Which of the three labels something is said of: host name, user, note.
pub type Which = [bool; 3];

impl Labels {
    /// The three labels; an empty text is none.
    #[must_use]
    pub fn new(host: Option<&str>, user: Option<&str>, note: Option<&str>) -> Self {
        let labels = [host, user, note].map(Option::unwrap_or_default);
        let kept = labels.iter().rposition(|label| !label.is_empty()).map_or(0, |last| last + 1);
        let labels = &labels[..kept];
        let length = labels.iter().map(|label| label.len() + 1).sum::<usize>().saturating_sub(1);
        // Most are joined where no memory is asked for.
        let (mut short, mut long) = ([0; 96], Vec::new());
        let text = if let Some(text) = short.get_mut(..length) {
            text
        } else {
            long.resize(length, 0);
            &mut long[..]
        };
        let mut at = 0;
        for label in labels {
            text[at..at + label.len()].copy_from_slice(label.as_bytes());
            at += label.len() + 1;
        }
        let zeros: usize = text.iter().map(|&byte| usize::from(byte == BETWEEN as u8)).sum();
        if zeros >= kept.max(1) {
            let labels: Vec<String> = labels.iter().map(|label| label.replace(BETWEEN, PICTURE)).collect();
            return Self(labels.join(&BETWEEN.to_string()).into());
        }
        Self(str::from_utf8(text).unwrap_or_default().into())
    }

    /// Host name.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.all()[0]
    }

    /// User or owner.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.all()[1]
    }

    /// Note, ticket, anything else that helps to recognise the device.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.all()[2]
    }

    /// Host name, user and note, in this order.
    #[must_use]
    pub fn all(&self) -> [Option<&str>; 3] {
        let mut parts = self.0.split(BETWEEN).map(|part| Some(part).filter(|part| !part.is_empty()));
        std::array::from_fn(|_| parts.next().flatten())
    }

    /// Takes from `other` what is not known here. Which of the labels that were.
    pub(super) fn fill(&mut self, other: &Self) -> Which {
        let (ours, theirs) = (self.all(), other.all());
        let gained: Which = std::array::from_fn(|at| ours[at].is_none() && theirs[at].is_some());
        if gained.contains(&true) {
            let [host, user, note] = std::array::from_fn(|at| ours[at].or(theirs[at]));
            *self = Self::new(host, user, note);
        }
        gained
    }

    /// What `other` says of host name and user against what is known here, in plain words.
    pub(super) fn against(&self, other: &Self) -> impl Iterator<Item = String> {
        let ([host, user, _], [other_host, other_user, _]) = (self.all(), other.all());
        let pairs = [
            ("also named", host, other_host, without_domain as fn(&str) -> &str),
            ("also used by", user, other_user, without_realm),
        ];
        pairs.into_iter().filter_map(|(words, ours, theirs, bare)| {
            let (ours, theirs) = (ours?, theirs?);
            let same = ours.eq_ignore_ascii_case(theirs) || bare(ours).to_lowercase() == bare(theirs).to_lowercase();
            (!same).then(|| format!("{words} {theirs}"))
        })
    }

    /// Forgets these labels.
    pub(super) fn forget(&mut self, which: Which) {
        if which.contains(&true) {
            let ours = self.all();
            let [host, user, note] = std::array::from_fn(|at| ours[at].filter(|_| !which[at]));
            *self = Self::new(host, user, note);
        }
    }
}

/// `LT-1` of `LT-1.example.org`: inventories write either.
fn without_domain(host: &str) -> &str {
    host.split_once('.').map_or(host, |(host, _)| host)
}

/// `anna` of `EXAMPLE\anna` and of `anna@example.org`.
fn without_realm(user: &str) -> &str {
    let user = user.rsplit_once('\\').map_or(user, |(_, user)| user);
    user.split_once('@').map_or(user, |(user, _)| user)
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_is_kept_apart() {
        let labels = Labels::new(Some("LT-1"), None, Some("Näh"));
        assert_eq!((labels.host(), labels.user(), labels.note()), (Some("LT-1"), None, Some("Näh")));
        assert_eq!(Labels::new(Some(""), None, None), Labels::default());
        assert_eq!(Labels::default().all(), [None; 3]);
        assert_eq!(Labels::new(None, None, Some("room 5")).all(), [None, None, Some("room 5")]);
        assert_eq!(Labels::new(Some("a\0b"), Some("c"), None).all(), [Some("a␀b"), Some("c"), None]);
    }

    #[test]
    fn what_was_filled_can_be_forgotten() {
        let before = Labels::new(Some("LT-1"), None, None);
        let mut labels = before.clone();
        let gained = labels.fill(&Labels::new(Some("LT-2"), Some("anna"), Some("room 5")));
        assert_eq!(gained, [false, true, true]);
        assert_eq!(labels.all(), [Some("LT-1"), Some("anna"), Some("room 5")]);
        labels.forget(gained);
        assert_eq!(labels, before);
    }

    #[test]
    fn only_another_name_is_against_one() {
        let labels = Labels::new(Some("NÄH-1"), Some("anna"), Some("x"));
        let against = |host, user| labels.against(&Labels::new(host, user, Some("y"))).collect::<Vec<_>>();
        assert_eq!(against(Some("näh-1"), None), [""; 0]);
        assert_eq!(against(Some("näh-1.example.org"), Some("EXAMPLE\\Anna")), [""; 0]);
        assert_eq!(against(None, Some("anna@example.org")), [""; 0]);
        assert_eq!(against(Some("LT-2"), Some("ben")), ["also named LT-2", "also used by ben"]);
        assert_eq!(Labels::default().against(&labels).count(), 0);
    }
}
