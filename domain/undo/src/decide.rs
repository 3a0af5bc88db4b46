//! What becomes of one row of an import that is undone. It depends on what is stored alone, so that whoever
//! looks again after a crash decides the same.

use std::cmp::Ordering;

use sluice_basics::origin::Origin;
use sluice_definition::{CheckedRow, Value, compare_numbers};

/// What an attribute of a stored row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is not there.
    Nothing,
    /// A value of a row.
    Value(Value),
    /// What no import writes, as text.
    Other(String),
}

impl Held {
    /// Whether both are the same value: numbers are, whatever zeros they are written with.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(Value::Number(one)), Self::Value(Value::Number(two))) => {
                one == two || compare_numbers(one, two) == Some(Ordering::Equal)
            }
            _ => self == other,
        }
    }

    /// The value for people.
    pub fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Value(value) => value.to_string(),
            Self::Other(text) => text.clone(),
        }
    }
}

impl From<Option<Value>> for Held {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Self::Nothing, Self::Value)
    }
}

/// Who wrote a stored row, by its stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stamped {
    /// This row of an import.
    By(Origin),
    /// It has no stamp, or one that is none.
    ByOthers(Option<String>),
}

/// A stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowState {
    /// Who wrote it.
    pub stamp: Stamped,
    /// What the columns of the definition hold, in its order.
    pub columns: Vec<Held>,
    /// The name of an attribute that is no column of the definition, if it has one.
    pub other_attribute: Option<String>,
}

impl RowState {
    fn has_columns(&self, columns: &[Held]) -> bool {
        let mut pairs = self.columns.iter().zip(columns);
        self.columns.len() == columns.len() && pairs.all(|(one, other)| one.is_same(other))
    }
}

/// Why a row stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Another import has replaced it, or somebody who left another stamp.
    Replaced(Stamped),
    /// These columns were changed, by their places.
    Changed(Vec<usize>),
    /// Somebody has added this attribute to a row that the import created.
    Extended(String),
    /// The values that it had before now belong to other rows, by columns.
    Taken(Vec<usize>),
    /// What it was before is not known for certain.
    Uncertain,
    /// Its line in the file is not read as it was when it was imported.
    Unread,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is to be deleted.
    Delete,
    /// It is to be what it was before.
    Restore,
    /// It is what it was before.
    Restored,
    /// It is not there.
    Gone,
    /// It stays.
    Kept(Kept),
}

/// What the columns of a row hold once it is imported: its own values and, where it leaves columns as they
/// are, those of the row that it replaced.
pub fn expected(row: &CheckedRow, before: Option<&RowState>) -> Vec<Held> {
    let values = row.values.iter().enumerate();
    let held = |(place, value): (usize, &Option<Value>)| match (value, before) {
        (Some(value), _) => Held::Value(value.clone()),
        (None, Some(before)) if row.kept.contains(&place) => {
            before.columns.get(place).cloned().unwrap_or(Held::Nothing)
        }
        (None, _) => Held::Nothing,
    };
    values.map(held).collect()
}

/// Decides on a row that an import stored as `own`: `found` is what is stored under its key, and `before` what
/// it replaced, if it replaced something.
pub fn decide(
    own: Origin,
    expected: &[Held],
    before: Option<&RowState>,
    found: Option<&RowState>,
) -> Verdict {
    let Some(found) = found else {
        return Verdict::Gone;
    };
    if found.stamp != Stamped::By(own) {
        let is_restored = before.is_some_and(|before| {
            before.stamp == found.stamp && found.has_columns(&before.columns)
        });
        return if is_restored {
            Verdict::Restored
        } else {
            Verdict::Kept(Kept::Replaced(found.stamp.clone()))
        };
    }
    if !found.has_columns(expected) {
        let places = 0..found.columns.len().max(expected.len());
        let differs = |place: &usize| match (found.columns.get(*place), expected.get(*place)) {
            (Some(one), Some(other)) => !one.is_same(other),
            _ => true,
        };
        return Verdict::Kept(Kept::Changed(places.filter(differs).collect()));
    }
    match (before, &found.other_attribute) {
        (Some(_), _) => Verdict::Restore,
        (None, Some(name)) => Verdict::Kept(Kept::Extended(name.clone())),
        (None, None) => Verdict::Delete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(task: u64, row: u64) -> Origin {
        Origin {
            task_id: task.try_into().expect("an id"),
            row,
        }
    }

    fn text(text: &str) -> Held {
        Held::Value(Value::Text(text.to_owned()))
    }

    fn number(digits: &str) -> Held {
        Held::Value(Value::Number(digits.to_owned()))
    }

    fn stored(task: u64, columns: &[Held]) -> RowState {
        RowState {
            stamp: Stamped::By(origin(task, 2)),
            columns: columns.to_vec(),
            other_attribute: None,
        }
    }

    #[test]
    fn a_row_as_it_was_imported_is_deleted_or_restored() {
        let own = origin(7, 2);
        let columns = [text("a"), number("1.50"), Held::Nothing];
        let found = stored(7, &[text("a"), number("1.5"), Held::Nothing]);
        assert_eq!(decide(own, &columns, None, Some(&found)), Verdict::Delete);
        let before = stored(5, &[text("a"), number("2"), Held::Nothing]);
        let with = |found| decide(own, &columns, Some(&before), found);
        assert_eq!(with(Some(&found)), Verdict::Restore);
        assert_eq!(with(None), Verdict::Gone);
        assert_eq!(with(Some(&before)), Verdict::Restored, "after a crash");
    }

    #[test]
    fn a_row_that_was_changed_stays_even_under_its_stamp() {
        let own = origin(7, 2);
        let columns = [text("a"), number("1"), Held::Nothing];
        let kept = |found: &RowState| match decide(own, &columns, None, Some(found)) {
            Verdict::Kept(kept) => kept,
            other => panic!("{other:?}"),
        };
        let edited = stored(7, &[text("a"), number("2"), text("new")]);
        assert_eq!(kept(&edited), Kept::Changed(vec![1, 2]));
        let replaced = stored(8, &columns);
        assert_eq!(kept(&replaced), Kept::Replaced(replaced.stamp.clone()));
        let another_row = RowState {
            stamp: Stamped::By(origin(7, 3)),
            ..stored(7, &columns)
        };
        assert_eq!(
            kept(&another_row),
            Kept::Replaced(another_row.stamp.clone())
        );
        let extended = RowState {
            other_attribute: Some("seen_at".to_owned()),
            ..stored(7, &columns)
        };
        assert_eq!(kept(&extended), Kept::Extended("seen_at".to_owned()));
    }

    #[test]
    fn columns_that_a_row_left_as_they_were_are_those_before() {
        let row = CheckedRow {
            key: "a".to_owned(),
            values: vec![Some(Value::Text("a".to_owned())), None, None],
            kept: vec![1],
        };
        let before = stored(5, &[text("a"), text("old"), text("cleared")]);
        assert_eq!(
            expected(&row, Some(&before)),
            [text("a"), text("old"), Held::Nothing]
        );
        assert_eq!(
            expected(&row, None),
            [text("a"), Held::Nothing, Held::Nothing]
        );
    }
}
