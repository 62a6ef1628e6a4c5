//! Cursor and scroll position of a list.

/// Where the cursor is, and which row is the first on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// The cursor's row.
    pub cursor: usize,
    /// The first row on screen.
    pub offset: usize,
}

impl ListState {
    /// Keeps the cursor within a list of `length` rows.
    pub fn clamp(&mut self, length: usize) {
        self.cursor = self.cursor.min(length.saturating_sub(1));
    }

    /// Moves the cursor by so many rows, no further than the ends.
    pub fn step(&mut self, by: isize, length: usize) {
        self.cursor = self.cursor.saturating_add_signed(by);
        self.clamp(length);
    }

    /// Goes to the find so many on, or so many back, round the end; `rows` are the finds in their order. Whether there is one.
    pub fn find(&mut self, rows: &[usize], backwards: bool, times: usize) -> bool {
        let length = rows.len();
        if length == 0 {
            return false;
        }
        let before = rows.partition_point(|&row| row < self.cursor);
        let is_here = rows.get(before) == Some(&self.cursor);
        let times = times % length;
        let place = match (backwards, is_here) {
            (true, _) => before + length - times,
            (false, true) => before + times,
            // The first find behind the cursor is one step already.
            (false, false) => before + times + length - 1,
        };
        self.cursor = rows[place % length];
        true
    }

    /// Scrolls so that the cursor is among the `height` rows on screen, and the screen full. As little as is needed, but
    /// by half of the rows where the cursor goes one row over the edge: a row that moves costs as many bytes as a new one,
    /// and on a slow line most moves should cost next to nothing.
    pub fn scroll(&mut self, length: usize, height: usize) {
        self.clamp(length);
        let height = height.max(1);
        if self.cursor == self.offset + height {
            self.offset = self.cursor - height / 2;
        } else if self.cursor + 1 == self.offset {
            self.offset = (self.cursor + 1).saturating_sub(height - height / 2);
        }
        self.offset = self.offset.clamp((self.cursor + 1).saturating_sub(height), self.cursor);
        self.offset = self.offset.min(length.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_on_screen() {
        let mut list = ListState::default();
        for (by, length, height, cursor, offset) in
            [(5, 100, 4, 5, 2), (-1, 100, 4, 4, 2), (-3, 100, 4, 1, 0), (1000, 100, 4, 99, 96), (0, 3, 4, 2, 0)]
        {
            list.step(by, length);
            list.scroll(length, height);
            assert_eq!((list.cursor, list.offset), (cursor, offset));
        }
        list.step(1, 0);
        list.scroll(0, 0);
        assert_eq!(list, ListState::default());
    }

    #[test]
    fn finds_are_gone_to_by_number_both_ways_and_round() {
        for (from, backwards, times, to) in [
            (0, false, 1, 4),
            (4, false, 1, 7),
            (4, false, 2, 9),
            (9, false, 1, 4),
            (5, false, 3, 4),
            (5, false, 7, 7),
            (5, true, 1, 4),
            (4, true, 1, 9),
            (0, true, 2, 7),
            (9, true, 5, 4),
        ] {
            let mut list = ListState { cursor: from, offset: 0 };
            assert!(list.find(&[4, 7, 9], backwards, times));
            assert_eq!(list.cursor, to, "{from} {backwards} {times}");
        }
        assert!(!ListState::default().find(&[], false, 1));
    }
}
