-- What is said of an article, by whom and why. `article.topics` and `article.places` stay what selection
-- reads: an editor's word where there is one, else what stands here.

-- Without an editor's word: written anew whenever the article comes in or is labelled again. An article
-- without a row came before reasons were kept, or by a way that gives none.
create table article_labels (
  article_id bigint not null primary key references article (article_id),
  topics     text   not null,
  places     text   not null,
  state      text   not null check (state in ('settled', 'suggested', 'open')),
  -- Every topic and place that was said or proposed, with authority, score and reason; the risks.
  said       text   not null
);

create index article_labels_queue on article_labels (state) where state <> 'settled';

-- Editors' words on articles; append-only, as decisions are. The newest one that is not undone holds, by
-- article and by what it is about; for risks by category too.
create table article_word (
  word_id    integer primary key,
  article_id bigint not null references article (article_id),
  about      text   not null check (about in ('topics', 'places', 'risk', 'undo')),
  category   text,
  value      text,
  undoes     bigint references article_word (word_id),
  by_whom    text   not null,
  at_ms      bigint not null
);

create index article_word_article on article_word (article_id);
create index article_word_undone on article_word (undoes) where undoes is not null;

-- Boolean rules of topics, with the headlines that they were tested by when they were saved.
create table topic_rule (
  rule_id        integer primary key,
  topic          text   not null,
  rule           text   not null,
  must_match     text   not null,
  must_not_match text   not null,
  created_ms     bigint not null,
  removed_ms     bigint
);

-- A place with a kind is looked for in articles; the others are only followed and named by hand.
alter table place add column kind text check (kind in ('town', 'county', 'state', 'nation'));
alter table place add column parent text;
alter table place add column aliases text not null default '[]';
alter table place add column ambiguous bigint not null default 0 check (ambiguous in (0, 1));
alter table place add column latitude real;
alter table place add column longitude real;

-- The place that a source writes from.
alter table source add column home text;
