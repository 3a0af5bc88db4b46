//! The sums of score entries: one item for each month of a member, in the partition of the member's entries.
//!
//! | attribute | what |
//! |---|---|
//! | `pk` | `<station>#<partition>`, as rows have it |
//! | `sk` | `<YYYY-MM>#<member>` |
//! | `d01` … `d31` | the points of a day that has entries |
//! | `n01` … `n31` | how many entries these are |
//! | `rev` | the revision, which every write raises |
//!
//! An item is never deleted, not even when no day of it has entries: another one would begin with a revision that
//! was there before.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use sluice_basics::ids::StationId;
use sluice_definition::shard_of;
use sluice_retry::{Backoff, GaveUp, RetryPolicy};
use sluice_scores::{
    DaySum, Days, EntryKey, MemberMonth, Month, MonthRange, MonthSums, Points, ScoreTables,
    SumStore, recount,
};
use tokio::sync::Mutex;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::row_writer::Place;

type Item = HashMap<String, AttributeValue>;

/// The revision of an item.
const REVISION: &str = "rev";
/// Items that one request reads.
const MOST_KEYS: usize = 100;

/// Why sums could not be read or made anew.
#[derive(Debug, thiserror::Error)]
pub enum SumError {
    /// A request failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Others recounted the same sums at the same time, again and again.
    #[error("others were faster too often: {0}")]
    Contended(#[from] GaveUp),
    /// An item is no entry, or not what is kept of sums.
    #[error("an item holds something else than entries or sums: `{0}` cannot be read")]
    Unreadable(String),
    /// A number has too many digits for the store.
    #[error("the points of a day have together more digits than can be stored")]
    TooManyDigits,
}

/// The entries and their sums.
#[derive(Clone, Debug)]
pub struct Sums {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    /// The column of entries that has the points.
    points: String,
    entries: String,
    table: String,
}

/// Sums of one station.
struct OfStation<'a> {
    sums: &'a Sums,
    station: &'a StationId,
    backoff: Mutex<Backoff>,
}

/// The sums of one month of a partition, being read in the order of the members.
#[derive(Debug)]
pub struct SumCursor<'a> {
    sums: &'a Sums,
    pk: String,
    prefix: String,
    next: Option<Item>,
    is_read: bool,
}

impl Sums {
    /// The sums in the table named `table` of the entries in the table named `entries`.
    pub fn new(clients: &Clients, tables: &ScoreTables, entries: String, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            points: tables.entries.columns[tables.points].name.clone(),
            entries,
            table,
        }
    }

    /// Makes the sums of a member's days what the entries are that are stored, as [`recount`] has it.
    pub async fn recount(
        &self,
        station: &StationId,
        of: &MemberMonth,
        days: &Days,
    ) -> Result<(), SumError> {
        recount(&self.of_station(station), of, days).await
    }

    /// Adds up the entries of a member's month that are stored now.
    pub async fn count(
        &self,
        station: &StationId,
        of: &MemberMonth,
    ) -> Result<MonthSums, SumError> {
        self.of_station(station).count(of, &Days::All).await
    }

    /// Reads a member's sums of months, those that there are. No earlier change is missing.
    pub async fn of_member(
        &self,
        station: &StationId,
        member_no: &str,
        months: MonthRange,
    ) -> Result<BTreeMap<Month, MonthSums>, SumError> {
        let keys = months.months().map(|month| key(station, member_no, month));
        let keys: Vec<Item> = keys.collect();
        let mut found = BTreeMap::new();
        for keys in keys.chunks(MOST_KEYS) {
            self.read(keys.to_vec(), &mut found).await?;
        }
        Ok(found)
    }

    /// Reads the sums of one month in one of a station's partitions.
    pub fn partition(&self, station: &StationId, partition: u32, month: Month) -> SumCursor<'_> {
        SumCursor {
            sums: self,
            pk: Place::partition_of_rows(station, partition),
            prefix: format!("{month}#"),
            next: None,
            is_read: false,
        }
    }

    async fn read(
        &self,
        mut keys: Vec<Item>,
        found: &mut BTreeMap<Month, MonthSums>,
    ) -> Result<(), SumError> {
        let mut backoff = RetryPolicy::REQUEST.backoff();
        loop {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|error| AwsError::new("BatchGetItem", error))?;
            let answer = self
                .dynamodb
                .batch_get_item()
                .request_items(&self.table, request)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(AwsError::of("BatchGetItem"))?;
            self.meter.add_read(answer.consumed_capacity());
            let items = answer.responses.unwrap_or_default().remove(&self.table);
            for item in items.unwrap_or_default() {
                let (month, _, sums) = read_item(&item)?;
                found.insert(month, sums);
            }
            let left = answer.unprocessed_keys.unwrap_or_default();
            match { left }.remove(&self.table) {
                None => return Ok(()),
                Some(left) => keys = left.keys,
            }
            let waited = backoff.wait().await;
            waited.map_err(|error| AwsError::passing("BatchGetItem", error))?;
        }
    }

    fn of_station<'a>(&'a self, station: &'a StationId) -> OfStation<'a> {
        OfStation {
            sums: self,
            station,
            backoff: Mutex::new(RetryPolicy::CONFLICT.backoff()),
        }
    }
}

impl SumCursor<'_> {
    /// Reads the next sums, about 1 MB of them, each with its member. None at the end.
    pub async fn next_page(&mut self) -> Result<Option<Vec<(String, MonthSums)>>, SumError> {
        if self.is_read {
            return Ok(None);
        }
        let answer = self
            .sums
            .dynamodb
            .query()
            .table_name(&self.sums.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :month)")
            .expression_attribute_values(":pk", AttributeValue::S(self.pk.clone()))
            .expression_attribute_values(":month", AttributeValue::S(self.prefix.clone()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(self.next.take())
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.sums.meter.add_read(answer.consumed_capacity.as_ref());
        self.next = answer.last_evaluated_key;
        self.is_read = self.next.is_none();
        let mut page = Vec::new();
        for item in answer.items.unwrap_or_default() {
            let (_, member_no, sums) = read_item(&item)?;
            page.push((member_no, sums));
        }
        Ok(Some(page))
    }
}

impl SumStore for OfStation<'_> {
    type Error = SumError;

    async fn revision(&self, of: &MemberMonth) -> Result<Option<u64>, SumError> {
        let answer = self
            .sums
            .dynamodb
            .get_item()
            .table_name(&self.sums.table)
            .set_key(Some(key(self.station, &of.member_no, of.month)))
            .projection_expression(REVISION)
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("GetItem"))?;
        self.sums.meter.add_read(answer.consumed_capacity.as_ref());
        let item = answer.item.filter(|item| !item.is_empty());
        item.map(|item| number(&item, REVISION)).transpose()
    }

    async fn count(&self, of: &MemberMonth, days: &Days) -> Result<MonthSums, SumError> {
        let (first, last) = days.span(of.month);
        let (low, high) = EntryKey::between(&of.member_no, first, last);
        let pk = Place::partition_of_rows(self.station, shard_of(&of.member_no));
        let mut sums = MonthSums::default();
        let mut start = None;
        loop {
            let answer = self
                .sums
                .dynamodb
                .query()
                .table_name(&self.sums.entries)
                .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
                .expression_attribute_values(":pk", AttributeValue::S(pk.clone()))
                .expression_attribute_values(":low", AttributeValue::S(low.clone()))
                .expression_attribute_values(":high", AttributeValue::S(high.clone()))
                .projection_expression("sk, #points")
                .expression_attribute_names("#points", &self.sums.points)
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            self.sums.meter.add_read(answer.consumed_capacity.as_ref());
            for item in answer.items.unwrap_or_default() {
                // What an earlier release stored is no entry of today; a reconciliation tells of it.
                let Some(entry) = EntryKey::parse(text(&item, "sk")?) else {
                    continue;
                };
                if days.contains(entry.day.day()) {
                    sums.add(entry.day.day(), &number(&item, &self.sums.points)?);
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(sums);
            }
        }
    }

    async fn store(
        &self,
        of: &MemberMonth,
        days: &Days,
        sums: &MonthSums,
        revision: Option<u64>,
    ) -> Result<bool, SumError> {
        let mut set = vec![format!("{REVISION} = :next")];
        let mut remove = Vec::new();
        let next = revision.unwrap_or_default() + 1;
        let mut values = HashMap::from([(":next".to_owned(), n(next))]);
        for day in days.of(of.month) {
            let (points, entries) = attributes(day);
            match sums.day(day) {
                Some(sum) if !sum.points.can_be_stored() => return Err(SumError::TooManyDigits),
                Some(sum) => {
                    set.push(format!("{points} = :{points}, {entries} = :{entries}"));
                    values.insert(format!(":{points}"), n(&sum.points));
                    values.insert(format!(":{entries}"), n(sum.entries));
                }
                None => remove.push(format!("{points}, {entries}")),
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        let condition = if let Some(revision) = revision {
            values.insert(":was".to_owned(), n(revision));
            format!("{REVISION} = :was")
        } else {
            format!("attribute_not_exists({REVISION})")
        };
        let answer = self
            .sums
            .dynamodb
            .update_item()
            .table_name(&self.sums.table)
            .set_key(Some(key(self.station, &of.member_no, of.month)))
            .update_expression(expression)
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let answer = answer.map_err(AwsError::of("UpdateItem"));
        let made = self
            .sums
            .meter
            .made(answer.map(|answer| answer.consumed_capacity));
        Ok(made?)
    }

    async fn wait(&self) -> Result<(), SumError> {
        Ok(self.backoff.lock().await.wait().await?)
    }
}

fn key(station: &StationId, member_no: &str, month: Month) -> Item {
    let pk = Place::partition_of_rows(station, shard_of(member_no));
    let sk = format!("{month}#{member_no}");
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk)),
        ("sk".to_owned(), AttributeValue::S(sk)),
    ])
}

/// The attributes of a day: its points, and how many entries they come from.
fn attributes(day: i8) -> (String, String) {
    (format!("d{day:02}"), format!("n{day:02}"))
}

fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str, SumError> {
    let text = item.get(name).and_then(|value| value.as_s().ok());
    let text = text.ok_or_else(|| SumError::Unreadable(name.to_owned()))?;
    Ok(text)
}

fn number<T: std::str::FromStr>(item: &Item, name: &str) -> Result<T, SumError> {
    let digits = item.get(name).and_then(|value| value.as_n().ok());
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| SumError::Unreadable(name.to_owned()))
}

/// The month, the member and the sums of an item.
fn read_item(item: &Item) -> Result<(Month, String, MonthSums), SumError> {
    let unreadable = || SumError::Unreadable("sk".to_owned());
    let (month, member_no) = text(item, "sk")?.split_once('#').ok_or_else(unreadable)?;
    let month = month.parse().map_err(|_| unreadable())?;
    let mut sums = MonthSums::default();
    for day in 1..=31 {
        let (points, entries) = attributes(day);
        if item.contains_key(&points) || item.contains_key(&entries) {
            let sum = DaySum {
                points: number::<Points>(item, &points)?,
                entries: number(item, &entries)?,
            };
            sums.set(day, sum);
        }
    }
    Ok((month, member_no.to_owned(), sums))
}
