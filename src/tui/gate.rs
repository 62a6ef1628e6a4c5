//! Tells typing from pasting on terminals without bracketed paste, where a paste arrives as key presses.
//!
//! Text keys that come faster than a person can type are collected and handed on as one text. A key that would do
//! something waits a moment first, in case it is only the beginning of a paste; so does a key that is no text, since
//! the configuration can give any key any meaning. An Enter that comes right behind or before other text never counts.
//!
//! On a bad line what a terminal sends for one key can come in two parts, of which the first is an Esc by itself. Esc acts
//! at once; what comes behind it and looks like the rest of such a sequence does nothing, whatever those keys mean.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::time::Instant;

/// Two text keys closer than this were not typed: the fastest typists and key repeats stay above 25 ms.
pub const FAST: Duration = Duration::from_millis(35);
/// A paste is over when nothing has come for so long: a slow line may pause within one.
pub const PAUSE: Duration = Duration::from_millis(400);

/// An Enter that answers a question waits so long for another one. Where that comes the key is held down, or a paste comes
/// slowly: whoever opens a question with it must not answer it as well. Keyboards repeat every 30 to 100 ms.
pub const HELD: Duration = Duration::from_millis(150);

/// The parts of a control sequence come no further apart than this.
pub const APART: Duration = Duration::from_secs(1);

/// How much of a control sequence that began as an Esc has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The Esc, which may have been a key.
    Esc,
    /// `[` behind it.
    Begun,
    /// Parameters behind that.
    Parameters,
    /// All but one character.
    Last,
}

/// What a key would do if it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Does something: it waits.
    Command,
    /// Only moves or marks: it runs at once, and is still part of the paste if one follows.
    Harmless,
    /// Goes into a text field: it runs at once, and so is not part of the text that follows.
    Text,
    /// The Enter that answers a question on which something is sent or the console left: it waits longer.
    Answer,
}

impl Meaning {
    /// Whether it waits for what may follow.
    fn waits(self) -> bool {
        matches!(self, Self::Command | Self::Answer)
    }
}

/// What comes out of the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    /// A key that a person pressed.
    Key(KeyEvent),
    /// A paste that came as keys.
    Paste(String),
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    key: KeyEvent,
    meaning: Meaning,
}

impl Waiting {
    fn is_digit(&self) -> bool {
        self.meaning == Meaning::Command && matches!(self.key.code, KeyCode::Char('0'..='9'))
    }
}

/// The gate that every key passes.
#[derive(Debug, Default)]
pub struct Gate {
    /// Text keys, each close behind the one before.
    chain: Vec<Waiting>,
    paste: Option<String>,
    last: Option<Instant>,
    /// When the newest key passed that is no text.
    passed: Option<Instant>,
    /// A control sequence that perhaps is coming in parts, and when its newest part came.
    cut: Option<(Cut, Instant)>,
    /// What came of it, and when the last of that did: more text close behind it makes a paste of all.
    rest: Vec<(KeyEvent, Meaning)>,
    rest_at: Option<Instant>,
}

impl Gate {
    /// Takes a key press at `now`, and passes on what is decided.
    pub fn press(&mut self, key: KeyEvent, meaning: Meaning, now: Instant, out: &mut Vec<Passed>) {
        self.expire(now, out);
        if self.is_rest(&key, now) {
            self.rest.push((key, meaning));
            self.rest_at = Some(now);
            return;
        }
        let rest = std::mem::take(&mut self.rest);
        if let Some(at) = self.rest_at.take().filter(|at| now < *at + FAST && character(&key).is_some()) {
            for (key, meaning) in rest {
                self.take(key, meaning, at, out);
            }
        }
        self.take(key, meaning, now, out);
    }

    fn take(&mut self, key: KeyEvent, meaning: Meaning, now: Instant, out: &mut Vec<Passed>) {
        if let Some(paste) = &mut self.paste {
            // Control characters and what a terminal reads as another key are not commands within a paste either.
            paste.extend(character(&key));
            self.last = Some(now);
            return;
        }
        // Nobody presses Enter so close behind an arrow either.
        if key.code == KeyCode::Enter && meaning.waits() && self.chain.is_empty() {
            let passed = self.passed.replace(now);
            if passed.is_some_and(|passed| now < passed + FAST) {
                return;
            }
            self.passed = None;
        }
        let passes = character(&key).is_none() && !meaning.waits();
        if passes || (self.chain.is_empty() && newline_by_hand(&key)) {
            // Who presses Esc so soon has thought better of it.
            self.chain.retain(|waiting| waiting.meaning != Meaning::Answer);
            self.finish(out);
            out.push(Passed::Key(key));
            self.passed = Some(now);
            return;
        }
        // A key that moves does not overtake its number.
        let behind = !self.chain.is_empty() && self.chain.iter().all(Waiting::is_digit);
        let meaning = if behind && meaning == Meaning::Harmless { Meaning::Command } else { meaning };
        if !meaning.waits() {
            out.push(Passed::Key(key));
        }
        self.chain.push(Waiting { key, meaning });
        self.last = Some(now);
        if self.chain.len() >= 3 && self.chain.iter().any(|waiting| waiting.key.code != self.chain[0].key.code) {
            let kept = self.chain.iter().filter(|waiting| waiting.meaning != Meaning::Text);
            self.paste = Some(kept.filter_map(|waiting| character(&waiting.key)).collect());
            self.chain.clear();
        }
    }

    /// Whether a key press is a part of a control sequence whose Esc came by itself.
    fn is_rest(&mut self, key: &KeyEvent, now: Instant) -> bool {
        let cut = self.cut.take().filter(|(_, last)| now < *last + APART).map(|(cut, _)| cut);
        if key.code == KeyCode::Esc && key.modifiers.is_empty() && self.paste.is_none() {
            self.cut = Some((Cut::Esc, now));
            return false;
        }
        let c = match key.code {
            KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => c,
            _ => return false,
        };
        let next = match (cut, c) {
            (Some(Cut::Esc), '[') => Some(Cut::Begun),
            // The second bracket is that of the Linux console's function keys.
            (Some(Cut::Esc), 'O') | (Some(Cut::Begun), '[') => Some(Cut::Last),
            (Some(Cut::Begun | Cut::Parameters), ' '..='?') => Some(Cut::Parameters),
            (Some(Cut::Begun | Cut::Parameters), '@'..='~') | (Some(Cut::Last), _) => None,
            _ => return false,
        };
        self.cut = next.map(|cut| (cut, now));
        true
    }

    /// When `expire` has to be called, if no key comes before.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let answers = self.chain.last().is_some_and(|waiting| waiting.meaning == Meaning::Answer);
        let wait = match () {
            () if self.paste.is_some() => PAUSE,
            () if answers => HELD,
            () => FAST,
        };
        (self.paste.is_some() || !self.chain.is_empty()).then_some(self.last? + wait)
    }

    /// How many characters of a paste have come so far, while one is coming.
    #[must_use]
    pub fn pasting(&self) -> Option<usize> {
        self.paste.as_ref().map(String::len)
    }

    /// Passes on what has waited long enough.
    pub fn expire(&mut self, now: Instant, out: &mut Vec<Passed>) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.finish(out);
        }
    }

    fn finish(&mut self, out: &mut Vec<Passed>) {
        if let Some(paste) = self.paste.take() {
            out.push(Passed::Paste(paste));
        }
        let alone = self.chain.len() == 1;
        for waiting in self.chain.drain(..) {
            if waiting.meaning.waits() && (alone || waiting.key.code != KeyCode::Enter) {
                out.push(Passed::Key(waiting.key));
            }
        }
        self.last = None;
    }
}

/// The character that a key press is in a paste.
pub(super) fn character(key: &KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char('j') if key.modifiers == KeyModifiers::CONTROL => Some('\n'),
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Some(c),
        KeyCode::Enter => Some('\n'),
        KeyCode::Tab => Some('\t'),
        _ => None,
    }
}

/// Ctrl-J on its own, which has no meaning here.
fn newline_by_hand(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('j') && key.modifiers == KeyModifiers::CONTROL
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(c: char) -> KeyEvent {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            c => KeyCode::Char(c),
        };
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    /// Presses keys with a gap between them, then waits.
    fn pressed(text: &str, gap: Duration, meaning: impl Fn(char) -> Meaning) -> Vec<Passed> {
        let (mut gate, mut out, mut now) = (Gate::default(), Vec::new(), Instant::now());
        for c in text.chars() {
            gate.press(key(c), meaning(c), now, &mut out);
            now += gap;
        }
        gate.expire(now + PAUSE, &mut out);
        assert_eq!(gate.deadline(), None);
        out
    }

    fn keys(text: &str) -> Vec<Passed> {
        text.chars().map(|c| Passed::Key(key(c))).collect()
    }

    #[test]
    fn typed_keys_pass() {
        assert_eq!(pressed("ax\nq", Duration::from_millis(40), |_| Meaning::Command), keys("ax\nq"));
    }

    #[test]
    fn a_key_that_acts_waits_and_one_that_moves_does_not() {
        let (mut gate, mut out, now) = (Gate::default(), Vec::new(), Instant::now());
        gate.press(key('x'), Meaning::Command, now, &mut out);
        assert_eq!(out, []);
        gate.expire(now + FAST, &mut out);
        gate.press(key('j'), Meaning::Harmless, now + FAST * 2, &mut out);
        assert_eq!(out, keys("xj"));
    }

    #[test]
    fn a_motion_does_not_overtake_its_number() {
        let meaning = |c| if c == 'j' { Meaning::Harmless } else { Meaning::Command };
        assert_eq!(pressed("2j", Duration::ZERO, meaning), keys("2j"));
        assert_eq!(pressed("12j", Duration::ZERO, meaning), [Passed::Paste("12j".to_owned())]);
    }

    #[test]
    fn key_repeats_that_a_slow_line_bunches_are_keys() {
        assert_eq!(pressed("jjjjjj", Duration::ZERO, |_| Meaning::Harmless), keys("jjjjjj"));
    }

    #[test]
    fn enter_right_behind_a_key_does_not_count() {
        assert_eq!(pressed("2\n", Duration::ZERO, |_| Meaning::Command), keys("2"));
        assert_eq!(pressed("\n\n", Duration::ZERO, |_| Meaning::Command), []);
    }

    #[test]
    fn enter_right_behind_a_key_that_is_no_text_does_not_count() {
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        for code in [KeyCode::Up, KeyCode::Delete, KeyCode::F(5), KeyCode::Esc] {
            let other = KeyEvent::new(code, KeyModifiers::NONE);
            for (gap, expected) in [(Duration::ZERO, vec![other]), (FAST, vec![other, enter])] {
                let (mut gate, mut out, now) = (Gate::default(), Vec::new(), Instant::now());
                gate.press(other, Meaning::Harmless, now, &mut out);
                gate.press(enter, Meaning::Command, now + gap, &mut out);
                gate.expire(now + PAUSE, &mut out);
                assert_eq!(out, expected.into_iter().map(Passed::Key).collect::<Vec<_>>(), "{code:?} {gap:?}");
            }
        }
    }

    #[test]
    fn enter_behind_a_burst_into_a_field_does_not_count() {
        let field = |c| if c == '\n' { Meaning::Command } else { Meaning::Text };
        assert_eq!(
            pressed("1234\n", Duration::ZERO, field),
            [keys("123"), vec![Passed::Paste("4\n".to_owned())]].concat()
        );
        assert_eq!(pressed("1\n", Duration::ZERO, field), keys("1"));
    }

    #[test]
    fn a_key_that_is_no_text_waits_if_it_acts_and_is_nothing_within_a_paste() {
        let alt = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::ALT);
        let (mut gate, mut out, now) = (Gate::default(), Vec::new(), Instant::now());
        gate.press(alt, Meaning::Command, now, &mut out);
        assert_eq!(out, []);
        gate.expire(now + FAST, &mut out);
        assert_eq!(std::mem::take(&mut out), [Passed::Key(alt)], "alone it acts");

        let others =
            [KeyCode::F(5), KeyCode::Delete, KeyCode::Left].map(|code| KeyEvent::new(code, KeyModifiers::NONE));
        for other in [alt, others[0], others[1], others[2], KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)] {
            for at in 0..4 {
                let mut keys: Vec<KeyEvent> = "abc".chars().map(key).collect();
                keys.insert(at, other);
                let (mut gate, now) = (Gate::default(), Instant::now());
                for key in keys {
                    gate.press(key, Meaning::Command, now, &mut out);
                }
                gate.expire(now + PAUSE, &mut out);
                assert_eq!(std::mem::take(&mut out), [Passed::Paste("abc".to_owned())], "{other:?} at {at}");
            }
        }
    }

    /// Presses an Esc and then these keys, each so long after the one before.
    fn behind_esc(text: &str, gap: Duration) -> Vec<Passed> {
        let (mut gate, mut out, mut now) = (Gate::default(), Vec::new(), Instant::now());
        let esc = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        gate.press(esc, Meaning::Harmless, now, &mut out);
        assert_eq!(std::mem::take(&mut out), [Passed::Key(esc)], "at once");
        assert_eq!(gate.deadline(), None, "and nothing wakes for it");
        for c in text.chars() {
            now += gap;
            gate.press(key(c), Meaning::Command, now, &mut out);
        }
        gate.expire(now + PAUSE, &mut out);
        out
    }

    #[test]
    fn the_rest_of_a_sequence_that_came_in_parts_does_nothing() {
        for gap in [Duration::ZERO, Duration::from_millis(300), Duration::from_millis(999)] {
            for sequence in ["[3~", "OA", "[A", "[1;5C", "[<0;33;12M", "[[A", "[200~", "Oq", "[ q"] {
                assert_eq!(behind_esc(sequence, gap), [], "{sequence} {gap:?}");
            }
        }
        // It ends with its final byte, with a key that can be no part of it, or by itself.
        let gap = Duration::from_millis(300);
        assert_eq!(behind_esc("[3~x", gap), keys("x"));
        assert_eq!(behind_esc("OAO", gap), keys("O"));
        assert_eq!(behind_esc("[3\n3", gap), keys("\n3"));
        assert_eq!(behind_esc("[3ü3", gap), keys("ü3"));
        assert_eq!(behind_esc("[3~", APART), keys("[3~"));
    }

    #[test]
    fn enter_that_is_held_down_answers_no_question() {
        for (delay, repeat) in [(250, 30), (500, 10), (660, 33), (500, 100), (140, 140)] {
            let (mut gate, mut out, mut now) = (Gate::default(), Vec::new(), Instant::now());
            // It opens the question, and goes on.
            gate.press(key('\n'), Meaning::Command, now, &mut out);
            now += Duration::from_millis(delay);
            for _ in 0..30 {
                gate.press(key('\n'), Meaning::Answer, now, &mut out);
                now += Duration::from_millis(repeat);
            }
            gate.expire(now + HELD, &mut out);
            assert_eq!(out, keys("\n"), "{delay} {repeat}");
            // The one that is pressed then counts.
            gate.press(key('\n'), Meaning::Answer, now + HELD * 2, &mut out);
            gate.expire(now + HELD * 3, &mut out);
            assert_eq!(out, keys("\n\n"), "{delay} {repeat}");
        }
    }

    #[test]
    fn esc_takes_an_answer_back_that_still_waits() {
        let (mut gate, mut out, now) = (Gate::default(), Vec::new(), Instant::now());
        gate.press(key('\n'), Meaning::Answer, now, &mut out);
        let esc = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        gate.press(esc, Meaning::Harmless, now + FAST, &mut out);
        gate.expire(now + HELD, &mut out);
        assert_eq!(out, [Passed::Key(esc)]);
    }

    #[test]
    fn a_paste_behind_an_esc_loses_nothing_however_it_begins() {
        for text in ["[00:0c:29:cd:c7:b2]", "Open: 000c.29cd.c7b2\n", "[A 00:0c:29:cd:c7:b2"] {
            assert_eq!(behind_esc(text, Duration::from_millis(1)), [Passed::Paste(text.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_is_no_sequence_behind_an_esc_is_keys() {
        let gap = Duration::from_millis(300);
        for text in ["3~", "x[3~", "o", "jO1"] {
            assert_eq!(behind_esc(text, gap), keys(text), "{text}");
        }
        let (mut gate, mut out, now) = (Gate::default(), Vec::new(), Instant::now());
        let alt = KeyEvent::new(KeyCode::Char('['), KeyModifiers::ALT);
        gate.press(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE), Meaning::Harmless, now, &mut out);
        gate.press(alt, Meaning::Command, now + gap, &mut out);
        gate.press(key('3'), Meaning::Command, now + gap * 2, &mut out);
        gate.expire(now + gap * 3, &mut out);
        assert_eq!(out[1..], [Passed::Key(alt), Passed::Key(key('3'))]);
    }

    proptest! {
        /// Whatever is pasted comes out whole as text, and no key of it acts, if it is no run of one key.
        #[test]
        fn a_fast_paste_is_text(text in "[a-zA-Z0-9:./\n\t -]{3,200}", gap in 0_u64..20) {
            prop_assume!(text.chars().take(3).any(|c| !text.starts_with(c)));
            let passed = pressed(&text, Duration::from_millis(gap), |_| Meaning::Command);
            prop_assert_eq!(passed, [Passed::Paste(text)]);
        }
    }
}
