-- People. A person is an address and a standing; what they asked of a list is a subscription, whose
-- terms are append-only revisions, since a digest names the revision it was planned on.

create table subscriber (
  subscriber_id integer primary key,
  -- Null once erased: the row stays as a tombstone so that ledger sums do not move.
  address       text,
  -- Lower-cased address: two spellings are one mailbox. Null once erased.
  mailbox       text   unique,
  -- HMAC of the mailbox: what deliveries hold, and what outlives an erasure.
  address_hash  blob   not null unique,
  standing      text   not null check (standing in ('pending', 'active', 'paused', 'unsubscribed', 'bounced', 'complained')),
  created_ms    bigint not null,
  erased_ms     bigint
);

create table subscription (
  subscription_id integer primary key,
  subscriber_id   bigint not null references subscriber (subscriber_id),
  list_id         bigint not null references list (list_id),
  standing        text   not null check (standing in ('pending', 'active', 'paused', 'unsubscribed', 'bounced', 'complained')),
  -- The terms in force. Null only inside the transaction that inserts the first ones.
  terms_id        bigint,
  -- The next run: its instant, key and cadence, computed from the terms. Null: never, or not active.
  due_ms          bigint,
  due_run         text,
  due_cadence_id  bigint references cadence (cadence_id),
  created_ms      bigint not null,
  unique (subscriber_id, list_id)
);

-- The one question of the scheduler: what is due?
create index subscription_due on subscription (due_ms, list_id, due_cadence_id);

create table terms (
  terms_id        integer primary key,
  subscription_id bigint not null references subscription (subscription_id),
  seq             bigint not null,
  cadence_id      bigint not null references cadence (cadence_id),
  -- Wall time HH:MM that replaces the cadence's own; null: the cadence's.
  hour            text,
  zone            text   not null,
  language        text   not null,
  length          text   not null check (length in ('long', 'short')),
  interests       text   not null,
  at_ms           bigint not null,
  by_whom         text   not null,
  unique (subscription_id, seq)
);

-- What came back from a person or their mailbox. Addresses are not in it.
create table event (
  event_id        integer primary key,
  subscriber_id   bigint not null references subscriber (subscriber_id),
  subscription_id bigint references subscription (subscription_id),
  kind            text   not null,
  detail          text   not null,
  at_ms           bigint not null
);

create index event_subscriber on event (subscriber_id);
