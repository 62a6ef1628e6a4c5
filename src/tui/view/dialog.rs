//! What asks, over the panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_input::Input;

use crate::intake;
use crate::model::OutcomeKind;
use crate::tui::app::App;
use crate::tui::dialog::{AT_ONCE, Confirm, Dialog, OpenFile, READING, SELECTABLE_OUTCOMES};
use crate::tui::palette::Palette;
use crate::tui::text::{visible, wrap};
use crate::tui::words::{count, counted};

use super::{export, lists, missed, part, places, put, put_spans, scrolled, window};

/// Draws the dialog. Where the terminal's cursor belongs comes back, if text is being typed.
pub(super) fn draw(app: &App, dialog: &Dialog, buffer: &mut Buffer) -> Option<(u16, u16)> {
    match dialog {
        Dialog::Confirm(question) => confirm(app, question, buffer),
        Dialog::Quit { opened, interrupted } => {
            let once_more = interrupted.is_some_and(|last| app.now < last + AT_ONCE);
            quit(app, app.now >= *opened + READING, once_more, buffer);
            None
        }
        Dialog::Reader(reader) => lists::draw(app, reader, buffer),
        Dialog::Open(open) => Some(open_file(app, open, buffer)),
        Dialog::Paste(text) => Some(paste(app, text, buffer)),
        Dialog::TypeDevice(input) => Some(type_device(app, input, buffer)),
        Dialog::Past(past) => super::past::draw(app, past, buffer),
        Dialog::Unfinished(question) => super::past::unfinished(app, question, buffer),
        Dialog::Palette(palette) => Some(find_command(app, palette, buffer)),
        Dialog::Welcome => {
            places::welcome(app, buffer);
            None
        }
        Dialog::SetUp(form) => places::set_up(app, form, buffer),
        Dialog::Places(cursor) => {
            places::places(app, *cursor, buffer);
            None
        }
        Dialog::Save(form) => Some(export::save(app, form, buffer)),
        Dialog::Copy => {
            export::copy(app, buffer);
            None
        }
        Dialog::SelectByOutcome => {
            select_by_outcome(app, buffer);
            None
        }
    }
}

fn confirm(app: &App, question: &Confirm, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let theme = app.options.theme;
    let run = &question.run;
    let number = run.devices.len();
    let danger = run.action.weakens_protection();
    let style = if danger { theme.error() } else { theme.accent() };
    let width = 64.min(buffer.area.width.saturating_sub(2));
    let text_width = usize::from(width.saturating_sub(4));
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say =
        |text: String, style: Style| lines.extend(wrap(&text, text_width).into_iter().map(|line| (line, style)));
    let to = if number == 1 { name(run.devices.first()) } else { counted(number, "device") };
    say(format!("{} for {to}", run.action), theme.strong());
    say(run.action.sentence().to_owned(), if danger { theme.warning() } else { Style::new() });
    let place = if app.options.demo { "simulation" } else { &app.options.host };
    let requests = counted(question.requests, "request");
    say(format!("by {}, {requests}, {}, at {}", run.id_mode, question.time, visible(place)), Style::new());
    // In the console every excluded device is so for the same reason.
    if let Some(first) = run.excluded.first() {
        say(format!("left out: {}, {}", counted(run.excluded.len(), "device"), first.why), theme.warning());
    }
    if question.without_id > 0 {
        let words =
            format!("not in it: {} of the list without {}", counted(question.without_id, "device"), run.id_mode);
        say(words, theme.warning());
    }
    if question.hidden > 0 {
        say(format!("{} of them hidden by the filter", count(question.hidden)), theme.warning());
    }
    if question.busy > 0 {
        say(format!("{} still in a run that is on", counted(question.busy, "device")), theme.warning());
    }
    if question.again > 0 {
        let which = if question.again == number {
            "done before".to_owned()
        } else {
            format!("{} of them done before", count(question.again))
        };
        say(format!("{which}: the last {} succeeded", run.action), theme.warning());
    }
    if number > 1 {
        let names: Vec<String> = run.devices.iter().take(3).map(|device| name(Some(device))).collect();
        let more = if number > 3 { format!(", {}", theme.symbols.more) } else { String::new() };
        say(format!("first: {}{more}", names.join(", ")), theme.dim());
    }
    let height = lines.len() as u16 + 5 + u16::from(question.typed.is_some());
    let title = if danger { "Switch protection off?" } else { "Send?" };
    let inner = window(app, buffer, width, height, title, style);
    // On a small screen the fields and the answers come before the explanations.
    let below = 2 + u16::from(question.typed.is_some());
    let room = usize::from(inner.height.saturating_sub(below));
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push((format!("{} more than fits: enlarge", theme.symbols.more), theme.warning()));
    }
    for (row, (line, style)) in lines.iter().enumerate().take(room) {
        put(app, buffer, inner.x, inner.y + row as u16, inner.width, line, *style);
    }
    let bottom = inner.bottom().saturating_sub(1);
    let mut cursor = None;
    if let Some(input) = &question.typed {
        let row = Rect { y: bottom.saturating_sub(2), height: 1, ..inner };
        let x =
            put(app, buffer, row.x, row.y, row.width, &format!("Type {} to confirm: ", count(number)), theme.strong());
        let value = format!("{}{}", input.value(), "_".repeat(6_usize.saturating_sub(input.value().len())));
        put(app, buffer, x, row.y, row.right().saturating_sub(x), &value, theme.accent());
        cursor = Some((x + input.visual_cursor() as u16, row.y));
    }
    let row = Rect { y: bottom.saturating_sub(1), height: 1, ..inner };
    let at = reason(app, question, row, buffer);
    if question.in_reason {
        cursor = Some(at);
    }
    let ready = question.is_armed(app.now) && question.lack().is_none();
    let x = answers(app, Rect { y: bottom, height: 1, ..inner }, ready, "send", "do not send", buffer);
    if let Some(missing) = question.missing {
        missed(app, buffer, x, bottom, inner, missing);
    }
    cursor
}

/// `Reason (Tab): INC0012345`; where the cursor belongs comes back.
fn reason(app: &App, question: &Confirm, row: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let look = if question.in_reason || question.reason_required { theme.strong() } else { theme.dim() };
    let x = put_spans(app, buffer, row, &[("Reason ", look), ("(Tab)", theme.key()), (": ", look)]);
    let width = row.right().saturating_sub(x + 1);
    let (text, at) = scrolled(app, &question.reason, width);
    put(app, buffer, x, row.y, width, &text, Style::new());
    (x + at, row.y)
}

fn name(device: Option<&crate::model::RunDevice>) -> String {
    let Some(device) = device else { return String::new() };
    let id = device.mac.map(|mac| mac.to_string()).or_else(|| device.hwid.as_ref().map(ToString::to_string));
    let label = visible(&device.label);
    match label.split(' ').next() {
        Some(word) if !word.is_empty() => word.to_owned(),
        _ => id.unwrap_or_default(),
    }
}

/// `Enter send   Esc do not send`; Enter is dim while it does not count yet.
pub(super) fn answers(app: &App, row: Rect, ready: bool, yes: &str, no: &str, buffer: &mut Buffer) -> u16 {
    let theme = app.options.theme;
    let (mark, key, style) =
        if ready { (theme.symbols.cursor, theme.key(), theme.strong()) } else { (" ", theme.dim(), theme.dim()) };
    let yes = format!(" {yes}");
    let no = format!(" {no}");
    let spans = [
        (mark, key),
        (" Enter", key),
        (&*yes, style),
        ("     ", Style::new()),
        ("Esc", theme.key()),
        (&*no, theme.strong()),
    ];
    put_spans(app, buffer, row, &spans)
}

const IN_FLIGHT: &str = "What is in flight is awaited, the rest is not sent.";

/// `once_more`: Ctrl-C was pressed so lately that the next one leaves at once.
fn quit(app: &App, ready: bool, once_more: bool, buffer: &mut Buffer) {
    let theme = app.options.theme;
    // The last run may end while the question stands.
    let (title, lines) = match (app.is_running(), once_more) {
        (true, true) => {
            ("Quit while a run is on?", [IN_FLIGHT, "Ctrl-C once more leaves at once: in flight is unknown."])
        }
        (true, false) => {
            ("Quit while a run is on?", [IN_FLIGHT, "Ctrl-C twice in 2 s leaves at once: in flight unknown."])
        }
        (false, _) => ("Quit?", ["No run is on any more.", ""]),
    };
    let width = 58.min(buffer.area.width);
    let lines: Vec<String> = lines.iter().flat_map(|line| wrap(line, usize::from(width.saturating_sub(4)))).collect();
    let inner = window(app, buffer, width, lines.len() as u16 + 4, title, theme.warning());
    for (row, line) in lines.iter().enumerate() {
        put(app, buffer, inner.x, inner.y + row as u16, inner.width, line, Style::new());
    }
    let row = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    answers(app, row, ready, "quit", "stay", buffer);
}

/// One device by hand, with what the text is read as so far.
fn type_device(app: &App, input: &Input, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let inner = window(app, buffer, 60, 5, "One device", theme.accent());
    put(app, buffer, inner.x, inner.y, inner.width, "A MAC in any notation, or an HWID:", Style::new());
    let at = field(app, input, Rect { y: inner.y + 1, height: 1, ..inner }, buffer);
    let row = intake::read_argument(input.value().trim(), Some(app.id_mode));
    let (words, style) = match row {
        _ if input.value().trim().is_empty() => return at,
        Some(row) => match (row.macs.first(), &row.hwid) {
            (Some(mac), _) => (format!("MAC {mac}"), theme.outcome(OutcomeKind::Succeeded)),
            (None, Some(hwid)) => (format!("HWID {hwid}"), theme.outcome(OutcomeKind::Succeeded)),
            (None, None) => return at,
        },
        None => {
            let why = intake::no_device(input.value().trim());
            (why.map_or_else(|| "no id yet".to_owned(), |why| why.to_string()), theme.warning())
        }
    };
    put(app, buffer, inner.x + 2, inner.y + 2, inner.width.saturating_sub(2), &words, style);
    at
}

/// A text field; where the cursor belongs comes back.
pub(super) fn field(app: &App, input: &Input, row: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let x = put_spans(app, buffer, row, &[(theme.symbols.cursor, theme.accent()), (" ", Style::new())]);
    let width = row.right().saturating_sub(x + 1);
    let (text, at) = scrolled(app, input, width);
    put(app, buffer, x, row.y, width, &text, Style::new());
    (x + at, row.y)
}

fn open_file(app: &App, open: &OpenFile, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let height = buffer.area.height.saturating_sub(4).min(16);
    let inner = window(app, buffer, 74, height, "Open a list", theme.accent());
    let at = field(app, &open.input, Rect { height: 1, ..inner }, buffer);
    let rows = usize::from(inner.height.saturating_sub(2));
    let folder = open.input.value().rsplit_once('/').map_or(0, |(folder, _)| folder.len() + 1);
    let shown = open.completions.len().min(if open.completions.len() > rows { rows.saturating_sub(1) } else { rows });
    for (row, path) in open.completions.iter().take(shown).enumerate() {
        let y = inner.y + 2 + row as u16;
        let style = if path.ends_with('/') { theme.accent() } else { Style::new() };
        put(app, buffer, inner.x + 2, y, inner.width.saturating_sub(2), path.get(folder..).unwrap_or(path), style);
    }
    if shown < open.completions.len() {
        let more = format!("and {} more", open.completions.len() - shown);
        put(app, buffer, inner.x + 2, inner.bottom() - 1, inner.width - 2, &more, theme.dim());
    }
    at
}

fn paste(app: &App, text: &str, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    let (width, height) = (buffer.area.width.saturating_sub(6), buffer.area.height.saturating_sub(4));
    let inner = window(app, buffer, width, height, "Paste here", theme.accent());
    let lines: Vec<&str> = text.split('\n').collect();
    let rows = usize::from(inner.height.saturating_sub(1));
    let first = lines.len().saturating_sub(rows);
    let mut at = (inner.x, inner.y);
    for (row, line) in lines[first..].iter().enumerate() {
        let y = inner.y + row as u16;
        at = (put(app, buffer, inner.x, y, inner.width, &visible(line), Style::new()), y);
    }
    let filled = lines.iter().filter(|line| !line.trim().is_empty()).count();
    let words = format!("{}. Ctrl-D takes it, Esc leaves it", counted(filled, "line"));
    put(app, buffer, inner.x, inner.bottom().saturating_sub(1), inner.width, &words, theme.strong());
    at
}

/// A command by its words, with the key that does the same.
fn find_command(app: &App, palette: &Palette, buffer: &mut Buffer) -> (u16, u16) {
    let theme = app.options.theme;
    // On a low screen the commands have every row that there is.
    let low = buffer.area.height < 16;
    let height = if low { buffer.area.height.saturating_sub(2) } else { (buffer.area.height - 4).min(18) };
    let inner = window(app, buffer, 76, height, "Find a command", theme.accent());
    let at = field(app, palette.input(), Rect { height: 1, ..inner }, buffer);
    let above = if low { 1 } else { 2 };
    let rows = usize::from(inner.height.saturating_sub(above));
    let first = palette.cursor().saturating_sub(rows.saturating_sub(1));
    for (row, (index, binding)) in palette.found().iter().enumerate().skip(first).take(rows).enumerate() {
        let chosen = index == palette.cursor();
        let (mark, style) = if chosen { (theme.symbols.cursor, theme.strong()) } else { (" ", Style::new()) };
        let keys = format!(" {:<11}", app.options.keys.listed(binding.act));
        let place = Rect { y: inner.y + above + row as u16, height: 1, ..inner };
        put_spans(app, buffer, place, &[(mark, theme.accent()), (&keys, theme.key()), (binding.words, style)]);
    }
    part(app, buffer, inner, first, rows, palette.found().len());
    if palette.found().is_empty() {
        put(
            app,
            buffer,
            inner.x + 2,
            inner.y + above,
            inner.width.saturating_sub(2),
            "no such command",
            theme.warning(),
        );
    }
    at
}

fn select_by_outcome(app: &App, buffer: &mut Buffer) {
    let theme = app.options.theme;
    let inner = window(app, buffer, 46, 6, "Select by last outcome", theme.accent());
    for (row, (key, kind)) in SELECTABLE_OUTCOMES.into_iter().enumerate() {
        let number = format!("  {}", counted(app.last_outcomes(kind), "device"));
        let word = format!(" {:<10}", kind.word());
        let key = key.to_string();
        let spans = [
            (&*key, theme.key()),
            ("  ", Style::new()),
            (theme.symbol(kind), theme.outcome(kind)),
            (&*word, theme.outcome(kind)),
            (&*number, Style::new()),
        ];
        put_spans(app, buffer, Rect { y: inner.y + row as u16, height: 1, ..inner }, &spans);
    }
}
