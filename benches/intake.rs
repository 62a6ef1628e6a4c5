//! How fast lists become devices: `cargo bench --bench intake`. Figures only, nothing is asserted.
//!
//! The text is written to `target/tickets.txt`, so that other tools can be measured on the same bytes.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

use divan::Bencher;
use divan::counter::BytesCount;
use gears_console::commands::devices;
use gears_console::export::Format;
use gears_console::intake::{Options, Source, read};
use gears_console::model::DeviceList;

fn main() {
    divan::main();
}

/// A number that looks random and is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn mac(&mut self) -> [u8; 6] {
        let tail = self.roll(1 << 24).to_be_bytes();
        [0x00, 0x0c, 0x29, tail[5], tail[6], tail[7]]
    }
}

fn write_mac(text: &mut String, octets: [u8; 6], notation: u64) {
    let (separator, digits, capitals) = match notation {
        0..=3 => (":", 2, false),
        4..=5 => ("-", 2, true),
        6..=7 => (".", 4, false),
        8 => ("", 12, true),
        _ => ("-", 6, false),
    };
    for (index, octet) in octets.iter().enumerate() {
        if index > 0 && (index * 2) % digits == 0 {
            text.push_str(separator);
        }
        let _ = if capitals { write!(text, "{octet:02X}") } else { write!(text, "{octet:02x}") };
    }
}

/// Tickets of `size` bytes: sentences, log lines, tables, with a MAC in every 79 bytes on average.
fn tickets(size: usize) -> String {
    let mut dice = Dice(1);
    let mut text = String::with_capacity(size + 200);
    while text.len() < size {
        let (mac, notation, number) = (dice.mac(), dice.roll(10), dice.roll(100_000));
        match dice.roll(6) {
            0 => {
                let _ = write!(text, "INC{number:07} The laptop of user {number} has no address, MAC ");
                write_mac(&mut text, mac, notation);
                text.push_str(", please renew it.\n");
            }
            1 => {
                let _ = write!(
                    text,
                    "2024-05-{:02}T12:34:56.789Z dhcpd: DHCPACK on 10.1.{}.17 to ",
                    number % 28 + 1,
                    number % 255
                );
                write_mac(&mut text, mac, notation);
                text.push_str(" via eth0\n");
            }
            2 => {
                let _ = write!(text, " {:4}    ", number % 4096);
                write_mac(&mut text, mac, notation);
                let _ = writeln!(text, "    DYNAMIC     Gi1/0/{}", number % 48);
            }
            3 => {
                text.push_str("? (10.0.0.7) at ");
                write_mac(&mut text, mac, notation);
                text.push_str(" [ether] on eth0\n");
            }
            4 => {
                write_mac(&mut text, mac, notation);
                text.push('\n');
            }
            _ => {
                let _ =
                    write!(text, "id 550e8400-e29b-41d4-a716-446655440000 fe80::20c:29ff:fecd:{:x} ", number % 65_536);
                write_mac(&mut text, mac, notation);
                text.push_str(" PC moved to room 4711.\n");
            }
        }
    }
    text
}

fn table(rows: usize) -> String {
    let mut dice = Dice(2);
    let mut text = String::from("hostname,mac address,hwid,user,note\n");
    for row in 0..rows {
        let _ = write!(text, "LT-{row:06},");
        write_mac(&mut text, dice.mac(), 0);
        let _ = writeln!(text, ",KZ{row:08}W7L1L2,user{row}@example.org,\"room {}, floor 2\"", row % 500);
    }
    text
}

fn file(name: &str, text: &str) -> Source {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target").join(name);
    std::fs::write(&path, text).expect("the target folder can be written");
    Source::File(path)
}

#[divan::bench(sample_count = 5)]
fn recognise_100_mb_of_tickets(bencher: Bencher) {
    let text = tickets(100_000_000);
    let source = file("tickets.txt", &text);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut count = 0_u64;
        let mut sink = |_| {
            count += 1;
            ControlFlow::Continue(())
        };
        read(&source, &Options::default(), &mut sink, &mut |_, _| ControlFlow::Continue(())).map(|()| count)
    });
}

#[divan::bench(sample_count = 3)]
fn print_100_mb_of_tickets_as_ndjson(bencher: Bencher) {
    let source = file("tickets.txt", &tickets(100_000_000));
    bencher.bench(|| {
        let sources = std::slice::from_ref(&source);
        devices::run(sources, &Options::default(), Format::Ndjson, &mut std::io::sink(), &mut std::io::sink())
    });
}

#[divan::bench(sample_count = 20)]
fn read_100_000_rows_of_csv(bencher: Bencher) {
    let source = file("inventory.csv", &table(100_000));
    bencher.bench(|| {
        let mut count = 0_u64;
        let mut sink = |_| {
            count += 1;
            ControlFlow::Continue(())
        };
        read(&source, &Options::default(), &mut sink, &mut |_, _| ControlFlow::Continue(())).map(|()| count)
    });
}

#[divan::bench(sample_count = 20)]
fn list_100_000_rows_of_csv(bencher: Bencher) {
    let source = file("inventory.csv", &table(100_000));
    bencher.bench(|| {
        let mut list = DeviceList::new();
        let id = list.begin(source.name());
        let mut sink = |found| {
            list.push(id, found);
            ControlFlow::Continue(())
        };
        read(&source, &Options::default(), &mut sink, &mut |_, _| ControlFlow::Continue(())).map(|()| list)
    });
}
