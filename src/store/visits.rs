//! Readers' rows for the pages behind their links, each with how often lists' offers had changed by then.
//!
//! Those who ask while one read runs share the next, on a connection of its own: a pool asks its
//! connection twice more for every statement, and each question is a hop to another thread. Whoever is
//! not answered there asks the pool.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, FromRow};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::connect::connect_reader;
use super::people::{PeopleRow, VISITS, people_of};
use super::{Store, StoreError, to_json};
use crate::domain::SubscriptionId;
use crate::domain::subscriber::{Subscriber, Subscription};

/// Most of one read.
const READ_MOST: usize = 64;
/// Most that wait; whoever comes then waits to be let in.
const WAIT_MOST: usize = 1024;

const OFFER_CHANGES: &str = "select changes from offer_change where only_row = 1";

/// A subscription with its person, as one read found them.
#[derive(Clone, Debug, PartialEq)]
pub struct Visited {
    /// Who.
    pub person: Subscriber,
    /// Their terms with the list.
    pub subscription: Subscription,
    /// How often what lists offer had changed at that instant.
    pub offer_changes: i64,
}

#[derive(Clone, FromRow)]
struct VisitRow {
    changes: i64,
    #[sqlx(flatten)]
    people: PeopleRow,
}

/// Whom somebody asks for, and where the answer goes.
struct Asked {
    id: SubscriptionId,
    tell: oneshot::Sender<Answer>,
}

type Answer = Result<Option<Visited>, StoreError>;

/// The shared read: begun by whoever asks first, ended by [`Store::close`].
#[derive(Clone, Debug, Default)]
pub(super) struct Visits(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Running(mpsc::Sender<Asked>, JoinHandle<()>),
    Closed,
}

impl Store {
    /// A subscription with its person, as [`Store::subscription`] reads them, and how often what lists
    /// offer had changed at that instant.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] if their row no longer reads.
    pub async fn visit(&self, id: SubscriptionId) -> Result<Option<Visited>, StoreError> {
        if let Some(asks) = self.visits.asks(&self.path) {
            let (tell, told) = oneshot::channel();
            if asks.send(Asked { id, tell }).await.is_ok()
                && let Ok(answer) = told.await
            {
                return answer;
            }
        }
        let row: Option<VisitRow> = sqlx::query_as(VISITS)
            .bind(to_json(&[id.0], "subscription_id")?)
            .fetch_optional(&self.readers)
            .await?;
        row.map(visited).transpose()
    }

    /// How often what lists offer has changed: lists and their settings, cadences, holidays, topics,
    /// places. What was read between two equal answers is of one instant.
    pub async fn offer_changes(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(OFFER_CHANGES)
            .fetch_one(&self.readers)
            .await?)
    }
}

impl Visits {
    fn asks(&self, path: &Path) -> Option<mpsc::Sender<Asked>> {
        let mut state = self.state();
        // A runtime that ended took its tasks along.
        if matches!(&*state, State::Running(asks, _) if asks.is_closed()) {
            *state = State::Idle;
        }
        if matches!(*state, State::Idle) {
            let (asks, asked) = mpsc::channel(WAIT_MOST);
            *state = State::Running(asks, tokio::spawn(answer(path.to_owned(), asked)));
        }
        match &*state {
            State::Running(asks, _) => Some(asks.clone()),
            State::Idle | State::Closed => None,
        }
    }

    /// Closes the connection once all who asked are answered.
    pub(super) async fn close(&self) {
        let before = std::mem::replace(&mut *self.state(), State::Closed);
        if let State::Running(asks, task) = before {
            drop(asks);
            // It ends by itself; that it panicked is no reason not to close.
            let _ = task.await;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing that holds it can panic; were it poisoned, the state is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads for all who ask, as many at once as wait, until nobody can ask any more.
async fn answer(path: PathBuf, mut asked: mpsc::Receiver<Asked>) {
    let mut connection = None;
    let mut batch = Vec::with_capacity(READ_MOST);
    while asked.recv_many(&mut batch, READ_MOST).await > 0 {
        match rows(&mut connection, &path, &batch).await {
            Ok(rows) => tell(batch.drain(..), &rows),
            Err(error) => {
                tracing::warn!(%error, "readers' rows were not read together");
                // Who is not told asks by the pool, and meets the fault there if it lasts.
                batch.clear();
                connection = None;
            }
        }
    }
    if let Some(connection) = connection {
        let closed: Result<(), sqlx::Error> = connection.close().await;
        if let Err(error) = closed {
            tracing::warn!(%error, "a connection was not closed in good order");
        }
    }
}

async fn rows(
    connection: &mut Option<SqliteConnection>,
    path: &Path,
    batch: &[Asked],
) -> Result<Vec<VisitRow>, StoreError> {
    let ids: Vec<i64> = batch.iter().map(|asked| asked.id.0).collect();
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(connect_reader(path).await?),
    };
    Ok(sqlx::query_as(VISITS)
        .bind(to_json(&ids, "subscription_id")?)
        .fetch_all(connection)
        .await?)
}

/// Gives each their row; what is wrong with one is told to nobody else.
fn tell(batch: impl Iterator<Item = Asked>, rows: &[VisitRow]) {
    for Asked { id, tell } in batch {
        let mut theirs = rows.iter().filter(|r| r.people.subscription_id == id.0);
        // Who has gone away does not listen.
        let _ = tell.send(theirs.next().cloned().map(visited).transpose());
    }
}

fn visited(row: VisitRow) -> Result<Visited, StoreError> {
    let (person, subscription) = people_of(row.people)?;
    Ok(Visited {
        person,
        subscription,
        offer_changes: row.changes,
    })
}
