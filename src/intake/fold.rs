//! What Word and Outlook put in the place of plain characters, read as what it stands for.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::WINDOWS_1252;
use memchr::memmem;

/// Bytes as text: UTF-8, and where they are not, Windows-1252, which has a character for nearly every byte.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The bytes with look-alikes of `-`, `:`, `.`, quotes, spaces and ASCII letters replaced and invisible characters
/// taken out, with a URL's `%3A` and the spaces of an SNMP agent's six octets as colons. Line breaks stay as they are.
/// Borrowed where there is nothing to replace.
pub(super) fn fold(bytes: &[u8]) -> Cow<'_, [u8]> {
    let folded = if bytes.is_ascii() { Cow::Borrowed(bytes) } else { Cow::Owned(look_alikes(bytes)) };
    colons_of_octets(colons_of_urls(without_escapes(folded)))
}

/// What a terminal was told in between, as a session's log and `grep --color` have it. Colours may begin within a MAC;
/// where the cursor was moved a space is left.
fn without_escapes(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let mut escapes = memchr::memchr_iter(0x1b, &text).peekable();
    if escapes.peek().is_none() {
        return text;
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut taken = 0;
    for at in escapes.filter(|&at| at + 1 < text.len()) {
        if at < taken {
            continue;
        }
        plain.extend_from_slice(&text[taken..at]);
        let (length, moves) = escape(&text[at + 1..]);
        if moves {
            plain.push(b' ');
        }
        taken = at + 1 + length;
    }
    plain.extend_from_slice(&text[taken..]);
    Cow::Owned(plain)
}

/// How many bytes belong to the escape sequence that begins so, behind its Esc, and whether it moves the cursor.
fn escape(rest: &[u8]) -> (usize, bool) {
    // No sequence goes over a line's end, or is so long.
    let rest = &rest[..rest.iter().take(200).take_while(|&&byte| byte != b'\n').count()];
    match rest {
        [b'[', parameters @ ..] => {
            let end = parameters.iter().position(|byte| !(b' '..=b'?').contains(byte));
            let last = end.map(|end| parameters[end]);
            (1 + end.map_or(parameters.len(), |end| end + 1), !matches!(last, Some(b'm' | b'K' | b'h' | b'l')))
        }
        [b']', words @ ..] => {
            let end = words.iter().position(|&byte| byte == 0x07 || byte == 0x1b);
            let two = end.is_some_and(|end| words[end] == 0x1b && words.get(end + 1) == Some(&b'\\'));
            (1 + end.map_or(words.len(), |end| end + 1 + usize::from(two)), false)
        }
        [b'(' | b')' | b'*' | b'+' | b'#' | b'%', _, ..] => (2, false),
        [b'D' | b'E' | b'M' | b'H' | b'c', ..] => (1, true),
        [b'=' | b'>' | b'7' | b'8' | b'Z', ..] => (1, false),
        _ => (0, false),
    }
}

/// `mac=00%3A0c%3A29%3Acd%3Ac7%3Ab2`
fn colons_of_urls(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let colon = |at: usize| {
        let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
        matches!(text.get(at..at + 3), Some(b"%3A" | b"%3a")) && digit(text[..at].last()) && digit(text.get(at + 3))
    };
    let mut plain = Vec::new();
    let mut taken = 0;
    for at in memchr::memchr_iter(b'%', &text).filter(|&at| colon(at)) {
        plain.extend_from_slice(&text[taken..at]);
        plain.push(b':');
        taken = at + 3;
    }
    if taken == 0 {
        return text;
    }
    plain.extend_from_slice(&text[taken..]);
    Cow::Owned(plain)
}

/// `Hex-STRING: 00 0C 29 CD C7 B2`, as `snmpwalk` prints a MAC; of more or fewer octets it is something else.
fn colons_of_octets(mut text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    static ANNOUNCED: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("Hex"));
    let places: Vec<usize> = ANNOUNCED.find_iter(&text).filter_map(|at| six_octets(&text, at + 3)).collect();
    for start in places {
        let octets = &mut text.to_mut()[start..start + 17];
        octets.iter_mut().skip(2).step_by(3).for_each(|space| *space = b':');
    }
    text
}

/// Where the six octets behind the word `Hex` begin.
fn six_octets(text: &[u8], behind: usize) -> Option<usize> {
    let rest = &text[behind..];
    let rest = rest.strip_prefix(b"-STRING").unwrap_or(rest).strip_prefix(b":")?;
    let octets = rest.trim_ascii_start();
    let mut pairs = octets.get(..17)?.chunks(3);
    let all = pairs.all(|pair| pair[..2].iter().all(u8::is_ascii_hexdigit) && matches!(pair[2..], [] | [b' ']));
    let more = match &octets[17..] {
        [b' ', byte, ..] | [byte, ..] => byte.is_ascii_alphanumeric(),
        [] => false,
    };
    (all && !more).then(|| text.len() - octets.len())
}

fn look_alikes(bytes: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_ascii() {
                folded.push(c as u8);
            } else {
                match stands_for(c) {
                    Some('\0') => {}
                    Some(plain) => folded.push(plain as u8),
                    None => folded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
            }
        }
        // Windows-1252 has the same characters as single bytes.
        folded.extend(chunk.invalid().iter().filter_map(|&byte| match byte {
            0x96 | 0x97 => Some(b'-'),
            0xa0 => Some(b' '),
            0x91..=0x94 => Some(b'"'),
            0xad => None,
            byte => Some(byte),
        }));
    }
    folded
}

/// The plain character that `c` stands for; NUL where it stands for nothing.
fn stands_for(c: char) -> Option<char> {
    Some(match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{2043}' => '-',
        '\u{ff1a}' | '\u{fe55}' | '\u{fe13}' | '\u{2236}' | '\u{a789}' | '\u{2d0}' | '\u{5c3}' => ':',
        '\u{ff0e}' | '\u{2024}' | '\u{fe52}' => '.',
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' => '"',
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => '\0',
        '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => {
            char::from_u32(c as u32 - 0xfee0)?
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{decode, fold};

    #[test]
    fn word_processors_marks_become_plain() {
        let text =
            "\u{201c}00\u{2013}0c\u{2011}29\u{ff0d}cd\u{2212}c7\u{200b}\u{2010}b2\u{201d}\u{a0}ｆｆ：０0 müller\n";
        assert_eq!(fold(text.as_bytes()).as_ref(), "\"00-0c-29-cd-c7-b2\" ff:00 müller\n".as_bytes());
        assert_eq!(fold(b"00\x960c\xa0\x93x\x94").as_ref(), b"00-0c \"x\"");
    }

    #[test]
    fn a_mac_is_read_as_urls_and_snmp_agents_write_it() {
        let plain = |text: &str| String::from_utf8(fold(text.as_bytes()).into_owned()).unwrap();
        assert_eq!(plain("?mac=00%3A0c%3a29%3Acd%3Ac7%3Ab2&x=%3A1"), "?mac=00:0c:29:cd:c7:b2&x=%3A1");
        for (written, read) in [
            ("Hex-STRING: 00 0C 29 CD C7 B2 \n", "Hex-STRING: 00:0C:29:CD:C7:B2 \n"),
            ("= Hex: 00 0C 29 CD C7 B2", "= Hex: 00:0C:29:CD:C7:B2"),
        ] {
            assert_eq!(plain(written), read);
        }
        for same in [
            "Hex-STRING: 00 0C 29 CD C7 B2 01\n",
            "Hex-STRING: 00 0C 29 CD C7\n",
            "Hex-STRING: 07 E8 05 01 0A 14 1E 00\n",
            "Hex dump 00 0C 29 CD C7 B2\n",
        ] {
            assert_eq!(plain(same), same);
        }
    }

    #[test]
    fn what_a_terminal_was_told_is_taken_out() {
        let plain = |text: &str| String::from_utf8(fold(text.as_bytes()).into_owned()).unwrap();
        for (written, read) in [
            ("lladdr \x1b[01;31m\x1b[K3c:52:82\x1b[m\x1b[K:aa:a0:01 STALE", "lladdr 3c:52:82:aa:a0:01 STALE"),
            ("---- More ----\x1b[16D      \x1b[16D3c52-82ab-0018", "---- More ----        3c52-82ab-0018"),
            ("10.0.0.1\x1b[24;20H3c:52", "10.0.0.1 3c:52"),
            ("\x1b]0;title\x07a\x1b]0;title\x1b\\b\x1b(Bc\x1b=d\x1bEe", "abcd e"),
            ("an Esc \x1b at large, and at the end \x1b", "an Esc  at large, and at the end \x1b"),
            ("\x1b]never ended\n3c:52\x1b[12", "\n3c:52 "),
        ] {
            assert_eq!(plain(written), read, "{written:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_windows_1252() {
        assert_eq!(decode(b"M\xfcller"), "Müller");
        assert_eq!(decode("Müller".as_bytes()), "Müller");
    }
}
