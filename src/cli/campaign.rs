//! `campaign`: the orders of sponsors, which their flights are lines of.

use std::path::Path;

use serde_json::{Value, json};

use super::{Exit, Failure, House, flight, show, typed};
use crate::domain::flight::Flight;
use crate::domain::money::Currency;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Campaign, Sponsor};
use crate::store::{NewCampaign, Store};

/// What may be done with orders.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Add an order of a sponsor
    Add {
        /// Who pays
        sponsor: String,
        /// Short name, unique with the sponsor
        slug: String,
        /// The sponsor's number of the order, printed on invoices
        #[arg(long, value_name = "NUMBER")]
        order: Option<String>,
        /// In what its flights are paid, such as EUR; without one they have no price
        #[arg(long, value_name = "CODE")]
        currency: Option<String>,
    },
    /// Show orders
    List {
        /// Those of one sponsor
        #[arg(long)]
        sponsor: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Change an order's number or currency
    Set {
        /// Which order: SPONSOR/CAMPAIGN
        campaign: String,
        /// order or currency
        key: String,
        /// What to; "" for none
        value: String,
    },
    /// Show one order with its flights
    Show {
        /// Which order: SPONSOR/CAMPAIGN
        campaign: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    match verb {
        Verb::Add {
            sponsor,
            slug,
            order,
            currency,
        } => add(&house, &sponsor, &slug, (order, currency)).await?,
        Verb::List { sponsor, json } => list(&house, sponsor, json).await?,
        Verb::Set {
            campaign,
            key,
            value,
        } => set(&house, &campaign, &key, &value).await?,
        Verb::Show { campaign, json } => one(&house, &campaign, json).await?,
    }
    Ok(Exit::Done)
}

async fn add(
    house: &House,
    sponsor: &str,
    slug: &str,
    (order, currency): (Option<String>, Option<String>),
) -> Result<(), Failure> {
    let slug = Slug::parse(slug)?;
    let new = NewCampaign {
        order_number: order.as_deref().map(number).transpose()?.flatten(),
        currency: currency.as_deref().map_or(Ok(Currency::NONE), money)?,
        sponsor: flight::by_slug(&house.store, sponsor).await?.id,
        slug,
    };
    house.store.campaign_add(&new, house.clock.now()).await?;
    show::note(&format!("added the campaign `{sponsor}/{}`", new.slug));
    show::note(&format!(
        "next: courant flight add {sponsor} FLIGHT --campaign {} --list LIST --goal sends:N --from DATE --to DATE",
        new.slug
    ));
    Ok(())
}

async fn list(house: &House, sponsor: Option<String>, json: bool) -> Result<(), Failure> {
    let sponsor = match sponsor {
        Some(name) => Some(flight::by_slug(&house.store, &name).await?.id),
        None => None,
    };
    let campaigns = house.store.campaigns(sponsor).await?;
    let sponsors = house.store.sponsors().await?;
    let flights = house.store.flights(None).await?;
    let name = |c: &Campaign| {
        let found = sponsors.iter().find(|s| s.id == c.sponsor);
        found.map(|s| s.slug.to_string()).unwrap_or_default()
    };
    let of = |c: &Campaign| flights.iter().filter(|f| f.campaign == c.id).count();
    if json {
        let rows = campaigns.iter().map(|c| as_json(c, &name(c), of(c)));
        return show::json(&rows.collect::<Vec<_>>());
    }
    let row = |c: &Campaign| {
        vec![
            format!("{}/{}", name(c), c.slug),
            c.order_number.clone().unwrap_or_default(),
            shown(c.currency),
            of(c).to_string(),
        ]
    };
    show::table(
        &["campaign", "order", "currency", "flights"],
        campaigns.iter().map(row).collect(),
        "there is no campaign yet",
    )
}

async fn set(house: &House, name: &str, key: &str, value: &str) -> Result<(), Failure> {
    let (_, mut campaign) = by_name(&house.store, name).await?;
    match key {
        "order" => campaign.order_number = number(value)?,
        "currency" => {
            campaign.currency = money(value)?;
            let flights = house.store.flights(None).await?;
            let mut own = flights.iter().filter(|f| f.campaign == campaign.id);
            if campaign.currency == Currency::NONE
                && let Some(priced) = own.find(|f| f.price.is_some())
            {
                let words = format!(
                    "`{}` has a price, so `{name}` needs a currency",
                    priced.slug
                );
                return Err(Failure::failed(words));
            }
        }
        key => {
            let hint = crate::domain::nearest(key, ["order", "currency"].into_iter());
            let hint = hint.map_or_else(
                || "the settings are order and currency".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let key = typed::short(key, 64);
            return Err(Failure::usage(format_args!("a campaign has no `{key}`")).hint(hint));
        }
    }
    house.store.campaign_set(&campaign).await?;
    show::note(&format!("{name}: {key} is now `{}`", value.trim()));
    Ok(())
}

async fn one(house: &House, name: &str, json: bool) -> Result<(), Failure> {
    let (sponsor, campaign) = by_name(&house.store, name).await?;
    let mut flights = house.store.flights(None).await?;
    flights.retain(|f| f.campaign == campaign.id);
    let goal = |f: &Flight| {
        json!({
            "flight": f.slug,
            "tier": f.tier,
            "goal": f.goal,
            "state": f.state,
            "booked": f.booked,
            "delivered": f.ledger.delivered,
            "price": f.price,
        })
    };
    if json {
        let mut told = as_json(&campaign, sponsor.slug.as_str(), flights.len());
        told["flights"] = flights.iter().map(goal).collect();
        return show::json(&told);
    }
    show::pairs(&[
        ("campaign", name.to_owned()),
        ("sponsor", sponsor.name),
        ("order", campaign.order_number.unwrap_or_default()),
        ("currency", shown(campaign.currency)),
    ])?;
    let row = |f: &Flight| {
        vec![
            f.slug.to_string(),
            f.tier.to_string(),
            f.goal.to_string(),
            f.state.to_string(),
            f.ledger.delivered.to_string(),
            f.price.map_or_else(String::new, |p| p.to_string()),
        ]
    };
    show::table(
        &["flight", "tier", "goal", "state", "delivered", "price"],
        flights.iter().map(row).collect(),
        "it has no flight",
    )
}

fn as_json(campaign: &Campaign, sponsor: &str, flights: usize) -> Value {
    let currency = (campaign.currency != Currency::NONE).then_some(campaign.currency);
    json!({
        "id": campaign.id,
        "sponsor": sponsor,
        "campaign": campaign.slug,
        "order": campaign.order_number,
        "currency": currency,
        "flights": flights,
    })
}

/// An order by `SPONSOR/CAMPAIGN`.
pub async fn by_name(store: &Store, name: &str) -> Result<(Sponsor, Campaign), Failure> {
    let Some((sponsor, campaign)) = name.split_once('/') else {
        let name = typed::short(name, 64);
        return Err(Failure::usage(format_args!("`{name}` names no campaign"))
            .hint("write SPONSOR/CAMPAIGN"));
    };
    let sponsor = flight::by_slug(store, sponsor).await?;
    let campaigns = store.campaigns(Some(sponsor.id)).await?;
    let found = campaigns.iter().find(|c| c.slug.as_str() == campaign);
    let found = found.ok_or_else(|| flight::no_campaign(campaign, &campaigns))?;
    Ok((sponsor, found.clone()))
}

fn shown(currency: Currency) -> String {
    match currency == Currency::NONE {
        true => "none".to_owned(),
        false => currency.to_string(),
    }
}

fn number(text: &str) -> Result<Option<String>, Failure> {
    match text.trim() {
        "" => Ok(None),
        text => typed::line("the order's number", text, 60).map(Some),
    }
}

fn money(text: &str) -> Result<Currency, Failure> {
    match text.trim() {
        "" => Ok(Currency::NONE),
        text => Ok(text.parse()?),
    }
}
