//! Any MAC in any notation in any surroundings is found; any text without one yields none.

use gears_console::intake::{Options, read_argument};
use gears_console::model::{Found, Mac};
use proptest::prelude::*;

use super::support::{paste, read_bytes, read_source, text};

/// A MAC that can be a device's and has a letter in it, so that nothing else is written like it.
fn mac() -> impl Strategy<Value = Mac> {
    any::<[u8; 6]>().prop_map(|mut octets| {
        octets[0] &= 0xfc;
        octets[3] = octets[3] & 0x0f | 0xc0;
        Mac::new(octets)
    })
}

/// The notations. Those after `STRONG` say by themselves that they are a MAC's; the others can be something else too.
const NOTATIONS: usize = 11;

fn write(mac: Mac, notation: usize, capitals: bool) -> String {
    let octets = mac.octets();
    let pairs = octets.map(|octet| format!("{octet:02x}"));
    let bare = pairs.concat();
    let client = format!("01{bare}");
    let groups = |digits: &str, length: usize, separator: &str| {
        let groups: Vec<&str> =
            digits.as_bytes().chunks(length).map(|group| std::str::from_utf8(group).unwrap()).collect();
        groups.join(separator)
    };
    let text = match notation {
        0 => pairs.join(":"),
        1 => pairs.join("-"),
        2 => octets.map(|octet| format!("{octet:x}")).join(":"),
        3 => groups(&bare, 4, "."),
        4 => groups(&bare, 4, "-"),
        5 => groups(&bare, 4, ":"),
        6 => groups(&bare, 6, "-"),
        7 => groups(&bare, 6, ":"),
        8 => groups(&client, 2, ":"),
        9 => groups(&client, 4, "."),
        _ => bare,
    };
    if capitals { text.to_uppercase() } else { text }
}

/// What may stand around a MAC.
const AROUND: [(&str, &str); 22] = [
    ("", ""),
    ("the laptop ", " is lost"),
    ("(", ")"),
    ("[", "]"),
    ("<", ">"),
    ("\"", "\""),
    ("'", "'"),
    ("MAC=", " "),
    ("mac:", ","),
    ("MAC address: ", "."),
    ("hwaddr ", ";"),
    ("Physical Address. . . . . . . . . : ", "\r"),
    ("? (10.0.0.7) at ", " [ether] on eth0"),
    ("  20    ", "    DYNAMIC     Gi1/0/7"),
    ("10.0.0.7,", ",LT-1"),
    ("\u{201c}", "\u{201d}"),
    ("\u{a0}", "\u{a0}"),
    ("地址", "的"),
    ("\t", "\t"),
    ("\u{1b}[33m", "\u{1b}[0m"),
    ("seen\\n", "\\n"),
    ("0123:4567::89ab ", " 550e8400-e29b-41d4-a716-446655440000"),
];

/// What a word processor makes of a text.
fn look_alike(text: &str, kind: usize) -> String {
    match kind {
        0 => text.replace('-', "\u{2011}").replace(':', "\u{ff1a}"),
        1 => text.replace('-', "\u{2013}").replace(':', ":\u{200b}"),
        2 => text
            .chars()
            .map(|c| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c })
            .collect(),
        _ => text.to_owned(),
    }
}

fn macs(found: &[Found]) -> Vec<Mac> {
    found.iter().flat_map(|found| if let Found::Row(row) = found { row.macs.to_vec() } else { Vec::new() }).collect()
}

/// `PROPTEST_CASES` in the environment asks for more.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_mac_is_found(mac in mac(), notation in 0..NOTATIONS, capitals: bool, around in 0..AROUND.len(), kind in 0_usize..6) {
        let (before, after) = AROUND[around];
        let written = look_alike(&write(mac, notation, capitals), kind);
        // Twelve digits alone need a digit in them, and no pointer's beginning.
        prop_assume!(notation < 10 || written.bytes().any(|byte| byte.is_ascii_digit()));
        let source = format!("Hello,\n{before}{written}{after}\nRegards\n");
        let found = read_source(&text(&source), &Options::default()).unwrap();
        prop_assert_eq!(macs(&found), [mac], "{}", source);
        let line = match &found[0] { Found::Row(row) => row.line, Found::Unreadable { line, .. } => *line, Found::Sheet(_) => 0 };
        prop_assert_eq!(line, 2);
    }

    #[test]
    fn any_mac_is_an_argument_and_a_cell(mut octets: [u8; 6], notation in 0..NOTATIONS, capitals: bool) {
        octets[0] &= 0xfe;
        let mac = Mac::new(octets);
        prop_assume!(mac.check_device().is_ok());
        let written = write(mac, notation, capitals);
        prop_assert_eq!(read_argument(&written, None).map(|row| row.macs.to_vec()), Some(vec![mac]));
        let found = paste(&format!("mac,host\n{written},LT-1\n"));
        prop_assert_eq!(found, [format!("2 {mac}, host LT-1")]);
    }

    #[test]
    fn text_without_a_mac_yields_none(words in prop::collection::vec(innocent(), 0..20), separators in prop::collection::vec("[ ,;\n\t]|\\. |: ", 20)) {
        let source: String = words.iter().zip(&separators).flat_map(|(word, separator)| [word.as_str(), separator]).collect();
        let found = read_source(&text(&format!("- {source}")), &Options::default()).unwrap();
        prop_assert_eq!(macs(&found), [], "{}", source);
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(found) = read_bytes(&bytes) {
            for one in found {
                if let Found::Row(row) = one {
                    prop_assert!(!row.macs.is_empty() || row.hwid.is_some());
                }
            }
        }
    }
}

/// Words that are no MAC, though some are made of the same letters.
fn innocent() -> impl Strategy<Value = String> {
    prop_oneof![
        "[g-z]{1,12}",
        "[0-9]{1,11}",
        "[0-9a-f]{13,40}",
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}",
        "[0-9a-f]{4}(:[0-9a-f]{4}){7}",
        "fe80::[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}",
        "2001:db8::[0-9a-f]{1,4}:[0-9a-f]{1,4}",
        "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "[0-9a-f]{2}(:[0-9a-f]{2}){7}",
        "[0-9a-f]{2}(:[0-9a-f]{2}){15}",
        "1\\.3\\.6\\.1(\\.[0-9]{1,4}){4,12}",
        "[A-Z]{2}[0-9]{4,8}[A-Z]",
        "Gi[0-9]/[0-9]/[0-9]{1,2}",
    ]
}

#[test]
fn a_line_that_ends_with_a_colon_costs_no_mac_below_it() {
    let mac = "00:0c:29:cd:c7:b2";
    for above in [
        "Please renew this device:",
        "Interface:",
        "Mac-Adresse:",
        "Ticket 12:",
        "Floor 3:\n",
        "seen at 10:12:",
        "since 10:12:30:",
        "00:0c:29:cd:c7:b3:",
        "lost: 000c.29cd.c7b4.",
    ] {
        for notation in [mac, "000c.29cd.c7b2"] {
            let found = paste(&format!("Hello,\n{above}\n{notation}\nThank you.\n"));
            assert!(found.iter().any(|found| found.contains(mac)), "{above} {notation}: {found:?}");
        }
    }
    // The end of a key is none.
    let key = "    00:b0:4c:22:61:8e:1f:5a:90:11:23:45:67:89:ab:\n    cd:ef:01:23:45:67\n";
    assert_eq!(paste(key), [""; 0]);
}

#[test]
fn a_first_line_with_an_id_is_no_columns_name() {
    for line in [
        "MAC=000c29cdc7b2",
        "MAC: 000c29cdc7b2",
        "MAC 000c29cdc7b2 seen",
        "MAC:0x000c29cdc7b2",
        "MAC=\"000c29cdc7b2\"",
        "MACADDR=000c29cdc7b2",
        "mac address: 00:0c:29:cd:c7:b2",
        "MAC 000c29-cdc7b2",
        "MAC=01000c29cdc7b2",
        "MAC\u{ff1a}000c29cdc7b2",
    ] {
        for below in ["", "\nMAC=000c29cdc7b3\nMAC=000c29cdc7b4\n"] {
            let found = paste(&format!("{line}{below}"));
            assert!(found[0].contains("00:0c:29:cd:c7:b2"), "{line}: {found:?}");
            assert_eq!(found.len(), if below.is_empty() { 1 } else { 3 }, "{line}: {found:?}");
        }
    }
    assert!(paste("MAC ffffffffffff seen")[0].contains("broadcast"));
    // A name is one.
    assert_eq!(paste("MAC address\n000c29cdc7b2\nnonsense\n").len(), 2);
}

#[test]
fn what_is_written_as_a_mac_is_judged_by_what_stands_around_it() {
    for nothing in [
        "12:34:56:78:90:12 ERROR something failed",
        "12:34:56:78:90:12 [info] started",
        "Jan 10 12:34:56:78:90:12 host sshd[1]: closed",
        "Mon 10 Jan 12:34:56:78:90:12 closed",
        "Message-ID: <000c29cdc7b2@mail.example.org>",
        "firmware 000c.28cd.c7b2.1234",
        "license 0000.0c29.cdc7.b211",
        "Message-ID: <000001d9c0e4$8b2a1f10$a17e5d30$@corp.com>",
        "References: <000001d9c0e4$8b2a1f10$a17e5d30$@corp.com>\n\t<000001d9c0e5$8b2a1f10$a17e5d30$@corp.com>",
        "by mx.corp.com (Postfix) with ESMTP id 9C2B41A0D5C8 for <anna@corp.com>",
        "Nov 26 08:00:00 mx postfix/smtpd[1]: 9C2B41A0D5C8: client=unknown",
        "250 2.0.0 Ok: queued as 9C2B41A0D5C8",
        "Seriennummer: FCE2B4C6D8E0",
        "Num\u{e9}ro de s\u{e9}rie : FCE2B4C6D8E0",
        "Passwort: 5CD123456780",
        "10:20:30:40:50:60::1",
        "::ffff:12:34:56:78:90:12",
        "Laufzeit 02:04:06:08:10:12",
        "Bus 001 Device 004: USB 046d:c52b:0001 receiver",
        "USB ID: 046d:c52b:0001",
        "Serial Number: 00:0c:29:cd:c7:b2",
        "        Serial Number:\n            00:0c:29:cd:c7:b2",
        "Subject Key Identifier: 00:0C:29:CD:C7:B2",
        "keyid:00:0C:29:CD:C7:B2",
        "the octets are 00 0c 29 cd c7 b2",
        "order 123456789012 of today",
    ] {
        assert_eq!(paste(&format!("Hello,\nlook at this:\n{nothing}\nThank you.\n")), [""; 0], "{nothing}");
    }
    for (text, mac) in [
        ("? (10.0.0.7) at 12:34:56:78:90:12 [ether] on eth0", "12:34:56:78:90:12"),
        ("the PC 00:50:56:12:34:56 of May is slow", "00:50:56:12:34:56"),
        ("the PC 00:50:56:12:34:56\nError 5 is what it shows", "00:50:56:12:34:56"),
        ("2: enx005056c00008: <BROADCAST> mtu 1500", "00:50:56:c0:00:08"),
        ("wlx00c0ca5a1b2c is down", "00:c0:ca:5a:1b:2c"),
        ("root 8001.000c.29cd.c7b2 cost 4", "00:0c:29:cd:c7:b2"),
        ("Host   Serial number\n00:0c:29:cd:c7:b2   4711", "00:0c:29:cd:c7:b2"),
        ("lladdr \u{1b}[01;31m\u{1b}[K3c:52:82:aa:a0:01\u{1b}[m\u{1b}[K STALE", "3c:52:82:aa:a0:01"),
        ("---- More ----\u{1b}[16D                \u{1b}[16D3c52-82ab-0018 10/-/-", "3c:52:82:ab:00:18"),
        ("\u{1b}[24;1H3c:52:82:aa:a0:01", "3c:52:82:aa:a0:01"),
        ("the mac address of my pc is 305282004020", "30:52:82:00:40:20"),
        ("client identifier 00:0c:29:cd:c7:b2", "00:0c:29:cd:c7:b2"),
        ("the docking station's USB 00:0c:29:cd:c7:b2", "00:0c:29:cd:c7:b2"),
        ("BRIDGE-MIB::dot1dTpFdbAddress.0.12.41 = Hex-STRING: 00 0C 29 CD C7 B2 ", "00:0c:29:cd:c7:b2"),
        ("https://portal/guest?mac=00%3A0c%3A29%3Acd%3Ac7%3Ab2&ip=10.0.0.7", "00:0c:29:cd:c7:b2"),
    ] {
        let found = paste(&format!("Hello,\nlook at this:\n{text}\nThank you.\n"));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(mac), "{text}: {found:?}");
    }
    // Six octets with spaces are one where nothing else can be meant.
    assert_eq!(paste("host,mac\nLT-1,00 0C 29 CD C7 B2\nLT-2,00 11 22 33 44 55\n").len(), 2);
    assert_eq!(paste("00 0C 29 CD C7 B2\n00 0C 29 CD C7 B3\n"), ["1 00:0c:29:cd:c7:b2", "2 00:0c:29:cd:c7:b3"]);
    assert_eq!(paste("Lottery:\n03 11 19 24 33 41\n07 11 19 24 33 41\n"), [""; 0]);
    // A number among MACs of its notation is one of them.
    let table = "  12  000c29cdc7b2  dynamic  Gi1/0/1\n  12  005056123456  dynamic  Gi1/0/2\n  12  000c29cdc7b3  dynamic  Gi1/0/3\n";
    assert_eq!(paste(table).len(), 3);
}
