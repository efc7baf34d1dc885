-- A wave that a person sends before it is due carries the date of that moment: a Date, or a signature,
-- of the future is taken for spam or refused. Null: its due instant, as planned.
alter table wave add column date_ms bigint;
