-- A link may lead to a part of its page: that is no part of what the page is, and so no part of its URL.
alter table article add column fragment text;

-- A source without a name of its own was called by its short name, which is nothing to show a reader.
update source set name = '' where name = slug;

-- When a wave last froze with a rendition in it, or would have: what no letter of a long time shows
-- need not be kept. Renditions of before count as shown in the newest wave.
alter table picture add column named_ms bigint;
update picture set named_ms = max(tried_ms, coalesce((select max(due_ms) from wave), 0))
 where sha256 is not null;
create index picture_rendition on picture (sha256) where sha256 is not null;
