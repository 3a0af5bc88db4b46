//! The actions of a transaction: for each row the claims that it takes and gives up, and itself, each on
//! condition that things are as they were read. A transaction may name an item once, so a value that
//! passes from one row to another is one action.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};

use super::{Change as RowChange, Leftovers, Planned, StoredRow, UniqueTable, text_of};
use crate::error::AwsError;
use crate::row_writer::row::{CLAIM_KEY, ORIGIN, Place, Row};

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const MOST_ACTIONS: usize = 100;
/// Of the 4 MB of a request, what rows may take.
const MOST_BYTES: usize = 3_000_000;
/// A claim, with its names.
const CLAIM_BYTES: usize = 2_100;

const ALL_OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// What an action is about: rows by their place in the transaction.
pub(super) enum About {
    Journal,
    Row(usize),
    Taken { row: usize, field: usize },
    Passed { from: usize, to: usize },
    GivenUp { row: usize, field: usize },
    Checked { row: usize },
}

impl About {
    pub(super) fn row(&self) -> Option<usize> {
        match *self {
            Self::Journal => None,
            Self::Row(row)
            | Self::Taken { row, .. }
            | Self::Passed { to: row, .. }
            | Self::GivenUp { row, .. }
            | Self::Checked { row } => Some(row),
        }
    }
}

pub(super) struct Action {
    about: About,
    item: TransactWriteItem,
}

impl Action {
    pub(super) fn split(self) -> (About, TransactWriteItem) {
        (self.about, self.item)
    }
}

/// What becomes of a claim.
#[derive(Default)]
struct Change<'a> {
    /// The row that gives it up, with its field and key.
    from: Option<(usize, usize, &'a str)>,
    /// The row that takes it, with its field and key.
    to: Option<(usize, usize, &'a str)>,
    /// The key of a row that claims it and does not have the value.
    stale: Option<&'a str>,
}

/// The claims that a row takes and gives up: fields and values.
struct Claims {
    taken: Vec<(usize, String)>,
    given_up: Vec<(usize, String)>,
}

impl Claims {
    fn of(table: &UniqueTable<'_>, planned: &Planned<'_>) -> Self {
        let mut claims = Self {
            taken: Vec::new(),
            given_up: Vec::new(),
        };
        for (field, column) in (1..).zip(&table.columns) {
            let old = planned
                .stored
                .as_ref()
                .and_then(|stored| stored.value(field));
            let new = planned.row.column(column).and_then(text_of);
            let is_deleted = planned.change == RowChange::Delete;
            let new = new.filter(|_| !is_deleted);
            let is_kept = new.is_none() && !is_deleted && !planned.row.clears(column);
            if is_kept || new == old {
                continue;
            }
            claims.given_up.extend(old.map(|old| (field, old)));
            claims.taken.extend(new.map(|new| (field, new)));
        }
        claims
    }

    fn len(&self) -> usize {
        self.taken.len() + self.given_up.len()
    }
}

/// How many of the first units go into one transaction: one at least.
pub(super) fn fitting(table: &UniqueTable<'_>, units: &[Vec<Planned<'_>>]) -> usize {
    let mut size = Size::default();
    let mut taken = HashSet::new();
    for (index, unit) in units.iter().enumerate() {
        for planned in unit {
            let claims = Claims::of(table, planned);
            size.add(planned, &claims);
            // Of two rows that take the same, one will find the other in its way.
            if !claims.taken.into_iter().all(|claim| taken.insert(claim)) {
                return index.max(1);
            }
        }
        if !size.fits() {
            return index.max(1);
        }
    }
    units.len()
}

/// Whether the rows of a unit fit into one transaction.
pub(super) fn fits(table: &UniqueTable<'_>, unit: &[Planned<'_>]) -> bool {
    let mut size = Size::default();
    for planned in unit {
        size.add(planned, &Claims::of(table, planned));
    }
    size.fits()
}

/// The size of a transaction.
#[derive(Default)]
struct Size {
    actions: usize,
    bytes: usize,
}

impl Size {
    fn add(&mut self, planned: &Planned<'_>, claims: &Claims) {
        self.actions += 1 + claims.len();
        self.bytes += planned.row.size_bytes() + claims.len() * CLAIM_BYTES;
    }

    fn fits(&self) -> bool {
        // The journal has an entry.
        self.actions < MOST_ACTIONS && self.bytes <= MOST_BYTES
    }
}

/// The actions of a transaction that stores these rows.
pub(super) fn actions(
    table: &UniqueTable<'_>,
    rows: &[&Planned<'_>],
    leftovers: &Leftovers,
) -> Result<Vec<Action>, AwsError> {
    let mut changes: BTreeMap<Place, Change<'_>> = BTreeMap::new();
    let mut lacking: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    let mut actions = Vec::new();
    for (index, planned) in rows.iter().enumerate() {
        let claims = Claims::of(table, planned);
        let (key, number) = (planned.row.key(), planned.row.origin.row);
        for (field, value) in claims.given_up {
            if !leftovers.unclaimed.contains(&(number, field)) {
                let change = changes.entry(table.claim(field, &value)).or_default();
                change.from = Some((index, field, key));
            }
        }
        for (field, value) in claims.taken {
            let change = changes.entry(table.claim(field, &value)).or_default();
            change.to = Some((index, field, key));
            if let Some(holder) = leftovers.stale.get(&(number, field)) {
                change.stale = Some(holder);
                lacking.entry(holder).or_default().push((index, field));
            }
        }
    }
    for (place, change) in changes {
        actions.push(change.action(table, &place)?);
    }
    for (holder, values) in lacking {
        // That of a row of this transaction is part of its own condition.
        if rows.iter().all(|planned| planned.row.key() != holder) {
            actions.push(Action {
                about: About::Checked { row: values[0].0 },
                item: lacks(table, holder, &values, rows)?,
            });
        }
    }
    for (index, planned) in rows.iter().enumerate() {
        let item = match (&planned.stored, &planned.change) {
            (Some(stored), RowChange::Delete) => delete(table, planned.row, stored)?,
            (Some(stored), change) => replace(table, planned.row, stored, change)?,
            (None, _) => insert(table, planned.row)?,
        };
        let about = About::Row(index);
        actions.push(Action { about, item });
    }
    if let Some(journal) = &table.journal {
        let numbers: Vec<u64> = rows.iter().map(|planned| planned.row.origin.row).collect();
        actions.push(Action {
            about: About::Journal,
            item: journal.entry(&numbers)?,
        });
    }
    Ok(actions)
}

impl Change<'_> {
    fn action(&self, table: &UniqueTable<'_>, place: &Place) -> Result<Action, AwsError> {
        let names = HashMap::from([("#key".to_owned(), CLAIM_KEY.to_owned())]);
        let Some((to, field, own)) = self.to else {
            let (row, field, own) = self.from.unwrap_or_default();
            let delete = Delete::builder()
                .table_name(table.table)
                .set_key(Some(place.key()))
                .condition_expression("attribute_not_exists(pk) OR #key = :own")
                .set_expression_attribute_names(Some(names))
                .expression_attribute_values(":own", s(own))
                .build()
                .map_err(broken)?;
            return Ok(Action {
                about: About::GivenUp { row, field },
                item: TransactWriteItem::builder().delete(delete).build(),
            });
        };
        let old = self.from.map_or(own, |(_, _, from)| from);
        let mut condition = "attribute_not_exists(pk) OR #key = :old".to_owned();
        let mut values = HashMap::from([(":old".to_owned(), s(old))]);
        if let Some(stale) = self.stale {
            condition.push_str(" OR #key = :stale");
            values.insert(":stale".to_owned(), s(stale));
        }
        let mut item = place.key();
        item.insert(CLAIM_KEY.to_owned(), s(own));
        let put = Put::builder()
            .table_name(table.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ALL_OLD)
            .build()
            .map_err(broken)?;
        Ok(Action {
            about: match self.from {
                Some((from, ..)) => About::Passed { from, to },
                None => About::Taken { row: to, field },
            },
            item: TransactWriteItem::builder().put(put).build(),
        })
    }
}

fn insert(table: &UniqueTable<'_>, row: &Row) -> Result<TransactWriteItem, AwsError> {
    let item = row
        .attributes()
        .map(|(name, value)| (name.to_owned(), value));
    let put = Put::builder()
        .table_name(table.table)
        .set_item(Some(item.collect()))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ALL_OLD)
        .build()
        .map_err(broken)?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// Changes the columns of the definition, if the row has still the stamp and the unique values that were
/// read. Others may have changed other columns since, unless all were read.
fn replace(
    table: &UniqueTable<'_>,
    row: &Row,
    stored: &StoredRow,
    change: &RowChange,
) -> Result<TransactWriteItem, AwsError> {
    let AsRead {
        condition,
        mut names,
        mut values,
    } = as_read(table, stored);
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    names.insert("#stamp".to_owned(), ORIGIN.to_owned());
    let stamp = match change {
        RowChange::Restore(stamp) => stamp.clone(),
        _ => Some(row.origin.to_string()),
    };
    match stamp {
        Some(stamp) => {
            set.push("#stamp = :stamp".to_owned());
            values.insert(":stamp".to_owned(), s(&stamp));
        }
        None => remove.push("#stamp".to_owned()),
    }
    for (index, (name, value)) in row.columns.iter().enumerate() {
        set.push(format!("#c{index} = :c{index}"));
        names.insert(format!("#c{index}"), name.clone());
        values.insert(format!(":c{index}"), value.clone());
    }
    for (index, name) in row.cleared.iter().enumerate() {
        remove.push(format!("#r{index}"));
        names.insert(format!("#r{index}"), name.clone());
    }
    let mut update = String::new();
    for (clause, changes) in [("SET", set), ("REMOVE", remove)] {
        if !changes.is_empty() {
            let _ = write!(update, "{clause} {} ", changes.join(", "));
        }
    }
    let update = Update::builder()
        .table_name(table.table)
        .set_key(Some(row.place.key()))
        .update_expression(update.trim_end())
        .condition_expression(condition)
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .return_values_on_condition_check_failure(ALL_OLD)
        .build()
        .map_err(broken)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// Deletes a row, if it is as it was read.
fn delete(
    table: &UniqueTable<'_>,
    row: &Row,
    stored: &StoredRow,
) -> Result<TransactWriteItem, AwsError> {
    let AsRead {
        condition,
        names,
        values,
    } = as_read(table, stored);
    let delete = Delete::builder()
        .table_name(table.table)
        .set_key(Some(row.place.key()))
        .condition_expression(condition)
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values((!values.is_empty()).then_some(values))
        .return_values_on_condition_check_failure(ALL_OLD)
        .build()
        .map_err(broken)?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

/// The condition that a row is as it was read.
struct AsRead {
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

fn as_read(table: &UniqueTable<'_>, stored: &StoredRow) -> AsRead {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut values: HashMap<String, AttributeValue> = HashMap::new();
    let mut conditions = vec!["attribute_exists(pk)".to_owned()];
    let mut expect = |name: &str, attribute: &str, value: Option<&AttributeValue>| {
        names.insert(format!("#{name}"), attribute.to_owned());
        match value {
            Some(value) => {
                values.insert(format!(":{name}"), value.clone());
                conditions.push(format!("#{name} = :{name}"));
            }
            None => conditions.push(format!("attribute_not_exists(#{name})")),
        }
    };
    expect("was", ORIGIN, stored.stamp.as_ref());
    match &stored.all {
        Some(all) => {
            for (index, (column, value)) in all.iter().enumerate() {
                expect(&format!("u{index}"), column, value.as_ref());
            }
        }
        None => {
            for (index, column) in table.columns.iter().enumerate() {
                expect(&format!("u{index}"), column, stored.values[index].as_ref());
            }
        }
    }
    AsRead {
        condition: conditions.join(" AND "),
        names,
        values,
    }
}

/// Checks that the row with a key has none of these values: of rows, by their places, those of fields.
fn lacks(
    table: &UniqueTable<'_>,
    key: &str,
    fields: &[(usize, usize)],
    rows: &[&Planned<'_>],
) -> Result<TransactWriteItem, AwsError> {
    let mut check = ConditionCheck::builder()
        .table_name(table.table)
        .set_key(Some(table.place(key).key()));
    let mut conditions = Vec::new();
    for (index, (row, field)) in fields.iter().enumerate() {
        let column = table.columns[field - 1];
        if let Some(value) = rows[*row].row.column(column) {
            let (name, place) = (format!("#c{index}"), format!(":v{index}"));
            conditions.push(format!(
                "(attribute_not_exists({name}) OR {name} <> {place})"
            ));
            check = check
                .expression_attribute_names(name, column)
                .expression_attribute_values(place, value.clone());
        }
    }
    let check = check
        .condition_expression(conditions.join(" AND "))
        .build()
        .map_err(broken)?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> AwsError {
    AwsError::new("TransactWriteItems", error)
}
