-- Finding the story of an article beyond equal addresses and headlines. `page` is what spellings of
-- one address have in common (CanonicalUrl::page). `filed`: its keys are in story_key; an article of
-- before is filed when the next ones come in, as long as it is young enough to be joined.
alter table article add column page text;
alter table article add column filed bigint not null default 0 check (filed in (0, 1));
create index article_by_page on article (page) where page is not null;
create index article_unfiled on article (dated_ms) where filed = 0;

-- Under which keys (stories::Known) an article is found: a few shingles of its text, and the words
-- that say most of what it is about. Rows older than stories::WINDOW_MS say nothing; they go when
-- their key is next asked for.
create table story_key (
  key        bigint not null,
  dated_ms   bigint not null,
  article_id bigint not null,
  primary key (key, dated_ms, article_id)
) without rowid;
