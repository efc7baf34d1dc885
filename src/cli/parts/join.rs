//! What holds for those who sign up, out of the configuration and the files that it names.

use std::collections::HashSet;

use crate::cli::{Exit, Failure};
use crate::config::Config;
use crate::domain::network::Network;
use crate::web::JoinSettings;

/// Most octets of a file of domains.
const FILE_MAX: u64 = 16 << 20;

/// Reads them once: a changed file counts from the next start.
///
/// # Errors
/// A file that is not there, cannot be read, or is too large.
pub(super) fn settings(config: &Config) -> Result<JoinSettings, Failure> {
    let networks = config
        .text("server.trusted_proxies")
        .split(',')
        .map(str::trim);
    let limit = |key: &str| u32::try_from(config.number(key)).unwrap_or(u32::MAX);
    let mut blocked = HashSet::new();
    for key in ["join.blocked_domains", "join.disposable_domains"] {
        blocked.extend(domains(config, key)?);
    }
    Ok(JoinSettings {
        trusted: networks.filter_map(|n| Network::parse(n).ok()).collect(),
        per_network: limit("join.per_network"),
        per_hour: limit("join.per_hour"),
        blocked,
    })
}

/// The domains of a file, in A-labels; `#` begins a comment.
fn domains(config: &Config, key: &str) -> Result<Vec<String>, Failure> {
    let name = config.text(key);
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let path = config.home().join(name);
    let failed = |why: String| {
        Failure::new(Exit::Config, anyhow::anyhow!(why))
            .context(format!("cannot read `{}`", path.display()))
            .hint(format!("`{key}` names a file of domains, one a line"))
    };
    let size = std::fs::metadata(&path)
        .map_err(|e| failed(e.to_string()))?
        .len();
    if size > FILE_MAX {
        return Err(failed(format!("it is larger than {} MB", FILE_MAX >> 20)));
    }
    let text = std::fs::read_to_string(&path).map_err(|e| failed(e.to_string()))?;
    let domain = |line: &str| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let line = line.trim_start_matches("*.").trim_start_matches('@');
        idna::domain_to_ascii(line).ok().filter(|d| !d.is_empty())
    };
    Ok(text.lines().filter_map(domain).collect())
}
