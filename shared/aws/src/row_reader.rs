//! Reading the rows of a station, partition by partition, in the order of their keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use sluice_basics::ids::StationId;
use sluice_basics::origin::Origin;
use sluice_definition::{Definition, SHARDS, Value};

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::row_writer::{ORIGIN, Place, Stamp};

type Item = HashMap<String, AttributeValue>;

/// A table of rows, to be read.
#[derive(Clone, Debug)]
pub struct RowReader {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    table: String,
}

/// A stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRow {
    /// The text that identifies it in its station.
    pub key: String,
    /// Which row of which import wrote it, if that was asked for and is known.
    pub origin: Option<Origin>,
    /// Its values in the order of the definition's columns; none for columns that were not read.
    pub values: Vec<Option<Value>>,
}

/// One partition being read.
#[derive(Debug)]
pub struct Partition<'a> {
    reader: &'a RowReader,
    definition: &'a Definition,
    pk: String,
    /// The places of the columns that are read.
    places: Vec<usize>,
    reads_origins: bool,
    next: Option<Item>,
    is_read: bool,
}

/// Why rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The request failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A row holds what no import has written.
    #[error(
        "column `{column}` of the row with the key `{key}` holds something that is no value of a row"
    )]
    NoValue {
        /// The row.
        key: String,
        /// The column.
        column: String,
    },
}

impl RowReader {
    /// Partitions of a station's rows. They are as large as each other, about.
    pub const PARTITIONS: u32 = SHARDS;

    /// The table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            table,
        }
    }

    /// Whether a row with a key is stored.
    pub async fn has(
        &self,
        station: &StationId,
        definition: &Definition,
        key: &str,
    ) -> Result<bool, AwsError> {
        let answer = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .set_key(Some(Place::of_row(station, definition, key).key()))
            .projection_expression("sk")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("GetItem"))?;
        self.meter.add_read(answer.consumed_capacity());
        Ok(answer.item.is_some())
    }

    /// Reads a partition of a station's rows, with the columns at these places of the definition.
    pub fn partition<'a>(
        &'a self,
        station: &StationId,
        definition: &'a Definition,
        partition: u32,
        places: impl IntoIterator<Item = usize>,
    ) -> Partition<'a> {
        let mut places: Vec<usize> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        Partition {
            reader: self,
            definition,
            pk: Place::partition_of_rows(station, partition),
            places,
            reads_origins: false,
            next: None,
            is_read: false,
        }
    }
}

impl Partition<'_> {
    /// Reads which import wrote each row, too.
    #[must_use]
    pub fn with_origins(mut self) -> Self {
        self.reads_origins = true;
        self
    }

    /// Reads the next rows, about 1 MB of them, in the order of their keys. None at the end. Reads are
    /// strongly consistent: what was written before is seen.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html>
    pub async fn next_rows(&mut self) -> Result<Option<Vec<ReadRow>>, ReadError> {
        if self.is_read {
            return Ok(None);
        }
        let names: HashMap<String, String> = self
            .places
            .iter()
            .map(|place| {
                (
                    format!("#c{place}"),
                    self.definition.columns[*place].name.clone(),
                )
            })
            .collect();
        let mut projection = vec!["sk".to_owned()];
        projection.extend(self.places.iter().map(|place| format!("#c{place}")));
        if self.reads_origins {
            projection.push(ORIGIN.to_owned());
        }
        let answer = self
            .reader
            .dynamodb
            .query()
            .table_name(&self.reader.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(self.pk.clone()))
            .projection_expression(projection.join(", "))
            .set_expression_attribute_names((!names.is_empty()).then_some(names))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(self.next.take())
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.reader.meter.add_read(answer.consumed_capacity());
        self.next = answer.last_evaluated_key;
        self.is_read = self.next.is_none();
        let rows = answer.items.unwrap_or_default();
        let rows: Result<_, _> = rows.into_iter().map(|item| self.row(item)).collect();
        Ok(Some(rows?))
    }

    fn row(&self, mut item: Item) -> Result<ReadRow, ReadError> {
        let key = match item.remove("sk") {
            Some(AttributeValue::S(key)) => key,
            _ => String::new(),
        };
        let mut values = vec![None; self.definition.columns.len()];
        for place in &self.places {
            let column = &self.definition.columns[*place].name;
            values[*place] = match item.remove(column) {
                None => None,
                Some(AttributeValue::S(text)) => Some(Value::Text(text)),
                Some(AttributeValue::N(digits)) => Some(Value::Number(digits)),
                Some(AttributeValue::Bool(yes)) => Some(Value::Boolean(yes)),
                Some(_) => {
                    let column = column.clone();
                    return Err(ReadError::NoValue { key, column });
                }
            };
        }
        let origin = self.reads_origins.then(|| Stamp::of(&item).0).flatten();
        Ok(ReadRow {
            key,
            origin,
            values,
        })
    }
}
