-- The ledger: who is owed a letter, and what became of it.
-- P1 (once) is this table's two unique keys, not code.

create table delivery (
  edition_id      bigint not null references edition (edition_id),
  subscriber_id   bigint not null references subscriber (subscriber_id),
  subscription_id bigint not null references subscription (subscription_id),
  wave_id         bigint not null references wave (wave_id),
  -- The digest's revision that is owed; the write of `started` names the one that was rendered.
  digest_id       bigint not null references digest (digest_id),
  address_hash    blob   not null,
  state           text   not null check (state in ('planned', 'leased', 'started', 'deferred', 'accepted', 'refused', 'withheld', 'uncertain')),
  -- What it asks a person, if it asks: late, approval, in_doubt, other_bytes.
  held            text,
  attempt         bigint not null default 0,
  not_before_ms   bigint not null,
  -- After this instant a retry is given up.
  deadline_ms     bigint not null,
  -- Who took it up, and the fencing token that every later write of theirs must carry.
  lease_owner     text,
  lease_token     bigint,
  lease_until_ms  bigint,
  started_ms      bigint,
  -- sha256 of the bytes whose dot may have left, and the renderer that made them. Null again as
  -- soon as a reply settles that nothing was accepted.
  sha256          blob,
  renderer        text,
  code            bigint not null default 0,
  reply           text   not null default '',
  changed_ms      bigint not null,
  primary key (edition_id, subscriber_id),
  unique (edition_id, address_hash)
);

-- The claim: what may go now.
create index delivery_open on delivery (not_before_ms, edition_id)
  where state in ('planned', 'deferred') and held is null;
-- What asks for a person.
create index delivery_held on delivery (edition_id) where held is not null;
-- Recovery: what a dead sender left.
create index delivery_taken on delivery (state) where state in ('leased', 'started');
create index delivery_digest on delivery (digest_id);
create index delivery_subscription on delivery (subscription_id);

-- The mails to a list's operators: at most one an hour a reason.
create table notice (
  list_id bigint not null references list (list_id),
  reason  text   not null,
  sent_ms bigint not null,
  primary key (list_id, reason)
);
