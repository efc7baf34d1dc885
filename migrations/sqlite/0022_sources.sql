-- A source that fails says since when, one that its publisher took away says why it is asked no more,
-- and what a feed says of its own pace is kept, since an answer that nothing changed does not repeat it.
-- The address at which a source was added stays known after its feed moved, so that a list of feeds that
-- comes in again does not bring it twice.
alter table source add column failing_ms bigint;
alter table source add column stopped text;
alter table source add column asked_s bigint;
alter table source add column given text;
