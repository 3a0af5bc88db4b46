//! What a request says: the batch as JSON.

use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use sluice_basics::ids::{BusinessId, StationId, TaskId};
use sluice_definition::OnDuplicate;
use sluice_definition::{CheckedRow, Definition, Value};

use super::idempotency_key;
use crate::ImportPlan;

/// The header with the batch's idempotency key.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header with the time of the request in whole seconds since 1970, UTC.
pub const TIMESTAMP: &str = "x-sluice-timestamp";
/// The header with the signature of time, idempotency key and body.
pub const SIGNATURE: &str = "x-sluice-signature";
/// The header with the first version of the signature, of time and body.
pub const AUTH_KEY: &str = "x-sluice-auth-key";

/// A batch ready to be sent, any number of times.
#[derive(Clone, Debug)]
pub struct BatchRequest {
    /// The same whenever these rows of this task are sent.
    pub idempotency_key: String,
    /// The numbers of its rows in the file, growing.
    pub rows: Vec<u64>,
    /// JSON.
    pub body: Vec<u8>,
}

#[derive(Serialize)]
struct Body<'a> {
    idempotency_key: &'a str,
    station_id: &'a StationId,
    task_id: TaskId,
    business: &'a BusinessId,
    on_duplicate: OnDuplicate,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    row: u64,
    values: Values<'a>,
}

/// A row's values by column name; a column without a value is left out.
struct Values<'a> {
    definition: &'a Definition,
    checked: &'a CheckedRow,
}

/// A value as JSON.
struct Json<'a>(&'a Value);

impl BatchRequest {
    /// The request for rows of an import in the order of the file, each with its number; at
    /// least one.
    pub fn new(
        plan: &ImportPlan,
        definition: &Definition,
        rows: &[(u64, &CheckedRow)],
    ) -> Result<Self, serde_json::Error> {
        let numbers: Vec<u64> = rows.iter().map(|(row, _)| *row).collect();
        let first = numbers.first().copied().unwrap_or_default();
        let last = numbers.last().copied().unwrap_or_default();
        let idempotency_key = idempotency_key(&plan.task, first, last);
        let body = serde_json::to_vec(&Body {
            idempotency_key: &idempotency_key,
            station_id: &plan.task.station_id,
            task_id: plan.task.task_id,
            business: &plan.business,
            on_duplicate: plan.on_duplicate,
            rows: rows
                .iter()
                .map(|&(row, checked)| Row {
                    row,
                    values: Values {
                        definition,
                        checked,
                    },
                })
                .collect(),
        })?;
        Ok(Self {
            idempotency_key,
            rows: numbers,
            body,
        })
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in self.definition.columns.iter().zip(&self.checked.values) {
            if let Some(value) = value {
                map.serialize_entry(&column.name, &Json(value))?;
            }
        }
        map.end()
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Boolean(yes) => serializer.serialize_bool(*yes),
            // Written digit for digit: a double has room for 15 of the 38 that are allowed.
            Value::Number(digits) => RawValue::from_string(json_number(digits))
                .map_err(S::Error::custom)?
                .serialize(serializer),
        }
    }
}

/// JSON allows no zeros in front.
fn json_number(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    format!("{sign}{whole}{fraction}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use sluice_basics::ids::TaskRef;
    use sluice_basics::station::StationConfig;
    use sluice_csv::{Delimiter, Dialect, FieldReader};
    use sluice_definition::{HeaderMap, RowChecker};

    const DEFINITION: &str = r#"
        business = "adjustments"
        title = "Adjustments"
        [endpoint]
        name = "shop"
        [[columns]]
        name = "reference"
        type = "text"
        [[columns]]
        name = "amount"
        type = "decimal"
        [[columns]]
        name = "urgent"
        type = "boolean"
    "#;

    fn plan() -> ImportPlan {
        ImportPlan {
            task: TaskRef {
                station_id: "demo".parse().expect("a station"),
                task_id: 7_291.try_into().expect("a task id"),
            },
            run: 1,
            business: "adjustments".parse().expect("a business"),
            object_key: String::new(),
            etag: String::new(),
            version_id: None,
            file_bytes: 0,
            delimiter: Delimiter::COMMA,
            on_duplicate: OnDuplicate::Skip,
            naming: sluice_definition::Naming::default(),
            blank_fields: 0,
            unknown_header: Vec::new(),
            header: ["reference", "amount", "urgent"].map(str::to_owned).into(),
            dry_run: false,
            undoable: false,
            config_version: 0,
            data_start: 0,
            chunk_bytes: 1,
            continues: None,
            conflicts: crate::ConflictSearch::Nothing,
        }
    }

    fn request(plan: &ImportPlan, records: &[(u64, &str)]) -> BatchRequest {
        let definition = Definition::parse(DEFINITION).expect("a definition");
        let map = HeaderMap::new(&definition, &plan.header).expect("a header");
        let checker = RowChecker::new(&definition, map, &StationConfig::default());
        let mut fields = FieldReader::new(Dialect::default());
        let good: Vec<(u64, CheckedRow)> = records
            .iter()
            .map(|(row, record)| {
                let fields = fields.read(record.as_bytes());
                (*row, checker.check(&fields).expect("a good row"))
            })
            .collect();
        let rows: Vec<_> = good.iter().map(|(row, checked)| (*row, checked)).collect();
        BatchRequest::new(plan, &definition, &rows).expect("JSON")
    }

    #[test]
    fn a_body_has_the_values_in_their_types_and_leaves_out_what_is_empty() {
        let request = request(
            &plan(),
            &[(2, "R-1,-0012.50,yes"), (4, "\"a \"\"b\"\"\",,")],
        );
        assert_eq!(request.idempotency_key, "demo/7291/2-4");
        assert_eq!(request.rows, [2, 4]);
        assert_eq!(
            String::from_utf8(request.body).expect("UTF-8"),
            r#"{"idempotency_key":"demo/7291/2-4","station_id":"demo","task_id":7291,"#.to_owned()
                + r#""business":"adjustments","on_duplicate":"skip","rows":["#
                + r#"{"row":2,"values":{"reference":"R-1","amount":-12.50,"urgent":true}},"#
                + r#"{"row":4,"values":{"reference":"a \"b\""}}]}"#
        );
    }

    #[test]
    fn a_retry_of_the_task_sends_the_same_request() {
        let again = ImportPlan { run: 2, ..plan() };
        let (first, second) = (
            request(&plan(), &[(2, "R-1,1,no")]),
            request(&again, &[(2, "R-1,1,no")]),
        );
        assert_eq!(first.idempotency_key, second.idempotency_key);
        assert_eq!(first.body, second.body);
    }

    proptest! {
        #[test]
        fn every_decimal_is_a_json_number_of_the_same_value(
            digits in "[+-]?[0-9]{1,12}(\\.[0-9]{1,12})?",
        ) {
            let body = request(&plan(), &[(2, &format!("R,{digits},"))]).body;
            let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            let sent = body["rows"][0]["values"]["amount"].as_f64().expect("a number");
            let meant: f64 = digits.parse().expect("a number");
            prop_assert!((sent - meant).abs() <= meant.abs() * 1e-12, "{} {}", sent, meant);
        }
    }
}
