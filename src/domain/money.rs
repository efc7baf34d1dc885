//! Money: whole micros of a currency, prices of flights, and what comes of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Micros in one unit of a currency.
const UNIT: i64 = 1_000_000;
/// The largest amount that may be typed, in units.
const MOST: i64 = 1_000_000_000;

/// ISO 4217 as of 2026, and `XXX` for none.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD \
     BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP \
     GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
     KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
     MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR \
     SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD \
     UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF XXX YER ZAR ZMW ZWG";

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Currency([u8; 3]);

/// An amount in millionths of a currency's unit, never below zero.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

/// What a flight costs. Shown, and read, as `flat:120.50` or `cpm:25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Price {
    /// So much for the whole flight.
    Flat(Micros),
    /// So much for a thousand delivered sends.
    PerMille(Micros),
}

/// What is no money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a number of at most six decimals within the bounds.
    #[error("`{0}` is no amount")]
    Amount(String),
    /// Neither flat nor by the thousand.
    #[error("`{0}` is no price")]
    Price(String),
    /// A price for each click.
    #[error("clicks are not counted yet, so nothing can be sold by them")]
    Clicks,
    /// Not a code of ISO 4217.
    #[error("`{0}` is no currency")]
    Currency(String),
}

impl MoneyError {
    /// What to write instead.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            MoneyError::Amount(_) => "write it with a point: 120.50".to_owned(),
            MoneyError::Price(_) | MoneyError::Clicks => {
                "write flat:120.50 for the whole flight or cpm:25 for a thousand delivered sends"
                    .to_owned()
            }
            MoneyError::Currency(code) => {
                let near = super::nearest(&code.to_uppercase(), CURRENCIES.split(' '));
                near.map_or_else(
                    || "write a code such as EUR or USD".to_owned(),
                    |near| format!("did you mean {near}?"),
                )
            }
        })
    }
}

impl Currency {
    /// No currency: nothing has a price.
    pub const NONE: Currency = Currency(*b"XXX");

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Currency, MoneyError> {
        let known = CURRENCIES.split(' ').find(|code| *code == text);
        let known = known.and_then(|code| code.as_bytes().try_into().ok());
        known
            .map(Currency)
            .ok_or_else(|| MoneyError::Currency(super::shown(text)))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl FromStr for Micros {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Micros, MoneyError> {
        let wrong = || MoneyError::Amount(super::shown(text));
        let (units, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        if !digits(units, 10) || !digits(rest, 6) {
            return Err(wrong());
        }
        let units: i64 = units.parse().map_err(|_| wrong())?;
        let rest: i64 = format!("{rest:0<6}").parse().map_err(|_| wrong())?;
        let whole = units.checked_mul(UNIT).and_then(|n| n.checked_add(rest));
        let whole = whole.filter(|n| *n <= MOST * UNIT).ok_or_else(wrong)?;
        Ok(Micros(whole))
    }
}

impl fmt::Display for Micros {
    /// With two decimals, or as many more as there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, rest) = (self.0 / UNIT, (self.0 % UNIT).abs());
        let rest = format!("{rest:06}");
        let kept = rest.trim_end_matches('0').len().max(2);
        write!(f, "{units}.{}", &rest[..kept])
    }
}

impl Price {
    /// What is owed for so many delivered sends, rounded half up to a micro. A flat price is owed in
    /// whole, whatever was delivered.
    pub fn amount(self, delivered: i64) -> Micros {
        match self {
            Price::Flat(price) => price,
            Price::PerMille(price) => {
                let thousandths = i128::from(price.0) * i128::from(delivered.max(0));
                Micros(i64::try_from((thousandths + 500) / 1000).unwrap_or(i64::MAX))
            }
        }
    }

    /// The price itself.
    pub fn micros(self) -> Micros {
        match self {
            Price::Flat(price) | Price::PerMille(price) => price,
        }
    }

    /// What the price is for, in one word.
    pub fn unit(self) -> &'static str {
        match self {
            Price::Flat(_) => "flat",
            Price::PerMille(_) => "cpm",
        }
    }
}

impl FromStr for Price {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Price, MoneyError> {
        let wrong = || MoneyError::Price(super::shown(text));
        let (unit, amount) = text.split_once(':').ok_or_else(wrong)?;
        match unit {
            "flat" => Ok(Price::Flat(amount.parse()?)),
            "cpm" => Ok(Price::PerMille(amount.parse()?)),
            "cpc" | "clicks" | "click" => Err(MoneyError::Clicks),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.unit(), self.micros())
    }
}

impl From<Price> for String {
    fn from(price: Price) -> String {
        price.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_micro_and_shown_as_typed() {
        for (text, micros, shown) in [
            ("120.50", 120_500_000, "120.50"),
            ("25", 25_000_000, "25.00"),
            ("0.000001", 1, "0.000001"),
            ("1000000000", 1_000_000_000_000_000, "1000000000.00"),
        ] {
            let read: Micros = text.parse().expect(text);
            assert_eq!((read.0, read.to_string().as_str()), (micros, shown));
        }
        for bad in [
            "",
            ".5",
            "5.",
            "120,50",
            "-1",
            "1e3",
            "1.0000001",
            "1000000000.01",
            "9999999999999",
        ] {
            assert!(bad.parse::<Micros>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_price_is_flat_or_by_the_thousand_and_never_by_clicks() {
        let cpm: Price = "cpm:25".parse().expect("a price");
        assert_eq!(cpm.amount(1_500), Micros(37_500_000));
        assert_eq!(cpm.amount(1), Micros(25_000));
        let fine: Price = "cpm:0.0005".parse().expect("a price");
        assert_eq!((fine.amount(1), fine.amount(0)), (Micros(1), Micros(0)));
        let flat: Price = "flat:120.50".parse().expect("a price");
        assert_eq!(flat.amount(3), Micros(120_500_000));
        assert_eq!(flat.to_string(), "flat:120.50");
        assert_eq!("cpc:1".parse::<Price>(), Err(MoneyError::Clicks));
        assert!("25".parse::<Price>().is_err() && "cpm:".parse::<Price>().is_err());
    }

    #[test]
    fn currencies_are_those_of_the_standard() {
        assert_eq!(
            "EUR".parse::<Currency>().map(|c| c.to_string()),
            Ok("EUR".to_owned())
        );
        let near = "eur".parse::<Currency>().expect_err("in capitals");
        assert_eq!(near.hint().as_deref(), Some("did you mean EUR?"));
        assert!("EURO".parse::<Currency>().is_err());
    }
}
