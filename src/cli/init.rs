//! `courant init`: a data folder with a commented configuration, a database and a key file.

use std::io::Write;
use std::path::Path;

use clap::Args;

use super::house::folder;
use super::parts::drawn;
use super::{Exit, Failure, House, editor, show};
use crate::clock::Clock;
use crate::config::{Config, FILE};
use crate::domain::address::Address;
use crate::domain::editor::{Grant, Role};
use crate::feedback::link::Keyring;
use crate::store::Store;

/// What a new folder still needs.
const NEXT: &str = "\nNext:\n  \
     courant list add news name=\"My News\" sender_address=news@example.org \\\n      \
     postal_address=\"1 Main Street, Springfield\" operators=me@example.org\n  \
     courant source add wire https://example.org/feed.xml\n  \
     courant subscriber add news me@example.org\n  \
     edit courant.toml: smtp.host, server.public_url\n  \
     courant dkim keygen --domain example.org      # unless the relay signs\n  \
     courant config check\n  \
     courant doctor\n  \
     courant edition send news --test me@example.org\n  \
     courant serve\n\n\
     Bounces are not read yet: use it for a list whose bounces somebody watches.";

/// Flags of `init`.
#[derive(Args, Debug)]
pub struct Init {
    /// Where readers will reach the pages: https, or http on a loopback address for trying out
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8025")]
    public_url: String,
    /// Also make this person's account at the desk, with the role admin, and print a link to come in by
    #[arg(long, value_name = "ADDRESS")]
    editor: Option<String>,
}

/// Makes what is not there yet; what is there stays as it is.
pub async fn run(init: Init, home: Option<&Path>) -> Result<Exit, Failure> {
    if let Some(address) = &init.editor {
        Address::parse(address)?;
    }
    make(&folder(home), &Config::template(&init.public_url)).await?;
    show::note(NEXT);
    if let Some(address) = &init.editor {
        first_editor(home, address).await?;
    }
    Ok(Exit::Done)
}

/// Somebody who may do everything at the desk, and how they get there.
async fn first_editor(home: Option<&Path>, address: &str) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let hash = house.keys.address_hash(&Address::parse(address)?);
    if house.store.editor_of_address(&hash).await?.is_none() {
        let all = Grant {
            list: None,
            role: Role::Admin,
        };
        editor::add(&house, address, None, vec![all]).await?;
    }
    let who = editor::found(&house, address).await?;
    let link = editor::link(&house, &who).await?;
    show::note(&format!(
        "\nThe desk, once `courant serve` runs: this link lets {address} in, once, within fifteen minutes.\n\
         `courant editor link {address}` prints another; `courant editor password {address}` sets a password."
    ));
    show::line(&link)
}

/// Makes a data folder with this configuration; what is there stays as it is.
pub async fn make(home: &Path, text: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(home).map_err(|e| {
        Failure::new(Exit::Failed, e).context(format!("cannot make `{}`", home.display()))
    })?;
    let file = home.join(FILE);
    // What cannot be read is not written either: a second try would find it kept.
    Config::read(home, text, Vec::new())?;
    write_new(&file, text, 0o644)?;
    let config = Config::load(home)?;
    let lone = config.database().exists() && !config.key_file().exists();
    if lone {
        // A new key would know nobody: every address is found by its keyed hash, every link signed.
        let words = format!(
            "`{}` is here and its key file `{}` is not",
            config.database().display(),
            config.key_file().display()
        );
        return Err(Failure::new(Exit::Config, anyhow::anyhow!(words)).hint(
            "restore the key file from a backup: with a new one nobody could be found, or leave",
        ));
    }
    let key: [u8; 32] = drawn()?;
    write_new(&config.key_file(), &Keyring::file_text("k1", &key), 0o600)?;
    let database = config.database();
    if database.exists() {
        Store::open(&database).await?.close().await;
        show::note(&format!("kept   {}", database.display()));
    } else {
        let instance: String = drawn::<8>()?.iter().map(|b| format!("{b:02x}")).collect();
        let store = Store::create(&database, &instance, Clock::system().now()).await?;
        store.close().await;
        show::note(&format!("made   {}", database.display()));
    }
    Ok(())
}

/// Writes a file that is not there yet, in one piece or not at all.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    if path.exists() {
        show::note(&format!("kept   {}", path.display()));
        return Ok(());
    }
    let failed = |e: std::io::Error| {
        Failure::new(Exit::Failed, e).context(format!("cannot write `{}`", path.display()))
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    restrict(file.path(), mode).map_err(failed)?;
    file.persist_noclobber(path).map_err(|e| failed(e.error))?;
    show::note(&format!("made   {}", path.display()));
    Ok(())
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}
