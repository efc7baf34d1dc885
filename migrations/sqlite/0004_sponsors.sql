-- Sponsors. A flight's sums are not stored here: they are read off the deliveries of the digests in
-- which it stands, so that what was not delivered is given back by itself.

create table sponsor (
  sponsor_id integer primary key,
  slug       text   not null unique,
  name       text   not null,
  created_ms bigint not null
);

create table flight (
  flight_id  integer primary key,
  sponsor_id bigint not null references sponsor (sponsor_id),
  list_id    bigint not null references list (list_id),
  slug       text   not null,
  booked     bigint not null check (booked > 0),
  starts_ms  bigint not null,
  ends_ms    bigint not null check (ends_ms > starts_ms),
  slots      text   not null,
  beside     text   not null,
  avoid      text   not null,
  state      text   not null check (state in ('booked', 'approved', 'paused', 'ended')),
  created_ms bigint not null,
  unique (sponsor_id, slug)
);

create table creative (
  creative_id integer primary key,
  flight_id   bigint not null references flight (flight_id),
  size        text   not null check (size in ('XS', 'S', 'M', 'L')),
  headline    text,
  text        text   not null,
  url         text   not null,
  created_ms  bigint not null,
  -- A creative is replaced, never edited: placements name the one that was printed.
  retired_ms  bigint
);

create index creative_flight on creative (flight_id);
