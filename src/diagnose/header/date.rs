//! The Date field, written anew.

use super::Alternatives;
use super::slots::Slot;
use crate::diagnose::hypothesis::Hypothesis::DateRewritten;

/// How the zone of Greenwich is written, with comments that some add.
const ZERO: [&[u8]; 9] = [
    b"+0000",
    b"-0000",
    b"GMT",
    b"UTC",
    b"UT",
    b"Z",
    b"+0000 (UTC)",
    b"+0000 (GMT)",
    b"+0000 (Coordinated Universal Time)",
];

const WEEKDAYS: [&[u8]; 7] = [b"Sat", b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri"];

const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

pub(super) fn add(slot: &Slot, found: &mut Alternatives<'_>) {
    if !slot.is_named("Date") {
        return;
    }
    let value = slot.value();
    let uncommented = value.split(|octet| *octet == b'(').next().unwrap_or_default();
    let mut words: Vec<&[u8]> = uncommented
        .split(|octet| octet.is_ascii_whitespace() || *octet == b',')
        .filter(|word| !word.is_empty())
        .collect();
    if words.first().is_some_and(|word| word.iter().all(u8::is_ascii_alphabetic)) {
        words.remove(0);
    }
    let &[day, month, year, time, zone] = words.as_slice() else { return };
    let day = day.strip_prefix(b"0").unwrap_or(day);
    let weekday = weekday(day, month, year);
    let zones = if ZERO.contains(&zone) { ZERO.to_vec() } else { vec![zone] };
    let short = time.strip_suffix(b":00").filter(|time| time.contains(&b':')).unwrap_or(time);
    for zone in zones {
        for day in [day.to_vec(), [b"0", day].concat(), [b" ", day].concat()] {
            for time in [time, short] {
                let plain =
                    [day.as_slice(), b" ", month, b" ", year, b" ", time, b" ", zone].concat();
                if let Some(weekday) = weekday {
                    found.value(DateRewritten, false, &[weekday, b", ", plain.as_slice()].concat());
                }
                found.value(DateRewritten, false, plain.trim_ascii());
            }
        }
    }
}

/// The day of the week, by Zeller's congruence.
fn weekday(day: &[u8], month: &[u8], year: &[u8]) -> Option<&'static [u8]> {
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u32>().ok();
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
    let (day, month, year) =
        (number(day)?, u32::try_from(month).ok()?.checked_add(1)?, number(year)?);
    // January and February count as the end of the year before.
    let (month, year) =
        if month < 3 { (month.checked_add(12)?, year.checked_sub(1)?) } else { (month, year) };
    let days = month.checked_add(1)?.checked_mul(13)?.checked_div(5)?;
    let leap = year
        .checked_div(4)?
        .checked_sub(year.checked_div(100)?)?
        .checked_add(year.checked_div(400)?)?;
    let sum = day.checked_add(days)?.checked_add(year)?.checked_add(leap)?;
    WEEKDAYS.get(usize::try_from(sum.checked_rem(7)?).ok()?).copied()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn days_of_the_week_are_right() {
        for (day, month, year, expected) in [
            ("3", "Nov", "2023", "Fri"),
            ("29", "Feb", "2024", "Thu"),
            ("1", "jan", "2000", "Sat"),
            ("31", "Dec", "1999", "Fri"),
        ] {
            let found = weekday(day.as_bytes(), month.as_bytes(), year.as_bytes());
            assert_eq!(found, Some(expected.as_bytes()), "{day} {month} {year}");
        }
        assert_eq!(weekday(b"x", b"Nov", b"2023"), None);
        assert_eq!(weekday(b"4294967295", b"Nov", b"4294967295"), None);
    }
}
