//! How values become words: names, dates, sizes, durations. Pure.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::text::{Texts, grouped};
use crate::workspace::activity::JobEntry;

/// A Patient's Name as people read it: `DOE^JANE^M` becomes `DOE, JANE M`; further groups follow in parentheses.
pub fn person_name(name: &str) -> String {
    let mut groups = name.split('=').map(one_group).filter(|g| !g.is_empty());
    let Some(first) = groups.next() else {
        return String::new();
    };
    let rest: Vec<String> = groups.collect();
    if rest.is_empty() {
        first
    } else {
        format!("{first} ({})", rest.join(", "))
    }
}

fn one_group(group: &str) -> String {
    let mut parts = group.split('^').map(str::trim);
    let family = parts.next().unwrap_or_default();
    let given: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    match (family.is_empty(), given.is_empty()) {
        (true, true) => String::new(),
        (false, true) => family.to_owned(),
        (true, false) => given.join(" "),
        (false, false) => format!("{family}, {}", given.join(" ")),
    }
}

/// A DICOM date: `20061102` becomes `2006-11-02`; anything else stays as it is.
pub fn date(text: &str) -> String {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])
    } else {
        text.to_owned()
    }
}

/// A DICOM time to the minute: `101530.2` becomes `10:15`.
pub fn time(text: &str) -> String {
    if text.len() >= 4 && text.bytes().take(4).all(|b| b.is_ascii_digit()) {
        format!("{}:{}", &text[..2], &text[2..4])
    } else {
        text.to_owned()
    }
}

/// A DICOM date and time.
pub fn date_time(date_text: &str, time_text: &str) -> String {
    format!("{} {}", date(date_text), time(time_text))
        .trim()
        .to_owned()
}

/// Milliseconds since 1970 in the time zone of this machine.
pub fn local_time(ms: i64, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(stamp) if ms > 0 => stamp
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        _ => String::new(),
    }
}

/// Bytes in the unit that gives three digits.
pub fn bytes(count: u64) -> String {
    const UNITS: &[&str] = &["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && value < 9.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// A duration in its two largest units.
pub fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3599 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A job in one line: what it does, on what, how far.
pub fn job_line(texts: &Texts, job: &JobEntry) -> String {
    let kind = texts.t(&format!("job.{}", job.report.kind)).to_owned();
    let counts = match job.progress.total {
        0 if job.progress.done == 0 => String::new(),
        0 => grouped(job.progress.done),
        total => format!("{}/{}", grouped(job.progress.done), grouped(total)),
    };
    [kind, counts]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_by_component_and_group() {
        assert_eq!(person_name("DOE^JANE^M"), "DOE, JANE M");
        assert_eq!(person_name("PHANTOM"), "PHANTOM");
        assert_eq!(person_name("^^^"), "");
        assert_eq!(
            person_name("Yamada^Tarou=山田^太郎"),
            "Yamada, Tarou (山田, 太郎)"
        );
    }

    #[test]
    fn odd_dates_and_times_stay_as_they_are() {
        assert_eq!(date("20061102"), "2006-11-02");
        assert_eq!(date("2006"), "2006");
        assert_eq!(date("é006110"), "é006110");
        assert_eq!(time("101530.2"), "10:15");
        assert_eq!(time("1"), "1");
        assert_eq!(date_time("", ""), "");
    }

    #[test]
    fn sizes_keep_three_digits() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(526_336), "526 kB");
        assert_eq!(bytes(1_600_000), "1.6 MB");
        assert_eq!(bytes(999_600), "1.0 MB");
        assert_eq!(bytes(158_000_000), "158 MB");
    }

    #[test]
    fn local_time_follows_the_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(local_time(1_000_000_000_000, &zone), "2001-09-09 03:46");
        assert_eq!(local_time(0, &zone), "");
    }
}
