//! Tables for terminals.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

/// Returns a text that cannot steer a terminal: control characters are replaced.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        text.replace(char::is_control, "\u{FFFD}").into()
    } else {
        text.into()
    }
}

/// Returns a table with a line of titles. A title that ends with `>` is that of a column whose values are aligned to
/// the right.
pub(crate) fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let titles = titles.iter().map(|title| match title.strip_suffix('>') {
        Some(title) => (title, true),
        None => (*title, false),
    });
    let titles: Vec<(&str, bool)> = titles.collect();
    let rows: Vec<Vec<Cow<'_, str>>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| printable(cell)).collect())
        .collect();
    let widths = titles.iter().enumerate().map(|(column, (title, _))| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.width())
            .max()
            .unwrap_or_default()
            .max(title.width())
    });
    let widths: Vec<usize> = widths.collect();
    let header: Vec<Cow<'_, str>> = titles.iter().map(|(title, _)| (*title).into()).collect();
    let lines = std::iter::once(&header).chain(&rows).map(|row| {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let is_right = titles.get(column).is_some_and(|(_, is_right)| *is_right);
            let width = widths.get(column).copied().unwrap_or_default();
            let fill = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = if is_right {
                (fill.as_str(), "")
            } else {
                ("", fill.as_str())
            };
            line.push_str(before);
            line.push_str(cell);
            line.push_str(after);
            line.push_str("  ");
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_value_on_a_terminal() {
        let rows = [["会员", "7"], ["b", "1,000"]].map(|row| row.map(str::to_owned).to_vec());
        let lines = ["NAME   ROWS", "会员      7", "b     1,000"];
        assert_eq!(table(&["NAME", "ROWS>"], &rows), lines.join("\n"));
    }

    #[test]
    fn a_value_from_a_file_cannot_steer_the_terminal() {
        let rows = [vec!["a\u{1b}[31m\nb".to_owned()]];
        assert_eq!(table(&["X"], &rows), "X\na\u{FFFD}[31m\u{FFFD}b");
    }
}
