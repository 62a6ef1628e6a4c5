//! Numbers and times as the screen writes them.

use std::time::Duration;

pub use crate::model::text::{count, counted};

/// `12 s`, `4 min 10 s`, `1 h 5 min`: rounded up, so that what is promised is kept.
#[must_use]
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_up() {
        assert_eq!(duration(Duration::from_millis(1)), "1 s");
        assert_eq!(duration(Duration::from_secs(12)), "12 s");
        assert_eq!(duration(Duration::from_millis(249_100)), "4 min 10 s");
        assert_eq!(duration(Duration::from_mins(65)), "1 h 5 min");
    }
}
