-- A letter is fitted to its list's byte budget when it is planned; it says how many stories that cost.
alter table digest add column left_out bigint not null default 0;
