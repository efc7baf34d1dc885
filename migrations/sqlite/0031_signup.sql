-- Sign-ups that wait for their confirmation. An address that a stranger typed makes no subscriber; it
-- is forgotten after seven days, and as soon as it is confirmed or its mail is refused.
create table signup (
  signup_id       integer primary key,
  list_id         bigint not null references list (list_id),
  -- Null once confirmed: the row stays for the rest of its days, so that the link answers the same.
  address         text,
  address_hash    blob   not null,
  language        text   not null,
  -- Where the reader's clock stands, as it was guessed; null: the list's home zone.
  zone            text,
  source          text   not null check (source in ('page', 'embed', 'api')),
  -- Version of the words that were agreed to, and the network as the list's policy keeps it.
  wording         text   not null,
  network         text,
  asked_ms        bigint not null,
  state           text   not null check (state in ('queued', 'started', 'sent', 'confirmed')),
  tries           bigint not null default 0,
  not_before_ms   bigint not null,
  subscription_id bigint references subscription (subscription_id),
  unique (list_id, address_hash)
);

create index signup_queue on signup (not_before_ms) where state = 'queued';
create index signup_asked on signup (asked_ms);

-- Mails to an address that somebody typed, by keyed hash: what the limits of all lists count. A row
-- goes after thirty days.
create table signup_mail (
  signup_mail_id integer primary key,
  address_hash   blob   not null,
  at_ms          bigint not null
);

create index signup_mail_address on signup_mail (address_hash, at_ms);
create index signup_mail_at on signup_mail (at_ms);

-- Subscriptions whose first letter is to bring the newest edition, and from when on.
create table welcome (
  subscription_id integer primary key references subscription (subscription_id),
  go_ms           bigint  not null
);
