//! The machine's time zone.

use std::sync::OnceLock;

use jiff::tz::TimeZone;

/// Where the machine's zone stands on every Unix.
const PLACE: &str = "/etc/localtime";

/// The zone in which people read times here. Without `TZ` it is read from `/etc/localtime` itself: to learn its name as
/// well, jiff looks through all folders of the zone database, which a first frame would wait for.
#[must_use]
pub fn local() -> TimeZone {
    static LOCAL: OnceLock<TimeZone> = OnceLock::new();
    LOCAL.get_or_init(|| from_file().unwrap_or_else(TimeZone::system)).clone()
}

fn from_file() -> Option<TimeZone> {
    if std::env::var_os("TZ").is_some() {
        return None;
    }
    TimeZone::tzif("Local", &std::fs::read(PLACE).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn it_tells_the_time_that_the_system_tells() {
        for second in [0, 1_700_000_000, 1_720_000_000, 4_000_000_000] {
            let time = Timestamp::from_second(second).unwrap();
            assert_eq!(local().to_offset(time), TimeZone::system().to_offset(time));
        }
    }
}
