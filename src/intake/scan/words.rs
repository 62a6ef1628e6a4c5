//! The words before a text that could be a MAC, and what they say of it.

/// What the words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaning {
    /// It is a MAC.
    Mac,
    /// It is something else.
    Other,
    /// They say nothing.
    Neither,
}

/// How far back words are looked for, in bytes, and how many of them count.
const REACH: usize = 64;
const COUNT: usize = 3;
/// A word that says MAC counts from further away: `the mac address of my pc is`.
const COUNT_MAC: usize = 6;

/// Words after which a number is a MAC.
#[rustfmt::skip]
fn mac_word(word: &[u8]) -> bool {
    matches!(word,
        b"mac" | b"macs" | b"address" | b"addresses" | b"addr" | b"ether" | b"ethernet" | b"eth" | b"hwaddr"
        | b"hwaddress" | b"lladdr" | b"physical" | b"hardware" | b"hw" | b"station" | b"sta" | b"bssid" | b"wlan"
        | b"wifi" | b"wi" | b"lan" | b"nic" | b"adapter" | b"chaddr" | b"dhcp" | b"client" | b"clientid"
        | b"endpoint" | b"supplicant")
}

/// Words after which a number is anything but a MAC.
#[rustfmt::skip]
fn other_word(word: &[u8]) -> bool {
    matches!(word,
        b"serial" | b"serialnumber" | b"sn" | b"s/n" | b"part" | b"partnumber" | b"pn" | b"p/n" | b"model" | b"sku"
        | b"order" | b"po" | b"invoice" | b"sha" | b"sha1" | b"sha256" | b"sha512" | b"md5" | b"hash" | b"digest"
        | b"commit" | b"rev" | b"revision" | b"checksum" | b"crc" | b"crc32" | b"fingerprint" | b"uuid" | b"guid"
        | b"oid" | b"version" | b"ver" | b"v" | b"build" | b"firmware" | b"fw" | b"key" | b"token" | b"password"
        | b"secret" | b"container" | b"image" | b"docker" | b"case" | b"phone" | b"tel" | b"telephone" | b"fax"
        | b"mobile" | b"call" | b"card" | b"iban" | b"account" | b"license" | b"licence" | b"imei" | b"meid"
        | b"iccid" | b"time" | b"date" | b"timestamp" | b"uptime" | b"elapsed" | b"duration" | b"tag" | b"blob"
        | b"tree" | b"parent" | b"etag" | b"cookie" | b"session" | b"request" | b"trace" | b"traceid" | b"span"
        | b"transaction" | b"asset" | b"barcode" | b"ean" | b"isbn" | b"pid" | b"pointer" | b"ptr" | b"offset"
        | b"rip" | b"rsp" | b"wwn" | b"wwpn" | b"eui" | b"eui64" | b"isis" | b"lsp" | b"system-id" | b"product"
        | b"esmtp" | b"esmtps" | b"esmtpa" | b"esmtpsa" | b"smtp" | b"lmtp" | b"queued" | b"seriennummer" | b"seriennr"
        | b"serie" | b"s\xc3\xa9rie" | b"passwort" | b"kennwort" | b"passe" | b"contrase\xc3\xb1a" | b"pin" | b"psk" | b"tracking"
        | b"sendungsnummer" | b"inventarnummer" | b"inventarnr" | b"bestellnummer" | b"auftragsnummer" | b"kundennummer"
        | b"rechnungsnummer" | b"artikelnummer" | b"telefon" | b"handy" | b"errorcode" | b"fehlercode"
        | b"bios" | b"fixes" | b"merge" | b"branch" | b"cherry" | b"reverts" | b"sig" | b"signature" | b"thumbprint"
        | b"cert" | b"certificate" | b"index" | b"semaphore" | b"address-family" | b"lot" | b"batch")
}

/// Whether the last words of the text announce a certificate's sum, number or key, which may have as many pairs as a MAC.
/// Over a line's end only where a colon stands before it: a column's name says nothing of the line below.
pub(super) fn certificate_before(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [
        b"cert",
        b"certificate",
        b"fingerprint",
        b"thumbprint",
        b"serial",
        b"serial number",
        b"serialnumber",
        b"key identifier",
        b"keyid",
    ];
    let text = &text[text.len().saturating_sub(64)..];
    let words = text.trim_ascii_end();
    let below = text[words.len()..].contains(&b'\n');
    let named = words.strip_suffix(b":").or_else(|| words.strip_suffix(b"="));
    if below && named.is_none() {
        return false;
    }
    let words = named.unwrap_or(words).trim_ascii_end();
    // This is asked of every MAC: the last letter rules out most words.
    matches!(words.last(), Some(b't' | b'T' | b'e' | b'E' | b'l' | b'L' | b'r' | b'R' | b'd' | b'D'))
        && WORDS.iter().any(|word| {
            let start = words.len().saturating_sub(word.len());
            words[start..].eq_ignore_ascii_case(word) && !words[..start].last().is_some_and(u8::is_ascii_alphanumeric)
        })
}

/// Whether a USB device's ids come next: `USB 046d:c52b:0001` is its vendor, its product and its release.
pub(super) fn usb_before(text: &[u8]) -> bool {
    let text = text[text.len().saturating_sub(16)..].trim_ascii_end();
    let text = text.strip_suffix(b":").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let word = &text[text.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |end| end + 1)..];
    [&b"usb"[..], b"vid", b"idvendor"].iter().any(|usb| word.eq_ignore_ascii_case(usb))
        || text.to_ascii_lowercase().ends_with(b"usb id")
}

/// What the nearest words before `at`, on its line and in its column, say of it.
pub(super) fn before(text: &[u8], at: usize) -> Leaning {
    let floor = at.saturating_sub(REACH);
    let mut end = at;
    for nth in 0..COUNT_MAC {
        let Some(word) = word_before(text, floor, end, nth > 0) else { break };
        let lower = text[word.clone()].to_ascii_lowercase();
        let leaning = leaning(&lower);
        match leaning {
            Leaning::Mac => return leaning,
            Leaning::Other if nth < COUNT => return leaning,
            // What is that far away may be of something else: nothing is said.
            Leaning::Other => break,
            Leaning::Neither => {}
        }
        // `Chassis id` is what LLDP calls a neighbour's MAC; the chassis itself has a serial number.
        if lower == b"chassis" && text[word.end..at].trim_ascii_start().to_ascii_lowercase().starts_with(b"id") {
            return Leaning::Mac;
        }
        end = word.start;
    }
    Leaning::Neither
}

fn leaning(lower: &[u8]) -> Leaning {
    if other_word(lower) || lower.starts_with(b"serial") || lower.starts_with(b"postfix/") {
        Leaning::Other
    } else if mac_word(lower) || lower.starts_with(b"mac") || lower.ends_with(b"mac") || lower.ends_with(b"macaddress")
    {
        Leaning::Mac
    } else {
        Leaning::Neither
    }
}

/// The word that ends last before `end`; not over a line's end, and not over a column's where `same_column`.
fn word_before(text: &[u8], floor: usize, end: usize, same_column: bool) -> Option<std::ops::Range<usize>> {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'/' || byte >= 0x80;
    let mut spaces = 0;
    let mut last = end;
    while last > floor && !in_word(text[last - 1]) {
        last -= 1;
        spaces = if text[last] == b' ' { spaces + 1 } else { 0 };
        let column_ends = spaces > 1 || matches!(text[last], b'\t' | b',' | b';' | b'|');
        if matches!(text[last], b'\n' | b'\r') || (same_column && column_ends) {
            return None;
        }
    }
    let start = last - text[floor..last].iter().rev().take_while(|&&byte| in_word(byte)).count();
    (start < last).then_some(start..last)
}

/// Whether the text goes on with the level of a log's line, so that what stands before it is its time.
pub(super) fn log_level_after(text: &[u8]) -> bool {
    // Not over the line's end: what the next line begins with says nothing of this one.
    let blank = text.iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    let word = text[blank..].strip_prefix(b"[").unwrap_or(&text[blank..]);
    let word = &word[..word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()];
    [&b"trace"[..], b"debug", b"info", b"notice", b"warn", b"warning", b"error", b"err", b"crit", b"critical", b"fatal"]
        .iter()
        .any(|level| word.eq_ignore_ascii_case(level))
}

/// Whether the word is a month's name, as logs write it.
fn is_month(word: &[u8]) -> bool {
    const MONTHS: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    MONTHS.iter().any(|month| word.eq_ignore_ascii_case(*month))
}

/// Whether a date stands directly before `at`, or a word that announces a time.
pub(super) fn time_before(text: &[u8], at: usize) -> bool {
    let head = &text[at.saturating_sub(REACH)..at];
    let head = head.strip_suffix(b"T").unwrap_or_else(|| head.trim_ascii_end());
    let start =
        head.iter().rposition(|byte| !(byte.is_ascii_digit() || b"-/.".contains(byte))).map_or(0, |space| space + 1);
    let token = &head[start..];
    let marks = token.iter().filter(|byte| !byte.is_ascii_digit()).count();
    if marks == 2 && (6..=10).contains(&token.len()) && token[0].is_ascii_digit() {
        return true;
    }
    let Some(word) = word_before(head, 0, head.len(), false) else { return false };
    // `Jan 10`, `10 Jan`
    let day = head[word.clone()].iter().all(u8::is_ascii_digit) && word.len() <= 2;
    let month = if day { word_before(head, 0, word.start, false) } else { Some(word.clone()) };
    if month.is_some_and(|month| is_month(&head[month])) {
        return true;
    }
    let word = head[word].to_ascii_lowercase();
    matches!(
        word.as_slice(),
        b"time"
            | b"zeit"
            | b"laufzeit"
            | b"uhrzeit"
            | b"dauer"
            | b"heure"
            | b"hora"
            | b"tijd"
            | b"date"
            | b"timestamp"
            | b"uptime"
            | b"elapsed"
            | b"duration"
            | b"since"
            | b"started"
            | b"ended"
            | b"clock"
    )
}
