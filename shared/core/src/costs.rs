//! What an ended import was expected to take, and what it took: beside each other in its result.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::estimate::{Basis, Estimate};
use crate::used::{Dollars, Used};

/// The estimate of an import and what became of it. Stored as eight numbers: the record of a task
/// is written with each chunk, and is to fit in one write unit of 1 KB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 8]", into = "[u64; 8]")]
pub struct Costs {
    /// What `POST /upload` answers for the file.
    pub estimate: Estimate,
    /// Milliseconds from start to end.
    pub milliseconds: u64,
    /// DynamoDB write units.
    pub write_units: u64,
    /// Requests to DynamoDB, S3 and SQS.
    pub requests: u64,
    /// US dollars.
    pub dollars: Dollars,
}

impl Costs {
    /// What an import took that used so much in so long.
    pub fn new(estimate: Estimate, milliseconds: u64, used: &Used) -> Self {
        Self {
            estimate,
            milliseconds,
            write_units: used.write_units,
            requests: used.requests(),
            dollars: used.dollars(),
        }
    }

    /// Adds both to the result of a task that read so many rows.
    pub fn show(&self, rows: u64, result: &mut Map<String, Value>) {
        let actual = json!({
            "rows": rows,
            "seconds": self.milliseconds as f64 / 1e3,
            "write_units": self.write_units,
            "requests": self.requests,
            "dollars": self.dollars,
        });
        // A dry run has counted what it estimates from.
        let basis = match result.get("dry_run") {
            Some(_) => Basis::Rows,
            None => Basis::FileSize,
        };
        let estimate = Estimate {
            basis,
            ..self.estimate
        };
        result.insert("estimate".to_owned(), json!(estimate));
        result.insert("actual".to_owned(), actual);
    }
}

impl From<Costs> for [u64; 8] {
    fn from(costs: Costs) -> Self {
        let Estimate {
            rows,
            seconds,
            write_units,
            dollars,
            ..
        } = costs.estimate;
        [
            rows,
            seconds,
            write_units,
            dollars.0,
            costs.milliseconds,
            costs.write_units,
            costs.requests,
            costs.dollars.0,
        ]
    }
}

impl From<[u64; 8]> for Costs {
    fn from(numbers: [u64; 8]) -> Self {
        let [
            rows,
            seconds,
            estimated,
            guess,
            milliseconds,
            write_units,
            requests,
            dollars,
        ] = numbers;
        Self {
            estimate: Estimate {
                basis: Basis::FileSize,
                rows,
                seconds,
                write_units: estimated,
                dollars: Dollars(guess),
            },
            milliseconds,
            write_units,
            requests,
            dollars: Dollars(dollars),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read_as_they_were_written() {
        let numbers = [1, 2, 3, 4, 5, 6, 7, 8];
        let costs = Costs::from(numbers);
        assert_eq!(<[u64; 8]>::from(costs), numbers);
        let mut result = Map::new();
        costs.show(9, &mut result);
        assert_eq!(
            Value::from(result),
            json!({
                "estimate": {
                    "basis": "file_size", "rows": 1, "seconds": 2, "write_units": 3,
                    "dollars": 0.000_004,
                },
                "actual": {
                    "rows": 9, "seconds": 0.005, "write_units": 6, "requests": 7,
                    "dollars": 0.000_008,
                },
            })
        );
    }
}
