-- Pictures of articles that were made anew for letters. One row an address, whatever articles name it:
-- either there is a rendition, a file named by its sha256 in the data folder, or a problem. The row
-- is a memory of what was fetched, so that nothing is fetched twice; what a letter shows is frozen
-- with its wave.

create table picture (
  url      text   primary key,
  tried_ms bigint not null,
  tries    bigint not null,
  -- When it is tried again. Null: no more.
  again_ms bigint,
  problem  text,
  -- 1: readers would not see it either.
  broken   bigint not null default 0 check (broken in (0, 1)),
  -- Lower-case hex.
  sha256   text,
  width    bigint,
  height   bigint,
  bytes    bigint,
  check ((sha256 is null) <> (problem is null))
);
