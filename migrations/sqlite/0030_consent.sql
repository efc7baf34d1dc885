-- Receipts of consent: who agreed to mail, when, by which words, and who took it back. Append-only, so
-- that any letter can be answered for; deleted with everything else when a person is erased.

create table consent (
  consent_id    integer primary key,
  subscriber_id bigint not null references subscriber (subscriber_id),
  -- Null: all lists.
  list_id       bigint references list (list_id),
  act           text   not null check (act in ('given', 'withdrawn')),
  -- 'confirmed', 'page', 'one-click', 'import', 'admin', 'address-change', …
  how           text   not null,
  -- Version of the words that were shown; empty where none were.
  wording       text   not null,
  -- Where: 'page', 'embed', 'api', a file's name, …
  source        text   not null,
  -- As the list's policy says: full, truncated (/24, /48), or null.
  network       text,
  note          text   not null default '',
  at_ms         bigint not null
);

create index consent_subscriber on consent (subscriber_id);
