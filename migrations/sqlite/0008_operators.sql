-- What operators decide about editions, and what an edition asks them.

-- When it was paused or cancelled; null while its letters may leave.
alter table edition add column halted_ms bigint;

-- How far the wave's edition was from the list's usual when it was planned, as JSON, where its letters
-- were held for that. Kept, since what is usual moves on.
alter table wave add column unusual text;
