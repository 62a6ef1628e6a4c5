//! A list of mostly one thing.

use std::fmt;
use std::ops::Deref;

/// None, one or more things, of which one needs no memory of its own and takes 16 bytes in all where it is a MAC or an
/// origin. A list has a hundred thousand of each, and loading it waits for memory more than for anything else.
#[derive(Clone, PartialEq, Eq)]
pub struct Few<T>(Kept<T>);

#[derive(Clone, PartialEq, Eq)]
enum Kept<T> {
    None,
    One(T),
    /// Two at least.
    #[expect(clippy::box_collection, reason = "one word instead of three")]
    More(Box<Vec<T>>),
}

impl<T> Few<T> {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Kept::None)
    }

    /// One thing.
    #[must_use]
    pub const fn one(thing: T) -> Self {
        Self(Kept::One(thing))
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match &self.0 {
            Kept::None => &[],
            Kept::One(one) => std::slice::from_ref(one),
            Kept::More(more) => more,
        }
    }

    /// Adds one at the end.
    pub fn push(&mut self, thing: T) {
        if matches!(self.0, Kept::None) {
            self.0 = Kept::One(thing);
        } else {
            self.change(|all| all.push(thing));
        }
    }

    /// Keeps the first so many.
    pub fn truncate(&mut self, length: usize) {
        if length < self.len() {
            self.change(|all| all.truncate(length));
        }
    }

    /// Puts one at the front.
    pub fn put_first(&mut self, thing: T) {
        self.change(|all| all.insert(0, thing));
    }

    /// Takes out those that are not to be kept.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.change(|all| all.retain(keep));
    }

    fn change(&mut self, change: impl FnOnce(&mut Vec<T>)) {
        let mut all = match std::mem::replace(&mut self.0, Kept::None) {
            Kept::None => Vec::new(),
            Kept::One(one) => vec![one],
            Kept::More(more) => *more,
        };
        change(&mut all);
        *self = Self::from(all);
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut all: Vec<T>) -> Self {
        Self(match all.len() {
            0 | 1 => all.pop().map_or(Kept::None, Kept::One),
            _ => Kept::More(Box::new(all)),
        })
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        things.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> Extend<T> for Few<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, things: I) {
        let mut things = things.into_iter().peekable();
        if things.peek().is_some() {
            self.change(|all| all.extend(things));
        }
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Op {
        Push(u8),
        First(u8),
        Truncate(usize),
        Retain(u8),
        Extend(Vec<u8>),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            any::<u8>().prop_map(Op::Push),
            any::<u8>().prop_map(Op::First),
            (0_usize..4).prop_map(Op::Truncate),
            (1_u8..4).prop_map(Op::Retain),
            prop::collection::vec(any::<u8>(), 0..3).prop_map(Op::Extend),
        ]
    }

    proptest! {
        #[test]
        fn it_holds_what_a_vec_holds(ops in prop::collection::vec(op(), 0..12)) {
            let (mut few, mut all) = (Few::new(), Vec::new());
            for op in ops {
                match op {
                    Op::Push(thing) => (few.push(thing), all.push(thing)),
                    Op::First(thing) => (few.put_first(thing), all.insert(0, thing)),
                    Op::Truncate(length) => (few.truncate(length), all.truncate(length)),
                    Op::Retain(part) => (few.retain(|thing| thing % part == 0), all.retain(|thing| thing % part == 0)),
                    Op::Extend(things) => (few.extend(things.clone()), all.extend(things)),
                };
                prop_assert_eq!(few.as_slice(), all.as_slice());
                // The same things are equal however they came.
                prop_assert_eq!(&few, &all.iter().copied().collect::<Few<u8>>());
            }
        }
    }
}
