//! Tables of separated values: what separates them, where their header is, and their rows.

mod cut;
mod plain;
mod records;

use std::io::Read;
use std::ops::ControlFlow;

use csv::{ByteRecord, ReaderBuilder};
use plain::plain;
use records::Records;

use super::cell::Cell;
use super::fold::{decode, fold};
use super::header::{self, Role};
use super::hwid::{self, is_no_id};
use super::out::{Out, Step, Stop};
use super::record::{Record, is_lost_mac};
use super::scan::{self, Trust, What};
use super::text;
use crate::model::{Found, Hwid, IdMode};

/// A header is looked for in as many rows.
pub(super) const HEADER_ROWS: usize = 10;
/// As many rows are looked at to know a table.
const SAMPLE_ROWS: usize = 60;

/// What the columns hold, and behind which row they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// One a column.
    pub roles: Vec<Option<Role>>,
    /// Columns whose name says that what is in them is another device's (an access point's, a gateway's), or another number.
    pub foreign: Vec<usize>,
    /// Rows up to and with the header.
    pub header: usize,
}

/// How a table's text is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub delimiter: u8,
    pub columns: Columns,
}

/// The layout of the text that begins with `sample`, if it is a table; `whole` where the sample is all of it.
pub(super) fn layout(sample: &[u8], whole: bool, mode: IdMode) -> Option<Layout> {
    let end = if whole { sample.len() } else { memchr::memrchr(b'\n', sample)? };
    // A quotation mark that is never closed hides all rows behind it.
    [true, false].into_iter().find_map(|quoting| quoted_layout(&sample[..end], quoting, mode))
}

fn quoted_layout(sample: &[u8], quoting: bool, mode: IdMode) -> Option<Layout> {
    let layouts = [b',', b';', b'\t', b'|'].into_iter().filter_map(|delimiter| {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(quoting)
            .has_headers(false)
            .flexible(true)
            .from_reader(sample);
        let rows: Vec<ByteRecord> = reader.into_byte_records().take(SAMPLE_ROWS).flatten().collect();
        let rows: Vec<Vec<&[u8]>> = rows.iter().map(|row| row.iter().collect()).collect();
        let columns = columns(&rows, mode, Ends::Written)?;
        Some(Layout { delimiter, columns })
    });
    // The separator that finds the most columns; the first of equals.
    layouts.reduce(|best, other| {
        let known = |layout: &Layout| layout.columns.roles.iter().flatten().count();
        let rank = |layout: &Layout| (layout.columns.header > 0, known(layout));
        if rank(&other) > rank(&best) { other } else { best }
    })
}

/// What a row says of its empty cells at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// They are there: separators are written for them.
    Written,
    /// Nothing, as in a sheet: it ends with its last cell that is filled.
    Unwritten,
}

/// What the columns of these first rows hold: by a header, or where there is none by the cells.
pub(super) fn columns(rows: &[Vec<&[u8]>], mode: IdMode, ends: Ends) -> Option<Columns> {
    for (index, row) in rows.iter().take(HEADER_ROWS).enumerate() {
        if row.len() < 2 {
            continue;
        }
        let mut roles: Vec<Option<Role>> = row.iter().map(|cell| header::role(&decode(cell))).collect();
        let below = &rows[index + 1..];
        let ids = roles.iter().filter(|role| matches!(role, Some(Role::Mac | Role::Hwid))).count();
        if ids == 0 && roles.iter().flatten().count() >= 2 {
            // A header without a name for its ids: the cells tell.
            let (numbers, macs): (Vec<usize>, Vec<usize>) =
                mac_columns(below, row.len()).into_iter().partition(|&column| is_number(row, below, column));
            if macs.is_empty() && !numbers.is_empty() {
                return Some(Columns { roles, foreign: foreign(row), header: index + 1 });
            }
            for column in macs {
                roles[column] = Some(Role::Mac);
            }
        }
        if roles.iter().enumerate().any(|(column, role)| holds_ids(below, column, *role)) {
            return Some(Columns { roles, foreign: foreign(row), header: index + 1 });
        }
    }
    clear_header(rows, ends).or_else(|| without_header(rows, mode))
}

/// The columns by a header that is clear by itself, where its column of ids is empty or wrong in the first rows: an
/// export that is sorted by it begins with the rows that have none.
fn clear_header(rows: &[Vec<&[u8]>], ends: Ends) -> Option<Columns> {
    let filled = |row: &[&[u8]]| row.iter().filter(|cell| !cell.trim_ascii().is_empty()).count();
    let (index, row) = rows.iter().take(HEADER_ROWS).enumerate().find(|(index, row)| {
        // A row below others of its kind is one of them, though it may say `PC` and `Mac`.
        let first = rows[..*index].iter().all(|above| filled(above) < filled(row));
        first && is_clear_header(row) && keep_width(&rows[index + 1..], row.len(), ends)
    })?;
    let mut roles: Vec<Option<Role>> = row.iter().map(|cell| header::role(&decode(cell))).collect();
    for column in mac_columns(&rows[index + 1..], row.len()) {
        let foreign = header::is_foreign(&decode(row[column])) || is_number(row, &rows[index + 1..], column);
        if roles[column].is_none() && !foreign {
            roles[column] = Some(Role::Mac);
        }
    }
    Some(Columns { roles, foreign: foreign(row), header: index + 1 })
}

/// The columns of a header in which nothing is this device's MAC.
fn foreign(header: &[&[u8]]) -> Vec<usize> {
    let foreign = |name: &str| header::is_foreign(name) || header::is_other_number(name);
    (0..header.len()).filter(|&column| foreign(&decode(header[column]))).collect()
}

/// Whether the column is one of serial numbers or the like: by its name, and by its cells, in none of which a MAC is
/// written as one.
fn is_number(header: &[&[u8]], rows: &[Vec<&[u8]>], column: usize) -> bool {
    let written = |row: &Vec<&[u8]>| row.get(column).is_some_and(|cell| scan::is_written(&fold(cell)));
    header::is_other_number(&decode(header[column])) && !rows.iter().any(written)
}

/// Whether at least two cells are names that inventories use, one of them an id's, and most others look like names.
fn is_clear_header(row: &[&[u8]]) -> bool {
    let (mut known, mut ids, mut names, mut others) = (0, 0, 0, 0);
    for cell in row.iter().filter(|cell| !cell.trim_ascii().is_empty()) {
        let text = decode(cell);
        match header::role(&text) {
            Some(role) => {
                known += 1;
                ids += usize::from(matches!(role, Role::Mac | Role::Hwid));
            }
            None if is_plain_name(&text) => names += 1,
            None => others += 1,
        }
    }
    known >= 2 && ids > 0 && known + names > others && !row.iter().any(|cell| holds_mac(cell))
}

/// `Serial number`, `IP_Address0`, `Last seen (UTC)`: up to four words, the first of which begins with a letter.
fn is_plain_name(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '"');
    let plain = |c: char| c.is_alphanumeric() || " _-./()#".contains(c);
    text.starts_with(char::is_alphabetic) && text.chars().all(plain) && text.split_whitespace().count() <= 4
}

/// Whether there are rows, and nearly all have as many cells as the header.
fn keep_width(rows: &[Vec<&[u8]>], width: usize, ends: Ends) -> bool {
    let rows = rows.iter().filter(|row| !is_border(row.iter().copied()));
    let (even, all) = rows.fold((0, 0), |(even, all), row| {
        let fits = row.len() == width || (ends == Ends::Unwritten && row.len() < width);
        (even + usize::from(fits), all + 1)
    });
    all > 0 && even * 10 >= all * 9
}

/// Whether the column keeps what its name promises: most rows reach to it, and of what stands in it most is an id. A
/// switch's output has commas and words such as `MAC` too.
fn holds_ids(rows: &[Vec<&[u8]>], column: usize, role: Option<Role>) -> bool {
    let rows: Vec<&Vec<&[u8]>> = rows.iter().filter(|row| !is_border(row.iter().copied())).collect();
    let cells: Vec<&[u8]> = rows.iter().filter_map(|row| row.get(column).copied()).collect();
    let filled = cells.iter().filter(|cell| !is_no_id(decode(cell).trim()));
    let (good, all) = filled.fold((0, 0), |(good, all), cell| {
        let id = match role {
            Some(Role::Mac) => holds_mac(cell) || is_lost_mac(cell),
            Some(Role::Hwid) => {
                decode(cell).trim_matches(|c: char| c.is_whitespace() || c == '"').parse::<Hwid>().is_ok()
            }
            _ => false,
        };
        (good + usize::from(id), all + 1)
    });
    good > 0 && good * 2 >= all && cells.len() * 5 >= rows.len() * 3
}

/// The columns of a sheet that is no table: every cell may hold an id, and a single column's name or cells say which.
pub(super) fn only_column(rows: &[Vec<&[u8]>]) -> Columns {
    let name = rows.iter().take(HEADER_ROWS).enumerate().find_map(|(index, row)| {
        let (column, cell) = row.iter().enumerate().find(|(_, cell)| !cell.trim_ascii().is_empty())?;
        let role = header::role(&decode(cell)).filter(|role| matches!(role, Role::Mac | Role::Hwid))?;
        Some((index, column, role))
    });
    match name {
        Some((index, column, role)) => {
            let mut roles = vec![None; column + 1];
            roles[column] = Some(role);
            Columns { roles, foreign: Vec::new(), header: index + 1 }
        }
        None => Columns { roles: only_macs(rows).unwrap_or_default(), foreign: Vec::new(), header: 0 },
    }
}

/// The role of the only column that holds anything, where most of its cells are a MAC.
fn only_macs(rows: &[Vec<&[u8]>]) -> Option<Vec<Option<Role>>> {
    let filled = |row: &Vec<&[u8]>| row.iter().rposition(|cell| !cell.trim_ascii().is_empty());
    let column = rows.iter().find_map(filled)?;
    let alone =
        |row: &Vec<&[u8]>| row.iter().enumerate().all(|(at, cell)| at == column || cell.trim_ascii().is_empty());
    (rows.iter().all(alone) && mac_columns(rows, column + 1) == [column]).then(|| {
        let mut roles = vec![None; column + 1];
        roles[column] = Some(Role::Mac);
        roles
    })
}

fn without_header(rows: &[Vec<&[u8]>], mode: IdMode) -> Option<Columns> {
    let rows: Vec<&Vec<&[u8]>> = rows.iter().filter(|row| !is_border(row.iter().copied())).collect();
    let width = rows.first()?.len();
    let even = rows.iter().filter(|row| row.len() == width).count();
    if rows.len() < 2 || width < 2 || even * 10 < rows.len() * 9 {
        return None;
    }
    let owned: Vec<Vec<&[u8]>> = rows.iter().map(|row| (*row).clone()).collect();
    let macs = mac_columns(&owned, width);
    let is_hwid = |&column: &usize| {
        let cells: Vec<&[u8]> = rows.iter().filter_map(|row| row.get(column).copied()).collect();
        let good = cells.iter().filter(|cell| hwid::unmistakable(decode(cell).trim()).is_some()).count();
        good * 5 >= cells.len() * 4
    };
    let hwid = (0..width).find(|column| mode == IdMode::Hwid && !macs.contains(column) && is_hwid(column));
    // Nothing but MACs is a list of devices, several a line.
    let filled =
        |column: &usize| rows.iter().any(|row| row.get(*column).is_some_and(|cell| !cell.trim_ascii().is_empty()));
    let others: Vec<usize> =
        (0..width).filter(|column| !macs.contains(column) && hwid != Some(*column)).filter(filled).collect();
    if (macs.is_empty() && hwid.is_none()) || others.is_empty() {
        return None;
    }
    let mut roles = vec![None; width];
    if let Some(column) = hwid {
        roles[column] = Some(Role::Hwid);
    }
    for column in macs {
        roles[column] = Some(Role::Mac);
    }
    let all = |column: usize, test: fn(&str) -> bool| {
        let cells: Vec<_> =
            rows.iter().filter_map(|row| row.get(column)).map(|cell| decode(cell.trim_ascii())).collect();
        let good = cells.iter().filter(|cell| test(cell)).count();
        good * 5 >= cells.len() * 4
    };
    for (test, role) in [(is_user as fn(&str) -> bool, Role::User), (is_host_name, Role::Host)] {
        if let Some(&column) = others.iter().find(|&&column| roles[column].is_none() && all(column, test)) {
            roles[column] = Some(role);
        }
    }
    Some(Columns { roles, foreign: Vec::new(), header: 0 })
}

/// `DOMAIN\anna.smith`, `anna@example.org`
fn is_user(cell: &str) -> bool {
    !cell.contains(' ') && (cell.contains('\\') || cell.contains('@')) && cell.len() > 2
}

/// One word with a letter that is no hex digit, as `LT-00017`; not a vendor's name or `dynamic`, which have no digit.
fn is_host_name(cell: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    cell.len() > 2
        && cell.chars().all(letters)
        && cell.chars().any(|c| c.is_ascii_alphabetic() && !c.is_ascii_hexdigit())
        && cell.chars().any(|c| c.is_ascii_digit())
}

/// The columns most of whose cells are a MAC.
fn mac_columns(rows: &[Vec<&[u8]>], width: usize) -> Vec<usize> {
    let most = |&column: &usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.trim_ascii().is_empty());
        let (macs, all) =
            cells.fold((0, 0), |(macs, all), cell| (macs + usize::from(scan::whole(&fold(cell)).is_some()), all + 1));
        macs * 2 > all
    };
    (0..width).filter(most).collect()
}

fn holds_mac(cell: &[u8]) -> bool {
    scan::scan(&fold(cell), Trust::Cell, &mut |spot| match spot.what {
        What::Mac { .. } => ControlFlow::Break(()),
        What::Near(_) => ControlFlow::Continue(()),
    })
    .is_break()
}

/// Whether the cell of a column of ids is nothing but one.
fn cell_is_id(cell: &[u8], role: Option<Role>) -> bool {
    match role {
        Some(Role::Mac) => matches!(scan::whole(&fold(cell)), Some(What::Mac { .. })),
        Some(Role::Hwid) => hwid::token(&decode(cell), IdMode::Hwid).is_some(),
        _ => false,
    }
}

/// Reads a table to its end.
pub(super) fn read(input: &mut dyn Read, name: &str, layout: &Layout, out: &mut Out) -> Step {
    let mut records = Records::new(input, layout.delimiter, &layout.columns);
    let mut rows = 0_usize;
    while let Some(record) = records.next().map_err(|error| Stop::Failed(super::input::broken(name, &error)))? {
        rows += 1;
        if rows.is_multiple_of(1000) {
            out.tick()?;
        }
        if let Some(text) = record.unclosed {
            out.unreadable(record.line, text, "a quotation mark is opened here and never closed")?;
        }
        if rows <= layout.columns.header {
            above(record.cells.map(|cell| cell.bytes), record.line, out)?;
        } else {
            row(record.cells, &layout.columns, record.line, out)?;
        }
    }
    Ok(())
}

/// What stands above the header is text.
pub(super) fn above<'a>(cells: impl Iterator<Item = &'a [u8]>, line: u32, out: &mut Out) -> Step {
    for cell in cells {
        let folded = fold(cell);
        let mut stopped = Ok(());
        let _ = scan::scan(&folded, Trust::Prose, &mut |spot| {
            let line = line + memchr::memchr_iter(b'\n', &folded[..spot.start]).count() as u32;
            stopped = out.spot(line, &folded[spot.start..spot.end], spot.what);
            if stopped.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        stopped?;
    }
    Ok(())
}

/// Reads one row.
pub(super) fn row<'a>(
    cells: impl Iterator<Item = impl Into<Cell<'a>>> + Clone,
    columns: &Columns,
    line: u32,
    out: &mut Out,
) -> Step {
    let cells = cells.map(Into::into);
    let bytes = cells.clone().map(|cell| cell.bytes);
    let roles = &columns.roles;
    // Without a header nothing says that other cells are no devices.
    let others = |out: &mut Out| match columns.header {
        0 => above(bytes.clone().zip(roles).filter(|(_, role)| role.is_none()).map(|(cell, _)| cell), line, out),
        _ => Ok(()),
    };
    if let Some(row) = plain(cells.clone(), roles, line) {
        out.found(Found::Row(row))?;
        return others(out);
    }
    if is_border(bytes.clone()) {
        return Ok(());
    }
    if roles.is_empty() {
        return bytes.into_iter().try_for_each(|cell| text::piece(cell, line, out));
    }
    let mut record = Record::default();
    for (cell, role) in cells.clone().zip(roles) {
        if let Some(role) = role {
            record.cell(*role, cell);
        }
    }
    if record.is_device() {
        record.finish(line, b"", &[], "row", out)?;
        return others(out);
    }
    let all: Vec<&[u8]> = bytes.collect();
    let searched = |column: &usize| {
        !matches!(roles.get(*column), Some(Some(Role::Mac | Role::Hwid))) && !columns.foreign.contains(column)
    };
    let others: Vec<&[u8]> = (0..all.len()).filter(searched).map(|column| all[column]).collect();
    record.finish(line, &all.join(&b" | "[..]), &others, "row", out)
}

/// `+-----+-----+`, `|:---|---:|`: a line that a table is drawn with.
fn is_border<'a>(mut cells: impl Iterator<Item = &'a [u8]>) -> bool {
    cells.all(|cell| cell.iter().all(|byte| b"-+=:|_ \t".contains(byte)))
}
