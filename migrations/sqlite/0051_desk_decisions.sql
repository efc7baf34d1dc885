-- Editors move stories, choose their pictures, bar sources and order topics: the closed set of kinds
-- grows, which SQLite does by a new table.
create table decision_new (
  decision_id integer primary key,
  edition_id  bigint not null references edition (edition_id),
  kind        text   not null check (kind in ('lead', 'pin', 'ban', 'also', 'boost', 'move', 'image', 'ban_source', 'order', 'subject', 'preheader', 'note', 'panel', 'correction', 'undo')),
  story_id    bigint references story (story_id),
  article_id  bigint references article (article_id),
  text        text,
  undoes      bigint references decision_new (decision_id),
  by_whom     text   not null,
  at_ms       bigint not null
);
insert into decision_new (decision_id, edition_id, kind, story_id, article_id, text, undoes, by_whom, at_ms)
  select decision_id, edition_id, kind, story_id, article_id, text, undoes, by_whom, at_ms
  from decision order by decision_id;
drop table decision;
alter table decision_new rename to decision;
create index decision_edition on decision (edition_id);
