-- A word on an article covers every article of its page, whatever source brought it and whenever it came.
-- Which amendment one follows that was not said of its own article; null: it was.
alter table amendment add column follows bigint references amendment (amendment_id);
create index amendment_follows on amendment (follows) where follows is not null;
