-- What a plan is held against: by a proof before its letters leave, and by an editor who approved it.

-- What the proof of a wave found, as JSON; null: nothing, or it was planned before there was one.
alter table wave add column faults text;

-- A plan as it was when somebody approved it, one row a wave. What it brings is kept as a count an
-- article, so that a later plan can be held against it however many readers it has.
create table approved_plan (
  approved_plan_id integer primary key,
  edition_id  bigint not null references edition (edition_id),
  due_ms      bigint not null,
  by_whom     text   not null,
  at_ms       bigint not null,
  digests     bigint not null,
  skipped     bigint not null,
  -- sha256 over every digest's stories in their order, by subscription.
  hash        blob   not null,
  -- JSON: articles with how many digests bring them, subject, preheader, note, lead.
  plan        text   not null
);

create index approved_plan_edition on approved_plan (edition_id, due_ms);
