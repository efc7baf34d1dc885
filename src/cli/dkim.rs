//! `dkim`: the keys that sign letters, made here, and what to publish of them in DNS.

use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::Ed25519KeyPair;
use clap::Subcommand;

use super::house::folder;
use super::{Exit, Failure, House, show};
use crate::config::{Config, FILE};
use crate::deliver::alignment::{Advice, advice as alignment};
use crate::deliver::dkim::{DkimKey, PublishedKey, Signer, write_pem};
use crate::disk::create_private;

/// Verbs of `dkim`.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Make an RSA and an Ed25519 key, and say what to set and what to publish
    Keygen {
        /// Domain that signs: the From domain of the lists, or a parent of it (default: dkim.domain)
        #[arg(long)]
        domain: Option<String>,
        /// Name of the RSA key in DNS; the Ed25519 key has `-ed` behind it
        #[arg(long, default_value = "courant")]
        selector: String,
    },
    /// The TXT records to publish for the keys that are set
    Dns {
        /// JSON array of {name, value, strings}
        #[arg(long)]
        json: bool,
    },
}

/// Runs a verb of `dkim`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let config = Config::load(&folder(home))?;
    match verb {
        Verb::Keygen { domain, selector } => keygen(&config, domain, &selector),
        Verb::Dns { json } => dns(&config, json),
    }
}

fn dns(config: &Config, as_json: bool) -> Result<Exit, Failure> {
    let Some(signer) = signer(config)? else {
        let (words, hint) = match config.flag("smtp.relay_signs") {
            true => (
                "the relay signs (smtp.relay_signs)",
                "the relay's own pages say what to publish",
            ),
            false => (
                "no key is set: letters are not signed",
                "`courant dkim keygen` makes both keys and says what to set",
            ),
        };
        return Err(Failure::new(Exit::Config, anyhow::anyhow!(words)).hint(hint));
    };
    let published = signer.published();
    if as_json {
        show::json(&published)?;
    } else {
        zone(&published)?;
    }
    Ok(Exit::Done)
}

fn zone(published: &[PublishedKey]) -> Result<(), Failure> {
    published
        .iter()
        .try_for_each(|k| show::line(&k.zone_line()))
}

fn keygen(config: &Config, domain: Option<String>, selector: &str) -> Result<Exit, Failure> {
    let domain = domain.unwrap_or_else(|| config.text("dkim.domain").to_owned());
    if domain.is_empty() {
        return Err(
            Failure::usage("no domain is named, and dkim.domain is not set")
                .hint("`courant dkim keygen --domain example.org`, the From domain of your lists"),
        );
    }
    let ed_selector = format!("{selector}-ed");
    let set = [
        ("domain", domain.clone()),
        ("selector", selector.to_owned()),
        ("key_file", format!("dkim-{selector}.pem")),
        ("ed25519_selector", ed_selector),
        ("ed25519_key_file", format!("dkim-{selector}-ed.pem")),
    ];
    // What is printed must read: the options' own checks judge what was typed.
    let snippet = format!(
        "[dkim]\n{}",
        set.iter()
            .map(|(key, value)| format!("{key} = {}\n", toml::Value::from(value.as_str())))
            .collect::<String>()
    );
    let checked = Config::read(config.home(), &snippet, Vec::new())
        .map_err(|e| Failure::usage(e.faults.first().map_or("", |f| &f.problem)))?;
    let files = [("dkim.key_file", false), ("dkim.ed25519_key_file", true)];
    for (option, _) in files {
        refuse_to_overwrite(&key_path(&checked, option))?;
    }
    for (option, ed25519) in files {
        let path = key_path(&checked, option);
        write(&path, &write_pem(&made(ed25519)?))?;
        show::note(&format!("made   {}", path.display()));
    }
    let signer = loaded(&checked)?;
    show::line(&format!(
        "# into {FILE}, in place of its [dkim]:\n{snippet}"
    ))?;
    show::line("; into DNS:")?;
    zone(&signer.published())?;
    show::note(
        "\nLetters are signed once both are done: `courant config check`, then restart `courant serve`.\n\
         Letters that are planned already wait for the keys of their plan: let them leave first.",
    );
    if config.flag("smtp.relay_signs") {
        show::note(
            "smtp.relay_signs is true: the relay goes on signing instead, until it is false.",
        );
    }
    Ok(Exit::Done)
}

/// A new private key as PKCS#8.
fn made(ed25519: bool) -> Result<Vec<u8>, Failure> {
    let failed = |_| Failure::failed("the key could not be made");
    let der: Pkcs8V1Der<'static> = if ed25519 {
        Ed25519KeyPair::generate().map_err(failed)?.as_der()
    } else {
        RsaKeyPair::generate(KeySize::Rsa2048)
            .map_err(failed)?
            .as_der()
    }
    .map_err(failed)?;
    Ok(der.as_ref().to_vec())
}

fn refuse_to_overwrite(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        return Err(
            Failure::failed(format!("`{}` is there already", path.display()))
                .hint("`--selector NAME` makes keys of another name: letters of the old one stay valid while DNS has it"),
        );
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |e: std::io::Error| {
        Failure::new(Exit::Failed, e).context(format!("cannot write `{}`", path.display()))
    };
    let mut file = create_private(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// A domain option in A-labels; none where it is not set.
pub fn ascii_domain(config: &Config, option: &str) -> Option<String> {
    let text = config.text(option);
    let ascii = idna::domain_to_ascii_strict(text).ok();
    ascii.filter(|d| !d.is_empty())
}

fn key_path(config: &Config, option: &str) -> PathBuf {
    config.home().join(config.text(option))
}

/// What signs our letters: nothing where no key is set, or where the relay signs.
///
/// # Errors
/// Options that belong together and are not, and key files that cannot be used: exit 3.
pub fn signer(config: &Config) -> Result<Option<Signer>, Failure> {
    let set = |key: &str| !config.text(key).is_empty();
    let any = OPTIONS
        .iter()
        .any(|(file, selector)| set(file) || set(selector));
    if config.flag("smtp.relay_signs") || !(any || set("dkim.domain")) {
        return Ok(None);
    }
    loaded(config).map(Some)
}

/// Key file and selector of each key, in the order of their signatures.
const OPTIONS: &[(&str, &str)] = &[
    ("dkim.key_file", "dkim.selector"),
    ("dkim.ed25519_key_file", "dkim.ed25519_selector"),
];

fn loaded(config: &Config) -> Result<Signer, Failure> {
    let fault = |words: String| {
        Failure::new(Exit::Config, anyhow::anyhow!(words))
            .hint("`courant dkim keygen` makes both keys and says what to set")
    };
    let domain = ascii_domain(config, "dkim.domain")
        .ok_or_else(|| fault("dkim.domain is not set, and other dkim options are".to_owned()))?;
    let mut keys: Vec<DkimKey> = Vec::new();
    for (file, selector) in OPTIONS {
        let name = config.text(selector);
        match (config.text(file).is_empty(), name.is_empty()) {
            (true, true) => continue,
            (true, false) => return Err(fault(format!("{selector} is set and {file} is not"))),
            (false, true) => return Err(fault(format!("{file} is set and {selector} is not"))),
            (false, false) => {}
        }
        let path = key_path(config, file);
        let place = format!("{file}: cannot use `{}`", path.display());
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Failure::new(Exit::Config, e)
                .context(place.clone())
                .hint("restore it from a backup, or `courant dkim keygen --selector NAME`")
        })?;
        let key = DkimKey::read(&text, name).map_err(|e| {
            let hint = e.hint();
            Failure::new(Exit::Config, e)
                .context(place)
                .maybe_hint(hint)
        })?;
        let wanted_ed = *file == "dkim.ed25519_key_file";
        if key.is_ed25519() != wanted_ed {
            let kind = if wanted_ed { "an Ed25519" } else { "an RSA" };
            return Err(fault(format!("{file} holds another kind than {kind} key")));
        }
        if keys.iter().any(|k| k.selector() == name) {
            return Err(fault(format!("both keys have the selector `{name}`")));
        }
        keys.push(key);
    }
    Signer::new(&domain, keys).map_err(|_| fault("dkim.domain is set and no key is".to_owned()))
}

/// What is not aligned, not private, or said twice: nothing that keeps mail from being sent.
pub async fn advice(house: &House) -> Result<Vec<Advice>, Failure> {
    let config = &house.config;
    let signer = signer(config).ok().flatten();
    let lists = house.store.lists().await?;
    let senders: Vec<(String, String)> = lists
        .iter()
        .filter_map(|l| {
            let from = l.settings.sender_address.as_ref()?;
            Some((l.slug.to_string(), from.domain().to_owned()))
        })
        .collect();
    let bounce = ascii_domain(config, "bounce.domain");
    let mut found = alignment(
        &senders,
        signer.as_ref().map(Signer::domain),
        bounce.as_deref(),
    );
    if config.flag("smtp.relay_signs") && !config.text("dkim.domain").is_empty() {
        found.push(Advice {
            what: "dkim.domain is set and smtp.relay_signs is true: the relay signs, we do not"
                .to_owned(),
            hint: "keep one of the two".to_owned(),
        });
    }
    for (file, _) in OPTIONS.iter().filter(|_| signer.is_some()) {
        let path = key_path(config, file);
        if !config.text(file).is_empty() && others_may_read(&path) {
            found.push(Advice {
                what: format!("{file}: others may read `{}`", path.display()),
                hint: format!("`chmod 600 {}`", path.display()),
            });
        }
    }
    Ok(found)
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> bool {
    false
}
