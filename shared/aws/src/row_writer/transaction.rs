//! Rows with unique values: a row and the claims on its values change in one transaction, or not at all. So
//! at every moment a unique value is claimed exactly if one stored row has it, and by that row.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>

mod actions;
mod cancelled;
mod journal;

use std::collections::{HashMap, HashSet, VecDeque};

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Failure;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use sluice_basics::ids::StationId;
use sluice_basics::metric::Metric;
use sluice_basics::origin::Origin;
use sluice_definition::Definition;

use super::backoff::Backoff;
use super::found::FoundRow;
use super::row::{CLAIM_KEY, ORIGIN, Place, Row};
use super::statements::Item;
use super::{RowWriter, WriteError};
use crate::error::AwsError;
use crate::observed::observe;
use actions::{About, Action, actions};
use cancelled::{Cancelled, Found};
use sluice_profile::{Stage, stage};

pub use journal::Journal;
pub(crate) use journal::rows_of;

/// A table as one task writes to it for one station.
#[derive(Clone, Debug)]
pub struct UniqueTable<'a> {
    table: &'a str,
    station: &'a StationId,
    definition: &'a Definition,
    /// Where it is written down which rows are stored; nowhere if nobody asks.
    journal: Option<Journal>,
    /// The unique columns, in the order of their fields, which count from 1.
    columns: Vec<&'a str>,
}

/// What is known of a stored row.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    stamp: Option<AttributeValue>,
    /// Its values of the unique columns.
    values: Vec<Option<AttributeValue>>,
    /// All columns of the definition, where none of them may have changed since.
    all: Option<Vec<(String, Option<AttributeValue>)>>,
}

/// A row that is to be stored, or taken back.
#[derive(Clone, Debug)]
pub struct Planned<'a> {
    /// The row.
    pub row: &'a Row,
    /// The row that it replaces, as it was read; none if there is to be none.
    pub stored: Option<StoredRow>,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of the item under a row's key.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Change {
    /// It is the row from now on, with the row's stamp.
    #[default]
    Store,
    /// It has the row's columns from now on and this stamp, which it had before an import replaced it.
    Restore(Option<String>),
    /// It is deleted.
    Delete,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Put {
    /// It is stored, now or by an earlier try.
    Stored,
    /// A row is stored under its key, where none was expected.
    Exists(StoredRow),
    /// What was read has changed since.
    Changed,
    /// Other rows have its values: fields, and which rows these are, if imports wrote them.
    Held(Vec<(usize, Option<Origin>)>),
    /// The store refuses the row for good; its code, since its words may quote the row.
    Refused(String),
    /// Another row, which was to be stored with it, cannot be stored.
    Apart,
}

/// What earlier releases have left in a table, which could store a row without its claims, or leave claims
/// without a row.
#[derive(Debug, Default)]
struct Leftovers {
    /// By row and field, whose claims on the values are to be ignored: the keys of rows that do not have them.
    stale: HashMap<(u64, usize), String>,
    /// Rows and fields of values that the rows they replace have without a claim.
    unclaimed: HashSet<(u64, usize)>,
}

impl<'a> UniqueTable<'a> {
    /// The table of a definition, for a task that keeps a journal.
    pub fn new(
        table: &'a str,
        station: &'a StationId,
        definition: &'a Definition,
        journal: Journal,
    ) -> Self {
        let column = |index: usize| definition.columns[index].name.as_str();
        Self {
            table,
            station,
            definition,
            journal: Some(journal),
            columns: definition.unique_columns().map(column).collect(),
        }
    }

    /// The table of a definition, for a task that keeps no journal.
    pub fn without_journal(
        table: &'a str,
        station: &'a StationId,
        definition: &'a Definition,
    ) -> Self {
        let column = |index: usize| definition.columns[index].name.as_str();
        Self {
            table,
            station,
            definition,
            journal: None,
            columns: definition.unique_columns().map(column).collect(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.table
    }

    /// Whether the rows of a unit fit into one transaction.
    pub fn fits(&self, unit: &[Planned<'_>]) -> bool {
        actions::fits(self, unit)
    }

    fn place(&self, key: &str) -> Place {
        Place::of_row(self.station, self.definition, key)
    }

    fn claim(&self, field: usize, value: &str) -> Place {
        Place::of_claim(self.station, self.columns[field - 1], value)
    }

    fn stored(&self, item: &Item) -> StoredRow {
        let value = |column: &&str| item.get(*column).cloned();
        StoredRow {
            stamp: item.get(ORIGIN).cloned(),
            values: self.columns.iter().map(value).collect(),
            all: None,
        }
    }

    /// A row that was read whole: it counts as changed if any column of the definition is.
    pub fn as_found(&self, definition: &Definition, found: &FoundRow) -> StoredRow {
        let all = definition.columns.iter().map(|column| {
            let value = found.item.get(&column.name).cloned();
            (column.name.clone(), value)
        });
        StoredRow {
            all: Some(all.collect()),
            ..self.stored(&found.item)
        }
    }
}

impl StoredRow {
    /// Which row wrote it, if an import did.
    pub fn origin(&self) -> Option<Origin> {
        let stamp = self.stamp.as_ref()?.as_s().ok()?;
        stamp.parse().ok()
    }

    /// Its value of a unique column, by its field.
    pub fn value(&self, field: usize) -> Option<String> {
        self.values
            .get(field.checked_sub(1)?)?
            .as_ref()
            .and_then(text_of)
    }
}

/// A value as claims have it.
fn text_of(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text.clone()),
        AttributeValue::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

impl RowWriter {
    /// Reads the rows that are stored under keys.
    pub async fn stored(
        &self,
        table: &UniqueTable<'_>,
        keys: &[&str],
    ) -> Result<Vec<Option<StoredRow>>, WriteError> {
        let places: Vec<Place> = keys.iter().map(|key| table.place(key)).collect();
        let places: Vec<&Place> = places.iter().collect();
        let attributes: Vec<&str> = table.columns.iter().copied().chain([ORIGIN]).collect();
        let items = self.items(table.table, &places, &attributes).await?;
        let stored = items
            .iter()
            .map(|item| item.as_ref().map(|item| table.stored(item)));
        Ok(stored.collect())
    }

    /// Reads which rows have values of unique columns, by field and value: the keys of these rows.
    pub async fn holders(
        &self,
        table: &UniqueTable<'_>,
        values: &[(usize, &str)],
    ) -> Result<Vec<Option<String>>, WriteError> {
        let mut holders = self.claimed(table, values).await?;
        let keys: Vec<&str> = holders.iter().flatten().map(String::as_str).collect();
        let mut stored = self.stored(table, &keys).await?.into_iter();
        for (holder, (field, value)) in holders.iter_mut().zip(values) {
            let row = holder.as_ref().and_then(|_| stored.next()?);
            if row.and_then(|row| row.value(*field)).as_deref() != Some(*value) {
                *holder = None;
            }
        }
        Ok(holders)
    }

    /// Reads who claims values.
    async fn claimed(
        &self,
        table: &UniqueTable<'_>,
        values: &[(usize, &str)],
    ) -> Result<Vec<Option<String>>, WriteError> {
        let claims = values
            .iter()
            .map(|(field, value)| table.claim(*field, value));
        let claims: Vec<Place> = claims.collect();
        let claims: Vec<&Place> = claims.iter().collect();
        let items = self.items(table.table, &claims, &[CLAIM_KEY]).await?;
        let key = |item: &Option<Item>| item.as_ref()?.get(CLAIM_KEY).and_then(text_of);
        Ok(items.iter().map(key).collect())
    }

    /// Stores rows with their claims. The rows of a unit are stored together or not at all; units that come
    /// later may rely on earlier ones. Which rows are stored is written down in the same transactions. The
    /// answers are in the order of the rows.
    pub async fn put(
        &self,
        table: &UniqueTable<'_>,
        units: &[Vec<Planned<'_>>],
    ) -> Result<Vec<Vec<Put>>, WriteError> {
        let mut outcomes: Vec<Option<Vec<Put>>> = vec![None; units.len()];
        let mut batches: VecDeque<Vec<usize>> = VecDeque::new();
        let mut next = 0;
        while next < units.len() {
            let count = actions::fitting(table, &units[next..]);
            batches.push_back((next..next + count).collect());
            next += count;
        }
        let mut leftovers = Leftovers::default();
        let mut backoff = Backoff::new(self.until);
        while let Some(mut open) = batches.pop_front() {
            backoff.check("there was no time for all rows")?;
            match self.put_once(table, units, &open, &leftovers).await? {
                Once::Known(mut found) => {
                    backoff.reset();
                    self.look_at(table, units, &mut found, &mut leftovers)
                        .await?;
                    open.retain(|unit| !found.contains_key(unit));
                    for (unit, found) in found {
                        match found.into_iter().map(Found::put).collect() {
                            Some(puts) => outcomes[unit] = Some(puts),
                            // What is in its way is a leftover.
                            None => batches.push_back(vec![unit]),
                        }
                    }
                }
                Once::TryAgain(why) => backoff.wait(&why).await?,
                Once::Split => {
                    let open = std::mem::take(&mut open);
                    batches.extend(open.into_iter().map(|unit| vec![unit]));
                }
            }
            if !open.is_empty() {
                batches.push_front(open);
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// Looks who holds values, and whether they have them.
    async fn look_at(
        &self,
        table: &UniqueTable<'_>,
        units: &[Vec<Planned<'_>>],
        found: &mut HashMap<usize, Vec<Found>>,
        leftovers: &mut Leftovers,
    ) -> Result<(), WriteError> {
        let held = found.values().flatten().flat_map(Found::held);
        let keys: Vec<String> = held.map(|(_, key)| key.clone()).collect();
        let names: Vec<&str> = keys.iter().map(String::as_str).collect();
        let stored = self.stored(table, &names).await?;
        let holders: HashMap<&str, Option<StoredRow>> = names.into_iter().zip(stored).collect();
        for (unit, found) in found {
            for (planned, found) in units[*unit].iter().zip(found) {
                found.look_at(table, planned.row, &holders, leftovers);
            }
        }
        Ok(())
    }

    /// One request.
    async fn put_once(
        &self,
        table: &UniqueTable<'_>,
        units: &[Vec<Planned<'_>>],
        open: &[usize],
        leftovers: &Leftovers,
    ) -> Result<Once, WriteError> {
        let rows: Vec<&Planned<'_>> = open.iter().flat_map(|&unit| &units[unit]).collect();
        let actions = actions(table, &rows, leftovers)?;
        let (about, items): (Vec<About>, Vec<_>) = actions.into_iter().map(Action::split).unzip();
        let pass = stage(Stage::Wait, self.pace.enter()).await;
        observe(Metric::BatchSize, rows.len() as f64);
        let request = self
            .dynamodb
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let error = match stage(Stage::WriteBatch, request.send()).await {
            Ok(answer) => {
                pass.went_well();
                self.meter.add_written(answer.consumed_capacity());
                let stored =
                    |&unit: &usize| (unit, vec![Found::Put(Put::Stored); units[unit].len()]);
                return Ok(Once::Known(open.iter().map(stored).collect()));
            }
            Err(error) => error,
        };
        if let Some(Failure::TransactionCanceledException(cancelled)) = error.as_service_error() {
            let cancelled = Cancelled::read(table, &rows, &about, cancelled.cancellation_reasons());
            if cancelled.is_throttled {
                pass.was_throttled();
            }
            return Ok(cancelled.of_units(units, open));
        }
        let error = AwsError::of("TransactWriteItems")(error);
        if error.is_passing() {
            pass.was_throttled();
            return Ok(Once::TryAgain(error.to_string()));
        }
        match (error.is_of_the_content(), open) {
            (true, [unit]) => {
                let code = error.code().unwrap_or_default().to_owned();
                let found = vec![Found::Put(Put::Refused(code)); units[*unit].len()];
                Ok(Once::Known(HashMap::from([(*unit, found)])))
            }
            (true, _) => Ok(Once::Split),
            (false, _) => Err(error.into()),
        }
    }
}

/// What one request came to.
enum Once {
    /// What was found about some units at least.
    Known(HashMap<usize, Vec<Found>>),
    /// Nothing was stored, for a reason that passes.
    TryAgain(String),
    /// Nothing was stored, since one of the units makes the request fail.
    Split,
}
