//! Where everything stands on a screen of any size, and what gives way on a small one.
//!
//! As the screen narrows, these go, one after the other; a test watches:
//!
//! 1. beside each other, down to 76 columns and 18 rows: the action's sentence becomes its summary; in the results the name
//!    beside the reason of a failure; in the list the note, then the user;
//! 2. below that the panes stand one above the other, each as wide as the screen, which brings those back. The action keeps
//!    two rows and loses its border;
//! 3. then: the words of the budget, the name beside the reason, the budget's dots, the action's summary, the note, the user;
//! 4. as rows get few: the map of a run, then of the two lists the one without the focus;
//! 5. below 40 columns or 10 rows: everything but how runs stand, and nothing is sent from there.
//!
//! What stays as long as there are panes: the mark, the id, the host and the outcome of a device, the reason of a failure,
//! which action goes to which kind of id, help and quit.

use ratatui::layout::{Rect, Size};

use super::app::Pane;

/// The places of the screen. A place that is not shown is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// Product, profile, host, budget: one row.
    pub header: Rect,
    /// The device list with its border.
    pub devices: Rect,
    /// The actions with their border, or two rows without one on a narrow screen.
    pub action: Rect,
    /// The results with their border.
    pub results: Rect,
    /// What was said last: one row.
    pub notice: Rect,
    /// The keys that work here and now: one row.
    pub keys: Rect,
    /// The panes stand one above the other.
    pub stacked: bool,
    /// The screen is too small for panes.
    pub tiny: bool,
}

/// The smallest screen that has panes.
pub const SMALLEST: Size = Size { width: 40, height: 10 };

impl Areas {
    /// The places on a screen of this size. `focus` and `has_run` decide who gets the room on a narrow one.
    #[must_use]
    pub fn of(size: Size, focus: Pane, has_run: bool) -> Self {
        let (width, height) = (size.width, size.height);
        let row = |y: u16| Rect::new(0, y, width, 1);
        if width < SMALLEST.width || height < SMALLEST.height {
            return Self { tiny: true, ..Self::default() };
        }
        let (header, notice, keys) = (row(0), row(height - 2), row(height - 1));
        let body = height - 3;
        if width >= 76 && height >= 18 {
            let left = (width * 9 / 16).min(width - 35).max(41);
            let action = if body >= 30 { 9 } else { 8 };
            return Self {
                header,
                notice,
                keys,
                devices: Rect::new(0, 1, left, body),
                action: Rect::new(left, 1, width - left, action),
                results: Rect::new(left, 1 + action, width - left, body - action),
                ..Self::default()
            };
        }
        let action = 2;
        let lists = body - action;
        // The list that one works in gets two thirds of the room, or all of it where there is little.
        let results = match (has_run, focus) {
            (false, _) => 0,
            (true, Pane::Results) if lists < 9 => lists,
            (true, _) if lists < 9 => 0,
            (true, Pane::Results) => lists - (lists / 3).max(3),
            (true, _) => (lists / 3).max(4),
        };
        let devices = lists - results;
        Self {
            header,
            notice,
            keys,
            devices: Rect::new(0, 1, width, devices),
            action: Rect::new(0, 1 + devices, width, action),
            results: Rect::new(0, 1 + devices + action, width, results),
            stacked: true,
            tiny: false,
        }
    }

    /// Rows of devices on screen.
    #[must_use]
    pub fn device_rows(&self) -> usize {
        usize::from(self.devices.height.saturating_sub(2))
    }

    /// Rows of the map strip, for a run of so many devices: none where the list shows them all anyway.
    #[must_use]
    pub fn map_rows(&self, devices: usize) -> usize {
        let inner = usize::from(self.results.height.saturating_sub(2));
        let width = usize::from(self.results.width.saturating_sub(4)).max(1);
        if inner < 6 || devices < inner { 0 } else { devices.div_ceil(width).min((inner - 3) / 3).max(1) }
    }

    /// Rows of results on screen, for a run of so many devices.
    #[must_use]
    pub fn result_rows(&self, devices: usize) -> usize {
        let inner = usize::from(self.results.height.saturating_sub(2));
        inner.saturating_sub(1 + self.map_rows(devices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_fill_the_screen_and_never_overlap() {
        for (width, height) in [(40, 10), (60, 16), (75, 40), (80, 18), (80, 24), (120, 40), (200, 50), (300, 80)] {
            for (focus, has_run) in [(Pane::Devices, false), (Pane::Devices, true), (Pane::Results, true)] {
                let areas = Areas::of(Size { width, height }, focus, has_run);
                let all = [areas.header, areas.devices, areas.action, areas.results, areas.notice, areas.keys];
                let cells: u32 = all.iter().map(|area| area.area()).sum();
                assert_eq!(cells, u32::from(width) * u32::from(height), "{width}x{height}");
                for (index, one) in all.iter().enumerate() {
                    assert!(all[index + 1..].iter().all(|other| !one.intersects(*other)), "{width}x{height}");
                }
                let rows = if focus == Pane::Results { areas.result_rows(1000) } else { areas.device_rows() };
                assert!(rows >= 1, "{width}x{height}");
            }
        }
    }
}
