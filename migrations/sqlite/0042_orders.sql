-- Orders and what a flight is booked for. What was booked before becomes one order a sponsor, its flights
-- guaranteed sends as soon as they can be had, their creatives approved.

create table campaign (
  campaign_id  integer primary key,
  sponsor_id   bigint not null references sponsor (sponsor_id),
  slug         text   not null,
  order_number text,
  -- ISO 4217; XXX: none, and nothing in it has a price.
  currency     text   not null,
  created_ms   bigint not null,
  unique (sponsor_id, slug)
);

insert into campaign (sponsor_id, slug, currency, created_ms)
  select s.sponsor_id, 'first', 'XXX', s.created_ms from sponsor s
  where exists (select 1 from flight f where f.sponsor_id = s.sponsor_id);

-- Never null; a column that is added cannot say so and name another table.
alter table flight add column campaign_id bigint references campaign (campaign_id);
update flight set campaign_id =
  (select c.campaign_id from campaign c where c.sponsor_id = flight.sponsor_id);

-- A share, or every digest, is booked wave by wave from 0 on; a hold is a state of its own.
alter table flight rename column booked to booked_before;
alter table flight rename column state to state_before;
alter table flight add column booked bigint not null default 0 check (booked >= 0);
alter table flight add column state text not null default 'booked'
  check (state in ('hold', 'booked', 'approved', 'paused', 'ended'));
update flight set booked = booked_before, state = state_before;
alter table flight drop column booked_before;
alter table flight drop column state_before;

alter table flight add column tier text not null default 'guaranteed'
  check (tier in ('takeover', 'guaranteed', 'bonus', 'house'));
alter table flight add column goal text not null default 'sends'
  check (goal in ('sends', 'share', 'every', 'rest'));
-- Percent; of a share alone.
alter table flight add column share bigint check (share between 1 and 100);
-- Whether a takeover fills every slot of a digest.
alter table flight add column fills_all bigint not null default 0 check (fills_all in (0, 1));
alter table flight add column pacing text not null default 'asap'
  check (pacing in ('even', 'front', 'asap'));
-- At most so many sends to one reader in so many days.
alter table flight add column cap_sends bigint check (cap_sends > 0);
alter table flight add column cap_days bigint check (cap_days > 0);
-- JSON; null: for everybody.
alter table flight add column targeting text;
-- The exclusion group; null: the sponsor's own.
alter table flight add column gate text;
alter table flight add column price_unit text check (price_unit in ('flat', 'cpm'));
alter table flight add column price_micros bigint check (price_micros >= 0);
-- The zone of its dates.
alter table flight add column zone text not null default 'UTC';
update flight set zone = coalesce((select value from list_setting l
  where l.list_id = flight.list_id and l.key = 'home_zone'), 'UTC');
alter table flight add column hold_until_ms bigint;
-- JSON; null: no gambling.
alter table flight add column gambling text;
alter table flight add column makes_good bigint references flight (flight_id);

alter table creative add column button text;
-- Null: proposed, and not printed.
alter table creative add column approved_ms bigint;
update creative set approved_ms = created_ms;
