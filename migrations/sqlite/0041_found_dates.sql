-- What an article's dates and its backlog mark were before an editor said when it was published, so that
-- the word can be taken back. Null: nobody said so.
alter table article add column found_published_ms bigint;
alter table article add column found_dated_ms bigint;
alter table article add column found_backlog bigint;
