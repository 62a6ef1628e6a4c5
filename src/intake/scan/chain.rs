//! Cuts a run of hex digits and separators into chains: groups of digits with one and the same separator between.

use std::ops::{ControlFlow, Range};

use super::{Spot, Trust, class, is_hex, judge};
use crate::intake::scan::SEPARATOR;

/// As many groups as matter: seven of a DHCP client id and a word on each side of them.
const MOST: usize = 9;

/// Groups of digits with one separator between. `8000.00:0c:29:cd:c7:b2` is two chains that share the group `00`.
pub(super) struct Chain {
    /// Offset of the first group.
    pub start: usize,
    /// Offset behind the last group.
    pub end: usize,
    /// Between the groups; 0 where there is one group only.
    pub separator: u8,
    /// How many groups, at most `MOST + 1`.
    pub count: usize,
    lengths: [u8; MOST],
}

impl Chain {
    /// The lengths of the groups; `None` where there are too many of them for any notation.
    pub fn lengths(&self) -> Option<&[u8]> {
        self.lengths.get(..self.count)
    }

    /// The chain that begins at `start`, a digit, and where its last group begins.
    fn read(text: &[u8], start: usize, limit: usize) -> (Self, usize) {
        let mut chain = Self { start, end: start, separator: 0, count: 0, lengths: [0; MOST] };
        let mut group = start;
        loop {
            let end = group + text[group..limit].iter().take_while(|&&byte| is_hex(byte)).count();
            if let Some(length) = chain.lengths.get_mut(chain.count) {
                *length = u8::try_from(end - group).unwrap_or(u8::MAX);
            }
            chain.count = (chain.count + 1).min(MOST + 1);
            chain.end = end;
            let joined = end + 1 < limit && is_hex(text[end + 1]);
            if !joined || (chain.separator != 0 && chain.separator != text[end]) {
                return (chain, group);
            }
            chain.separator = text[end];
            group = end + 1;
        }
    }
}

/// Tells `found` what the run holds.
pub(super) fn run(
    text: &[u8],
    run: Range<usize>,
    trust: Trust,
    found: &mut impl FnMut(Spot) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut at = run.start;
    loop {
        at += text[at..run.end].iter().take_while(|&&byte| class(byte) == SEPARATOR).count();
        if at >= run.end {
            return ControlFlow::Continue(());
        }
        let (chain, last) = Chain::read(text, at, run.end);
        // Another separator follows: the last group begins the next chain too, unless it is a MAC's already.
        let shared = chain.count > 1 && chain.end + 1 < run.end && is_hex(text[chain.end + 1]);
        at = if shared { last } else { chain.end };
        if let Some(spot) = judge::judge(text, &run, &chain, trust) {
            at = chain.end;
            found(spot)?;
        } else if chain.count > MOST
            && let Some(spots) = judge::frame(text, &chain)
        {
            spots.into_iter().try_for_each(&mut *found)?;
        }
    }
}
