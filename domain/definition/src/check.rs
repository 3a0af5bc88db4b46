//! Compares the parts of a definition with each other. Each check says all that is wrong, and passes over what could not
//! be read: that is told already.

use std::collections::{HashMap, HashSet};

use sluice_basics::characters::comparable_name;

use super::column::Column;
use super::error::Mistake;
use super::file::{DefinitionTable, ReadColumn};
use super::target::Target;
use super::types::ColumnType;
use super::{Definition, OnBlank};

/// A row and the claims on its values are changed in one transaction, which has at most 100 actions.
const MOST_UNIQUE: usize = 40;

/// A column, as far as it is known.
struct Known {
    name: Option<String>,
    headers: Vec<String>,
    column: Option<Column>,
}

/// Checks a definition. There is none if a part of it is not known.
pub(super) fn definition(
    mut table: DefinitionTable,
    mistakes: &mut Vec<Mistake>,
) -> Option<Definition> {
    table.check_titles(mistakes);
    let target = if table.is_target_read {
        Target::of_file(table.table.take(), table.endpoint.take(), mistakes)
    } else {
        None
    };
    let columns = known(table.columns.take(), table.on_blank, mistakes);
    if let Some(columns) = &columns {
        check_columns(columns, mistakes);
        check_unique(columns, target.as_ref(), table.key.as_deref(), mistakes);
        if let Some(key) = &table.key {
            check_key(key, columns, target.as_ref(), mistakes);
        }
    }
    if let (Some(key), Some(shard_by)) = (&table.key, &table.shard_by) {
        check_shard_by(shard_by, key, target.as_ref(), mistakes);
    }
    let columns = columns?.into_iter().map(|known| known.column);
    Some(Definition {
        business: table.business?,
        title: table.title?,
        titles: table.titles,
        target: target?,
        key: table.key?,
        shard_by: table.shard_by?,
        on_duplicate: table.on_duplicate,
        columns: columns.collect::<Option<Vec<_>>>()?,
    })
}

/// Checks each column for itself.
fn known(
    columns: Option<Vec<ReadColumn>>,
    on_blank: OnBlank,
    mistakes: &mut Vec<Mistake>,
) -> Option<Vec<Known>> {
    let mut known = Vec::new();
    for (index, read) in columns?.into_iter().enumerate() {
        let mut of_column = Vec::new();
        let column = read
            .table
            .and_then(|table| Column::of_table(table, on_blank, &mut of_column));
        let of_column = of_column.into_iter();
        mistakes.extend(of_column.map(|mistake| mistake.in_column(index)));
        known.push(Known {
            name: read.name,
            headers: read.headers,
            column,
        });
    }
    Some(known)
}

/// Checks that columns are told apart by their names and headers.
fn check_columns(columns: &[Known], mistakes: &mut Vec<Mistake>) {
    if columns.is_empty() {
        mistakes.push(Mistake::new("columns", "name at least one column"));
    }
    let mut names = HashSet::new();
    let mut headers: HashMap<String, &str> = HashMap::new();
    for (index, known) in columns.iter().enumerate() {
        let mut mistake = |field, problem: String| {
            mistakes.push(Mistake::new(field, problem).in_column(index));
        };
        let Some(name) = &known.name else {
            continue;
        };
        if !names.insert(name) {
            mistake("name", "another column has this name".to_owned());
        }
        let called = std::iter::once(name).chain(&known.headers);
        for (place, header) in called.enumerate() {
            let header = comparable_name(header);
            if header.is_empty() {
                // A name that is blank is wrong for itself.
                if place > 0 {
                    mistake("headers", "one of them is blank".to_owned());
                }
                continue;
            }
            let other = *headers.entry(header.clone()).or_insert(name);
            if other != name {
                mistake(
                    "headers",
                    format!("`{header}` already stands for `{other}`"),
                );
            }
        }
    }
}

/// Checks that what is unique can be so.
fn check_unique(
    columns: &[Known],
    target: Option<&Target>,
    key: Option<&[String]>,
    mistakes: &mut Vec<Mistake>,
) {
    let mut unique = 0;
    for (index, known) in columns.iter().enumerate() {
        let Some(column) = known.column.as_ref().filter(|column| column.unique) else {
            continue;
        };
        unique += 1;
        let mut mistake = |problem| mistakes.push(Mistake::new("unique", problem).in_column(index));
        if matches!(target, Some(Target::Endpoint(_))) {
            mistake("rows that go to an endpoint are not compared with each other");
        }
        if key.is_some_and(|key| key == [column.name.as_str()]) {
            mistake("the key is so already: leave it out");
        }
    }
    if unique > MOST_UNIQUE {
        let problem = format!("at most {MOST_UNIQUE} columns can be unique");
        mistakes.push(Mistake::new("columns", problem));
    }
}

/// Checks that the key identifies a row.
fn check_key(
    key: &[String],
    columns: &[Known],
    target: Option<&Target>,
    mistakes: &mut Vec<Mistake>,
) {
    let mut mistake = |problem: String| mistakes.push(Mistake::new("key", problem));
    if key.is_empty() && matches!(target, Some(Target::Table(_))) {
        mistake("name the columns that identify a row".to_owned());
    }
    // A column whose name could not be read may be any.
    let all_are_named = columns.iter().all(|known| known.name.is_some());
    for (index, name) in key.iter().enumerate() {
        if key[..index].contains(name) {
            mistake(format!("`{name}` is named twice"));
            continue;
        }
        let found = columns
            .iter()
            .find(|known| known.name.as_ref() == Some(name));
        if found.is_none() && all_are_named {
            mistake(format!("`{name}` is not a column"));
        }
        let problem = match found.and_then(|known| known.column.as_ref()) {
            Some(column) if !column.required && index == 0 => {
                "must be required to be the first part of the key"
            }
            // Only of a text is it plain what no value is.
            Some(column) if !column.required && !matches!(column.kind, ColumnType::Text(_)) => {
                "must be required, or a text, to be part of the key"
            }
            Some(column) if !column.kind.can_be_key() => {
                "is a decimal, of which 1.5 and 1.50 would be different keys"
            }
            _ => continue,
        };
        mistake(format!("`{name}` {problem}"));
    }
}

/// Checks that the partition of a row follows from its key alone.
fn check_shard_by(
    shard_by: &[String],
    key: &[String],
    target: Option<&Target>,
    mistakes: &mut Vec<Mistake>,
) {
    if shard_by.is_empty() {
        return;
    }
    let mut mistake = |problem: String| mistakes.push(Mistake::new("shard_by", problem));
    match target {
        Some(Target::Endpoint(_)) => {
            mistake("rows that go to an endpoint lie in no partition".to_owned());
        }
        Some(Target::Table(_)) if !key.starts_with(shard_by) => {
            let key = key.join(", ");
            mistake(format!(
                "name the first columns of the key ({key}), in its order"
            ));
        }
        _ => {}
    }
}
