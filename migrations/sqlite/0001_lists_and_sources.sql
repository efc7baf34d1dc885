-- The ground that everything hangs on: one installation, its newsletters, what they offer, and
-- where their articles come from. Times are unix milliseconds, sets are JSON text, flags are 0/1.

-- One row: which installation this database belongs to.
create table instance (
  only_row   bigint not null primary key check (only_row = 1),
  instance   text   not null,
  created_ms bigint not null
);

create table list (
  list_id    integer primary key,
  slug       text   not null unique,
  created_ms bigint not null
);

-- One row a key: a later release adds settings without a migration. A key without a row has its
-- default.
create table list_setting (
  list_id bigint not null references list (list_id),
  key     text   not null,
  value   text   not null,
  primary key (list_id, key)
);

create table cadence (
  cadence_id integer primary key,
  list_id    bigint not null references list (list_id),
  name       text   not null,
  expr       text   not null,
  created_ms bigint not null,
  unique (list_id, name)
);

-- Topics and places are followed by slug: terms and frozen candidates hold slugs, so a renamed
-- topic (its name) changes nothing in the past. A removed one keeps its row.
create table topic (
  slug       text   not null primary key,
  name       text   not null,
  removed_ms bigint
);

create table place (
  slug       text   not null primary key,
  name       text   not null,
  removed_ms bigint
);

create table source (
  source_id        integer primary key,
  slug             text   not null unique,
  name             text   not null,
  kind             text   not null check (kind in ('feed', 'import')),
  location         text   not null,
  state            text   not null check (state in ('active', 'paused')),
  default_topic    text,
  default_language text,
  categories       text   not null,
  backlog          text   not null check (backlog in ('window', 'all', 'none')),
  private_network  bigint not null default 0 check (private_network in (0, 1)),
  interval_s       bigint not null,
  created_ms       bigint not null,
  removed_ms       bigint,
  -- What the last fetch left. Null until there was one.
  etag             text,
  last_modified    text,
  fetched_ms       bigint,
  next_ms          bigint,
  failures         bigint not null default 0,
  last_error       text
);

create index source_due on source (next_ms) where state = 'active' and removed_ms is null;

-- A list takes its articles from these sources.
create table list_source (
  list_id   bigint not null references list (list_id),
  source_id bigint not null references source (source_id),
  primary key (list_id, source_id)
);
