-- Articles. Texts are append-only revisions, since a digest names the revision it printed; the
-- story is a row of its own, since memory must survive merges, splits and moved URLs.

create table story (
  story_id   integer primary key,
  created_ms bigint not null
);

create table article (
  article_id    integer primary key,
  source_id     bigint not null references source (source_id),
  -- The source's own name for the entry: a second fetch finds it again though its URL moved.
  entry_key     text   not null,
  url           text   not null,
  story_id      bigint not null references story (story_id),
  -- The newest text. Null only inside the transaction that inserts the first one.
  revision_id   bigint,
  published_ms  bigint,
  first_seen_ms bigint not null,
  -- When its age counts from: published if stated and not after first sight, else first sight.
  dated_ms      bigint not null,
  language      text,
  backlog       bigint not null default 0 check (backlog in (0, 1)),
  withdrawn_ms  bigint,
  topics        text   not null,
  places        text   not null,
  -- What is compared when two articles may tell one story (stories::headline_key). Null: a headline
  -- too short to tell stories apart.
  headline_key  text,
  unique (source_id, entry_key)
);

create index article_dated on article (dated_ms);
create index article_source_dated on article (source_id, dated_ms);
create index article_url on article (url, source_id);
create index article_by_story on article (story_id);
create index article_headline on article (headline_key, dated_ms) where headline_key is not null;

create table article_revision (
  revision_id integer primary key,
  article_id  bigint not null references article (article_id),
  seq         bigint not null,
  seen_ms     bigint not null,
  headline    text   not null,
  summary     text   not null,
  byline      text   not null,
  image_url   text,
  image_alt   text,
  body        text,
  categories  text   not null,
  -- Who rewrote it; null when the source itself did.
  by_editor   text,
  unique (article_id, seq)
);

-- Which story an article pointed to, since when and by whom ('url' = same canonical URL, 'title' =
-- same headline within two days, 'new' = a story of its own). The row with the newest
-- since_ms is also in article.story_id.
create table article_story (
  article_id bigint not null references article (article_id),
  story_id   bigint not null references story (story_id),
  since_ms   bigint not null,
  by_whom    text   not null,
  primary key (article_id, since_ms, story_id)
);

-- What a source said that could not be read: reported, never a lost feed. The newest few a source.
create table source_problem (
  source_id bigint not null references source (source_id),
  at_ms     bigint not null,
  seq       bigint not null,
  problem   text   not null,
  primary key (source_id, at_ms, seq)
);
