-- How often what lists offer to readers has changed: lists and their settings, cadences, holidays, topics
-- and places. It is read beside a reader's own row, so that what a page keeps of an offer is never older
-- than that row, whichever process changed it. Triggers, since no writer must be able to forget it.
create table offer_change (
  only_row bigint not null primary key check (only_row = 1),
  changes  bigint not null
);
insert into offer_change (only_row, changes) values (1, 1);

create trigger list_offer_insert after insert on list begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger list_offer_update after update on list begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger list_offer_delete after delete on list begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;

create trigger list_setting_offer_insert after insert on list_setting begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger list_setting_offer_update after update on list_setting begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger list_setting_offer_delete after delete on list_setting begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;

create trigger cadence_offer_insert after insert on cadence begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger cadence_offer_update after update on cadence begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger cadence_offer_delete after delete on cadence begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;

create trigger holiday_offer_insert after insert on holiday begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger holiday_offer_update after update on holiday begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger holiday_offer_delete after delete on holiday begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;

create trigger topic_offer_insert after insert on topic begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger topic_offer_update after update on topic begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger topic_offer_delete after delete on topic begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;

create trigger place_offer_insert after insert on place begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger place_offer_update after update on place begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;
create trigger place_offer_delete after delete on place begin
  update offer_change set changes = changes + 1 where only_row = 1;
end;

-- The network that asked for a mail with a link, as a keyed mark: each has its own share of a mailbox's.
alter table link_mail add column network blob not null default x'';

-- The runs that were a reader's first letter, on joining: it carries a word of welcome. Written once and
-- never changed, since a letter that is made again has to come out the same.
create table first_letter (
  subscription_id bigint not null primary key references subscription (subscription_id),
  cadence_id      bigint not null references cadence (cadence_id),
  run             text   not null,
  -- When the one after it comes, as it stood then; null: never.
  next_ms         bigint
) without rowid;
