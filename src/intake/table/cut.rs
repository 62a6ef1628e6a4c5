//! Where the cells of a line stand, if its quotation marks are as they should be.

use std::ops::Range;

/// Finds the cells of a line whose quotation marks, if any, are as they should be: round whole cells and none within,
/// and then as many cells as the table has columns, `width`. False for any other line.
pub(super) fn cut(line: &[u8], delimiter: u8, width: usize, places: &mut Vec<Range<usize>>) -> bool {
    places.clear();
    unmarked(line, delimiter, places) || marked(line, delimiter, width, places)
}

/// Eight bytes at a time, for a list has a hundred thousand lines and their cells are too short for a search each.
/// False where there is a mark.
fn unmarked(line: &[u8], delimiter: u8, places: &mut Vec<Range<usize>>) -> bool {
    let (words, rest) = line.as_chunks::<8>();
    let (mut start, mut at) = (0, 0);
    for word in words {
        let word = u64::from_le_bytes(*word);
        if equal(word, b'"') != 0 {
            return false;
        }
        let mut ends = equal(word, delimiter);
        while ends != 0 {
            let end = at + ends.trailing_zeros() as usize / 8;
            places.push(start..end);
            start = end + 1;
            ends &= ends - 1;
        }
        at += 8;
    }
    for (end, &byte) in (at..).zip(rest) {
        if byte == b'"' {
            return false;
        }
        if byte == delimiter {
            places.push(start..end);
            start = end + 1;
        }
    }
    places.push(start..line.len());
    true
}

/// The highest bit of each of the eight bytes that are this one, and no other.
fn equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const LOWER: u64 = 0x7f * ONES;
    let others = word ^ (ONES * u64::from(byte));
    !(((others & LOWER) + LOWER) | others | LOWER)
}

fn marked(line: &[u8], delimiter: u8, width: usize, places: &mut Vec<Range<usize>>) -> bool {
    places.clear();
    let mut at = 0;
    loop {
        let cell = if line.get(at) == Some(&b'"') {
            let Some(length) = memchr::memchr(b'"', &line[at + 1..]) else { return false };
            at + 1..at + 1 + length
        } else {
            let next = memchr::memchr2(delimiter, b'"', &line[at..]);
            at..next.map_or(line.len(), |length| at + length)
        };
        let behind = cell.end + usize::from(cell.start > at);
        places.push(cell);
        match line.get(behind) {
            None => return places.len() == width,
            Some(&byte) if byte == delimiter => at = behind + 1,
            Some(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_without_marks_is_cut_at_its_delimiters(line in "[a-d,;\t+äé€-]{0,40}") {
            let mut places = Vec::new();
            for delimiter in [b',', b';', b'\t'] {
                prop_assert!(cut(line.as_bytes(), delimiter, 0, &mut places));
                let cells: Vec<&[u8]> = places.iter().map(|place| &line.as_bytes()[place.clone()]).collect();
                prop_assert_eq!(cells, line.as_bytes().split(|&byte| byte == delimiter).collect::<Vec<_>>());
            }
        }

        #[test]
        fn a_delimiter_between_marks_cuts_nothing(cells in prop::collection::vec("[ab,]{0,9}", 1..5)) {
            let mut places = Vec::new();
            let line = format!("\"{}\"", cells.join("\",\""));
            prop_assert!(cut(line.as_bytes(), b',', cells.len(), &mut places));
            prop_assert_eq!(places.iter().map(|place| &line[place.clone()]).collect::<Vec<_>>(), cells);
        }

        #[test]
        fn a_line_with_marks_is_cut_as_the_csv_crate_cuts_it(line in "[ab,\"]{1,12}") {
            let mut places = Vec::new();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let record = reader.byte_records().next().unwrap().unwrap();
            if cut(line.as_bytes(), b',', record.len(), &mut places) {
                let cells: Vec<&[u8]> = places.iter().map(|place| &line.as_bytes()[place.clone()]).collect();
                prop_assert_eq!(cells, record.iter().collect::<Vec<_>>());
            }
        }
    }
}
