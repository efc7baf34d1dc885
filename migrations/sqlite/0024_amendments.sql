-- Edits and withdrawals after a wave was frozen. What was frozen stays; a digest says by how much its
-- wave's candidates were other ones when it was written, so that a replay has them as they were.

-- An editor's or a source's word on an article that reaches letters which are planned.
create table amendment (
  amendment_id integer primary key,
  article_id bigint not null references article (article_id),
  kind       text   not null check (kind in ('withdrawn', 'restored', 'rewritten')),
  -- Who; null when its source did.
  by_whom    text,
  reason     text,
  at_ms      bigint not null
);
create index amendment_article on amendment (article_id);

-- The waves that an amendment reaches, and what it came to there. While done_ms is null no letter of
-- the wave is claimed or started.
create table amendment_wave (
  amendment_id bigint not null references amendment (amendment_id),
  wave_id      bigint not null references wave (wave_id),
  done_ms      bigint,
  -- Letters whose digest was made again, that were withheld, and that are in doubt and held.
  revised      bigint not null default 0,
  withheld     bigint not null default 0,
  held         bigint not null default 0,
  -- Letters that had left with the article, or whose dot may have.
  gone         bigint not null default 0,
  primary key (amendment_id, wave_id)
) without rowid;
create index amendment_pending on amendment_wave (wave_id) where done_ms is null;

-- JSON of domain::amendment::Amended; null: as it was frozen.
alter table digest add column amended text;
alter table skip add column amended text;

-- What a letter held before its digest was made again, and until when: a replay of another list's
-- digest that shares the memory reads it as it was.
create table memory_past (
  edition_id      bigint not null references edition (edition_id),
  subscription_id bigint not null references subscription (subscription_id),
  planned_ms      bigint not null,
  revisions       blob   not null,
  until_ms        bigint not null,
  primary key (edition_id, subscription_id, planned_ms)
) without rowid;

-- When its source said, in its headline, that it is corrected.
alter table article add column corrected_ms bigint;
-- When an editor's text was taken back: the text stays and is printed no more.
alter table article_revision add column undone_ms bigint;
-- Seconds for which an article waits after it was first seen before letters bring it.
alter table source add column settle_s bigint not null default 0 check (settle_s between 0 and 86400);
