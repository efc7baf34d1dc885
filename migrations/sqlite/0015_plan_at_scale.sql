-- What a plan of a million readers asks for: a source's quality, and letters that are still owed.

-- How much a source counts beside others, in thousandths.
alter table source add column quality bigint not null default 500 check (quality between 0 and 1000);

-- A plan asks each of its readers for letters that have not left, and for no others: an index over all
-- that was ever sent grows for ever and answers no other question that an edition's key does not.
drop index delivery_subscription;
create index delivery_owed on delivery (subscription_id)
  where state in ('planned', 'leased', 'deferred');

-- Who may not be mailed is passed over by name, and few are.
create index subscription_inactive on subscription (list_id) where standing <> 'active';
create index subscriber_inactive on subscriber (subscriber_id) where standing <> 'active';
create index terms_resume on terms (resume_on) where resume_on is not null;
