//! Themes as they stand now, compiled when a wave needs one and kept until a file changes.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::PressError;
use crate::render::{RenderError, Sources, TemplateSet, compile};
use crate::themes;

/// Compiled themes that the process keeps: lists share few.
const KEPT: usize = 8;

/// A compiled theme is the same wherever its sources are.
static COMPILED: Mutex<Vec<(Sources, TemplateSet)>> = Mutex::new(Vec::new());

/// Where themes come from.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    folder: Option<PathBuf>,
}

impl Shelf {
    /// The themes that Courant brings along, with the files of an operator's folder over them.
    pub fn with(folder: PathBuf) -> Shelf {
        Shelf {
            folder: Some(folder),
        }
    }

    /// A theme, compiled.
    ///
    /// # Errors
    /// There is none of the name, its folder cannot be read, or it does not compile.
    pub async fn theme(&self, name: &str) -> Result<TemplateSet, PressError> {
        let (shelf, name) = (self.clone(), name.to_owned());
        let job = tokio::task::spawn_blocking(move || shelf.compiled(&name));
        let panicked = |_| {
            let reason = "compiling it panicked".to_owned();
            PressError::Template(RenderError::Frozen { reason })
        };
        job.await.map_err(panicked)?
    }

    fn compiled(&self, name: &str) -> Result<TemplateSet, PressError> {
        let sources = match &self.folder {
            Some(folder) => themes::sources(folder, name)?,
            None => {
                let name = name.to_owned();
                let missing = || PressError::Template(RenderError::NoTheme { name: name.clone() });
                Sources::embedded(&name).ok_or_else(missing)?
            }
        };
        let mut kept = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, set)) = kept.iter().find(|(known, _)| *known == sources) {
            return Ok(set.clone());
        }
        let set = compile(&sources).map_err(PressError::Template)?;
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((sources, set.clone()));
        Ok(set)
    }
}
