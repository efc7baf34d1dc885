-- Issues that everybody may read: of an edition that has left, the general digest, which is nobody's.
create table issue (
  edition_id bigint not null primary key references edition (edition_id),
  list_id    bigint not null references list (list_id),
  -- Its name in addresses, such as daily-2026-11-26.
  name       text   not null,
  -- The wave whose stories and look it has.
  wave_id    bigint not null references wave (wave_id),
  -- The editors' subject; null: the first headline stands for it.
  subject    text,
  -- JSON of picks; empty where the general reader would have got no letter, and then nothing is shown.
  picks      text   not null,
  left_out   bigint not null,
  -- When its wave was due.
  out_ms     bigint not null,
  unique (list_id, name)
) without rowid;

create index issue_newest on issue (list_id, out_ms, edition_id);
