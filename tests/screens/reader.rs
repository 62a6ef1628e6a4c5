//! Long texts: help, a device, what could not be read, what was said.

use gears_console::tui::update::Msg;

use crate::harness::Console;

#[test]
fn a_long_text_is_searched() {
    let mut console = Console::new(80, 24);
    console.press("?/NOTHING of THE kind<enter>");
    assert!(console.text().contains(" not found "), "{}", console.text());
    console.press("/half a page");
    assert!(console.text().contains("▸ half a page"), "{}", console.text());
    assert!(console.text().contains("Enter find"), "{}", console.text());
    console.press("<esc>/half a page<enter>");
    let marked = |console: &Console| -> String {
        let buffer = console.buffer();
        let inside = |cell: &&ratatui::buffer::Cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED);
        buffer.content[80..].iter().filter(inside).map(ratatui::buffer::Cell::symbol).collect()
    };
    assert!(marked(&console).contains("half a page up"), "{}", console.text());
    console.press("g");
    console.send(Msg::Paste("/half a page\n".to_owned()));
    assert!(marked(&console).contains("half a page up"), "{}", console.text());
    console.press("n");
    assert!(marked(&console).contains("half a page down"), "{}", console.text());
    console.press("N");
    assert!(marked(&console).contains("half a page up"), "{}", console.text());
}
