//! Lines on stdout and stderr. A reader that went away (`| head`) ends the output, never the program with a panic.

use std::io::Write;

/// Writes one line of output.
pub fn line(text: &str) {
    // A closed pipe is the reader's decision; there is nobody left to tell.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes one JSON value of machine output.
pub fn json(value: &serde_json::Value) {
    line(&value.to_string());
}

/// Tells people something on stderr.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Rewrites the current line of a terminal on stderr.
pub fn say_in_place(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[2K{text}").and_then(|()| stderr.flush());
}

/// Lines up rows under a heading; every column as wide as its widest cell, the last one free.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let heading = heading.iter().map(|cell| (*cell).to_owned()).collect();
    let lines: Vec<String> = std::iter::once(&heading)
        .chain(rows)
        .map(|row: &Vec<String>| {
            let cells = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            line.trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["Ähre".to_owned(), "1".to_owned()],
            vec![String::new(), "2".to_owned()],
        ];
        assert_eq!(table(&["A", "B"], &rows), "A     B\nÄhre  1\n      2");
    }
}
