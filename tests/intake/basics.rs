//! Plain text, tables, arguments and errors.

use std::ffi::OsString;

use gears_console::intake::{Options, Source, read_argument, sources};
use gears_console::model::{Found, IdMode, ReadAs};

use super::support::*;

#[test]
fn a_list_of_ids_says_what_it_cannot_read() {
    let found = paste(
        "00:0c:29:cd:c7:b2\r\n\r\n000C.29CD.C7B3\n# a comment\nthe printer\n  \"000c29cdc7b4\",\nff-ff-ff-ff-ff-ff\n0:c:29:cd:c7:b5",
    );
    assert_eq!(
        found,
        [
            "1 00:0c:29:cd:c7:b2",
            "3 00:0c:29:cd:c7:b3",
            "5! the printer: no MAC",
            "6 00:0c:29:cd:c7:b4",
            "7! ff-ff-ff-ff-ff-ff: the broadcast address, not a device",
            "8 00:0c:29:cd:c7:b5",
        ]
    );
}

#[test]
fn prose_is_no_list() {
    let found = paste(
        "Hello,\nthe laptop of Anna (MAC 00-0C-29-CD-C7-B2) has no address since 12:34:56.\n\
         Its serial is 9C1234567890, the switch says 000c.29cd.c7b3, 000c29-cdc7b4.\n\
         Wrong: 00:0c:29:cd:c7 and 00:0c:29:cd:c7:bO or 00-0c-2g-cd-c7-b2\nRegards, Ben\n",
    );
    assert_eq!(
        found,
        [
            "2 00:0c:29:cd:c7:b2",
            "3 00:0c:29:cd:c7:b3",
            "3 00:0c:29:cd:c7:b4",
            "4! 00:0c:29:cd:c7: five pairs of digits, a MAC has six",
            "4! 00:0c:29:cd:c7:bO: a letter in it is no hex digit (0 to 9, a to f)",
            "4! 00-0c-2g-cd-c7-b2: a letter in it is no hex digit (0 to 9, a to f)",
        ]
    );
}

#[test]
fn hwids_need_the_mode_or_the_prefix() {
    let list = "KZ60M9CW7L1L218D\nhwid:HWID123\n000C29CDC7B2\n00:0c:29:cd:c7:b3\nRegards\n";
    let found = short(&read_source(&text(list), &hwid_mode()).unwrap());
    assert_eq!(
        found,
        [
            "1 hwid KZ60M9CW7L1L218D",
            "2 hwid HWID123",
            "3 hwid 000C29CDC7B2",
            "4 00:0c:29:cd:c7:b3",
            "5! Regards: no hardware id (7 to 64 letters, digits, - or _) and no MAC",
        ]
    );
    assert_eq!(paste("see hwid:HWID123 there\nKZ60M9CW7L1L218D"), ["1 hwid HWID123"]);
}

#[test]
fn a_table_is_read_by_its_header() {
    let found = paste(
        "Export of 2024-05-01\nHostname;MAC Address;Owner;Device ID;AP MAC;Ticket\n\
         LT-00017;00-0C-29-CD-C7-B2;anna.smith;KZ60M9CW7L1L218D;00:11:22:33:44:55;INC1\n\
         \n\"LT;18\";\"000C29CDC7B3\";\"ben \"\"b\"\" jones\";;;\nLT-19;n/a;;;;\nLT-20;00:0c:29:cd;;HWID124;;\nLT-21;;;;;see 00:0c:29:cd:c7:b9\n",
    );
    assert_eq!(
        found,
        [
            "3 00:0c:29:cd:c7:b2, hwid KZ60M9CW7L1L218D, host LT-00017, user anna.smith, note INC1",
            "5 00:0c:29:cd:c7:b3, host LT;18, user ben \"b\" jones",
            "6! LT-19 | n/a |  |  |  |: no MAC and no hardware id in this row",
            "7 hwid HWID124, host LT-20",
            "7! 00:0c:29:cd: not a MAC address",
            "8 00:0c:29:cd:c7:b9, host LT-21, note see 00:0c:29:cd:c7:b9",
        ]
    );
}

#[test]
fn a_table_without_a_header_is_read_by_its_cells() {
    for separator in [",", ";", "\t", "|"] {
        let rows = [["LT-00017", "00:0c:29:cd:c7:b2", "ACME\\anna"], ["LT-00018", "00:0c:29:cd:c7:b3", "ACME\\ben"]];
        let table: Vec<String> = rows.iter().map(|row| row.join(separator)).collect();
        assert_eq!(
            paste(&table.join("\r\n")),
            [
                "1 00:0c:29:cd:c7:b2, host LT-00017, user ACME\\anna",
                "2 00:0c:29:cd:c7:b3, host LT-00018, user ACME\\ben"
            ],
            "{separator}"
        );
    }
}

#[test]
fn a_clear_header_needs_no_ids_in_the_first_rows() {
    // An export that is sorted by its ids begins with the rows that have none.
    let late = |header: &str, blank: &dyn Fn(usize) -> String, good: &dyn Fn(usize) -> String| {
        let rows = (1..=100).map(blank).chain((1..=70).map(good)).collect::<Vec<_>>();
        paste(&format!("{header}\n{}\n", rows.join("\n")))
    };
    let found = late("hwid,host", &|n| format!(",LT-{n}"), &|n| format!("KZ60M9CW7L{n:03}D,PC-{n}"));
    assert_eq!(found[0], "2! | LT-1: no MAC and no hardware id in this row");
    assert_eq!(found[100..].len(), 70);
    assert_eq!(found[169], "171 hwid KZ60M9CW7L070D, host PC-70");
    let found = late("mac;Host name;user;IP", &|n| format!(";LT-{n};anna;10.0.0.{n}"), &|n| {
        format!("00-0c-29-cd-c7-{n:02x};PC-{n};ben;")
    });
    assert_eq!(found[169], "171 00:0c:29:cd:c7:46, host PC-70, user ben");
    let found =
        late("mac,hwid,host", &|n| format!("not enrolled,no,LT-{n}"), &|n| format!("00-0c-29-cd-c7-{n:02x},,PC-{n}"));
    assert_eq!(found[0], "2! not enrolled: not a MAC address");
    assert_eq!(found[200], "102 00:0c:29:cd:c7:01, host PC-1");
}

#[test]
fn a_clear_header_lets_no_wrong_id_pass_in_silence() {
    let found = paste("Export\nhwid,host\nnot enrolled,a\nnot enrolled,b\nnot enrolled,c\nHWID123,d\n");
    assert_eq!((found.len(), found[3].as_str()), (4, "6 hwid HWID123, host d"), "{found:?}");
    assert!(found[0].starts_with("3! not enrolled: "), "{found:?}");
    let found = paste("hwid,host\nAbC123,LT-2");
    assert!(found.len() == 1 && found[0].starts_with("2! AbC123: "), "{found:?}");
}

#[test]
fn words_with_commas_are_no_header() {
    for text in [
        "Hello,\nplease send me the\nMAC, host\nof it\nas soon as you can, Ben\nRegards\n",
        "name,kind,os\nLT-1,PC,Mac\nLT-2,PC,Windows\nLT-3,PC,Windows\n",
        "device,mac\n",
        "user,host\nanna,LT-1\n",
        "Mac, host of 2024-05-01, 12:00, 3 new, 4 old\none,2,3,4,5\n",
    ] {
        assert_eq!(paste(text), [""; 0], "{text}");
    }
}

#[test]
fn lines_are_counted_over_empty_ones_and_cells_with_breaks() {
    for end in ["\n", "\r\n", "\r"] {
        let table = [
            "mac,note",
            "",
            "00:0c:29:cd:c7:b2,\"two",
            "lines\"",
            "",
            "",
            "00:0c:29:cd:c7:b3,x",
            "00:0c:29:cd:c7:b4,y",
        ]
        .join(end);
        let lines: Vec<String> = paste(&table).iter().map(|line| line.split(',').next().unwrap().to_owned()).collect();
        assert_eq!(lines, ["3 00:0c:29:cd:c7:b2", "7 00:0c:29:cd:c7:b3", "8 00:0c:29:cd:c7:b4"], "{end:?}");
    }
}

fn arguments(of: &[&str], mode: Option<IdMode>) -> Result<Vec<Source>, String> {
    let all: Vec<OsString> = of.iter().map(OsString::from).collect();
    sources(&all, mode).map_err(|error| error.to_string())
}

#[test]
fn an_argument_is_a_file_or_a_device() {
    let (_keep, Source::File(path)) = file(b"00:0c:29:cd:c7:b2") else { panic!() };
    let all = arguments(&["-", "00-0C-29-CD-C7-B2", path.to_str().unwrap(), "KZ60M9CW7L1L218D", "hwid:regards"], None)
        .unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0], Source::Stdin);
    let Source::Rows { name, rows } = &all[1] else { panic!("{all:?}") };
    assert_eq!(name.as_ref(), "argument");
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 5]);
    assert_eq!(all[2], Source::File(path));
}

#[test]
fn a_missing_file_is_never_a_device() {
    for name in [
        "wifilist",
        "devices2",
        "LT-00017",
        "win10list",
        "list.txt",
        "./lists/wifi",
        "2024-05-01",
        "report2024final",
        "gesperrt",
    ] {
        assert_eq!(read_argument(name, None), None, "{name}");
        assert_eq!(read_argument(name, Some(IdMode::Hwid)), None, "{name}");
        let error = arguments(&[name], None).unwrap_err();
        assert!(error.contains(name) && error.contains("neither a file nor"), "{error}");
    }
    for hwid in
        ["KZ60M9CW7L1L218D", "0CQN6GRVGU2F1", "HWID123", "12ds44f5gacd52234", "b3cb8d0434286208f8f187f0e75f63b5"]
    {
        assert_eq!(read_argument(hwid, None).and_then(|row| row.hwid).map(|id| id.to_string()).as_deref(), Some(hwid));
    }
}

#[test]
fn twelve_digits_follow_the_mode() {
    assert!(read_argument("000C29CDC7B2", None).unwrap().hwid.is_none());
    assert_eq!(read_argument("000C29CDC7B2", Some(IdMode::Hwid)).unwrap().hwid.unwrap().as_str(), "000C29CDC7B2");
    assert_eq!(read_argument("00:0c:29:cd:c7:b2", Some(IdMode::Hwid)).unwrap().macs.len(), 1);
}

#[test]
fn errors_name_the_thing() {
    let folder = tempfile::tempdir().unwrap();
    let error = arguments(&[folder.path().to_str().unwrap()], None).unwrap_err();
    assert!(error.contains("is a folder"), "{error}");
    let error = arguments(&["-", "-"], None).unwrap_err();
    assert!(error.contains("once"), "{error}");
    let error = arguments(&["ff:ff:ff:ff:ff:ff"], None).unwrap_err();
    assert!(error.contains("broadcast"), "{error}");
    for (bytes, words) in [
        (&b""[..], "list.txt is empty"),
        (b" \r\n", "list.txt is empty"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (&[0, 1, 2, 0, 9, 7], "is a binary file"),
    ] {
        let error = read_bytes(bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let missing = Source::File(folder.path().join("gone.csv"));
    let error = read_source(&missing, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("there is no file") && error.contains("gone.csv"), "{error}");
}

#[test]
fn what_stands_behind_an_id_is_its_note() {
    let found = paste(
        "00:0c:29:cd:c7:b2  LT-00017 anna.smith\n000c.29cd.c7b3\tPC-00021\n\n00:0c:29:cd:c7:b4\nnot yet known: LT-00018\n",
    );
    assert_eq!(
        found,
        [
            "1 00:0c:29:cd:c7:b2, note LT-00017 anna.smith",
            "2 00:0c:29:cd:c7:b3, note PC-00021",
            "4 00:0c:29:cd:c7:b4",
            "5! not yet known: LT-00018: no MAC",
        ]
    );
}

#[test]
fn hwids_of_a_table_without_a_header_need_the_mode() {
    let table = "LT-00017,KZ60M9CW7L1L218D\nLT-00018,0CQN6GRVGU2F1\n";
    assert_eq!(
        short(&read_source(&text(table), &hwid_mode()).unwrap()),
        ["1 hwid KZ60M9CW7L1L218D, host LT-00017", "2 hwid 0CQN6GRVGU2F1, host LT-00018"]
    );
    assert_eq!(paste(table), [""; 0]);
}

#[test]
fn a_list_may_have_its_columns_name_above() {
    assert_eq!(
        paste("Device ID\nabcdefgh\n000C29CDC7B2\nno id\n"),
        [
            "2 hwid abcdefgh",
            "3 hwid 000C29CDC7B2",
            "4! no id: no hardware id (7 to 64 letters, digits, - or _) and no MAC"
        ]
    );
    assert_eq!(paste("MAC address:\n001122334455\n"), ["2 00:11:22:33:44:55"]);
}

#[test]
fn macs_that_are_keys_of_json_are_devices() {
    assert_eq!(paste("{\"00:0c:29:cd:c7:b2\":{\"host\":\"LT-1\"}}"), ["1 00:0c:29:cd:c7:b2, host LT-1"]);
    assert_eq!(paste("{\"00:0c:29:cd:c7:b2\":\"LT-1\"}"), ["1 00:0c:29:cd:c7:b2, host LT-1"]);
    let lines = "{\"00:0c:29:cd:c7:b2\":\"LT-1\"}\n{\"000c29cdc7b3\":{\"user\":\"anna\"},\"00-0c-29-cd-c7-b4\":null}\n";
    let three = ["1 00:0c:29:cd:c7:b2, host LT-1", "2 00:0c:29:cd:c7:b3, user anna", "2 00:0c:29:cd:c7:b4"];
    assert_eq!(paste(lines), three);
    let array = format!("[\n{}]", lines.replace("}\n{", "},\n{"));
    let one_line_later = three.map(|found| format!("{}{}", if found.starts_with('1') { 2 } else { 3 }, &found[1..]));
    assert_eq!(paste(&array), one_line_later);
}

#[test]
fn keys_beside_macs_are_read_as_before() {
    let object = [
        "{",
        "\"count\": 3, \"taken\": \"2024-05-01\", \"202405011200\": \"begin\",",
        "\"00:0c:29:cd:c7:b2\": {\"host\": \"LT-1\", \"hwid\": \"HWID123\", \"nic\": {\"mac\": \"00:0c:29:cd:c7:b3\"}},",
        "\"00:0c:29:cd:c7\": \"LT-2\",",
        "\"ff:ff:ff:ff:ff:ff\": {\"host\": \"all\"},",
        "\"00:0c:29:cd:c7:b4\": [{\"mac\": \"00:0c:29:cd:c7:b5\"}, {\"note\": \"a switch\"}],",
        "\"site\": {\"name\": \"Kiel\"}, \"more\": {\"x\": {\"mac\": \"00:0c:29:cd:c7:b6\"}},",
        "\"host\": \"LT-9\", \"hosts\": {\"00:0c:29:cd:c7:b7\": \"LT-7\"}",
        "}",
    ];
    assert_eq!(
        paste(&object.join("\n")),
        [
            "3 00:0c:29:cd:c7:b2, 00:0c:29:cd:c7:b3, hwid HWID123, host LT-1",
            "4! 00:0c:29:cd:c7: five pairs of digits, a MAC has six",
            "5! ff:ff:ff:ff:ff:ff: the broadcast address, not a device",
            "6 00:0c:29:cd:c7:b4, note a switch",
            "6 00:0c:29:cd:c7:b5",
            "1 00:0c:29:cd:c7:b6",
            "1 00:0c:29:cd:c7:b7, host LT-7",
        ]
    );
    let line = object.concat();
    assert_eq!(paste(&line).len(), 7, "{:?}", paste(&line));
    // A device that has an id of its own stays one.
    assert_eq!(
        paste("{\"mac\":\"00:0c:29:cd:c7:b2\",\"host\":\"sw\",\"00:0c:29:cd:c7:b3\":\"LT-1\"}"),
        ["1 00:0c:29:cd:c7:b2, host sw", "1 00:0c:29:cd:c7:b3, host LT-1"]
    );
    assert_eq!(paste("{\"count\":1}"), ["1! {\"count\":1}: no MAC and no hardware id in this object"]);
}

#[test]
fn another_devices_mac_is_not_this_ones_where_it_has_none() {
    let table = "host,mac,AP MAC,Gateway1,note\nLT-1,00:0c:29:cd:c7:b2,00:1a:1e:00:00:01,00:1a:1e:00:00:02,\n\
                 LT-2,,00:1a:1e:00:00:01,00:1a:1e:00:00:02,\nLT-3,,,,was 00:0c:29:cd:c7:b3\n";
    assert_eq!(
        paste(table),
        [
            "2 00:0c:29:cd:c7:b2, host LT-1",
            "3! LT-2 |  | 00:1a:1e:00:00:01 | 00:1a:1e:00:00:02 |: no MAC and no hardware id in this row",
            "4 00:0c:29:cd:c7:b3, host LT-3, note was 00:0c:29:cd:c7:b3",
        ]
    );
}

#[test]
fn a_word_for_an_id_that_nobody_knows_is_none() {
    let found = paste("host,hwid,note\nLT-1,KZ60M9CW7L1L218D,ordered\nLT-2,pending,pending\nLT-3,Not Installed,\n");
    assert_eq!(
        found,
        [
            "2 hwid KZ60M9CW7L1L218D, host LT-1, note ordered",
            "3! LT-2 | pending | pending: no MAC and no hardware id in this row",
            "4! LT-3 | Not Installed |: no MAC and no hardware id in this row",
        ]
    );
}

#[test]
fn marks_within_a_note_are_its_own() {
    let found = paste("mac,note\n00:0c:29:cd:c7:b2,\"a; \"\"b\"\"\"\n00:0c:29:cd:c7:b3,\"\"\"all of it\"\"\"\n");
    assert_eq!(found, ["2 00:0c:29:cd:c7:b2, note a; \"b\"", "3 00:0c:29:cd:c7:b3, note all of it"]);
}

#[test]
fn a_list_of_ids_with_and_without_notes_says_what_it_cannot_read() {
    let found = paste("000c29cdc7b2\n000c29cdc7b3\nnot a device\n000c29cdc7b4 again\n");
    assert_eq!(found[2..], ["3! not a device: no MAC", "4 00:0c:29:cd:c7:b4, note again"]);
}

#[test]
fn twelve_digits_of_a_mac_column_may_be_turned_round() {
    let found =
        read_source(&text("host,mac\nLT-1,000C29cdc7b2\nLT-2,00:0c:29:cd:c7:b3\n"), &Options::default()).unwrap();
    let read_as = |found: &Found| match found {
        Found::Row(row) => (row.read_as, row.capitals),
        Found::Unreadable { .. } | Found::Sheet(_) => panic!("{found:?}"),
    };
    assert_eq!(read_as(&found[0]), (ReadAs::BareMac, 0b1000));
    assert_eq!(read_as(&found[1]), (ReadAs::Plain, 0));
    // Beside an HWID there is nothing to turn.
    let found = read_source(&text("hwid,mac\nKZ60M9CW7L1L218D,000C29cdc7b2\n"), &Options::default()).unwrap();
    assert_eq!(read_as(&found[0]).0, ReadAs::Plain);
}

#[test]
fn a_device_beside_a_list_of_devices_is_found() {
    for text in [
        r#"{"a":[{"mac":"00:0c:29:cd:c7:b2"}],"b":{"mac":"00:0c:29:cd:c7:b3"},"count":2}"#,
        "{\n\"b\":{\"mac\":\"00:0c:29:cd:c7:b3\"},\n\"a\":[{\"mac\":\"00:0c:29:cd:c7:b2\"}],\"site\":\"HQ\"}",
    ] {
        let mut macs: Vec<String> =
            paste(text).iter().filter_map(|found| Some(found.split_once(' ')?.1.to_owned())).collect();
        macs.sort();
        assert_eq!(macs, ["00:0c:29:cd:c7:b2", "00:0c:29:cd:c7:b3"], "{text}");
    }
}

#[test]
fn adapters_may_stand_by_their_macs() {
    let nics = r#"{"00:0c:29:cd:c7:b2":{"speed":1000},"00:0c:29:cd:c7:b3":null}"#;
    let device = "1 00:0c:29:cd:c7:b2, 00:0c:29:cd:c7:b3, host LT-1";
    assert_eq!(paste(&format!(r#"[{{"hostname":"LT-1","interfaces":{nics}}}]"#)), [device]);
    assert_eq!(paste(&format!(r#"{{"hostname":"LT-1","interfaces":{nics}}}"#)), [device]);
    let found = paste(&format!(r#"[{{"hwid":"KZ60M9CW7L1L218D","nics":{nics}}}]"#));
    assert_eq!(found, ["1 00:0c:29:cd:c7:b2, 00:0c:29:cd:c7:b3, hwid KZ60M9CW7L1L218D"]);
    // Without a device around them they are devices themselves.
    assert_eq!(paste(&format!(r#"[{{"interfaces":{nics}}}]"#)).len(), 2);
}

#[test]
fn the_first_mac_of_an_object_is_the_first_that_is_written() {
    let found = paste(r#"{"name":"MBP","mac_address":"3C:52:82:AA:D0:13","alt_mac_address":"82:AA:D0:13:00:01"}"#);
    assert_eq!(found, ["1 3c:52:82:aa:d0:13, 82:aa:d0:13:00:01, host MBP"]);
    let found = paste(r#"[{"userPrincipalName":"anna@corp.com","userId":"4711","wiFiMacAddress":"3c5282aad013"}]"#);
    assert_eq!(found, ["1 3c:52:82:aa:d0:13, user anna@corp.com"]);
}

#[test]
fn columns_have_names_in_other_languages() {
    for header in
        ["Nom;Adresse MAC;Utilisateur", "Equipo;MAC;Usuario", "Rechner;MAC-Adresse;Anwender", "label;mac;owner"]
    {
        let found = paste(&format!("{header}\nPC-1;00:0c:29:cd:c7:b2;anna\n"));
        assert_eq!(found, ["2 00:0c:29:cd:c7:b2, host PC-1, user anna"], "{header}");
    }
}

#[test]
fn a_number_in_a_column_of_another_name_is_no_mac() {
    let table = "AssetName;Serialnumber;Mac;Inventarnummer;Info\nPC-1;5CD123456789;00:0c:29:cd:c7:b2;100012345678;\n\
                 PC-2;5CD123456780;;100012345679;\nPC-3;5CD123456781;;1;was 00:0c:29:cd:c7:b3\n";
    assert_eq!(
        paste(table),
        [
            "2 00:0c:29:cd:c7:b2, host PC-1",
            "3! PC-2 | 5CD123456780 |  | 100012345679 |: no MAC and no hardware id in this row",
            "4 00:0c:29:cd:c7:b3, host PC-3",
        ]
    );
    // What is written as a MAC is one, whatever the column is called.
    let written = ["2 00:0c:29:cd:c7:b2, host LT-1, user anna", "3 00:0c:29:cd:c7:b3, host LT-2, user ben"];
    for name in ["Key", "Asset", "Tag"] {
        let table = format!("{name};Name;User\n00:0c:29:cd:c7:b2;LT-1;anna\n00:0c:29:cd:c7:b3;LT-2;ben\n");
        assert_eq!(paste(&table), written, "{name}");
    }
    assert_eq!(paste(r#"[{"key":"00:0c:29:cd:c7:b2","value":"LT-1"}]"#), ["1 00:0c:29:cd:c7:b2"]);
    assert!(paste(r#"[{"serial":"FCE2B4C6D8E0","value":"LT-1"}]"#)[0].contains("no MAC"));
    // Nor where no column is one of ids.
    let found = paste("Name,Serial number,User\nPC-1,FCE2B4C6D8E0,anna\nPC-2,FCE2B4C6D8E1,ben\n");
    assert!(found.iter().all(|found| found.contains("no MAC and no hardware id")) && found.len() == 2, "{found:?}");
}
