//! What AWS charges, as `infra/prices.toml` has it.

use std::sync::LazyLock;

use serde::Deserialize;

/// The prices that estimates and costs are made with.
pub static PRICES: LazyLock<Prices> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../infra/prices.toml"))
        .expect("the test below reads infra/prices.toml")
});

/// Prices in US dollars, on demand, without free tiers.
#[derive(Debug, Deserialize)]
pub struct Prices {
    /// What is charged by number.
    pub per_million: PerMillion,
    /// What is charged by time.
    pub lambda: Lambda,
}

/// Dollars for a million.
#[derive(Debug, Deserialize)]
pub struct PerMillion {
    /// Write units of DynamoDB.
    pub write_units: f64,
    /// Read units of DynamoDB.
    pub read_units: f64,
    /// `GET` and the like.
    pub s3_reads: f64,
    /// `PUT`, `POST` and `LIST`.
    pub s3_writes: f64,
    /// Requests to SQS.
    pub sqs_requests: f64,
    /// Invocations of functions.
    pub invocations: f64,
}

/// What Lambda charges for time.
#[derive(Debug, Deserialize)]
pub struct Lambda {
    /// Dollars for a second with a gigabyte of memory.
    pub gb_second: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_file_is_read_and_says_when_and_where_its_prices_hold() {
        let text = include_str!("../../../infra/prices.toml");
        let table: toml::Table = toml::from_str(text).expect("TOML");
        let since = table["since"].as_str().expect("a date");
        assert!(since.parse::<jiff::civil::Date>().is_ok(), "{since}");
        assert_eq!(table["region"].as_str(), Some("us-east-1"));
        assert!(
            table["sources"]
                .as_array()
                .is_some_and(|all| all.len() == 4)
        );
        assert!(PRICES.per_million.write_units > 0.0);
    }
}
