//! Cells of CSV that a spreadsheet opens: none of them may be a formula.

use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula: one that begins with a sign of one, or with white
/// space that is passed over before it, gets an apostrophe.
pub fn safe(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

/// A cell as it was before [`safe`] made it so.
pub fn plain(cell: &str) -> &str {
    let within = cell.strip_prefix('\'');
    within
        .filter(|within| safe(within) != *within)
        .unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::{plain, safe};

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"] {
            assert_eq!(safe(cell), format!("'{cell}"));
            assert_eq!(plain(&safe(cell)), cell);
        }
        assert_eq!(safe("mara@x.example"), "mara@x.example");
        assert_eq!(plain("'mara@x.example"), "'mara@x.example");
    }
}
