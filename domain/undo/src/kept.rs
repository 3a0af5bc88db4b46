//! The file of rows that an undo keeps: a line for each column that was changed, or one for the row.

use sluice_basics::ids::TaskId;
use sluice_definition::Definition;
use sluice_definition::reported::neutralize;
use sluice_import::report::HIDDEN;

use super::decide::{Held, Kept, RowState, Stamped};

/// Tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
const COLUMNS: [&str; 6] = ["row", "key", "reason", "column", "imported", "now"];

/// Writes lines of the file.
#[derive(Debug)]
pub struct KeptRows<'a> {
    definition: &'a Definition,
    import: TaskId,
    writer: csv::Writer<Vec<u8>>,
    has_sensitive_key: bool,
    is_empty: bool,
}

/// Returns what the file begins with.
pub fn kept_rows_beginning() -> Vec<u8> {
    let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
    bytes.extend(COLUMNS.join(",").as_bytes());
    bytes.push(b'\n');
    bytes
}

impl<'a> KeptRows<'a> {
    /// Begins with rows that an import stored.
    pub fn new(definition: &'a Definition, import: TaskId) -> Self {
        let is_sensitive = |name: &String| {
            let place = definition.column_index(name);
            place.is_some_and(|place| definition.columns[place].sensitive)
        };
        Self {
            definition,
            import,
            writer: csv::Writer::from_writer(Vec::new()),
            has_sensitive_key: definition.key.iter().any(is_sensitive),
            is_empty: true,
        }
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Adds a row: what it was imported as, and what is stored now.
    pub fn row(
        &mut self,
        row: u64,
        key: &str,
        kept: &Kept,
        imported: &[Held],
        found: Option<&RowState>,
    ) {
        self.is_empty = false;
        let reason = self.reason(kept);
        let (Kept::Changed(places) | Kept::Taken(places)) = kept else {
            self.line(row, key, &reason, None);
            return;
        };
        let nothing = Held::Nothing;
        for place in places {
            let was = imported.get(*place).unwrap_or(&nothing);
            let now = found
                .and_then(|found| found.columns.get(*place))
                .unwrap_or(&nothing);
            self.line(row, key, &reason, Some((*place, was, now)));
        }
    }

    fn reason(&self, kept: &Kept) -> String {
        match kept {
            Kept::Replaced(Stamped::By(origin)) if origin.task_id == self.import => {
                format!("row {} of the same file has replaced it", origin.row)
            }
            Kept::Replaced(Stamped::By(origin)) => format!(
                "task {} has replaced it, with row {} of its file",
                origin.task_id, origin.row
            ),
            Kept::Replaced(Stamped::ByOthers(_)) => {
                "another service has replaced it, or its stamp".to_owned()
            }
            Kept::Changed(_) => "a column was changed".to_owned(),
            Kept::Extended(name) => format!("the attribute `{name}` was added"),
            Kept::Taken(_) => {
                "another row now has the value that this one had before the import".to_owned()
            }
            Kept::Uncertain => {
                "it was changed while it was imported: what it was before is not certain".to_owned()
            }
            Kept::Unread => {
                "this release reads its line of the file differently from the import".to_owned()
            }
        }
    }

    fn line(&mut self, row: u64, key: &str, reason: &str, change: Option<(usize, &Held, &Held)>) {
        let key = if self.has_sensitive_key { HIDDEN } else { key };
        let row = row.to_string();
        let (mut column, mut was, mut now) = ("", String::new(), String::new());
        if let Some((place, imported, found)) = change {
            let definition = &self.definition.columns[place];
            column = &definition.name;
            let shown = |held: &Held| match held {
                Held::Nothing => String::new(),
                _ if definition.sensitive => HIDDEN.to_owned(),
                held => held.text(),
            };
            (was, now) = (shown(imported), shown(found));
        }
        let fields = [&row, key, reason, column, &was, &now];
        let fields = fields.map(|field| neutralize(field).into_owned());
        let written = self.writer.write_record(&fields);
        written.expect("a Vec takes every byte");
    }

    /// Returns the lines.
    ///
    /// # Panics
    ///
    /// Never: a `Vec` takes every byte.
    pub fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("a Vec takes every byte")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_basics::origin::Origin;
    use sluice_definition::{Catalog, Value};

    #[test]
    fn a_line_says_what_changed_without_sensitive_values() {
        let catalog = Catalog::load().expect("definitions");
        let members = catalog
            .get(&"member_import".parse().expect("a business"))
            .expect("members");
        let place = |name: &str| members.column_index(name).expect("a column");
        let mut imported = vec![Held::Nothing; members.columns.len()];
        let mut found = imported.clone();
        let text = |text: &str| Held::Value(Value::Text(text.to_owned()));
        imported[place("name")] = text("Ann");
        found[place("name")] = text("=Bo");
        imported[place("phone")] = text("+8613800138000");
        let import: TaskId = 7.try_into().expect("an id");
        let mut kept = KeptRows::new(members, import);
        assert!(kept.is_empty());
        let state = RowState {
            stamp: Stamped::ByOthers(None),
            columns: found,
            other_attribute: None,
        };
        let changed = Kept::Changed(vec![place("name"), place("phone")]);
        kept.row(2, "M1", &changed, &imported, Some(&state));
        let other = Origin {
            task_id: 9.try_into().expect("an id"),
            row: 5,
        };
        let replaced = Kept::Replaced(Stamped::By(other));
        kept.row(3, "M2", &replaced, &imported, Some(&state));
        let lines = String::from_utf8(kept.into_bytes()).expect("UTF-8");
        assert_eq!(
            lines,
            "2,M1,a column was changed,name,Ann,'=Bo\n\
             2,M1,a column was changed,phone,***,\n\
             3,M2,\"task 9 has replaced it, with row 5 of its file\",,,\n"
        );
    }
}
