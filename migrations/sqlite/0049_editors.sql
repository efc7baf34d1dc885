-- People of the desk: who curates, approves, sells or looks after accounts.
create table editor (
  editor_id    integer primary key,
  address      text   not null,
  -- Keyed, as a subscriber's.
  address_hash blob   not null unique,
  name         text   not null,
  made_ms      bigint not null,
  -- Null: may come in.
  disabled_ms  bigint,
  -- argon2id, as a PHC string. Null: by mailed links alone.
  password     text,
  -- An authenticator's secret is made of this house key, the id and this salt; the database alone
  -- gives no code. Null: none.
  totp_key     text,
  totp_salt    blob,
  -- The last step of time whose code was used: a code is good once.
  totp_step    bigint
);

-- What an editor may do, for one list or (null) for all.
create table editor_role (
  editor_id bigint not null references editor (editor_id),
  list_id   bigint references list (list_id),
  role      text   not null check (role in ('viewer', 'editor', 'approver', 'sales', 'admin'))
);
create unique index editor_role_list on editor_role (editor_id, list_id) where list_id is not null;
create unique index editor_role_all on editor_role (editor_id) where list_id is null;

-- Links by which editors come in: used once, and soon. A row says nothing of whether its address is
-- anybody's; that is looked up when its mail is about to leave.
create table login_link (
  login_link_id integer primary key,
  address_hash  blob   not null,
  asked_ms      bigint not null,
  state         text   not null check (state in ('queued', 'started', 'sent', 'printed', 'over')),
  tries         bigint not null default 0,
  not_before_ms bigint not null,
  used_ms       bigint
);
create index login_link_queue on login_link (not_before_ms) where state = 'queued';
create index login_link_address on login_link (address_hash, asked_ms);

-- Who is signed in. Of the cookie only its SHA-256 is here.
create table session (
  session_id integer primary key,
  editor_id  bigint not null references editor (editor_id),
  token_hash blob   not null unique,
  made_ms    bigint not null,
  ends_ms    bigint not null,
  -- As the browser calls itself, cut short, and its /24 or /48.
  browser    text   not null,
  network    text   not null
);
create index session_editor on session (editor_id);

-- Tries to come in with a password or a code, by account (the keyed hash of what was typed) and by
-- network, a quarter of an hour each.
create table login_attempt (
  about     text   not null check (about in ('account', 'network')),
  who       blob   not null,
  window_ms bigint not null,
  tries     bigint not null,
  primary key (about, who, window_ms)
);
create index login_attempt_window on login_attempt (window_ms);
