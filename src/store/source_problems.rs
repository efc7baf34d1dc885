//! What could not be read of sources: the newest of it, for whoever looks after them.

use super::{Store, StoreError, instant};
use crate::domain::SourceId;
use crate::domain::time::{Timestamp, to_ms};

const PROBLEM_FORGET: &str = "delete from source_problem where source_id = $1 and problem = $2";
const PROBLEM_INSERT: &str = "insert into source_problem (source_id, at_ms, seq, problem) \
     values ($1, $2, $3, $4) on conflict (source_id, at_ms, seq) do update set problem = excluded.problem";
const PROBLEMS_TRIM: &str = "delete from source_problem where source_id = $1 and (at_ms, seq) in \
     (select at_ms, seq from source_problem where source_id = $1 \
      order by at_ms desc, seq limit 1000000 offset $2)";
const PROBLEMS: &str = "select at_ms, problem from source_problem where source_id = $1 \
     order by at_ms desc, seq";

/// Most problems kept of a source.
const PROBLEMS_KEPT: usize = 50;

/// Something that a source said and that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceProblem {
    /// When it was last met.
    pub at: Timestamp,
    /// What is wrong, and where.
    pub problem: String,
}

impl Store {
    /// Keeps what could not be read: the newest 50 of a source, each once with its newest time.
    pub async fn source_problems_record(
        &self,
        source: SourceId,
        at: Timestamp,
        problems: &[String],
    ) -> Result<(), StoreError> {
        if problems.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for (seq, problem) in (0_i64..).zip(problems.iter().take(PROBLEMS_KEPT)) {
            let forget = sqlx::query(PROBLEM_FORGET).bind(source.0).bind(problem);
            forget.execute(&mut *tx).await?;
            let insert = sqlx::query(PROBLEM_INSERT)
                .bind(source.0)
                .bind(to_ms(at))
                .bind(seq);
            insert.bind(problem).execute(&mut *tx).await?;
        }
        let kept = i64::try_from(PROBLEMS_KEPT).unwrap_or(i64::MAX);
        let trim = sqlx::query(PROBLEMS_TRIM).bind(source.0).bind(kept);
        trim.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What could not be read of a source, newest first.
    pub async fn source_problems(
        &self,
        source: SourceId,
    ) -> Result<Vec<SourceProblem>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(PROBLEMS)
            .bind(source.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(at, problem)| {
            Ok(SourceProblem {
                at: instant(at, "source_problem.at_ms")?,
                problem,
            })
        };
        rows.into_iter().map(read).collect()
    }
}
