//! Sponsors, their orders and their creatives.

use std::collections::BTreeMap;

use super::{Store, StoreError, exists, from_json, to_json, unreadable};
use crate::domain::flight::Gambling;
use crate::domain::money::Currency;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Campaign, Creative, CreativeSize, CreativeState, Sponsor};
use crate::domain::time::{Timestamp, to_ms};
use crate::domain::{CampaignId, CreativeId, FlightId, SponsorId};

const SPONSOR_INSERT: &str =
    "insert into sponsor (slug, name, created_ms) values ($1, $2, $3) returning sponsor_id";
const SPONSORS: &str = "select sponsor_id, slug, name from sponsor order by slug";
const SPONSOR: &str = "select sponsor_id, slug, name from sponsor where slug = $1";
const CAMPAIGN_INSERT: &str = "insert into campaign (sponsor_id, slug, order_number, currency, \
     created_ms) values ($1, $2, $3, $4, $5) returning campaign_id";
const CAMPAIGN_UPDATE: &str =
    "update campaign set order_number = $2, currency = $3 where campaign_id = $1";
const CAMPAIGNS: &str = "select campaign_id, sponsor_id, slug, order_number, currency \
     from campaign where ($1 is null or sponsor_id = $1) order by sponsor_id, campaign_id";
const SPONSOR_NAME: &str = "update sponsor set name = $2 where sponsor_id = $1";
/// Flights of a sponsor that it cannot be removed with: those that digests name, and others than are
/// known ($2).
const SPONSOR_KEPT: &str = "select count(*) from flight f where f.sponsor_id = $1 \
     and (f.flight_id not in (select value from json_each($2)) \
      or exists (select 1 from placement p where p.flight_id = f.flight_id))";
const SPONSOR_GONE: [&str; 4] = [
    "delete from creative where flight_id in (select flight_id from flight where sponsor_id = $1)",
    "delete from flight where sponsor_id = $1",
    "delete from campaign where sponsor_id = $1",
    "delete from sponsor where sponsor_id = $1",
];
const CREATIVE_INSERT: &str = "insert into creative (flight_id, size, headline, text, url, button, \
     approved_ms, created_ms) values ($1, $2, $3, $4, $5, $6, $7, $8) returning creative_id";
const CREATIVE_APPROVE: &str = "update creative set approved_ms = $2 where creative_id = $1 \
     and approved_ms is null and retired_ms is null";
const CREATIVE_RETIRE: &str =
    "update creative set retired_ms = $2 where creative_id = $1 and retired_ms is null";
const CREATIVES: &str = "select c.creative_id, c.flight_id, c.size, c.headline, c.text, c.url, \
     c.button, c.approved_ms, c.retired_ms, f.gambling from creative c \
     join flight f on f.flight_id = c.flight_id \
     where c.creative_id in (select value from json_each($1))";
const CREATIVES_PRINTED: &str = "select c.creative_id, c.flight_id, c.size, c.headline, c.text, \
     c.url, c.button, c.approved_ms, c.retired_ms, f.gambling, s.name as sponsor_name \
     from creative c join flight f on f.flight_id = c.flight_id \
     join sponsor s on s.sponsor_id = f.sponsor_id where c.approved_ms is not null";
const FLIGHT_CREATIVES: &str = "select c.creative_id, c.flight_id, c.size, c.headline, c.text, \
     c.url, c.button, c.approved_ms, c.retired_ms, f.gambling from creative c \
     join flight f on f.flight_id = c.flight_id where c.flight_id = $1 order by c.creative_id";

/// A creative before it has a row; `check_creative` has seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCreative {
    /// Whose.
    pub flight: FlightId,
    /// Its size.
    pub size: CreativeSize,
    /// A line above the text.
    pub headline: Option<String>,
    /// The text.
    pub text: String,
    /// https link.
    pub url: String,
    /// The words of its button; size L only.
    pub button: Option<String>,
    /// Whether it may be printed at once.
    pub approved: bool,
}

/// An order before it has a row.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCampaign {
    /// Who pays.
    pub sponsor: SponsorId,
    /// Short name, unique with the sponsor.
    pub slug: Slug,
    /// The sponsor's number of the order.
    pub order_number: Option<String>,
    /// In what its flights are paid.
    pub currency: Currency,
}

#[derive(sqlx::FromRow)]
struct CampaignRow {
    campaign_id: i64,
    sponsor_id: i64,
    slug: String,
    order_number: Option<String>,
    currency: String,
}

impl CampaignRow {
    fn campaign(self) -> Result<Campaign, StoreError> {
        let currency = self.currency.parse();
        Ok(Campaign {
            id: CampaignId(self.campaign_id),
            sponsor: SponsorId(self.sponsor_id),
            slug: Slug::parse(&self.slug).map_err(|_| unreadable("campaign.slug", &self.slug))?,
            order_number: self.order_number,
            currency: currency.map_err(|_| unreadable("campaign.currency", &self.currency))?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SponsorRow {
    sponsor_id: i64,
    slug: String,
    name: String,
}

impl SponsorRow {
    fn sponsor(self) -> Result<Sponsor, StoreError> {
        Ok(Sponsor {
            id: SponsorId(self.sponsor_id),
            slug: Slug::parse(&self.slug).map_err(|_| unreadable("sponsor.slug", &self.slug))?,
            name: self.name,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct CreativeRow {
    creative_id: i64,
    pub(super) flight_id: i64,
    size: String,
    headline: Option<String>,
    text: String,
    url: String,
    button: Option<String>,
    approved_ms: Option<i64>,
    retired_ms: Option<i64>,
    gambling: Option<String>,
}

impl CreativeRow {
    pub(super) fn creative(self) -> Result<Creative, StoreError> {
        let legal = match &self.gambling {
            Some(text) => Some(from_json::<Gambling>(text, "flight.gambling")?.legal_line),
            None => None,
        };
        Ok(Creative {
            id: CreativeId(self.creative_id),
            flight: FlightId(self.flight_id),
            size: CreativeSize::parse(&self.size)
                .map_err(|_| unreadable("creative.size", &self.size))?,
            headline: self.headline,
            text: self.text,
            url: self.url,
            button: self.button,
            legal,
            state: match (self.approved_ms, self.retired_ms) {
                (_, Some(_)) => CreativeState::Retired,
                (Some(_), None) => CreativeState::Approved,
                (None, None) => CreativeState::Proposed,
            },
        })
    }
}

impl Store {
    /// Adds a sponsor.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the slug is taken.
    pub async fn sponsor_add(
        &self,
        slug: &Slug,
        name: &str,
        now: Timestamp,
    ) -> Result<SponsorId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(SPONSOR_INSERT)
            .bind(slug.as_str())
            .bind(name)
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "sponsor", slug))?;
        tx.commit().await?;
        Ok(SponsorId(id))
    }

    /// A sponsor by its slug.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn sponsor(&self, slug: &Slug) -> Result<Sponsor, StoreError> {
        let row: Option<SponsorRow> = sqlx::query_as(SPONSOR)
            .bind(slug.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let row = row.ok_or_else(|| StoreError::NotFound {
            what: "sponsor",
            name: slug.to_string(),
        })?;
        row.sponsor()
    }

    /// Every sponsor, by slug.
    pub async fn sponsors(&self) -> Result<Vec<Sponsor>, StoreError> {
        let rows: Vec<SponsorRow> = sqlx::query_as(SPONSORS).fetch_all(&self.readers).await?;
        rows.into_iter().map(SponsorRow::sponsor).collect()
    }

    /// Changes the name on the label of a sponsor's blocks.
    pub async fn sponsor_set(&self, sponsor: SponsorId, name: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(SPONSOR_NAME)
            .bind(sponsor.0)
            .bind(name)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes a sponsor with its orders, its flights and their creatives. `false`: a digest names one
    /// of its flights, or it has other flights than these, and nothing changed.
    pub async fn sponsor_remove(
        &self,
        sponsor: SponsorId,
        flights: &[FlightId],
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let flights = to_json(&flights, "flight.flight_id")?;
        let kept: i64 = sqlx::query_scalar(SPONSOR_KEPT)
            .bind(sponsor.0)
            .bind(flights)
            .fetch_one(&mut *tx)
            .await?;
        if kept > 0 {
            return Ok(false);
        }
        for statement in SPONSOR_GONE {
            sqlx::query(statement)
                .bind(sponsor.0)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Adds an order.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the sponsor has one of that slug.
    pub async fn campaign_add(
        &self,
        new: &NewCampaign,
        now: Timestamp,
    ) -> Result<CampaignId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(CAMPAIGN_INSERT)
            .bind(new.sponsor.0)
            .bind(new.slug.as_str())
            .bind(&new.order_number)
            .bind(new.currency.code())
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "campaign", &new.slug))?;
        tx.commit().await?;
        Ok(CampaignId(id))
    }

    /// Every order, or those of a sponsor, the first one first.
    pub async fn campaigns(&self, sponsor: Option<SponsorId>) -> Result<Vec<Campaign>, StoreError> {
        let rows: Vec<CampaignRow> = sqlx::query_as(CAMPAIGNS)
            .bind(sponsor.map(|s| s.0))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(CampaignRow::campaign).collect()
    }

    /// Writes an order's number and currency.
    pub async fn campaign_set(&self, campaign: &Campaign) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(CAMPAIGN_UPDATE)
            .bind(campaign.id.0)
            .bind(&campaign.order_number)
            .bind(campaign.currency.code())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Adds a creative. None is retired by it.
    pub async fn creative_add(
        &self,
        new: &NewCreative,
        now: Timestamp,
    ) -> Result<CreativeId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(CREATIVE_INSERT)
            .bind(new.flight.0)
            .bind(new.size.as_str())
            .bind(&new.headline)
            .bind(&new.text)
            .bind(&new.url)
            .bind(&new.button)
            .bind(new.approved.then(|| to_ms(now)))
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(CreativeId(id))
    }

    /// Creatives by id, retired ones too. One that is not stored is left out.
    pub async fn creatives(
        &self,
        ids: &[CreativeId],
    ) -> Result<BTreeMap<CreativeId, Creative>, StoreError> {
        let rows: Vec<CreativeRow> = sqlx::query_as(CREATIVES)
            .bind(to_json(&ids, "creative.creative_id")?)
            .fetch_all(&self.readers)
            .await?;
        let read = |row: CreativeRow| Ok((CreativeId(row.creative_id), row.creative()?));
        rows.into_iter().map(read).collect()
    }

    /// Lets a proposed creative be printed. `false`: it was approved or retired by then.
    pub async fn creative_approve(
        &self,
        creative: CreativeId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.creative_moved(CREATIVE_APPROVE, creative, now).await
    }

    /// Takes a creative out of what is planned from now on; letters that have it keep it. `false`: it
    /// was retired by then.
    pub async fn creative_retire(
        &self,
        creative: CreativeId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.creative_moved(CREATIVE_RETIRE, creative, now).await
    }

    async fn creative_moved(
        &self,
        statement: &'static str,
        creative: CreativeId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(statement)
            .bind(creative.0)
            .bind(to_ms(now))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Every creative of a flight, retired ones too, the oldest first.
    pub async fn flight_creatives(&self, flight: FlightId) -> Result<Vec<Creative>, StoreError> {
        let rows: Vec<CreativeRow> = sqlx::query_as(FLIGHT_CREATIVES)
            .bind(flight.0)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(CreativeRow::creative).collect()
    }

    /// Every creative that some letter may bring, retired ones too, with the name on its label.
    pub async fn creatives_printed(
        &self,
    ) -> Result<BTreeMap<CreativeId, (Creative, String)>, StoreError> {
        let rows: Vec<PrintedRow> = sqlx::query_as(CREATIVES_PRINTED)
            .fetch_all(&self.readers)
            .await?;
        let read = |row: PrintedRow| {
            let id = CreativeId(row.creative.creative_id);
            Ok((id, (row.creative.creative()?, row.sponsor_name)))
        };
        rows.into_iter().map(read).collect()
    }
}

#[derive(sqlx::FromRow)]
struct PrintedRow {
    #[sqlx(flatten)]
    creative: CreativeRow,
    sponsor_name: String,
}
