//! The small languages of settings: rates, times, sizes, addresses.

use std::time::Duration;

use reqwest::Url;

use crate::limiter::Rate;
use crate::model::Action;
use crate::model::text::visible;

/// Reads `10/60s`, `10/min`, `10/1m`: so many requests in a time from one millisecond to one day.
pub fn rate(text: &str) -> Result<Rate, String> {
    let wrong = |why: &str| format!("“{}” is no rate: {why}; write it as 10/60s or 10/min", visible(text));
    let (requests, window) = text.split_once('/').ok_or_else(|| wrong("the time after a / is missing"))?;
    let requests: u32 = requests.trim().parse().map_err(|_| wrong("a whole number stands before the /"))?;
    if requests == 0 {
        return Err(wrong("0 requests would never send anything"));
    }
    let window = match window.trim() {
        "s" | "sec" | "second" => Duration::from_secs(1),
        "m" | "min" | "minute" => Duration::from_mins(1),
        "h" | "hour" => Duration::from_hours(1),
        other => duration(other).map_err(|_| wrong("a time such as 60s or min stands after the /"))?,
    };
    if window > Duration::from_hours(24) {
        return Err(wrong("the time is a day at the most"));
    }
    Ok(Rate { requests, window })
}

/// The rate as `rate` reads it.
#[must_use]
pub fn rate_text(rate: Rate) -> String {
    format!("{}/{}", rate.requests, duration_text(rate.window))
}

/// Reads `500ms`, `30s`, `2m`, `24h`, `7d` and sums such as `1m30s`; never zero, 1000 days at the most.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = |why: &str| format!("“{}” is no time: {why}; write it as 30s, 500ms or 2m", visible(text));
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(|| wrong("its unit is missing"))?;
        let number: u32 = rest[..digits].parse().map_err(|_| wrong("a whole number and a unit are needed"))?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match rest[..letters].trim() {
            "ms" => Duration::from_millis(1),
            "s" | "sec" => Duration::from_secs(1),
            "m" | "min" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            "d" => Duration::from_hours(24),
            _ => return Err(wrong("its unit is ms, s, m, h or d")),
        };
        rest = rest[letters..].trim_start();
        sum = unit.checked_mul(number).and_then(|part| sum.checked_add(part)).ok_or_else(|| wrong("it is too long"))?;
    }
    match sum {
        Duration::ZERO => Err(wrong("it must be longer than nothing")),
        sum if sum > Duration::from_hours(24_000) => Err(wrong("it is longer than 1000 days")),
        sum => Ok(sum),
    }
}

/// The time as `duration` reads it, in the largest unit that keeps it whole; minutes from two on.
#[must_use]
pub fn duration_text(time: Duration) -> String {
    let (milliseconds, seconds) = (time.as_millis(), time.as_secs());
    if !milliseconds.is_multiple_of(1000) {
        format!("{milliseconds}ms")
    } else if seconds < 120 || !seconds.is_multiple_of(60) {
        format!("{seconds}s")
    } else if seconds.is_multiple_of(3600) {
        format!("{}h", seconds / 3600)
    } else {
        format!("{}m", seconds / 60)
    }
}

/// Reads a number of bytes: `1048576`, `512MiB`, `1GiB`, `2GB` (GB is taken as GiB).
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("“{}” is no size: write it as 512MiB or 2GiB", visible(text));
    let text_ = text.trim();
    let digits = text_.find(|c: char| !c.is_ascii_digit()).unwrap_or(text_.len());
    let number: u64 = text_[..digits].parse().map_err(|_| wrong())?;
    let shift = match text_[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(wrong()),
    };
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

/// The size as `size` reads it.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 30) => format!("{}GiB", bytes >> 30),
        bytes if bytes.is_multiple_of(1 << 20) => format!("{}MiB", bytes >> 20),
        bytes => bytes.to_string(),
    }
}

/// Reads `true`, `on`, `yes`, `1` and their opposites.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(format!("“{}” is neither on nor off", visible(text))),
    }
}

/// Reads a whole number within the range.
pub fn number(text: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, String> {
    let number = text.trim().parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("“{}” is no whole number from {} to {}", visible(text), range.start(), range.end()))
}

/// Reads the cloud's address: `https://host`, or `http://` (which the client takes for this machine alone). Nothing of
/// the address is repeated in the error where it may hold a password.
pub fn base_url(text: &str) -> Result<Url, String> {
    let text = text.trim();
    if text.contains('@') {
        return Err(
            "an address with a user name or password in it is not taken; “Credentials” in gears --help says how"
                .to_owned(),
        );
    }
    if !text.contains("://") {
        return Err(format!("“{0}” is no address: the scheme is missing; try https://{0}", visible(text)));
    }
    let url = Url::parse(text).map_err(|error| format!("this is no address of a cloud: {error}"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(format!("“{}” is no address that can be used: it begins with https://", visible(text)));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "“{}” says too much: only scheme and host are wanted, {}",
            visible(text),
            url.origin().ascii_serialization()
        ));
    }
    Ok(url)
}

/// Reads which actions need a reason: `true` or `all`, `false` or `none`, or action names with commas between.
pub fn actions(text: &str) -> Result<Vec<Action>, String> {
    match text.trim() {
        "all" => Ok(Action::ALL.to_vec()),
        "none" | "" => Ok(Vec::new()),
        text => match switch(text) {
            Ok(true) => Ok(Action::ALL.to_vec()),
            Ok(false) => Ok(Vec::new()),
            Err(_) => text.split(',').map(|name| name.trim().parse()).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_read_as_people_write_them() {
        let minute = Rate { requests: 10, window: Duration::from_mins(1) };
        for text in ["10/60s", "10/min", "10/1m", "10 / 60 s", "10/60000ms", "10/minute"] {
            assert_eq!(rate(text), Ok(minute), "{text}");
        }
        assert_eq!(rate_text(minute), "10/60s");
    }

    #[test]
    fn wrong_rates_say_what_a_rate_is() {
        for text in [
            "",
            "10",
            "0/60s",
            "-1/60s",
            "10/",
            "/60s",
            "10/0s",
            "ten/60s",
            "10/60",
            "1/2d",
            "99999999999/1s",
            "10/60s/2",
        ] {
            let error = rate(text).unwrap_err();
            assert!(error.contains("10/60s") && error.contains(&format!("“{text}”")), "{error}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for text in ["30", "", "0s", "5 weeks", "1.5s", "s", "-3s", "5000000000s", "4000000000d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_switches_and_numbers() {
        assert_eq!([size("1GiB"), size("512 mb"), size("1024")], [Ok(1 << 30), Ok(512 << 20), Ok(1024)]);
        assert!(size("0").is_err() && size("1TB").is_err() && size("99999999999GiB").is_err());
        assert_eq!([switch("On"), switch("0")], [Ok(true), Ok(false)]);
        assert!(switch("perhaps").is_err());
        assert!(number("0", 1..=50).unwrap_err().contains("from 1 to 50"));
    }

    #[test]
    fn addresses_are_scheme_and_host() {
        assert_eq!(base_url("https://gears.opswat.com").unwrap().as_str(), "https://gears.opswat.com/");
        assert_eq!(base_url("http://127.0.0.1:8080/").unwrap().port(), Some(8080));
        assert!(base_url("gears.opswat.com").unwrap_err().contains("https://gears.opswat.com"));
        for text in ["ftp://x", "https://host/o/api", "https://host?x=1", "https://", "", "https://host/#a"] {
            assert!(base_url(text).is_err(), "{text}");
        }
        for text in ["https://anna:hunter2@host", "anna:hunter2@host", "ftp://anna:hunter2@ho st"] {
            let error = base_url(text).unwrap_err();
            assert!(!error.contains("hunter2") && !error.contains("anna"), "{error}");
        }
    }

    #[test]
    fn reasons_by_action() {
        assert_eq!(actions("exempt_all, unexempt"), Ok(vec![Action::ExemptAll, Action::Unexempt]));
        assert_eq!(actions("true"), Ok(Action::ALL.to_vec()));
        assert_eq!(actions("none"), Ok(Vec::new()));
        assert!(actions("reboot").is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(requests in 1_u32.., milliseconds in 1_u64..=86_400_000, bytes in 1_u64..1 << 40) {
            let wanted = Rate { requests, window: Duration::from_millis(milliseconds) };
            prop_assert_eq!(rate(&rate_text(wanted)), Ok(wanted));
            prop_assert_eq!(size(&size_text(bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_breaks_a_reader(text in any::<String>()) {
            let _ = (rate(&text), duration(&text), size(&text), base_url(&text), actions(&text), switch(&text));
        }
    }
}
