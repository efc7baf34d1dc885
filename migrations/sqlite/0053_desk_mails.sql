-- Which mails about an edition its editors were sent: each once.
create table desk_mail (
  edition_id bigint not null references edition (edition_id),
  kind       text   not null check (kind in ('open', 'remind_60', 'remind_30', 'remind_10')),
  sent_ms    bigint not null,
  primary key (edition_id, kind)
);
