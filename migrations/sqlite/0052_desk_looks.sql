-- When an editor last said that they have seen all of an edition: what came after it is new to them.
-- A page that is read writes nothing.
create table desk_look (
  edition_id bigint not null references edition (edition_id),
  editor     text   not null,
  seen_ms    bigint not null,
  primary key (edition_id, editor)
);
