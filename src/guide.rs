//! The guide: short pages for people in a hurry, in the program itself. The console and `gears guide` show the same text.

use crate::model::text::wrap;

/// One page of the guide.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub about: &'static str,
    /// Its text: headings, paragraphs, lists of one level and blocks of commands in Markdown.
    pub markdown: &'static str,
}

const fn page(name: &'static str, about: &'static str, markdown: &'static str) -> Page {
    Page { name, about, markdown }
}

/// Every page, in the order in which they are read.
pub static PAGES: [Page; 8] = [
    page("first-steps", "from nothing to the first run", include_str!("../assets/guide/first-steps.md")),
    page("lists", "which lists and notations are read", include_str!("../assets/guide/lists.md")),
    page("outcomes", "what each outcome means, and what to do", include_str!("../assets/guide/outcomes.md")),
    page("rate-limit", "how long a run takes, and why", include_str!("../assets/guide/rate-limit.md")),
    page(
        "shared-budget",
        "several people or machines on one account",
        include_str!("../assets/guide/shared-budget.md"),
    ),
    page(
        "terminals",
        "PuTTY, Windows Terminal, tmux, screen: paste, copy, colours, letters",
        include_str!("../assets/guide/terminals.md"),
    ),
    page("security", "where secrets are, what is written where", include_str!("../assets/guide/security.md")),
    page("troubleshooting", "when something does not work", include_str!("../assets/guide/troubleshooting.md")),
];

impl Page {
    /// The page of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.name == name)
    }

    /// The page as text of at most `width` cells a line. Commands are never broken: whoever copies one copies it whole.
    #[must_use]
    pub fn lines(&self, width: usize) -> Vec<Line> {
        let mut writer = Writer { width, lines: Vec::new(), pending: String::new(), hang: "" };
        let mut in_code = false;
        for line in self.markdown.lines() {
            if line.starts_with("```") {
                writer.end_paragraph();
                in_code = !in_code;
            } else if in_code {
                writer.lines.push(Line { kind: Kind::Code, text: format!("    {line}") });
            } else {
                writer.prose(line);
            }
        }
        writer.end_paragraph();
        writer.lines
    }
}

/// What a line of a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A heading.
    Title,
    /// Words, or nothing.
    Text,
    /// A command, or what stands in a file.
    Code,
}

/// A line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// How it reads.
    pub text: String,
}

/// Puts paragraphs together and breaks them anew.
struct Writer {
    width: usize,
    lines: Vec<Line>,
    /// The paragraph so far.
    pending: String,
    /// What stands before its further lines.
    hang: &'static str,
}

impl Writer {
    fn prose(&mut self, line: &str) {
        if line.is_empty() {
            self.end_paragraph();
            self.lines.push(Line { kind: Kind::Text, text: String::new() });
        } else if line.starts_with('#') {
            self.end_paragraph();
            self.lines.push(Line { kind: Kind::Title, text: line.trim_start_matches('#').trim().to_owned() });
        } else if line.starts_with("- ") {
            self.end_paragraph();
            self.hang = "  ";
            line.clone_into(&mut self.pending);
        } else {
            if !self.pending.is_empty() {
                self.pending.push(' ');
            }
            self.pending.push_str(line.trim());
        }
    }

    fn end_paragraph(&mut self) {
        if !self.pending.is_empty() {
            // The first line stands out by as much as the others hang.
            let text = self.pending.strip_prefix("- ").unwrap_or(&self.pending);
            let lines = wrap(text, self.width.saturating_sub(self.hang.len()));
            for (index, line) in lines.into_iter().enumerate() {
                let before = if index == 0 && !self.hang.is_empty() { "- " } else { self.hang };
                self.lines.push(Line { kind: Kind::Text, text: format!("{before}{line}") });
            }
        }
        self.pending.clear();
        self.hang = "";
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    #[test]
    fn paragraphs_are_broken_and_commands_are_not() {
        let sample = page(
            "sample",
            "",
            "# One\n\nsome words\nmore\n- a point\n  that goes on\n- b\n\n```sh\nls -l a b c d e f\n```\n",
        );
        let lines: Vec<String> = sample.lines(12).into_iter().map(|line| line.text).collect();
        let whole =
            ["One", "", "some words", "more", "- a point", "  that goes", "  on", "- b", "", "    ls -l a b c d e f"];
        assert_eq!(lines, whole);
    }

    #[test]
    fn every_page_begins_with_its_title_and_fits() {
        for page in &PAGES {
            assert!(page.markdown.starts_with("# "), "{}", page.name);
            assert_eq!(Page::named(page.name), Some(page));
            for width in [52, 76, 100] {
                for line in page.lines(width) {
                    assert!(line.kind == Kind::Code || line.text.width() <= width, "{}: {}", page.name, line.text);
                    assert!(line.kind == Kind::Text || line.text.width() <= 76, "{}: {}", page.name, line.text);
                }
            }
        }
    }
}
