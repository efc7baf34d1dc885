-- The delivery engine: lanes by recipient domain, counters of what relays took, alarms, and a database
-- that knows how far it had come.

-- What the mark beside the file is compared with: a database that is behind its mark is a copy from
-- before, and must not send what was sent already.
alter table instance add column commits bigint not null default 0;
-- Sending is paused as a whole, and why. Null: it is not.
alter table instance add column paused_ms bigint;
alter table instance add column paused_why text;

-- Which lane a letter goes in, by the configuration when it was planned: a lane's name, never the
-- domain, which may name a person.
alter table delivery add column lane text not null default 'default';
drop index delivery_open;
create index delivery_open on delivery (lane, not_before_ms, edition_id)
  where state in ('planned', 'deferred') and held is null;

-- Letters that a relay took, by hour since 1970: a rolling day's quota is the sum of 24 of them.
create table relay_hour (
  relay text   not null,
  hour  bigint not null,
  sent  bigint not null,
  primary key (relay, hour)
) without rowid;

-- What is our own fault or a provider's no, and wants an operator: one row a subject and reason.
create table alarm (
  subject  text   not null,
  reason   text   not null,
  words    text   not null,
  first_ms bigint not null,
  last_ms  bigint not null,
  times    bigint not null default 1,
  -- When operators were last told by mail.
  told_ms  bigint,
  primary key (subject, reason)
) without rowid;
