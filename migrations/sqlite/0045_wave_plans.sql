-- Sponsors of a wave, planned as a whole before the first of its slices is written: an interrupted plan
-- deals on from what is here.

create table wave_plan (
  wave_id    bigint not null primary key references wave (wave_id),
  -- By how much the wave's candidates were other ones than were frozen, as a digest keeps it; '': none.
  basis      text   not null,
  planned_ms bigint not null,
  -- When nothing of it was left to be dealt: what was booked for it and not used went back.
  closed_ms  bigint
) without rowid;

-- What each flight was given in it, in digests.
create table wave_quota (
  wave_id   bigint not null references wave (wave_id),
  flight_id bigint not null references flight (flight_id),
  -- In which it might stand.
  eligible  bigint not null check (eligible >= 0),
  -- In which it may stand at most.
  quota     bigint not null check (quota >= 0),
  -- In which the plan placed it.
  planned   bigint not null check (planned >= 0),
  primary key (wave_id, flight_id)
) without rowid;

create index wave_quota_flight on wave_quota (flight_id);

-- Digests with the same slots, in which the same flights may stand in the same ones.
create table wave_class (
  wave_id bigint not null references wave (wave_id),
  class   bigint not null,
  -- JSON: the slots.
  slots   text   not null,
  -- JSON: [flight, [slots that it may take]].
  may     text   not null,
  primary key (wave_id, class)
) without rowid;

-- How so many digests of a class shall look, and how many of them do.
create table wave_configuration (
  wave_id bigint not null,
  class   bigint not null,
  number  bigint not null,
  -- JSON: [slot, flight].
  flights text   not null,
  digests bigint not null,
  dealt   bigint not null default 0 check (dealt between 0 and digests),
  primary key (wave_id, class, number),
  foreign key (wave_id, class) references wave_class (wave_id, class)
) without rowid;
