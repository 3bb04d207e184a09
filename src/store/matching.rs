//! One key and its value as an SQL condition (PS3.4 C.2.2.2).

use rusqlite::types::Value;

use super::StoreError;
use super::fold::{fold, fold_name};
use super::query_keys::{Key, Matching};
use crate::dicom::Uid;

/// The condition of a key, its values appended to `values`; `None` when everything matches (universal matching).
pub fn condition(
    key: &Key,
    value: &str,
    values: &mut Vec<Value>,
) -> Result<Option<String>, StoreError> {
    let value = value.trim_matches(['\0', ' ']);
    if value.is_empty() || value.chars().all(|c| c == '*') {
        return Ok(None);
    }
    let condition = match key.matching {
        Matching::Text => any_of(value, |one| text(key.column, one, values)),
        Matching::Name => name(key.column, value, values),
        Matching::Date => date(key, value, values)?,
        Matching::Time => time(key, value, values)?,
        Matching::DateTime => date_time(key, value, values)?,
        Matching::Uid => uid(key, value, values)?,
        Matching::Number => number(key, value, values)?,
        Matching::Modalities => any_of(value, |one| {
            values.push(format!("*\\{}\\*", glob(one)).into());
            format!("{} GLOB ?", key.column)
        }),
    };
    Ok(Some(match key.exists {
        Some(exists) => exists.replace("{}", &condition),
        None => condition,
    }))
}

/// A list by backslash matches when any of its values does.
fn any_of(value: &str, mut one: impl FnMut(&str) -> String) -> String {
    let conditions: Vec<String> = value.split('\\').map(&mut one).collect();
    format!("({})", conditions.join(" OR "))
}

fn has_wildcard(value: &str) -> bool {
    value.contains(['*', '?'])
}

/// A DICOM pattern as a GLOB pattern, which knows `[` as well.
fn glob(pattern: &str) -> String {
    pattern.replace('[', "[[]")
}

fn text(column: &str, value: &str, values: &mut Vec<Value>) -> String {
    if has_wildcard(value) {
        values.push(glob(value).into());
        format!("{column} GLOB ?")
    } else {
        values.push(value.to_owned().into());
        format!("{column} = ?")
    }
}

/// Any component group may match (PS3.4 C.2.2.2.1); the column is folded, so the value is too.
fn name(column: &str, value: &str, values: &mut Vec<Value>) -> String {
    if has_wildcard(value) {
        let pattern = fold(value);
        values.push(format!("*={}=*", glob(&pattern)).into());
        format!("'=' || {column} || '=' GLOB ?")
    } else {
        values.push(format!("={}=", fold_name(value)).into());
        format!("instr('=' || {column} || '=', ?) > 0")
    }
}

/// First and last value of a range; an open end is an empty text.
fn range(value: &str) -> Option<(&str, &str)> {
    let (first, last) = value.split_once('-')?;
    Some((first.trim(), last.trim()))
}

fn malformed(key: &Key, value: &str) -> StoreError {
    StoreError::Input(format!("{}: malformed value {value:?}", key.keyword))
}

/// `YYYYMMDD`; the dots of old dates (`YYYY.MM.DD`) are dropped.
fn plain_date(key: &Key, text: &str) -> Result<String, StoreError> {
    let date: String = text.chars().filter(|c| *c != '.').collect();
    match date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(date),
        false => Err(malformed(key, text)),
    }
}

fn date(key: &Key, value: &str, values: &mut Vec<Value>) -> Result<String, StoreError> {
    let column = format!("replace({}, '.', '')", key.column);
    let Some((first, last)) = range(value) else {
        values.push(plain_date(key, value)?.into());
        return Ok(format!("{column} = ?"));
    };
    if first.is_empty() && last.is_empty() {
        return Err(malformed(key, value));
    }
    let mut conditions = vec![format!("{} <> ''", key.column)];
    for (end, comparison) in [(first, ">="), (last, "<=")] {
        if !end.is_empty() {
            values.push(plain_date(key, end)?.into());
            conditions.push(format!("{column} {comparison} ?"));
        }
    }
    Ok(conditions.join(" AND "))
}

/// A time filled up to `HHMMSS.FFFFFF` with the first or last moment it can mean.
fn full_time(key: &Key, text: &str, filling: &str) -> Result<String, StoreError> {
    let time: String = text.chars().filter(|c| *c != ':').collect();
    let shape_is_right = time.bytes().enumerate().all(|(place, b)| match place {
        6 => b == b'.',
        _ => b.is_ascii_digit(),
    });
    match shape_is_right && (2..=13).contains(&time.len()) {
        true => Ok(format!("{time}{}", &filling[time.len()..])),
        false => Err(malformed(key, text)),
    }
}

fn time(key: &Key, value: &str, values: &mut Vec<Value>) -> Result<String, StoreError> {
    const FIRST: &str = "000000.000000";
    const LAST: &str = "235959.999999";
    let column = key.column;
    let plain = format!("replace({column}, ':', '')");
    let filled = format!("({plain} || substr('{FIRST}', length({plain}) + 1))");
    let (first, last) = range(value).unwrap_or((value, value));
    if first.is_empty() && last.is_empty() {
        return Err(malformed(key, value));
    }
    let mut conditions = vec![format!("{column} <> ''")];
    if !first.is_empty() {
        values.push(full_time(key, first, FIRST)?.into());
        conditions.push(format!("{filled} >= ?"));
    }
    if !last.is_empty() {
        values.push(full_time(key, last, LAST)?.into());
        conditions.push(format!("{filled} <= ?"));
    }
    Ok(conditions.join(" AND "))
}

/// A range is separated by a hyphen between two values of the same length or with an open end; offsets from UTC are kept as text.
fn date_time(key: &Key, value: &str, values: &mut Vec<Value>) -> Result<String, StoreError> {
    let plausible = value
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
    if !plausible {
        return Err(malformed(key, value));
    }
    let (first, last) = range(value).unwrap_or((value, value));
    let mut conditions = vec![format!("{} <> ''", key.column)];
    if !first.is_empty() {
        values.push(first.to_owned().into());
        conditions.push(format!("{} >= ?", key.column));
    }
    if !last.is_empty() {
        values.push(format!("{last}~").into()); // sorts after everything that starts with it
        conditions.push(format!("{} <= ?", key.column));
    }
    Ok(conditions.join(" AND "))
}

fn uid(key: &Key, value: &str, values: &mut Vec<Value>) -> Result<String, StoreError> {
    let mut marks = Vec::new();
    for one in value.split('\\') {
        let uid = Uid::parse(one).map_err(|_| malformed(key, one))?;
        values.push(uid.as_str().to_owned().into());
        marks.push("?");
    }
    Ok(format!("{} IN ({})", key.column, marks.join(", ")))
}

fn number(key: &Key, value: &str, values: &mut Vec<Value>) -> Result<String, StoreError> {
    let number: i64 = value.parse().map_err(|_| malformed(key, value))?;
    values.push(number.into());
    Ok(format!("{} = ?", key.column))
}
