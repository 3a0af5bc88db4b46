//! How many failed rows an import goes on with.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sluice_basics::rows::RowCounts;

/// An import is judged by its percentage of failed rows when it has read so many, if nothing is said.
const MIN_ROWS: u64 = 1_000;

/// How many failed rows an import goes on with. Beyond that it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Failed rows of a hundred that were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// Failed rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub rows: Option<u64>,
    /// Rows that are read before the percentage is judged; 1,000 if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub min_rows: Option<u64>,
}

/// Reads a tolerance, or null. A list is none, although a structure can be read from one.
///
/// # Errors
///
/// If it is neither, or means nothing.
pub fn from_object<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Tolerance>, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => Ok(None),
        object @ serde_json::Value::Object(_) => {
            let tolerance: Tolerance = serde_json::from_value(object).map_err(D::Error::custom)?;
            tolerance.check().map_err(D::Error::custom)?;
            Ok(Some(tolerance))
        }
        _ => Err(D::Error::custom("must be an object")),
    }
}

/// A percentage in thousandths; a JSON number of hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent(u32);

impl Percent {
    const WHOLE: u32 = 100_000;

    /// Whether so many of all are more.
    fn is_below(self, part: u64, all: u64) -> bool {
        u128::from(part) * u128::from(Self::WHOLE) > u128::from(all) * u128::from(self.0)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1e3)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let percent = f64::deserialize(deserializer)?;
        // What is no percentage becomes 0, which `check` refuses.
        let is_right = percent > 0.0 && percent <= 100.0;
        Ok(Self(if is_right {
            (percent * 1e3).round() as u32
        } else {
            0
        }))
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0.001, "maximum": 100 })
    }
}

/// Why a tolerance means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToleranceError {
    /// It says neither.
    #[error("name `percent`, `rows` or both")]
    Nothing,
    /// The percentage is none.
    #[error("`percent` must be above 0 and at most 100")]
    Percent,
    /// A number of rows is 0.
    #[error("`rows` and `min_rows` must be at least 1")]
    Rows,
}

impl Tolerance {
    /// Checks that it means something.
    ///
    /// # Errors
    ///
    /// Says what does not.
    pub fn check(&self) -> Result<(), ToleranceError> {
        if self.percent.is_none() && self.rows.is_none() {
            return Err(ToleranceError::Nothing);
        }
        if self.percent == Some(Percent(0)) {
            return Err(ToleranceError::Percent);
        }
        if self.rows == Some(0) || self.min_rows == Some(0) {
            return Err(ToleranceError::Rows);
        }
        Ok(())
    }

    /// Returns why an import with these counts stops, if it does.
    pub fn exceeded(&self, rows: &RowCounts) -> Option<String> {
        let has_enough = rows.read >= self.min_rows.unwrap_or(MIN_ROWS);
        let is_more = |most: Percent| most.is_below(rows.failed, rows.read);
        let by_share = has_enough && self.percent.is_some_and(is_more);
        let by_number = self.rows.is_some_and(|most| rows.failed > most);
        (by_share || by_number)
            .then(|| format!("too many failed rows ({} of {})", rows.failed, rows.read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerance(percent: Option<f64>, rows: Option<u64>, min_rows: Option<u64>) -> Tolerance {
        let wanted = serde_json::json!({ "percent": percent, "rows": rows, "min_rows": min_rows });
        serde_json::from_value(wanted).expect("a tolerance")
    }

    fn counts(read: u64, failed: u64) -> RowCounts {
        RowCounts {
            read,
            failed,
            ..RowCounts::default()
        }
    }

    #[test]
    fn an_import_stops_beyond_what_is_tolerated_and_not_at_it() {
        let five = tolerance(Some(5.0), None, None);
        assert_eq!(five.exceeded(&counts(1_000, 50)), None);
        let reason = five.exceeded(&counts(1_000, 51));
        assert_eq!(reason.as_deref(), Some("too many failed rows (51 of 1000)"));
        assert_eq!(five.exceeded(&counts(999, 999)), None, "too few to judge");
        let soon = tolerance(Some(5.0), None, Some(10));
        assert!(soon.exceeded(&counts(10, 1)).is_some());
        let ten = tolerance(None, Some(10), None);
        assert_eq!(ten.exceeded(&counts(20, 10)), None);
        assert!(ten.exceeded(&counts(20, 11)).is_some());
        assert_eq!(ten.exceeded(&counts(0, 0)), None);
    }

    #[test]
    fn a_tolerance_that_means_nothing_is_refused() {
        for (wrong, error) in [
            (tolerance(None, None, Some(5)), ToleranceError::Nothing),
            (tolerance(Some(0.0), None, None), ToleranceError::Percent),
            (tolerance(Some(100.5), None, None), ToleranceError::Percent),
            (tolerance(Some(-1.0), None, None), ToleranceError::Percent),
            (tolerance(None, Some(0), None), ToleranceError::Rows),
            (tolerance(Some(1.0), None, Some(0)), ToleranceError::Rows),
        ] {
            assert_eq!(wrong.check(), Err(error), "{wrong:?}");
        }
        assert_eq!(tolerance(Some(0.5), Some(1), None).check(), Ok(()));
    }
}
