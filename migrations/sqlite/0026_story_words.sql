-- Editors' words on stories, and what grouping went by. A word is a row, and so is taking it back; what
-- it moved stands beside it, so that it can be undone without guessing.

-- By which article it came into the story, and how much of the two is the same, in thousandths
-- (stories::Evidence). Null: it opened the story, was put there by an editor, or came before this.
alter table article_story add column of_article bigint references article (article_id);
alter table article_story add column share bigint;

-- The story with which an article's words are counted (stories::Recent): that of grouping, whatever
-- editors joined since. Null: the one that it tells.
alter table article add column strand_id bigint references story (story_id);

create table story_word (
  word_id  integer primary key,
  kind     text   not null check (kind in ('merge', 'split', 'undo')),
  -- A merge: into which story. A split: out of which one.
  story_id bigint not null references story (story_id),
  -- A merge: which story went into it. A split: the one that was made.
  other_id bigint not null references story (story_id),
  -- An article that stayed, by which the two sides of a split are known wherever they go.
  stayed   bigint references article (article_id),
  undoes   bigint references story_word (word_id),
  by_whom  text   not null,
  at_ms    bigint not null
);
create index story_word_story on story_word (story_id);
create index story_word_other on story_word (other_id);
create index story_word_undoes on story_word (undoes) where undoes is not null;
create index story_word_split on story_word (at_ms) where kind = 'split';

-- What a word moved.
create table story_word_article (
  word_id    bigint not null references story_word (word_id),
  article_id bigint not null references article (article_id),
  primary key (word_id, article_id)
) without rowid;
create index story_word_article_of on story_word_article (article_id);
