//! Who sits at the machine, as the system calls them.

/// Their name; `unknown` where the environment says nothing.
pub fn user() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let name = name.unwrap_or_default();
    let plain = name.chars().filter(|c| !c.is_control()).take(64);
    match plain.collect::<String>() {
        name if name.is_empty() => "unknown".to_owned(),
        name => name,
    }
}
