//! Holds a chain of groups against the notations, and judges by what stands around it.

use std::ops::Range;

use super::chain::Chain;
use super::neighbours;
use super::words::{self, Leaning};
use super::{DIGIT, LETTER, SHORTEST, Spot, Trust, What, class, is_hex, is_word};
use crate::model::Mac;

/// The notations. A chain may have a DHCP client id's hardware type `01` or a bridge's priority before the MAC.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    /// `00:0c:29:cd:c7:b2`
    Pairs,
    /// `000c.29cd.c7b2`
    Quads,
    /// `000c29-cdc7b2`
    Halves,
    /// `000c29cdc7b2`
    Bare,
}

/// A chain that fits a notation.
struct Fit {
    notation: Notation,
    /// Groups before the MAC that are no part of it.
    skipped: usize,
    /// Whether the skipped group is the hardware type of a DHCP client id; in `Bare` it is not a group of its own.
    client: bool,
}

/// What the chain is, if it is a MAC or meant as one.
pub(super) fn judge(text: &[u8], run: &Range<usize>, chain: &Chain, trust: Trust) -> Option<Spot> {
    let lengths = chain.lengths()?;
    let left_glued = chain.start == run.start && glued_before(text, chain.start);
    let right_glued = chain.end == run.end && text.get(chain.end).is_some_and(|&after| class(after) == LETTER);
    let groups = usize::from(left_glued)..lengths.len() - usize::from(right_glued);
    let Some(fit) = lengths.get(groups.clone()).and_then(|lengths| fit(text, chain, groups.start, lengths)) else {
        return near(text, chain, lengths, left_glued || right_glued);
    };
    let first = groups.start + fit.skipped;
    let start_of =
        |group: usize| chain.start + lengths[..group].iter().map(|&length| usize::from(length) + 1).sum::<usize>();
    let mut start = start_of(first);
    let end = if right_glued { start_of(groups.end) - 1 } else { chain.end };
    // The hardware type belongs to the spot, not to the address.
    let spot_start = if fit.client && fit.skipped > 0 { start_of(first - 1) } else { start };
    if fit.client && fit.notation == Notation::Bare {
        start += 2;
    }
    let place = Place { text, chain, start, end, spot_start, trust, client: fit.client };
    if left_glued && !place.word_before_fits(fit.notation) || right_glued && !place.word_after_fits(fit.notation) {
        return None;
    }
    let mac = if fit.notation == Notation::Quads && fit.client { place.client_quads() } else { place.octets() };
    let bare = (fit.notation == Notation::Bare && !fit.client).then(|| place.capitals());
    place.stands(fit.notation, mac).then_some(Spot { start: spot_start, end, what: What::Mac { mac, bare } })
}

/// The notation of these groups, the first of which is the chain's group `from`.
fn fit(text: &[u8], chain: &Chain, from: usize, lengths: &[u8]) -> Option<Fit> {
    let pair = |length: &u8| matches!(length, 1 | 2);
    let colon_or_dash = matches!(chain.separator, b':' | b'-');
    let group = |index: usize| {
        let all = chain.lengths().unwrap_or_default();
        let start = chain.start + all[..index].iter().map(|&length| usize::from(length) + 1).sum::<usize>();
        &text[start..start + usize::from(all[index])]
    };
    let plain = |notation| Some(Fit { notation, skipped: 0, client: false });
    match lengths {
        [_, _, _, _, _, _] if colon_or_dash && lengths.iter().all(pair) => plain(Notation::Pairs),
        [first, rest @ ..] if rest.len() == 6 && colon_or_dash && rest.iter().all(pair) => {
            let first_group = group(from);
            let client = pair(first) && matches!(first_group, b"01" | b"1");
            // `bad-00-0c-29-cd-c7-b2`: a word of the letters a to f.
            let word =
                *first > 2 && first_group.iter().all(u8::is_ascii_alphabetic) && !text[..chain.start].ends_with(b":");
            // `Gi0/2:00:0c:29:cd:c7:b2`: a port's number.
            let port = chain.start > 0 && text[chain.start - 1] == b'/' && rest.iter().all(|&length| length == 2);
            (client || word || port).then_some(Fit { notation: Notation::Pairs, skipped: 1, client })
        }
        [4, 4, 4] => plain(Notation::Quads),
        [4, 4, 4, 2] if group(from).starts_with(b"01") => {
            Some(Fit { notation: Notation::Quads, skipped: 0, client: true })
        }
        // `0004.f2ff.fe12.3456` is an EUI-64 made of a MAC.
        [4, 4, 4, 4] if is_eui64(group(from + 1), group(from + 2)) => None,
        [_, 4, 4, 4] if chain.separator == b'.' && is_priority(group(from)) => {
            Some(Fit { notation: Notation::Quads, skipped: 1, client: false })
        }
        [6, 6] if colon_or_dash => plain(Notation::Halves),
        [12] => plain(Notation::Bare),
        [14] if group(from).starts_with(b"01") => Some(Fit { notation: Notation::Bare, skipped: 0, client: true }),
        [_, 12] if chain.separator == b'.' && is_priority(group(from)) || chain.separator == b':' => {
            Some(Fit { notation: Notation::Bare, skipped: 1, client: false })
        }
        _ => None,
    }
}

/// A bridge's priority before its MAC: `8000`, `8001` (with a VLAN), `32768`, `0`.
fn is_priority(group: &[u8]) -> bool {
    match group {
        [b'0'] | b"0000" => true,
        [first, b'0', b'0', _] => *first != b'0',
        [_, _, _, _, _] => group.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Whether the second and third group of four have the `ff:fe` between them that fills a MAC up to an EUI-64.
fn is_eui64(second: &[u8], third: &[u8]) -> bool {
    second[2..].eq_ignore_ascii_case(b"ff") && third[..2].eq_ignore_ascii_case(b"fe")
}

/// Whether the first group goes on a word that begins before it. `0x` and an escape such as `\n` end before it.
fn glued_before(text: &[u8], start: usize) -> bool {
    let head = &text[..start];
    let Some((&before, head)) = head.split_last() else { return false };
    if class(before) != LETTER {
        return false;
    }
    let word = head.len() - head.iter().rev().take_while(|&&byte| is_word(byte)).count();
    match before {
        // `0x`, and what Linux calls an adapter by its address: `enx005056c00008`.
        b'x' | b'X' => !matches!(&head[word..], b"0" | b"en" | b"wl"),
        b'n' | b't' | b'r' if head.last() == Some(&b'\\') => false,
        // A telephone's name and an access point's are their MAC.
        b'P' => !matches!(&head[word..], b"SE" | b"A"),
        _ => true,
    }
}

/// A chain in its surroundings.
struct Place<'a> {
    text: &'a [u8],
    chain: &'a Chain,
    /// Offsets of the address.
    start: usize,
    end: usize,
    /// Where the address with its client id's type begins.
    spot_start: usize,
    trust: Trust,
    client: bool,
}

impl Place<'_> {
    fn address(&self) -> &[u8] {
        &self.text[self.start..self.end]
    }

    fn octets(&self) -> Mac {
        let address = self.address();
        let mut octets = [0_u8; 6];
        if matches!(self.chain.separator, b':' | b'-') && address.iter().filter(|&&byte| !is_hex(byte)).count() == 5 {
            // Groups of one or two digits.
            let groups = address.split(|&byte| !is_hex(byte));
            for (octet, group) in octets.iter_mut().zip(groups) {
                *octet = group.iter().fold(0, |value, &digit| value << 4 | DIGIT[digit as usize]);
            }
        } else {
            let digits = address.iter().filter(|&&byte| is_hex(byte));
            for (index, &digit) in digits.take(12).enumerate() {
                octets[index / 2] = octets[index / 2] << 4 | DIGIT[digit as usize];
            }
        }
        Mac::new(octets)
    }

    /// `0100.0c29.cdc7.b2`: all digits but the first two.
    fn client_quads(&self) -> Mac {
        let mut octets = [0_u8; 6];
        let digits = self.address().iter().filter(|&&byte| is_hex(byte)).skip(2);
        for (index, &digit) in digits.take(12).enumerate() {
            octets[index / 2] = octets[index / 2] << 4 | DIGIT[digit as usize];
        }
        Mac::new(octets)
    }

    fn capitals(&self) -> u16 {
        let bits = self.address().iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
        bits.fold(0, |bits, (index, _)| bits | 1 << index)
    }

    /// Whether a word that is glued to the chain with its separator can stand before a MAC: `mac-00-0c-29-cd-c7-b2`,
    /// but not `XK4F-0C29-CDC7-B2AA`, which is a licence's key.
    fn word_before_fits(&self, notation: Notation) -> bool {
        let head = &self.text[..self.spot_start - 1];
        let start = head.len() - head.iter().rev().take_while(|&&byte| is_word(byte)).count();
        let word = &head[start..];
        let letters = word.iter().all(u8::is_ascii_alphabetic);
        match notation {
            Notation::Pairs => word.len() > 1 && word[0].is_ascii_alphabetic(),
            Notation::Quads if self.chain.separator == b'.' => letters,
            Notation::Quads | Notation::Halves => letters && word.len() != 4,
            Notation::Bare => letters && self.words() == Leaning::Mac,
        }
    }

    fn word_after_fits(&self, notation: Notation) -> bool {
        let tail = &self.text[self.end + 1..];
        let length = tail.iter().take_while(|&&byte| is_word(byte)).count();
        match notation {
            Notation::Pairs => true,
            Notation::Quads if self.chain.separator == b'.' => true,
            Notation::Quads | Notation::Halves => length != 4,
            Notation::Bare => self.chain.separator == b'.' || self.words() == Leaning::Mac,
        }
    }

    fn words(&self) -> Leaning {
        match self.trust {
            Trust::Cell => Leaning::Mac,
            Trust::Prose => words::before(self.text, self.spot_start),
        }
    }

    /// Whether the surroundings let it be a MAC.
    fn stands(&self, notation: Notation, mac: Mac) -> bool {
        let text = self.text;
        let before = &text[..self.spot_start];
        let after = &text[self.end..];
        // An IPv6 address; six full pairs with `::` behind are a MACsec channel's MAC and port.
        let letters = self.address().iter().any(u8::is_ascii_alphabetic);
        let port = notation == Notation::Pairs && self.end - self.start == 17 && letters;
        if self.chain.separator == b':' && (before.ends_with(b"::") || (after.starts_with(b"::") && !port)) {
            return false;
        }
        if self.goes_on_from_the_line_before() || self.is_wildcard(mac) {
            return false;
        }
        match notation {
            Notation::Pairs if words::certificate_before(before) => false,
            Notation::Pairs => letters || self.is_no_time_and_no_list(),
            // `#aabbcc-ddeeff`: two colours.
            Notation::Halves if before.ends_with(b"#") => false,
            // `license 0000.0c29.cdc7.b211`: a key begins as a bridge's priority does.
            Notation::Quads if letters && self.has_group_before() => self.words() != Leaning::Other,
            Notation::Quads if self.chain.separator == b'.' => letters || self.is_no_number(),
            Notation::Quads if words::usb_before(before) => false,
            Notation::Quads | Notation::Halves => {
                if letters {
                    self.words() != Leaning::Other
                } else {
                    self.is_no_number()
                }
            }
            Notation::Bare => self.bare_stands(mac, letters),
        }
    }

    /// Whether a group stands before the address that is no part of it.
    fn has_group_before(&self) -> bool {
        self.spot_start > self.chain.start
    }

    /// The last line of a key, a certificate or a long client id: what stands above it, at the end of the line before
    /// or in the same column of it, ends with digits and a separator.
    fn goes_on_from_the_line_before(&self) -> bool {
        let head = self.text[..self.spot_start].trim_ascii_end();
        let gap = &self.text[head.len()..self.spot_start];
        let Some(line) = gap.iter().rposition(|&byte| byte == b'\n') else { return false };
        let column = gap.len() - line - 1;
        let above = &head[head.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)..];
        let below = above.get(column..).unwrap_or_default();
        let token = &below[..below.iter().take_while(|byte| !byte.is_ascii_whitespace()).count()];
        let goes_on = |text: &[u8]| match self.chain.separator {
            b':' => is_longer_than(text, b':', 2, 6),
            b'.' => is_longer_than(text, b'.', 4, 3),
            _ => false,
        };
        goes_on(head) || goes_on(token)
    }

    /// The mask behind an address in an access list, as in `permit 000c.2900.0000 0000.00ff.ffff any`.
    fn is_wildcard(&self, mac: Mac) -> bool {
        if !super::is_low_bits(mac.octets().iter().fold(0, |value, &octet| value << 8 | u64::from(octet))) {
            return false;
        }
        let line = &self.text[self.spot_start.saturating_sub(160)..self.spot_start];
        let line = &line[line.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)..];
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let address = |word: &[u8]| word.len() == self.end - self.start && word.contains(&self.chain.separator);
        words.clone().next_back().is_some_and(address)
            && words.any(|word| word.eq_ignore_ascii_case(b"permit") || word.eq_ignore_ascii_case(b"deny"))
    }

    /// Six pairs of decimal digits may be a time or a list of numbers.
    fn is_no_time_and_no_list(&self) -> bool {
        let words = self.words();
        if words == Leaning::Mac {
            return true;
        }
        if words == Leaning::Other || words::time_before(self.text, self.spot_start) {
            return false;
        }
        let after = &self.text[self.end..];
        if self.chain.separator == b':' && matches!(after, [b'.', digit, ..] if digit.is_ascii_digit()) {
            return false;
        }
        let full = self.end - self.start == 17;
        if self.chain.separator == b'-' {
            let numbers: Vec<u8> = self.address().split(|&byte| byte == b'-').map(decimal).collect();
            let clock = numbers[3] < 24 && numbers[4] < 60 && numbers[5] < 60;
            let date =
                (1..=12).contains(&numbers[1]) && (1..=31).contains(&numbers[2]) && (1..=31).contains(&numbers[0]);
            return full && !(clock && date) && self.is_vouched_for();
        }
        if self.chain.separator == b':' && words::log_level_after(after) {
            return false;
        }
        // `at` is what `arp -a` writes before the address; `1:2:3:4:5:6` is a list of numbers.
        self.end - self.start > SHORTEST || self.text[..self.spot_start].ends_with(b" at ")
    }

    /// Whether a MAC with letters or a table around says that these decimal digits are a MAC.
    fn is_vouched_for(&self) -> bool {
        neighbours::vouch(self.text, self.start..self.end)
    }

    /// Decimal digits only: a version, a date, a telephone or part number, an IS-IS system's IP address, a customer's
    /// number. It is a MAC only where a word or what stands around it says so.
    fn is_no_number(&self) -> bool {
        match self.words() {
            Leaning::Mac => return true,
            Leaning::Other => return false,
            Leaning::Neither => {}
        }
        let digits: Vec<u8> = self.address().iter().copied().filter(u8::is_ascii_digit).collect();
        let part = |from: usize, to: usize| {
            digits[from..to].iter().fold(0_u32, |value, &digit| value * 10 + u32::from(digit - b'0'))
        };
        let year_first =
            matches!(part(0, 4), 1990..=2099) && (1..=12).contains(&part(4, 6)) && (1..=31).contains(&part(6, 8));
        let short_date = (1..=12).contains(&part(2, 4)) && (1..=31).contains(&part(4, 6)) && part(6, 8) < 24;
        let address = (0..4).all(|octet| part(octet * 3, octet * 3 + 3) < 256) && part(0, 3) > 0;
        let dots = self.chain.separator == b'.';
        let known = year_first || (short_date && digits.len() == 12 && !dots && self.end - self.start == 13);
        !(known || (dots && address)) && self.is_vouched_for()
    }

    fn bare_stands(&self, mac: Mac, letters: bool) -> bool {
        let words = self.words();
        if words == Leaning::Mac {
            return true;
        }
        if words == Leaning::Other || self.client || !self.address().iter().any(u8::is_ascii_digit) {
            return false;
        }
        if !letters {
            return self.is_no_number();
        }
        let before = &self.text[..self.spot_start];
        let after = &self.text[self.end..];
        let joined_before = matches!(before, [.., b'-' | b'_' | b'=' | b'%' | b'$' | b'#']) && !before.ends_with(b"=");
        let joined_after = matches!(after, [b'-' | b'_' | b'+' | b'=' | b'@' | b'$', ..])
            || after.starts_with(b"..")
            || before.ends_with(b"..");
        let dotted_name = matches!(before, [.., letter, b'.'] if is_word(*letter)) && self.chain.count == 1;
        // A pointer into a program, as crash reports print it.
        let pointer = before.ends_with(b"0x") && matches!(mac.octets()[0], 0x55 | 0x56 | 0x7f);
        !(joined_before || joined_after || dotted_name || pointer || mac.check_device().is_err() || self.in_hex_dump())
    }

    /// A line that begins with an offset and holds groups of digits.
    fn in_hex_dump(&self) -> bool {
        // No dump's line is longer; a text without line breaks is not searched to its beginning for each of its MACs.
        let before = &self.text[self.spot_start.saturating_sub(160)..self.spot_start];
        let line = &before[before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)..];
        let line = line.trim_ascii_start();
        let offset = line.iter().take_while(|&&byte| is_hex(byte)).count();
        offset >= 4
            && line.get(offset) == Some(&b':')
            && line[offset + 1..].iter().all(|&byte| is_hex(byte) || byte == b' ')
    }
}

/// Whether the text ends with the separator and more groups of so many digits before it than a MAC has: with a part of a
/// key. `device:`, `at 10:12:` and a MAC with its colon or full stop have fewer.
fn is_longer_than(text: &[u8], separator: u8, width: usize, mac: usize) -> bool {
    let Some(text) = text.strip_suffix(&[separator]) else { return false };
    let begin = text.len() - text.iter().rev().take_while(|&&byte| is_hex(byte) || byte == separator).count();
    let mut groups = text[begin..].rsplit(|&byte| byte == separator);
    // The first group of a line may be cut.
    groups.by_ref().take(mac).all(|group| group.len() == width) && groups.next().is_some()
}

fn decimal(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |value, digit| value * 10 + (digit - b'0'))
}

/// A chain that fits no notation and was meant as a MAC by the look of it.
fn near(text: &[u8], chain: &Chain, lengths: &[u8], glued: bool) -> Option<Spot> {
    if glued {
        return wrong_letter(text, chain.start..chain.end, chain.separator);
    }
    let ends =
        |byte: Option<&u8>| byte.is_none_or(|&byte| class(byte) == 0 && byte != b'_' && byte != b'/' && byte != b'%');
    let stands_alone = ends(chain.start.checked_sub(1).map(|before| &text[before])) && ends(text.get(chain.end));
    let pairs = matches!(chain.separator, b':' | b'-') && lengths.iter().all(|&length| length == 2);
    let letters = text[chain.start..chain.end].iter().any(u8::is_ascii_alphabetic);
    let head = text[..chain.start].trim_ascii_end();
    if !stands_alone || !pairs || !letters || matches!(head, [.., digit, b':'] if is_hex(*digit)) {
        return None;
    }
    let why = match lengths.len() {
        5 => "five pairs of digits, a MAC has six",
        7 => "seven pairs of digits, a MAC has six",
        _ => return None,
    };
    Some(Spot { start: chain.start, end: chain.end, what: What::Near(why) })
}

/// Six pairs with a letter in them that is no hex digit, such as `O` for 0, when `part` is the larger part of them.
pub(super) fn wrong_letter(text: &[u8], part: Range<usize>, separator: u8) -> Option<Spot> {
    // As many bytes as can belong to it, and one more.
    let inside = |byte: &&u8| is_word(**byte) || **byte == separator;
    let start = part.start - text[..part.start].iter().rev().take(18).take_while(inside).count();
    let end = part.end + text[part.end..].iter().take(18).take_while(inside).count();
    let token = &text[start..end];
    let wrong = token.iter().filter(|&&byte| class(byte) == LETTER).count();
    let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
    let shape = token.len() == 17 && token.iter().skip(2).step_by(3).all(|&byte| byte == separator);
    let pairs = matches!(separator, b':' | b'-') && shape && memchr::memchr_iter(separator, token).count() == 5;
    (pairs && wrong <= 2 && digits > 2).then_some(Spot {
        start,
        end,
        what: What::Near("a letter in it is no hex digit (0 to 9, a to f)"),
    })
}

/// The two MACs of a frame's header as a firewall logs it: `MAC=` with the receiver, the sender and the type behind it.
pub(super) fn frame(text: &[u8], chain: &Chain) -> Option<[Spot; 2]> {
    let header = &text[chain.start..chain.end];
    let full = header.len() == 41 && header.iter().skip(2).step_by(3).all(|&byte| byte == b':');
    if !full || !text[..chain.start].ends_with(b"MAC=") || text.get(chain.end).is_some_and(|&after| is_word(after)) {
        return None;
    }
    let spot = |from: usize| {
        let mut octets = [0; 6];
        for (octet, group) in octets.iter_mut().zip(header[from..].chunks(3)) {
            *octet = DIGIT[group[0] as usize] << 4 | DIGIT[group[1] as usize];
        }
        let start = chain.start + from;
        Spot { start, end: start + 17, what: What::Mac { mac: Mac::new(octets), bare: None } }
    };
    Some([spot(0), spot(18)])
}
