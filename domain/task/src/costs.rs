//! What an ended task was expected to take, and what it took: beside each other in its result.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sluice_basics::used::{Dollars, Used};

use crate::estimate::{Basis, Estimate};

/// The estimate of a task and what became of it. Stored as eight numbers, or nine where rows were read: the
/// record of a task is written with each chunk, and is to fit in one write unit of 1 KB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct Costs {
    /// What it was expected to take, if anybody said so: what `POST /upload` answers for a file.
    pub estimate: Option<Estimate>,
    /// Milliseconds from start to end.
    pub milliseconds: u64,
    /// DynamoDB write units.
    pub write_units: u64,
    /// DynamoDB read units of rows.
    pub read_units: u64,
    /// Requests to DynamoDB, S3 and SQS.
    pub requests: u64,
    /// US dollars.
    pub dollars: Dollars,
}

impl Costs {
    /// What a task took that used so much in so long.
    pub fn new(estimate: Option<Estimate>, milliseconds: u64, used: &Used) -> Self {
        Self {
            estimate,
            milliseconds,
            write_units: used.write_units,
            read_units: used.read_units,
            requests: used.requests(),
            dollars: used.dollars(),
        }
    }

    /// Adds both to the result of a task that read so many rows, and was estimated from `basis`.
    pub fn show(&self, rows: u64, basis: Basis, result: &mut Map<String, Value>) {
        let mut actual = json!({
            "rows": rows,
            "seconds": self.milliseconds as f64 / 1e3,
            "write_units": self.write_units,
            "requests": self.requests,
            "dollars": self.dollars,
        });
        if self.read_units > 0 {
            actual["read_units"] = json!(self.read_units);
        }
        // A dry run has counted what it estimates from.
        let basis = match result.get("dry_run") {
            Some(_) => Basis::Rows,
            None => basis,
        };
        if let Some(estimate) = self.estimate {
            let estimate = Estimate { basis, ..estimate };
            result.insert("estimate".to_owned(), json!(estimate));
        }
        result.insert("actual".to_owned(), actual);
    }
}

impl From<Costs> for Vec<u64> {
    fn from(costs: Costs) -> Self {
        let [rows, seconds, write_units, dollars] = match costs.estimate {
            Some(told) => [told.rows, told.seconds, told.write_units, told.dollars.0],
            None => [0; 4],
        };
        let mut numbers = vec![
            rows,
            seconds,
            write_units,
            dollars,
            costs.milliseconds,
            costs.write_units,
            costs.requests,
            costs.dollars.0,
        ];
        if costs.read_units > 0 {
            numbers.push(costs.read_units);
        }
        numbers
    }
}

impl From<Vec<u64>> for Costs {
    fn from(numbers: Vec<u64>) -> Self {
        let at = |place: usize| numbers.get(place).copied().unwrap_or_default();
        let (rows, seconds, estimated, guess) = (at(0), at(1), at(2), at(3));
        let estimate = Estimate {
            basis: Basis::FileSize,
            rows,
            seconds,
            write_units: estimated,
            dollars: Dollars(guess),
        };
        Self {
            // Whatever is expected takes some time.
            estimate: (seconds > 0).then_some(estimate),
            milliseconds: at(4),
            write_units: at(5),
            requests: at(6),
            dollars: Dollars(at(7)),
            read_units: at(8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read_as_they_were_written() {
        let numbers = [1, 2, 3, 4, 5, 6, 7, 8];
        let costs = Costs::from(numbers.to_vec());
        assert_eq!(Vec::from(costs), numbers);
        let mut result = Map::new();
        costs.show(9, Basis::FileSize, &mut result);
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
        let with_reads = [&numbers[..], &[9]].concat();
        let costs = Costs::from(with_reads.clone());
        assert_eq!(Vec::from(costs), with_reads);
        let mut result = Map::new();
        costs.show(9, Basis::FileSize, &mut result);
        assert_eq!(result["actual"]["read_units"], 9);
    }
}
