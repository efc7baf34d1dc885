-- Memory by what was printed: a letter's texts in one row, five octets each. A text belongs to its
-- article for ever and an article to the story that it tells now, so the memory outlives edits, moved
-- URLs, and whatever editors merge or split.
create table memory_new (
  edition_id      bigint not null references edition (edition_id),
  subscription_id bigint not null references subscription (subscription_id),
  -- Revision ids, ascending, five octets each, most significant first.
  revisions       blob   not null,
  planned_ms      bigint not null,
  -- When the letter came to nothing and its stories went back. Replay reads the memory as it was.
  returned_ms     bigint,
  primary key (edition_id, subscription_id)
) without rowid;

insert into memory_new (edition_id, subscription_id, revisions, planned_ms, returned_ms)
  select s.edition_id, s.subscription_id, unhex(group_concat(printf('%010x', s.revision_id), '')),
    min(s.planned_ms), max(s.returned_ms)
  from (
    select w.edition_id, g.subscription_id, json_extract(p.value, '$.revision') as revision_id,
      m.planned_ms, m.returned_ms
    from digest g join wave w on w.wave_id = g.wave_id
    join json_each(g.picks) p
    join memory m on m.subscription_id = g.subscription_id and m.edition_id = w.edition_id
      and m.story_id = json_extract(p.value, '$.story')
    order by w.edition_id, g.subscription_id, revision_id
  ) s
  group by s.edition_id, s.subscription_id;

drop table memory;
alter table memory_new rename to memory;
