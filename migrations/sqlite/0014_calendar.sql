-- The right minute: days without a run, pauses until a day, what a digest after a pause reaches back
-- to, embargoes, and approvals.

-- A list's holidays, beside its quiet days: dates of the subscriber's own calendar.
create table holiday (
  list_id bigint not null references list (list_id),
  day     text   not null,
  name    text   not null,
  primary key (list_id, day)
) without rowid;

-- The first local day on which a digest may come again.
alter table terms add column resume_on text;

-- What the next digest has to reach back to: set by a pause and by a run that was merged into the next
-- one, taken away with the digest that did.
alter table subscription add column since_ms bigint;
create index subscription_returning on subscription (list_id, due_ms, since_ms)
  where since_ms is not null;

-- What a digest reached back to; null: its list's window. Replay reads it.
alter table digest add column since_ms bigint;

-- No letter brings an article earlier.
alter table article add column embargo_ms bigint;
create index article_embargo on article (embargo_ms) where embargo_ms is not null;

-- An editor's word that an edition may go.
alter table edition add column approved_ms bigint;
alter table edition add column approved_by text;
