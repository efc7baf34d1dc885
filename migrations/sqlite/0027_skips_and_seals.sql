-- What an explanation of a reader who was passed over is worked out from, and what of a digest nothing
-- else holds.

-- On which terms, when, and what their digest would have reached back to; null in rows from before, and
-- where a standing was the reason.
alter table skip add column terms_id bigint;
alter table skip add column at_ms bigint;
alter table skip add column since_ms bigint;

-- A sum over the digest's number, what it reaches back to, and its placements with their reasons; null in
-- rows from before.
alter table digest add column seal bigint;
