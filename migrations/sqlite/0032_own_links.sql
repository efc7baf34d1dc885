-- Letters without an HTML part, for who wants them so.
alter table terms add column text_only bigint not null default 0 check (text_only in (0, 1));

-- Which private feed of a subscription's digests is good: its link names the number, and a new number
-- ends the links before.
alter table subscription add column feed_no bigint not null default 1;

-- Mails with a link for one mailbox: the links of all its subscriptions, or a fresh one for what the
-- link of a forwarded letter must not do. Nothing here says whether an address is anybody's: that is
-- looked up when its mail is about to leave.
create table link_mail (
  link_mail_id    integer primary key,
  kind            text   not null check (kind in ('links', 'export', 'move', 'forget', 'moved')),
  -- To whom. Null: to the person of the subscription, or nobody any more. Of a new address ('moved')
  -- it stays until that mailbox has confirmed it, or seven days.
  address         text,
  -- Of the address, or of the person's: what the limits count.
  address_hash    blob   not null,
  -- Whose link; null for 'links', which is for whoever has the address.
  subscription_id bigint references subscription (subscription_id),
  language        text   not null,
  asked_ms        bigint not null,
  state           text   not null check (state in ('queued', 'started', 'sent', 'over')),
  tries           bigint not null default 0,
  not_before_ms   bigint not null
);

create index link_mail_queue on link_mail (not_before_ms) where state = 'queued';
create index link_mail_address on link_mail (address_hash, asked_ms);
create index link_mail_subscription on link_mail (subscription_id) where subscription_id is not null;
create index link_mail_asked on link_mail (asked_ms);
