//! The few statements that PostgreSQL will spell differently: bulk writes, marks by
//! list, and the claim. All others are shared.
//!
//! A `+` before a column keeps SQLite from searching by it: a list of rows that are named has to be the
//! outer loop, or every named row is held against every row in that state.

use sqlx::AssertSqlSafe;

/// What an edition ($1) brought to the subscriptions of some ranges ($2: [first, last]): whose, when and
/// which texts, as three lists in one order. A row for each of them would cost more than reading it.
pub(super) const MEMORY_OF: &str = "select json_group_array(m.subscription_id), \
     json_group_array(m.planned_ms), group_concat(hex(m.revisions), ',') \
     from json_each($2) r cross join memory m on m.edition_id = $1 \
     and m.subscription_id between json_extract(r.value, '$[0]') and json_extract(r.value, '$[1]') \
     where m.returned_ms is null";

/// Letters of the subscriptions ($1) that a new plan would overtake.
pub(super) const OWED: &str = "select d.subscription_id, d.edition_id from json_each($1) s \
     cross join delivery d on d.subscription_id = s.value \
     where d.state in ('planned', 'leased', 'deferred') and d.sha256 is null";

/// The subscriptions ($1) beside the same persons' subscriptions with other lists ($2).
pub(super) const SAME_PERSONS: &str = "select n.subscription_id, o.subscription_id, o.list_id \
     from json_each($1) s cross join subscription n on n.subscription_id = s.value \
     cross join json_each($2) l cross join subscription o \
     on o.subscriber_id = n.subscriber_id and o.list_id = l.value";

macro_rules! memories_before {
    ($memory:literal, $until:literal) => {
        concat!("select n.subscription_id, m.edition_id, m.revisions, m.planned_ms \
     from json_each($1) j \
     cross join subscription n on n.subscription_id = json_extract(j.value, '$[0]') \
     cross join json_each($3) l \
     cross join subscription o on o.subscriber_id = n.subscriber_id and o.list_id = l.value \
     cross join edition e on e.list_id = o.list_id and e.edition_id <> $2 \
     cross join ",
     $memory,
     " m on m.edition_id = e.edition_id and m.subscription_id = o.subscription_id \
     where (m.planned_ms < json_extract(j.value, '$[1]') \
      or (m.planned_ms = json_extract(j.value, '$[1]') and exists (select 1 from digest g \
       join wave w on w.wave_id = g.wave_id where w.edition_id = m.edition_id \
       and g.subscription_id = m.subscription_id and g.digest_id < json_extract(j.value, '$[2]')))) \
     and (m.",
     $until,
     " is null or m.",
     $until,
     " > json_extract(j.value, '$[1]')) \
     and exists (select 1 from wave w where w.edition_id = e.edition_id \
      and w.planned_ms >= $4 and w.planned_ms <= json_extract(j.value, '$[1]'))")
    };
}

/// Memory of subscriptions as digests of theirs were written ($1: [subscription, instant, digest]),
/// without what one edition ($2) brought: of the person's letters of some lists ($3), of editions frozen
/// since an instant ($4).
pub(super) const MEMORIES_BEFORE: &str = memories_before!("memory", "returned_ms");

/// The same of what letters held before their digests were made again.
pub(super) const MEMORIES_PAST: &str = memories_before!("memory_past", "until_ms");

/// Those of the articles ($1) that are under an embargo.
pub(super) const EMBARGOED: &str = "select a.article_id, a.embargo_ms from json_each($1) j \
     join article a on a.article_id = j.value where a.embargo_ms is not null";

/// Those of the articles ($1) that were withdrawn.
pub(super) const WITHDRAWN: &str = "select a.article_id, a.withdrawn_ms from json_each($1) j \
     join article a on a.article_id = j.value where a.withdrawn_ms is not null";

/// Those of the articles ($1) that were ever written anew, or corrected by their source, with the text in
/// force. Not by the amendment's instant: that of a source is when it was asked, and a wave may have
/// been frozen before its answer was written.
pub(super) const REWRITTEN: &str = "select a.article_id, a.revision_id from json_each($1) j \
     cross join article a on a.article_id = j.value where exists (select 1 from amendment m \
      where m.article_id = a.article_id and m.kind = 'rewritten')";

/// Every text of those of the articles ($1) that were ever written anew, or corrected by their source.
pub(super) const REWRITTEN_TEXTS: &str = "select r.article_id, r.revision_id from json_each($1) j \
     cross join article_revision r on r.article_id = j.value where exists (select 1 from amendment m \
      where m.article_id = r.article_id and m.kind = 'rewritten')";

/// How many of the subscribers ($1) the edition ($2) already has a letter for.
pub(super) const ALREADY_PLANNED: &str = "select count(*) from json_each($1) s \
     cross join delivery d on d.edition_id = $2 and d.subscriber_id = s.value";

/// Whether any of the subscribers ($1) has a digest of the lists ($2) that is newer than one ($3).
pub(super) const PLANNED_BESIDE: &str = "select exists (select 1 from digest g \
     cross join subscription o on o.subscription_id = g.subscription_id \
     where g.digest_id > $3 and o.list_id in (select value from json_each($2)) \
     and o.subscriber_id in (select value from json_each($1)))";

/// Earlier letters of subscriptions that get a new one: open ones are overtaken …
pub(super) const OVERTAKE: &str = "update delivery set state = 'refused', held = null, code = 0, \
     reply = 'overtaken by the next digest', lease_owner = null, lease_token = null, \
     lease_until_ms = null, changed_ms = $2 \
     where subscription_id in (select value from json_each($1)) \
     and state in ('planned', 'leased', 'deferred') and sha256 is null \
     returning subscription_id, edition_id";

/// … those in doubt stay in doubt, and are not sent again.
pub(super) const OVERTAKE_DOUBT: &str = "update delivery set state = 'uncertain', held = null, \
     lease_owner = null, lease_token = null, lease_until_ms = null, changed_ms = $2 \
     where subscription_id in (select value from json_each($1)) \
     and state in ('planned', 'leased', 'deferred') and sha256 is not null";

/// Stories of the overtaken letters ($1: [subscription, edition]) go back.
pub(super) const OVERTAKEN_MEMORY: &str = "update memory set returned_ms = $2 \
     where returned_ms is null and (edition_id, subscription_id) in ( \
      select json_extract(value, '$[1]'), json_extract(value, '$[0]') from json_each($1))";

/// Rows in one statement. Bound values cost a third of what the same rows out of a JSON text do.
pub(super) const ROWS: usize = 200;

/// A statement with a list of rows: what stands before them, the columns of a row, what stands after.
pub(super) struct Rows(&'static str, usize, &'static str);

impl Rows {
    /// The statement for so many rows, each value bound in its order.
    pub(super) fn of(&self, rows: usize) -> AssertSqlSafe<String> {
        let row = format!("({})", vec!["?"; self.1].join(", "));
        AssertSqlSafe(format!(
            "{}{}{}",
            self.0,
            vec![row; rows].join(", "),
            self.2
        ))
    }
}

pub(super) const DIGESTS: Rows = Rows(
    "insert into digest (digest_id, wave_id, subscription_id, seq, terms_id, picks, at_ms, left_out, \
     since_ms, seal, amended) values ",
    11,
    "",
);

pub(super) const PLACEMENTS: Rows = Rows(
    "insert into placement (digest_id, slot, flight_id, creative_id, reason) values ",
    5,
    "",
);

pub(super) const MEMORY: Rows = Rows(
    "insert into memory (edition_id, subscription_id, revisions, planned_ms) values ",
    4,
    "",
);

pub(super) const DELIVERIES: Rows = Rows(
    "insert into delivery (edition_id, subscriber_id, subscription_id, wave_id, digest_id, address_hash, \
     state, held, not_before_ms, deadline_ms, changed_ms, lane) values ",
    12,
    "",
);

pub(super) const SKIPS: Rows = Rows(
    "insert into skip (wave_id, subscription_id, reason, terms_id, at_ms, since_ms, amended) values ",
    7,
    " on conflict (wave_id, subscription_id) do nothing",
);

pub(super) const WAVE_CLASSES: Rows = Rows(
    "insert into wave_class (wave_id, class, slots, may) values ",
    4,
    "",
);

pub(super) const WAVE_CONFIGURATIONS: Rows = Rows(
    "insert into wave_configuration (wave_id, class, number, flights, digests, dealt) values ",
    6,
    "",
);

/// What a slice drew of its wave's ($1) configurations ($2: [class, number, digests]).
pub(super) const DEAL: &str = "update wave_configuration set dealt = dealt + j.n from ( \
      select json_extract(value, '$[0]') as class, json_extract(value, '$[1]') as number, \
       json_extract(value, '$[2]') as n from json_each($2)) j \
     where wave_configuration.wave_id = $1 and wave_configuration.class = j.class \
     and wave_configuration.number = j.number";

/// Those of the subscriptions ($1) that were sent a flight ($2) at least so often ($5) in waves due
/// after $3 and before $4: by the waves that it was given digests of, since they are few.
pub(super) const CAPPED: &str = "select g.subscription_id from json_each($1) s \
     cross join wave_quota q on q.flight_id = $2 and q.planned > 0 \
     cross join wave w on w.wave_id = q.wave_id and w.due_ms > $3 and w.due_ms < $4 \
     cross join digest g on g.wave_id = w.wave_id and g.subscription_id = s.value \
     cross join delivery d on d.digest_id = g.digest_id \
     where d.state in ('started', 'uncertain', 'accepted') and exists (select 1 from placement p \
      where p.digest_id = g.digest_id and p.flight_id = $2) \
     group by g.subscription_id having count(*) >= $5";

pub(super) const SUBSCRIBERS: Rows = Rows(
    "insert into subscriber (subscriber_id, address, mailbox, address_hash, standing, created_ms, \
     erased_ms) values ",
    7,
    "",
);

pub(super) const SUBSCRIPTIONS: Rows = Rows(
    "insert into subscription (subscription_id, subscriber_id, list_id, standing, terms_id, due_ms, \
     due_run, due_cadence_id, created_ms) values ",
    9,
    "",
);

pub(super) const TERMS: Rows = Rows(
    "insert into terms (terms_id, subscription_id, seq, cadence_id, hour, zone, language, length, images, \
     interests, at_ms, by_whom, resume_on, text_only) values ",
    14,
    "",
);

pub(super) const RECEIPTS: Rows = Rows(
    "insert into consent (subscriber_id, list_id, act, how, wording, source, network, note, at_ms) values ",
    9,
    "",
);

/// Next dues (subscription, due, run, terms) of the readers of a wave (the last value), where a reader is
/// still due as they were when the slice was read: what they or an admin changed since then counts.
pub(super) const NEXT_DUES: Rows = Rows(
    "with j (subscription_id, due_ms, due_run, terms_id) as (values ",
    4,
    ") update subscription set due_ms = j.due_ms, due_run = j.due_run from j \
     where subscription.subscription_id = j.subscription_id \
     and subscription.terms_id = j.terms_id \
     and +subscription.due_ms = (select w.due_ms from wave w where w.wave_id = ?)",
);

/// What next digests have to reach back to ($1: [subscription, since or null]): met, or set where
/// nothing earlier is.
pub(super) const REACHES: &str = "update subscription set since_ms = \
     case when json_extract(j.value, '$[1]') is not null \
     then coalesce(since_ms, json_extract(j.value, '$[1]')) end \
     from json_each($1) j where subscription.subscription_id = json_extract(j.value, '$[0]')";

/// The claim of one lane ($7): what may go now, oldest first, at most $5; nothing while sending is
/// paused as a whole, nor of a wave that an amendment is under way in. A cancelled edition's letters are claimed to be withheld.
pub(super) const CLAIM: &str = "update delivery set state = 'leased', lease_owner = $1, lease_token = $2, \
     lease_until_ms = $3, changed_ms = $4 \
     where (edition_id, subscriber_id) in (select d.edition_id, d.subscriber_id \
      from delivery d join edition e on e.edition_id = d.edition_id \
      where d.lane = $7 and d.state in ('planned', 'deferred') and d.held is null \
      and d.not_before_ms <= $4 and e.state <> 'paused' and ($6 = 0 or d.edition_id = $6) \
      and exists (select 1 from instance where paused_ms is null) \
      and d.wave_id not in (select wave_id from amendment_wave where done_ms is null) \
      order by d.not_before_ms, d.edition_id limit $5) \
     returning edition_id, subscriber_id, subscription_id, wave_id, digest_id, attempt, deadline_ms, sha256, lane";

/// Open letters whose lane is none of $1 any more go in the default one.
pub(super) const ADOPT_LANES: &str = "update delivery set lane = 'default' \
     where state in ('planned', 'leased', 'started', 'deferred') \
     and lane <> 'default' and lane not in (select value from json_each($1))";

/// Of the digests $1, those of which a picked article was withdrawn, rewritten by an editor or corrected
/// by its source since the letter was started.
pub(super) const OUTDATED: &str = "select distinct g.digest_id from json_each($1) j \
     join digest g on g.digest_id = j.value join delivery d on d.digest_id = g.digest_id \
     join json_each(g.picks) p join article a on a.article_id = json_extract(p.value, '$.article') \
     where a.withdrawn_ms >= d.started_ms or exists (select 1 from amendment m \
      where m.article_id = a.article_id and m.kind = 'rewritten' and m.at_ms >= d.started_ms)";

/// What the claimed rows need for rendering ($1: subscription ids).
pub(super) const CLAIMED_READERS: &str = "select n.subscription_id, n.list_id, s.address \
     from json_each($1) j join subscription n on n.subscription_id = j.value \
     join subscriber s on s.subscriber_id = n.subscriber_id";

pub(super) const DIGESTS_BY_ID: &str = "select g.digest_id, g.picks, g.left_out, t.zone, t.language, t.length, t.images, t.text_only, t.interests \
     from json_each($1) j join digest g on g.digest_id = j.value join terms t on t.terms_id = g.terms_id";

pub(super) const PLACEMENTS_BY_DIGEST: &str = "select p.digest_id, p.slot, p.flight_id, p.creative_id, p.reason \
     from json_each($1) j join placement p on p.digest_id = j.value order by p.digest_id, p.slot";

/// `started`, for the rows of $1 ([edition, subscriber, token, digest, sha256 hex]): only while sending
/// is not paused, no amendment of the wave is under way, the edition is open, both standings are active,
/// the lease is ours and the digest is the one that was rendered. There is no other check (P5).
pub(super) const START: &str = "update delivery set state = 'started', started_ms = $2, changed_ms = $2, \
     sha256 = unhex(json_extract(j.value, '$[4]')), renderer = $3, attempt = attempt + 1 \
     from json_each($1) j \
     where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and +delivery.state = 'leased' and delivery.lease_token = json_extract(j.value, '$[2]') \
     and delivery.digest_id = json_extract(j.value, '$[3]') \
     and exists (select 1 from instance where paused_ms is null) \
     and not exists (select 1 from amendment_wave a where a.wave_id = delivery.wave_id and a.done_ms is null) \
     and exists (select 1 from edition e where e.edition_id = delivery.edition_id and e.state = 'open') \
     and exists (select 1 from subscription n join subscriber s on s.subscriber_id = n.subscriber_id \
      where n.subscription_id = delivery.subscription_id and n.standing = 'active' and s.standing = 'active') \
     returning edition_id, subscriber_id";

/// Rows of $1 ([edition, subscriber, token]) that were not started: withheld where the person or the
/// edition says no, in doubt where a dot may have left before.
pub(super) const WITHHOLD: &str = "update delivery set \
     state = case when sha256 is null then 'withheld' else 'uncertain' end, changed_ms = $2, \
     lease_owner = null, lease_token = null, lease_until_ms = null, code = 0, \
     reply = coalesce((select n.standing from subscription n join subscriber s on s.subscriber_id = n.subscriber_id \
      where n.subscription_id = delivery.subscription_id and n.standing <> 'active'), \
      (select s.standing from subscriber s where s.subscriber_id = delivery.subscriber_id and s.standing <> 'active'), \
      'cancelled') \
     from json_each($1) j \
     where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and +delivery.state = 'leased' and delivery.lease_token = json_extract(j.value, '$[2]') \
     and (exists (select 1 from edition e where e.edition_id = delivery.edition_id and e.state = 'cancelled') \
      or not exists (select 1 from subscription n join subscriber s on s.subscriber_id = n.subscriber_id \
       where n.subscription_id = delivery.subscription_id and n.standing = 'active' and s.standing = 'active')) \
     returning edition_id, subscriber_id";

/// Leases of $1 ([edition, subscriber, token]) given back: nothing left.
pub(super) const GIVE_BACK: &str = "update delivery set \
     state = case when attempt > 0 then 'deferred' else 'planned' end, changed_ms = $2, \
     lease_owner = null, lease_token = null, lease_until_ms = null \
     from json_each($1) j \
     where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and +delivery.state = 'leased' and delivery.lease_token = json_extract(j.value, '$[2]')";

/// Outcomes of $1 ([edition, subscriber, token, state, held, not_before or null, code, reply, keep
/// sha256 0/1, tried 0/1]); only rows that still carry the token.
pub(super) const RECORD: &str = "update delivery set state = json_extract(j.value, '$[3]'), \
     held = json_extract(j.value, '$[4]'), \
     not_before_ms = coalesce(json_extract(j.value, '$[5]'), not_before_ms), \
     code = json_extract(j.value, '$[6]'), reply = json_extract(j.value, '$[7]'), \
     sha256 = case when json_extract(j.value, '$[8]') = 1 then sha256 else null end, \
     attempt = attempt + json_extract(j.value, '$[9]'), \
     lease_owner = null, lease_token = null, lease_until_ms = null, changed_ms = $2 \
     from json_each($1) j \
     where delivery.edition_id = json_extract(j.value, '$[0]') \
     and delivery.subscriber_id = json_extract(j.value, '$[1]') \
     and delivery.lease_token = json_extract(j.value, '$[2]') \
     and +delivery.state in ('leased', 'started')";

/// Stories of the rows of $1 ([edition, subscriber, …]) go back where the letter came to nothing: after
/// every digest that remembered them, also where the clock was set back since.
pub(super) const RETURN_MEMORY: &str = "update memory set returned_ms = max($2, coalesce(( \
     select g.at_ms + 1 from digest g order by g.digest_id desc limit 1), 0)) \
     where returned_ms is null and (edition_id, subscription_id) in ( \
      select d.edition_id, d.subscription_id from json_each($1) j join delivery d \
      on d.edition_id = json_extract(j.value, '$[0]') and d.subscriber_id = json_extract(j.value, '$[1]') \
      where d.state in ('refused', 'withheld'))";

/// Letters that a person ($1) who left does not get any more: nothing of them has left …
pub(super) const WITHHOLD_PERSON: &str = "update delivery set state = 'withheld', held = null, \
     code = 0, reply = $2, changed_ms = $3 \
     where subscription_id in (select subscription_id from subscription where subscriber_id = $1) \
     and ($4 = 0 or subscription_id = $4) and state in ('planned', 'leased', 'deferred') \
     and state <> 'leased' and sha256 is null";

/// … and those whose dot may have left stay in doubt and are not sent again.
pub(super) const DOUBT_PERSON: &str = "update delivery set state = 'uncertain', held = null, \
     code = 0, reply = $2, changed_ms = $3 \
     where subscription_id in (select subscription_id from subscription where subscriber_id = $1) \
     and ($4 = 0 or subscription_id = $4) and state in ('planned', 'leased', 'deferred') \
     and state <> 'leased' and sha256 is not null";

/// Stories of a person's ($1) withheld letters go back.
pub(super) const RETURN_PERSON: &str = "update memory set returned_ms = max($2, coalesce(( \
     select g.at_ms + 1 from digest g order by g.digest_id desc limit 1), 0)) \
     where returned_ms is null and (edition_id, subscription_id) in ( \
      select d.edition_id, d.subscription_id from subscription n join edition e on e.list_id = n.list_id \
      join delivery d on d.edition_id = e.edition_id and d.subscriber_id = n.subscriber_id \
      where n.subscriber_id = $1 and d.state = 'withheld')";

/// Adds to what relays took ($1: [relay, hour, sent]).
pub(super) const RELAY_HOURS_ADD: &str = "insert into relay_hour (relay, hour, sent) \
     select json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') \
     from json_each($1) where true \
     on conflict (relay, hour) do update set sent = relay_hour.sent + excluded.sent";

/// When people last did something about the subscriptions ($1) themselves.
pub(super) const ACTED: &str = "select j.value, max(b.created_ms, \
     coalesce((select max(t.at_ms) from terms t where t.subscription_id = b.subscription_id \
      and t.by_whom not in ('admin', 'import')), 0), \
     coalesce((select max(e.at_ms) from event e where e.subscriber_id = b.subscriber_id \
      and e.subscription_id = b.subscription_id and e.kind not in ('bounce', 'suppress') \
      and e.detail <> 'admin'), 0)) \
     from json_each($1) j join subscription b on b.subscription_id = j.value";

/// What has become of articles ($1): withdrawn, under embargo until, when editors last spoke of them.
pub(super) const SINCE_PRINTED: &str = "select a.article_id, a.withdrawn_ms is not null, a.embargo_ms, \
     (select max(m.at_ms) from amendment m where m.article_id = a.article_id and m.by_whom is not null) \
     from json_each($1) j join article a on a.article_id = j.value";

/// The newest consent of the people ($1) to the list ($2).
pub(super) const AGREED: &str = "select c.subscriber_id, max(c.at_ms), c.how, c.network, c.note \
     from json_each($1) j cross join consent c on c.subscriber_id = j.value \
     where c.act = 'given' and (c.list_id = $2 or c.list_id is null) group by c.subscriber_id";
