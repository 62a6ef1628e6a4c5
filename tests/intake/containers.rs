//! Encodings, gzip, spreadsheets, and what tries to break them.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use gears_console::intake::{Options, Source};
use gears_console::model::{DeviceList, Origin};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::support::*;

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    let units = mark.into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_encoding_is_the_same_list() {
    let table = "host;mac;user\r\nLT-1;00:0c:29:cd:c7:b2;müller\r\nLT-2;00\u{2013}0c\u{2013}29\u{2013}cd\u{2013}c7\u{2013}b3;\r\n";
    let expected = ["2 00:0c:29:cd:c7:b2, host LT-1, user müller", "3 00:0c:29:cd:c7:b3, host LT-2"];
    let windows = encoding_rs::WINDOWS_1252.encode(table).0.into_owned();
    let cr = table.replace("\r\n", "\r").into_bytes();
    let all = [
        table.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", table.as_bytes()].concat(),
        utf16(table, false, true),
        utf16(table, true, true),
        utf16(table, false, false),
        utf16(table, true, false),
        windows,
        cr,
        gzip(table.as_bytes()),
        gzip(&utf16(table, false, true)),
    ];
    for (index, bytes) in all.iter().enumerate() {
        assert_eq!(short(&read_bytes(bytes).unwrap()), expected, "{index}");
    }
}

#[test]
fn utf16_without_a_mark_is_known_in_every_alphabet() {
    for header in ["имя;mac;пользователь", "计算机名;mac;用户", "コンピューター名\tmac\tユーザー"]
    {
        let mark = if header.contains('\t') { "\t" } else { ";" };
        let row = ["Бухгалтерия-ПК", "00:0c:29:cd:c7:b2", "Анна Иванова"].join(mark);
        for big in [false, true] {
            let found = short(&read_bytes(&utf16(&format!("{header}\r\n{row}\r\n"), big, false)).unwrap());
            assert!(found[0].starts_with("2 00:0c:29:cd:c7:b2"), "{header}: {found:?}");
        }
    }
}

#[test]
fn a_block_of_zeros_costs_no_list() {
    let lines = |from: u32| {
        let lines: Vec<String> =
            (from..from + 50).map(|n| format!("lease 10.0.0.{n}: 00:0c:29:cd:c7:{n:02x}")).collect();
        lines.join("\n") + "\n"
    };
    let bytes = [lines(0).into_bytes(), vec![0; 2048], lines(50).into_bytes()].concat();
    assert_eq!(read_bytes(&bytes).unwrap().len(), 100);
    let bytes = [vec![0; 2048], lines(0).into_bytes()].concat();
    assert_eq!(read_bytes(&bytes).unwrap().len(), 50);
}

#[test]
fn a_wrong_byte_costs_its_cell_alone() {
    let table = b"host,mac,user\nLT-1,00:0c:29:cd:c7:b2,anna\nL\xffT-2,00:0c:29:cd:c7:b3,m\xc3\xbcller\nLT-3,00:0c:29:\xfe:c7:b4,\nLT-4,00:0c:29:cd:c7:b5,\n";
    let found = short(&read_bytes(table).unwrap());
    assert_eq!(found[1], "3 00:0c:29:cd:c7:b3, host LÿT-2, user müller");
    assert_eq!(found[2], "4! 00:0c:29:þ:c7:b4: not a MAC address");
    assert_eq!(found[3], "5 00:0c:29:cd:c7:b5, host LT-4");
}

#[test]
fn a_gzip_bomb_ends_at_the_bound() {
    let (_keep, source) = file(&gzip(&vec![b' '; 4 << 20]));
    let options = Options { max_unpacked: 1 << 20, ..Options::default() };
    let error = read_source(&source, &options).unwrap_err().to_string();
    assert!(error.contains("list.txt unpacks to more than 1 MiB"), "{error}");
    let (_keep, source) = file(&gzip(format!("mac,host\n{}", "00:0c:29:cd:c7:b2,LT-1\n".repeat(100_000)).as_bytes()));
    let error = read_source(&source, &options).unwrap_err().to_string();
    assert!(error.contains("list.txt unpacks to more than 1 MiB"), "{error}");
    let broken = &gzip(b"00:0c:29:cd:c7:b2\n")[..20];
    let error = read_bytes(broken).unwrap_err().to_string();
    assert!(error.contains("damaged"), "{error}");
}

fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Number formats that keep leading zeros: cells have the style 0, 1 or 2.
fn styles(main: &str) -> String {
    format!(
        r#"<styleSheet xmlns="{main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="000000000000"/><numFmt numFmtId="165" formatCode="00\-00&quot;-&quot;00\-00\-00\-00"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>"#
    )
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A workbook of two sheets; cells are strings, or numbers where they are written with a leading `#`.
fn xlsx(sheets: [&str; 2]) -> Vec<u8> {
    workbook(&styles(MAIN), sheets)
}

fn workbook(styles: &str, sheets: [&str; 2]) -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let types = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#;
    let top = format!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = format!(
        r#"<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="PCs" sheetId="1" r:id="rId1"/><sheet name="Old" sheetId="2" r:id="rId2"/></sheets></workbook>"#
    );
    let relations = format!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{RELATIONS}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#
    );
    let sheet =
        |rows: &str| format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#).into_bytes();
    archive(&[
        ("[Content_Types].xml", types.into()),
        ("_rels/.rels", top.into_bytes()),
        ("xl/workbook.xml", book.into_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.into_bytes()),
        ("xl/styles.xml", styles.as_bytes().to_vec()),
        ("xl/worksheets/sheet1.xml", sheet(sheets[0])),
        ("xl/worksheets/sheet2.xml", sheet(sheets[1])),
    ])
}

fn cell(place: &str, text: &str) -> String {
    match text.strip_prefix('#') {
        Some(number) => format!(r#"<c r="{place}"><v>{number}</v></c>"#),
        None => format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#),
    }
}

fn row(number: u32, cells: &[&str]) -> String {
    let cells: String =
        cells.iter().zip('A'..).map(|(text, column)| cell(&format!("{column}{number}"), text)).collect();
    format!(r#"<row r="{number}">{cells}</row>"#)
}

#[test]
fn every_sheet_of_a_workbook_is_read() {
    let first = [
        row(1, &["Inventory"]),
        row(3, &["Computer Name", "MAC Address", "Wi-Fi MAC", "User"]),
        row(4, &["LT-00017", "00-0C-29-CD-C7-B2", "F8CAB85E009D", "anna.smith"]),
        row(6, &["LT-00018", "#123456789012", "", ""]),
        row(7, &["LT-00019", "1.23E+11", "", ""]),
        row(8, &["LT-00020", "#1.2345", "", ""]),
    ]
    .concat();
    let second = [row(2, &["000c29cdc7b3"]), row(5, &["see 000c.29cd.c7b4"])].concat();
    let found = short(&read_bytes(&xlsx([&first, &second])).unwrap());
    assert_eq!(
        found,
        [
            "4 00:0c:29:cd:c7:b2, f8:ca:b8:5e:00:9d, host LT-00017, user anna.smith",
            "6 12:34:56:78:90:12, host LT-00018",
            "7! 1.23E+11: a spreadsheet made a number of the MAC: format the column as text and export again",
            "8! 1.2345: not a MAC address",
            "2 00:0c:29:cd:c7:b3",
            "5 00:0c:29:cd:c7:b4",
        ]
    );
}

#[test]
fn a_sheets_ids_may_begin_late() {
    for (header, id, host) in [(["hwid", "host", "user"], 'A', 'B'), (["host", "user", "hwid"], 'C', 'A')] {
        let blank = |n: u32| format!(r#"<row r="{n}">{}</row>"#, cell(&format!("{host}{n}"), &format!("LT-{n}")));
        let good = |n: u32| {
            let mut cells = [
                (id, cell(&format!("{id}{n}"), &format!("KZ60M9CW7L{n}D"))),
                (host, cell(&format!("{host}{n}"), &format!("PC-{n}"))),
            ];
            cells.sort();
            format!(r#"<row r="{n}">{}{}</row>"#, cells[0].1, cells[1].1)
        };
        let rows: String = (2..82).map(blank).chain((82..85).map(good)).collect();
        let found = short(&read_bytes(&xlsx([&format!("{}{rows}", row(1, &header)), ""])).unwrap());
        assert_eq!(found.len(), 83);
        assert_eq!(found[80], "82 hwid KZ60M9CW7L82D, host PC-82");
    }
}

#[test]
fn numbers_of_a_workbook_keep_their_formats_zeros() {
    let number = |row: u32, style: u32, value: &str| {
        format!(
            r#"<row r="{row}">{}<c r="B{row}" s="{style}"><v>{value}</v></c></row>"#,
            cell(&format!("A{row}"), "LT-1")
        )
    };
    let rows = [
        row(1, &["host", "mac"]),
        number(2, 1, "1122334455"),
        number(3, 2, "1122334456"),
        number(4, 0, "1122334457"),
        number(5, 1, "112233445512"),
    ]
    .concat();
    assert_eq!(
        short(&read_bytes(&xlsx([&rows, ""])).unwrap()),
        [
            "2 00:11:22:33:44:55, host LT-1",
            "3 00:11:22:33:44:56, host LT-1",
            "4! 1122334457: a number of 10 digits where a MAC has 12: if zeros in front got lost, export the column as text",
            "5! 112233445512: a multicast address, not a device"
        ]
    );
}

#[test]
fn a_number_that_may_be_any_mac_is_none() {
    let rows = [row(1, &["host", "mac"]), row(2, &["LT-1", "#120000000000"]), row(3, &["LT-2", "#12E10"])].concat();
    let lost = "a spreadsheet made a number of the MAC: format the column as text and export again";
    let found = [format!("2! 1.2E+11: {lost}"), format!("3! 1.2E+11: {lost}")];
    assert_eq!(short(&read_bytes(&xlsx([&rows, ""])).unwrap()), found);
    let rows = [
        ods_row(&["host", "mac"]),
        ods_row(&["LT-1", "120000000000=120000000000"]),
        ods_row(&["LT-2", "120000000000=1.2E+11"]),
    ];
    assert_eq!(short(&read_bytes(&ods("", &rows.concat())).unwrap()), found);
}

#[test]
fn a_number_that_has_lost_its_last_digits_is_no_id() {
    let rows =
        [row(1, &["host", "hwid"]), row(2, &["LT-1", "#123456789012345678"]), row(3, &["LT-2", "#1e20"])].concat();
    let found = short(&read_bytes(&xlsx([&rows, ""])).unwrap());
    assert!(found[0].starts_with("2! 1.23456E+17: ") && found[1].starts_with("3! 1E+20: "), "{found:?}");
}

#[test]
fn dates_and_times_are_shown_as_such() {
    let styles = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/><xf numFmtId="46"/></cellXfs></styleSheet>"#;
    let line = |number: u32, style: u32, value: &str| {
        format!(
            r#"<row r="{number}">{}<c r="B{number}" s="{style}"><v>{value}</v></c></row>"#,
            cell(&format!("A{number}"), &format!("00:0c:29:cd:c7:b{number}"))
        )
    };
    let rows =
        [row(1, &["mac", "note"]), line(2, 1, "45943"), line(3, 1, "45943.5"), line(4, 2, "0.524"), line(5, 3, "1.25")];
    assert_eq!(
        short(&read_bytes(&workbook(styles, [&rows.concat(), ""])).unwrap()),
        [
            "2 00:0c:29:cd:c7:b2, note 2025-10-13",
            "3 00:0c:29:cd:c7:b3, note 2025-10-13 12:00",
            "4 00:0c:29:cd:c7:b4, note 12:34:33",
            "5 00:0c:29:cd:c7:b5, note 30:00",
        ]
    );
}

#[test]
fn a_row_is_found_again_by_its_sheet() {
    let rows = |mac: &str| [row(1, &["host", "mac"]), row(2, &["LT-1", mac]), row(3, &["LT-2", "nonsense"])].concat();
    let places = |bytes: &[u8]| {
        let mut list = DeviceList::new();
        let load = list.begin("t.xlsx");
        for found in read_bytes(bytes).unwrap() {
            list.push(load, found);
        }
        let place = |origin: Origin| format!("{}:{}", list.source(origin.source).name, origin.line);
        let mut places: Vec<String> = list.devices().iter().map(|device| place(device.origins[0])).collect();
        places.extend(list.unreadable().iter().map(|row| place(row.origin)));
        // All sheets are one load.
        assert_eq!(list.report(load).unreadable, list.unreadable().len());
        assert_eq!(list.undo().unwrap().what, "load of t.xlsx");
        assert!(list.devices().is_empty() && list.unreadable().is_empty());
        places
    };
    assert_eq!(
        places(&xlsx([&rows("00:0c:29:cd:c7:b2"), &rows("00:0c:29:cd:c7:b3")])),
        ["t.xlsx/PCs:2", "t.xlsx/Old:2", "t.xlsx/PCs:3", "t.xlsx/Old:3"]
    );
    let rows = ods_row(&["mac", "host"]) + &ods_row(&["00:0c:29:cd:c7:b2", "LT-1"]);
    assert_eq!(places(&ods("", &rows)), ["t.xlsx/PCs:2"]);
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let rows = format!(
        r#"{}<row r="1048576">{}</row>"#,
        row(1, &["00:0c:29:cd:c7:b2"]),
        cell("XFD1048576", "00:0c:29:cd:c7:b3")
    );
    let found = short(&read_bytes(&xlsx([&rows, ""])).unwrap());
    assert_eq!(found, ["1 00:0c:29:cd:c7:b2"]);
}

fn ods(manifest: &str, rows: &str) -> Vec<u8> {
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="PCs">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        (
            "META-INF/manifest.xml",
            format!(
                r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{manifest}</manifest:manifest>"#
            )
            .into_bytes(),
        ),
        ("content.xml", content.into_bytes()),
    ])
}

fn ods_row(cells: &[&str]) -> String {
    let cell = |text: &&str| match text.split_once('=') {
        Some((number, shown)) => format!(
            r#"<table:table-cell office:value-type="float" office:value="{number}"><text:p>{shown}</text:p></table:table-cell>"#
        ),
        None => format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#),
    };
    format!("<table:table-row>{}</table:table-row>", cells.iter().map(cell).collect::<String>())
}

#[test]
fn an_open_document_sheet_is_read() {
    let rows = ods_row(&["hostname", "hwid"]) + &ods_row(&["LT-1", "KZ60M9CW7L1L218D"]);
    assert_eq!(short(&read_bytes(&ods("", &rows)).unwrap()), ["2 hwid KZ60M9CW7L1L218D, host LT-1"]);
    let error = read_bytes(&ods("<manifest:encryption-data/>", &rows)).unwrap_err().to_string();
    assert!(error.contains("protected by a password"), "{error}");
    let error = read_bytes(&ods("", "<table:table-row></table:table>")).unwrap_err().to_string();
    assert!(error.contains("list.txt cannot be read") && error.contains("export it as CSV"), "{error}");
}

#[test]
fn numbers_of_an_open_document_sheet_are_read_as_they_are_shown() {
    let rows = [
        ods_row(&["mac", "host"]),
        ods_row(&["1122334455=001122334455", "LT-1"]),
        ods_row(&["1122334456=00-11-22-33-44-56", "LT-2"]),
        ods_row(&["202233445566=202.233.445.566", "LT-3"]),
        ods_row(&["202233445567=2,02E+11", "LT-4"]),
        ods_row(&["1122334458=1122334458", "LT-5"]),
        ods_row(&["1122334459=00:11:22:33:44:60", "LT-6"]),
    ]
    .concat();
    let lost = "a number of 10 digits where a MAC has 12: if zeros in front got lost, export the column as text";
    assert_eq!(
        short(&read_bytes(&ods("", &rows)).unwrap()),
        [
            "2 00:11:22:33:44:55, host LT-1".to_owned(),
            "3 00:11:22:33:44:56, host LT-2".to_owned(),
            "4 20:22:33:44:55:66, host LT-3".to_owned(),
            "5 20:22:33:44:55:67, host LT-4".to_owned(),
            format!("6! 1122334458: {lost}"),
            format!("7! 1122334459: {lost}"),
        ]
    );
}

#[test]
fn a_cell_of_an_open_document_sheet_is_its_own_text_alone() {
    let rows = [
        r#"<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#.to_owned(),
        ods_row(&["mac", "", "host"]),
        r#"<table:table-row><table:table-cell><office:annotation><text:p>was 00:0c:29:00:00:99</text:p></office:annotation><text:p><text:span>00:0c:29</text:span>:cd:c7:b2</text:p></table:table-cell><table:covered-table-cell/><table:table-cell><text:p>R&amp;D<text:s text:c="1"/>caf&#233;</text:p></table:table-cell></table:table-row>"#.to_owned(),
        r#"<table:table-row table:number-rows-repeated="2"><table:table-cell><text:p>00:0c:29:cd:c7:b3</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>LT-2</text:p></table:table-cell></table:table-row>"#.to_owned(),
        r#"<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="4000000000"><text:p/></table:table-cell></table:table-row>"#.to_owned(),
    ]
    .concat();
    assert_eq!(
        short(&read_bytes(&ods("", &rows)).unwrap()),
        ["5 00:0c:29:cd:c7:b2, host R&D café", "6 00:0c:29:cd:c7:b3, host LT-2", "7 00:0c:29:cd:c7:b3, host LT-2"]
    );
}

#[test]
fn a_number_that_lost_its_zeros_is_never_silent() {
    // All of a column, with a name and without one, and one among others.
    let sheet = [row(1, &["mac", "host"]), row(2, &["#1122334455", "LT-1"]), row(3, &["#9", "LT-2"])].concat();
    let list = [row(1, &["MAC"]), row(2, &["#1122334455"])].concat();
    assert_eq!(
        short(&read_bytes(&xlsx([&sheet, &list])).unwrap()),
        [
            "2! 1122334455: a number of 10 digits where a MAC has 12: if zeros in front got lost, export the column as text",
            "3! 9: a number of 1 digit where a MAC has 12: if zeros in front got lost, export the column as text",
            "2! 1122334455: a number of 10 digits where a MAC has 12: if zeros in front got lost, export the column as text",
        ]
    );
    let macs = [row(2, &["", "000c29cdc7b2"]), row(3, &["", "#1122334455"]), row(4, &["", "000c29cdc7b3"])].concat();
    assert_eq!(
        short(&read_bytes(&xlsx([&macs, ""])).unwrap()),
        [
            "2 00:0c:29:cd:c7:b2",
            "3! 1122334455: a number of 10 digits where a MAC has 12: if zeros in front got lost, export the column as text",
            "4 00:0c:29:cd:c7:b3",
        ]
    );
    assert_eq!(
        paste("mac,host\n1.12E+11,LT-1\n"),
        ["2! 1.12E+11: a spreadsheet made a number of the MAC: format the column as text and export again"]
    );
    assert_eq!(paste("mac\n1122334455\n").len(), 1);
}

#[test]
fn archives_that_are_no_workbook_say_so() {
    let error = read_bytes(&archive(&[("word/document.xml", b"<x/>".to_vec())])).unwrap_err().to_string();
    assert!(error.contains("list.txt is no spreadsheet"), "{error}");
    let error = read_bytes(b"PK\x03\x04 and nothing more").unwrap_err().to_string();
    assert!(error.contains("list.txt is damaged"), "{error}");
    let error = read_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and nothing more").unwrap_err().to_string();
    assert!(error.contains("list.txt is no spreadsheet"), "{error}");
}

#[test]
fn a_workbook_that_is_a_bomb_ends_at_the_bound() {
    let rows = row(1, &["00:0c:29:cd:c7:b2"]) + &" ".repeat(4 << 20);
    let (_keep, source) = file(&xlsx([&rows, ""]));
    let options = Options { max_unpacked: 1 << 20, ..Options::default() };
    let error = read_source(&source, &options).unwrap_err().to_string();
    assert!(error.contains("unpacks to more than 1 MiB"), "{error}");
    assert_eq!(short(&read_source(&source, &Options::default()).unwrap()), ["1 00:0c:29:cd:c7:b2"]);
}

#[test]
fn an_open_document_sheet_that_repeats_itself_is_a_bomb_as_well() {
    let options = Options { max_unpacked: 1 << 20, ..Options::default() };
    let row = |rows: u32, columns: u32, text: &str| {
        format!(
            r#"<table:table-row table:number-rows-repeated="{rows}"><table:table-cell table:number-columns-repeated="{columns}"><text:p>{text}</text:p></table:table-cell></table:table-row>"#
        )
    };
    let long = "x".repeat(10_000);
    let spaces = format!("x{}x", r#"<text:s text:c="1000"/>"#.repeat(2_000));
    for rows in [row(1, 1000, &long), row(1000, 1, &long), row(1, 1, &spaces), row(1000, 1000, "x").repeat(2)] {
        let (_keep, source) = file(&ods("", &rows));
        let error = read_source(&source, &options).unwrap_err().to_string();
        assert!(error.contains("list.txt unpacks to more than 1 MiB"), "{error}");
    }
    let (_keep, source) = file(&ods("", &row(1, 1, &long).repeat(50)));
    assert_eq!(short(&read_source(&source, &options).unwrap()), [""; 0]);
}

#[test]
fn an_open_document_sheet_may_be_as_long_as_it_likes() {
    let empty = r#"<table:table-row table:number-rows-repeated="4294967295"/>"#;
    let rows = ods_row(&["mac", "host"]) + empty + &ods_row(&["00:0c:29:cd:c7:b2", "LT-1"]);
    assert_eq!(short(&read_bytes(&ods("", &rows)).unwrap()), ["4294967295 00:0c:29:cd:c7:b2, host LT-1"]);
}

#[test]
fn a_quote_that_is_never_closed_loses_no_device() {
    let mut table = String::from("mac,note\n00:0c:29:cd:c7:b2,\"broken\n");
    for number in 0..300 {
        writeln!(table, "00:0c:29:cd:{:02x}:{:02x},x", number / 256, number % 256).unwrap();
    }
    let found = short(&read_bytes(table.as_bytes()).unwrap());
    assert_eq!(found.iter().filter(|line| line.contains("00:0c:29:cd:")).count(), 302);
    assert!(found[0].contains("never closed"), "{}", found[0]);
    assert!(found.contains(&"302 00:0c:29:cd:01:2b, note x".to_owned()), "{:?}", found.last());
}

#[test]
fn json_that_breaks_off_is_read_to_its_end() {
    let json = "[\n{\"mac\": \"00:0c:29:cd:c7:b2\"},\n{\"mac\": oops}\n00:0c:29:cd:c7:b3\n";
    let big = format!("[\n{}\n{}", "{\"mac\": \"00:0c:29:cd:c7:b1\"},\n".repeat(4_000), &json[2..]);
    let found = short(&read_bytes(big.as_bytes()).unwrap());
    assert_eq!(found.len(), 4_003, "{:?}", &found[4_000..]);
    assert!(found[4_001].starts_with("4004! : the JSON breaks off here"), "{}", found[4_001]);
    assert_eq!(found[4_002], "4005 00:0c:29:cd:c7:b3");
}

#[test]
fn reading_can_be_stopped() {
    let (_keep, Source::File(path)) = file("00:0c:29:cd:c7:b2\n".repeat(100_000).as_bytes()) else { panic!() };
    let mut found = 0;
    let mut ticks = 0;
    let result = gears_console::intake::read(
        &Source::File(path),
        &Options::default(),
        &mut |_| {
            found += 1;
            std::ops::ControlFlow::Continue(())
        },
        &mut |read, total| {
            ticks += 1;
            assert!(read <= total.unwrap());
            if ticks == 3 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
        },
    );
    assert_eq!(result, Ok(()));
    assert!(ticks == 3 && found < 100_000, "{ticks} {found}");
}
