-- Who did what, when, and why: rows are added, never changed, and each is sealed over the one before
-- (domain/audit says how the octets are laid out).
create table audit (
  no        integer primary key,
  at_ms     bigint not null,
  -- Null: from the command line, or Courant itself.
  editor_id bigint,
  who       text   not null,
  act       text   not null,
  subject   text   not null,
  was       text   not null,
  became    text   not null,
  why       text   not null,
  prev      blob   not null,
  hash      blob   not null
);
create trigger audit_stays before update on audit
begin
  select raise(abort, 'audit rows are never changed');
end;
create trigger audit_is_kept before delete on audit
begin
  select raise(abort, 'audit rows are never removed');
end;

-- The newest row: one that is missing at the end is missed.
create table audit_head (
  only_row integer primary key check (only_row = 1),
  no       bigint not null,
  hash     blob   not null
);
insert into audit_head (only_row, no, hash)
values (1, 0, x'0000000000000000000000000000000000000000000000000000000000000000');
create trigger audit_head_goes_on before update on audit_head when new.no <> old.no + 1
begin
  select raise(abort, 'the audit goes on by one row');
end;
create trigger audit_head_is_kept before delete on audit_head
begin
  select raise(abort, 'the audit has a newest row');
end;
