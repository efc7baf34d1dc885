-- Editions. What a wave was planned from is stored by content, so that any verdict can be replayed;
-- verdicts themselves are never stored.

create table edition (
  edition_id integer primary key,
  list_id    bigint not null references list (list_id),
  cadence_id bigint not null references cadence (cadence_id),
  -- The run's key: the local wall date, and the wall time where a cadence has several a day.
  run        text   not null,
  state      text   not null check (state in ('open', 'paused', 'cancelled')),
  created_ms bigint not null,
  -- An editor's release, where the list waits for one.
  released_ms bigint,
  unique (list_id, cadence_id, run)
);

-- Append-only: an undo is a decision of its own.
create table decision (
  decision_id integer primary key,
  edition_id  bigint not null references edition (edition_id),
  kind        text   not null check (kind in ('lead', 'pin', 'ban', 'subject', 'undo')),
  story_id    bigint references story (story_id),
  article_id  bigint references article (article_id),
  text        text,
  undoes      bigint references decision (decision_id),
  by_whom     text   not null,
  at_ms       bigint not null
);

create index decision_edition on decision (edition_id);

-- Frozen inputs by sha256. The same rules on the next day are the same row.
create table content (
  hash  blob not null primary key,
  kind  text not null,
  bytes blob not null
);

create table wave (
  wave_id         integer primary key,
  edition_id      bigint not null references edition (edition_id),
  due_ms          bigint not null,
  cutoff_ms       bigint not null,
  planned_ms      bigint not null,
  candidates_hash blob   not null references content (hash),
  rules_hash      blob   not null references content (hash),
  template_hash   blob   not null references content (hash),
  sender_hash     blob   not null references content (hash),
  key_id          text   not null,
  -- A plan is written in slices: up to which subscription, and whether that was the last.
  planned_through bigint not null default 0,
  complete        bigint not null default 0 check (complete in (0, 1)),
  unique (edition_id, due_ms)
);

-- One subscription's part of a wave. Replaced, never edited: a new revision is a new row.
create table digest (
  digest_id       integer primary key,
  wave_id         bigint not null references wave (wave_id),
  subscription_id bigint not null references subscription (subscription_id),
  seq             bigint not null,
  terms_id        bigint not null references terms (terms_id),
  picks           text   not null,
  at_ms           bigint not null,
  unique (wave_id, subscription_id, seq)
);

create table placement (
  digest_id   bigint not null references digest (digest_id),
  slot        text   not null check (slot in ('S1', 'S2', 'S3', 'S4')),
  flight_id   bigint not null references flight (flight_id),
  creative_id bigint not null references creative (creative_id),
  reason      text   not null,
  primary key (digest_id, slot)
) without rowid;

create index placement_flight on placement (flight_id);

-- What a subscription was sent. A row is written with the plan; where the letter came to nothing,
-- returned_ms says when the story was given back. Replay reads the memory as it was at a time.
create table memory (
  subscription_id bigint not null references subscription (subscription_id),
  story_id        bigint not null references story (story_id),
  edition_id      bigint not null references edition (edition_id),
  planned_ms      bigint not null,
  returned_ms     bigint,
  primary key (subscription_id, story_id, edition_id)
) without rowid;

-- Who of a wave got no digest, and why.
create table skip (
  wave_id         bigint not null references wave (wave_id),
  subscription_id bigint not null references subscription (subscription_id),
  reason          text   not null,
  primary key (wave_id, subscription_id)
) without rowid;
