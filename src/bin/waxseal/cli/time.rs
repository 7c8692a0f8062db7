//! Points in time as people write and read them.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{Span, SpanRelativeTo, Timestamp, Unit};
use waxseal::{UnixTime, VerificationTime};

/// The value of `--at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtTime {
    /// The time in the topmost Received field.
    Received,
    /// This very time.
    At(UnixTime),
}

impl AtTime {
    /// Parses `received`, Unix seconds or an RFC 3339 date-time.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("received") {
            return Ok(Self::Received);
        }
        if let Ok(seconds) = text.parse::<u64>() {
            return Ok(Self::At(UnixTime::from_seconds(seconds)));
        }
        let time = text.parse::<Timestamp>().map_err(|_| {
            "write it like 2026-01-31T12:00:00Z (RFC 3339), as Unix seconds, or the word `received`"
        })?;
        match u64::try_from(time.as_second()) {
            Ok(seconds) => Ok(Self::At(UnixTime::from_seconds(seconds))),
            Err(_) => Err("it lies before 1970".to_owned()),
        }
    }

    /// The time for a verification that runs at `now`.
    pub(crate) fn verification_time(at: Option<Self>, now: UnixTime) -> VerificationTime {
        match at {
            None => VerificationTime::At(now),
            Some(Self::At(time)) => VerificationTime::At(time),
            Some(Self::Received) => VerificationTime::TopReceived { otherwise: now },
        }
    }
}

/// What the clock says.
pub(crate) fn now() -> UnixTime {
    // A clock before 1970 is no clock.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_seconds(since.as_secs())
}

/// Parses a length of time: seconds, or numbers with units such as `21d` or `1h30m`; a day has 24
/// hours.
pub(crate) fn parse_duration(text: &str) -> Result<u64, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return if seconds > 0 { Ok(seconds) } else { Err("it must be more than 0".to_owned()) };
    }
    let days = SpanRelativeTo::days_are_24_hours();
    let total = text.parse::<Span>().and_then(|span| span.total((Unit::Second, days)));
    match total {
        Ok(seconds) if seconds >= 1.0 => Ok(seconds as u64),
        Ok(_) => Err("it must be at least a second".to_owned()),
        Err(_) => Err("write it in seconds, or like 21d, 12h or 30m".to_owned()),
    }
}

/// Unix seconds as `2018-06-10T13:38:29Z`; as the bare number where the year would pass 9999.
pub(crate) fn format_utc(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(|| seconds.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        match AtTime::parse(text) {
            Ok(AtTime::At(time)) => Some(time.seconds()),
            _ => None,
        }
    }

    #[test]
    fn the_three_forms_are_understood() {
        assert_eq!(AtTime::parse("received"), Ok(AtTime::Received));
        assert_eq!(seconds("1528637909"), Some(1_528_637_909));
        assert_eq!(seconds("2018-06-10T13:38:29Z"), Some(1_528_637_909));
        assert_eq!(seconds("2018-06-10t15:38:29.25+02:00"), Some(1_528_637_909));
        assert_eq!(seconds("2018-06-10 08:08:29-05:30"), Some(1_528_637_909));
        // ISO 8601 leaves the colon out; it means the same.
        assert_eq!(seconds("2018-06-10T15:38:29+0200"), Some(1_528_637_909));
        assert_eq!(seconds("2000-02-29T00:00:00Z"), Some(951_782_400));
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "-1",
            "2018-06-10",
            "2018-06-10T13:38:29",
            "2018-13-10T13:38:29Z",
            "2018-02-29T13:38:29Z",
            "2018-06-10T24:00:00Z",
            "2018-06-10T13:38:29.Z",
            "2018-06-10T13:38:29Zjunk",
            "1969-12-31T23:59:59Z",
            "99999999999999999999",
        ] {
            assert!(AtTime::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn formatting_is_the_inverse_of_parsing() {
        for second in [0, 951_782_400, 951_868_799, 1_528_637_909, 4_107_542_400, 253_402_300_799] {
            assert_eq!(seconds(&format_utc(second)), Some(second));
        }
        assert_eq!(format_utc(253_402_300_800), "253402300800");
        assert_eq!(format_utc(u64::MAX), u64::MAX.to_string());
    }
}
