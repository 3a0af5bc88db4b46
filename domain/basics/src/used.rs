//! What work uses of AWS, and what that costs.

use std::ops::AddAssign;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::prices::{PRICES, Prices};

/// What some work has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// DynamoDB write units.
    #[serde(default)]
    pub write_units: u64,
    /// DynamoDB read units of queries on tables of rows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub read_units: u64,
    /// Requests to DynamoDB, each retry counted.
    #[serde(default)]
    pub dynamodb_requests: u64,
    /// Requests to S3 at the price of a `GET`.
    #[serde(default)]
    pub s3_reads: u64,
    /// Requests to S3 at the price of a `PUT`.
    #[serde(default)]
    pub s3_writes: u64,
    /// Requests to SQS.
    #[serde(default)]
    pub sqs_requests: u64,
    /// Milliseconds of functions with 1 GB of memory.
    #[serde(default)]
    pub function_ms: u64,
    /// Invocations of functions.
    #[serde(default)]
    pub invocations: u64,
}

impl Used {
    /// All requests.
    pub fn requests(&self) -> u64 {
        self.dynamodb_requests + self.s3_reads + self.s3_writes + self.sqs_requests
    }

    /// What it costs at the prices of `infra/prices.toml`.
    pub fn dollars(&self) -> Dollars {
        let Prices {
            per_million,
            lambda,
        } = &*PRICES;
        let by_number = [
            (self.write_units, per_million.write_units),
            (self.read_units, per_million.read_units),
            (self.s3_reads, per_million.s3_reads),
            (self.s3_writes, per_million.s3_writes),
            (self.sqs_requests, per_million.sqs_requests),
            (self.invocations, per_million.invocations),
        ];
        // A price per million is that of one in millionths.
        let requests: f64 = by_number.iter().map(|(n, price)| *n as f64 * price).sum();
        let seconds = self.function_ms as f64 / 1e3 * lambda.gb_second * 1e6;
        Dollars((requests + seconds).round() as u64)
    }
}

impl AddAssign for Used {
    fn add_assign(&mut self, other: Self) {
        self.write_units += other.write_units;
        self.read_units += other.read_units;
        self.dynamodb_requests += other.dynamodb_requests;
        self.s3_reads += other.s3_reads;
        self.s3_writes += other.s3_writes;
        self.sqs_requests += other.sqs_requests;
        self.function_ms += other.function_ms;
        self.invocations += other.invocations;
    }
}

/// Only exports read so, and markers of chunks are to be small.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(units: &u64) -> bool {
    *units == 0
}

/// US dollars, in millionths; a JSON number of dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dollars(pub u64);

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1e6)
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        Ok(Self((dollars * 1e6).round() as u64))
    }
}

impl JsonSchema for Dollars {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Dollars".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_use_has_its_price() {
        let million = |used: Used| used.dollars();
        let m = 1_000_000;
        for (used, dollars) in [
            (
                Used {
                    write_units: m,
                    ..Used::default()
                },
                625_000,
            ),
            (
                Used {
                    read_units: m,
                    ..Used::default()
                },
                125_000,
            ),
            (
                Used {
                    dynamodb_requests: m,
                    ..Used::default()
                },
                0,
            ),
            (
                Used {
                    s3_reads: m,
                    ..Used::default()
                },
                400_000,
            ),
            (
                Used {
                    s3_writes: m,
                    ..Used::default()
                },
                5_000_000,
            ),
            (
                Used {
                    sqs_requests: m,
                    ..Used::default()
                },
                400_000,
            ),
            (
                Used {
                    invocations: m,
                    ..Used::default()
                },
                200_000,
            ),
            (
                Used {
                    function_ms: m,
                    ..Used::default()
                },
                13_333,
            ),
        ] {
            assert_eq!(million(used), Dollars(dollars), "{used:?}");
        }
    }

    #[test]
    fn dollars_come_back_as_they_were_written() {
        let json = serde_json::to_string(&Dollars(437_501)).expect("JSON");
        assert_eq!(json, "0.437501");
        assert_eq!(
            serde_json::from_str::<Dollars>(&json).ok(),
            Some(Dollars(437_501))
        );
    }
}
