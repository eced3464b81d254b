//! A table for a terminal.

/// Aligns columns: the first and the last to the left, numbers between them to the right.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([head[column].chars().count()])
            .max()
            .unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (column, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
            let left = column == 0 || column == N - 1;
            let padding = " ".repeat(width - cell.chars().count());
            let gap = if column == 0 { "" } else { "  " };
            line += gap;
            line += &if left {
                format!("{cell}{padding}")
            } else {
                format!("{padding}{cell}")
            };
        }
        line.trim_end().to_owned() + "\n"
    };
    let body = rows
        .iter()
        .map(|row| line(row.each_ref().map(String::as_str)));
    std::iter::once(line(head)).chain(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["a".to_owned(), "1".to_owned(), "x".to_owned()],
            ["long".to_owned(), "1000".to_owned(), "y".to_owned()],
        ];
        assert_eq!(
            table(["n", "ms", "sum"], &rows),
            "n       ms  sum\na        1  x\nlong  1000  y\n"
        );
    }
}
