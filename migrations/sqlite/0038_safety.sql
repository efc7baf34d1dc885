-- Which stories a flight does not want to stand beside, by what makes them a risk (JSON). Null: what holds
-- for every sponsor who asks for nothing.
alter table flight add column safety text;
