//! A letter's HTML made ready for a frame: its links open beside it, and it may be seen by night.

/// Puts `<base target="_blank">` into the head: pages that links lead to let themselves be framed by
/// nobody.
pub fn opens_beside(document: &str) -> String {
    match document.find("<head>") {
        Some(at) => {
            let (before, after) = document.split_at(at + "<head>".len());
            format!("{before}<base target=\"_blank\">{after}")
        }
        None => document.to_owned(),
    }
}

/// The letter as a mail program in the dark shows it, whatever this machine prefers.
pub fn by_night(document: &str) -> String {
    document
        .replace("(prefers-color-scheme: dark)", "all")
        .replace("color-scheme: light dark", "color-scheme: dark")
}
