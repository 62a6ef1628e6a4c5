//! What the cloud says of the limit in the headers of an answer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The cloud's own words on the limit, read tolerantly: what cannot be read is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudWords {
    /// `X-RateLimit-Limit` [D]: requests a window that the account has.
    pub limit: Option<u32>,
    /// `X-RateLimit-Remaining` [D]: requests left.
    pub remaining: Option<u32>,
    /// `X-RateLimit-Reset-Time` [D]: time until the limit is reset. Whether it comes as seconds from now or since 1970 is [?].
    pub reset_after: Option<Duration>,
    /// `Retry-After`, which is not documented [?].
    pub retry_after: Option<Duration>,
    /// The answer was 429.
    pub over_limit: bool,
}

/// A count, as of a header's value.
#[must_use]
pub fn count(value: &str) -> Option<u32> {
    value.trim().parse::<u64>().ok().map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// `X-RateLimit-Reset-Time`: over 1e12 is epoch milliseconds, over 1e9 epoch seconds, else seconds from now; a trailing
/// `s` is allowed. `date` is the answer's own.
#[must_use]
pub fn reset_after(value: &str, date: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let number: f64 = value.strip_suffix(['s', 'S']).unwrap_or(value).trim_end().parse().ok()?;
    let since_epoch = date.duration_since(UNIX_EPOCH).unwrap_or_default();
    if number > 1e12 {
        Some(seconds(number / 1e3)?.saturating_sub(since_epoch))
    } else if number > 1e9 {
        Some(seconds(number)?.saturating_sub(since_epoch))
    } else {
        seconds(number)
    }
}

/// `Retry-After`: seconds, or a date against the answer's own `date`.
#[must_use]
pub fn retry_after(value: &str, date: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(number) = value.strip_suffix(['s', 'S']).unwrap_or(value).parse() {
        return seconds(number);
    }
    Some(http_date(value)?.duration_since(date).unwrap_or_default())
}

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn http_date(value: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(value.trim()).ok()
}

fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number.max(0.0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DATE: Duration = Duration::from_hours(500_000);

    #[test]
    fn reset_times_are_read_in_every_form() {
        let date = UNIX_EPOCH + DATE;
        let read = |value| reset_after(value, date).map(|wait| wait.as_secs_f64());
        for (value, wait) in [
            ("12", Some(12.0)),
            (" 12s ", Some(12.0)),
            ("1.5", Some(1.5)),
            ("1800000007", Some(7.0)),
            ("1800000007s", Some(7.0)),
            ("1800000007500", Some(7.5)),
            ("1700000000", Some(0.0)),
            ("-3", Some(0.0)),
            ("soon", None),
            ("NaN", Some(0.0)),
            ("", None),
        ] {
            assert_eq!(read(value), wait, "{value}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", date), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:40:07 GMT", date), Some(Duration::ZERO));
        assert_eq!(retry_after("120", date), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("a while", date), None);
    }

    proptest! {
        #[test]
        fn no_value_is_too_odd(value in any::<String>(), number in any::<f64>()) {
            for value in [value, number.to_string()] {
                let _ = (count(&value), reset_after(&value, UNIX_EPOCH + DATE), retry_after(&value, UNIX_EPOCH + DATE));
            }
        }
    }
}
