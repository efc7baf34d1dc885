-- From a page to an article: how the pages of a source are cleaned, and what a page says beside its text.

-- Apart from source: rules may be long, and only reading its articles needs them.
create table source_cleaning (
  source_id bigint primary key references source (source_id),
  -- The rule file as it was written; empty: the general rules alone.
  rules     text   not null,
  -- Whether the page is fetched where the feed gives only a teaser.
  full_text bigint not null check (full_text in (0, 1))
);

create table article_page (
  article_id       bigint primary key references article (article_id),
  words            bigint not null,
  -- JSON.
  headings         text   not null,
  contact          text,
  publisher_domain text,
  publisher_name   text,
  publisher_url    text,
  -- A day such as 2025-06-19: when the page was put up or saved. Never when the piece was published.
  page_date        text,
  -- Where the page takes its reader to be. No place of the story.
  reader_place     text,
  image_mark       text,
  -- sha256 (hex) of the feed's entry for which the page was fetched; null: no page was.
  entry_sha        text,
  -- Whether that page gave the text, and how often it was tried.
  fetched          bigint not null default 0 check (fetched in (0, 1)),
  tries            bigint not null default 0
);
