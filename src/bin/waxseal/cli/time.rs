//! Points in time as people write and read them.

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
        match parse_rfc3339(text.as_bytes()) {
            Some(seconds) => match u64::try_from(seconds) {
                Ok(seconds) => Ok(Self::At(UnixTime::from_seconds(seconds))),
                Err(_) => Err("it lies before 1970".to_owned()),
            },
            None => Err("write it like 2026-01-31T12:00:00Z (RFC 3339), as Unix seconds, or the \
                         word `received`"
                .to_owned()),
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

/// Unix seconds as `2018-06-10T13:38:29Z`; as the bare number where the year would pass 9999.
pub(crate) fn format_utc(seconds: u64) -> String {
    const LAST: u64 = 253_402_300_799;
    let Some(signed) = i64::try_from(seconds).ok().filter(|_| seconds <= LAST) else {
        return seconds.to_string();
    };
    let (year, month, day) = civil_from_days(signed.div_euclid(86_400));
    let second_of_day = signed.rem_euclid(86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second_of_day / 3600,
        second_of_day / 60 % 60,
        second_of_day % 60
    )
}

/// RFC 3339 §5.6 date-time; the blank that §5.6 tolerates in place of `T` is tolerated here too.
fn parse_rfc3339(text: &[u8]) -> Option<i64> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix(b"-")?, 2)?;
    let (day, rest) = number(rest.strip_prefix(b"-")?, 2)?;
    let (separator, rest) = rest.split_first()?;
    if !matches!(separator, b'T' | b't' | b' ') {
        return None;
    }
    let (hour, rest) = number(rest, 2)?;
    let (minute, rest) = number(rest.strip_prefix(b":")?, 2)?;
    let (second, rest) = number(rest.strip_prefix(b":")?, 2)?;
    if !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let offset = offset(fraction_skipped(rest)?)?;
    // A leap second, :60, counts as the second after it, as Unix time has it.
    Some(days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

/// Seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    if matches!(text, b"Z" | b"z") {
        return Some(0);
    }
    let (sign, rest) = text.split_first()?;
    let (hours, rest) = number(rest, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(b":")?, 2)?;
    if !rest.is_empty() || hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn fraction_skipped(text: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = text.strip_prefix(b".") else {
        return Some(text);
    };
    let digits = fraction.iter().take_while(|octet| octet.is_ascii_digit()).count();
    if digits == 0 { None } else { fraction.get(digits..) }
}

fn number(text: &[u8], digits: usize) -> Option<(i64, &[u8])> {
    let (head, rest) = text.split_at_checked(digits)?;
    let mut value = 0;
    for octet in head {
        if !octet.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(octet - b'0');
    }
    Some((value, rest))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years begin in March, so that the
/// leap day is the last day of a year; 400 years are 146097 days.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
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
            "2018-06-10T13:38:29+0200",
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
