//! One column: its names, its type, and what a blank field means.

use super::OnBlank;
use super::conventions::Conventions;
use super::error::Mistake;
use super::file::ColumnTable;
use super::header::normalize;
use super::problem::{Problem, ProblemCode};
use super::types::{ColumnType, Fault, Value, trim};

/// A column of a definition.
#[derive(Clone, Debug)]
pub struct Column {
    /// The attribute's name in the table, and the column's name in reports.
    pub name: String,
    /// Other headers that mean this column. Case, spaces, `_` and `-` do not matter.
    pub headers: Vec<String>,
    /// What its values are.
    pub kind: ColumnType,
    /// Whether a row without a value is wrong.
    pub required: bool,
    /// The value of rows without one.
    pub default: Option<Value>,
    /// Whether no two rows of a station may have the same value.
    pub unique: bool,
    /// What a blank field means where a row overwrites another.
    pub on_blank: OnBlank,
    /// Whether its values are masked in what people see.
    pub sensitive: bool,
    /// A value that is right, where the definition gives one.
    example: Option<String>,
}

/// Whether a text can name an attribute, a table, an endpoint and a part of an environment
/// variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Column {
    /// Checks a column of a definition in which blanks mean `on_blank`, unless it says otherwise.
    pub(super) fn of_table(mut table: ColumnTable, on_blank: OnBlank) -> Result<Self, Mistake> {
        if !is_name(&table.name) {
            let problem = "a name has lower-case letters, digits and `_`, and begins with a letter";
            return Err(Mistake::new("name", problem));
        }
        if matches!(table.name.as_str(), "pk" | "sk") {
            return Err(Mistake::new(
                "name",
                "`pk` and `sk` are taken by the table's key",
            ));
        }
        let kind = ColumnType::of_table(&mut table)?;
        let mut column = Self {
            name: table.name,
            headers: table.headers,
            kind,
            required: table.required,
            default: None,
            unique: table.unique,
            on_blank: table.on_blank.unwrap_or(on_blank),
            sensitive: table.sensitive,
            example: None,
        };
        if let Some(example) = table.example {
            column.example = Some(column.checked_example(example.0)?);
        }
        if let Some(default) = &table.default {
            if table.on_blank == Some(OnBlank::Keep) {
                let problem = "a blank means the `default`, so there is nothing to keep";
                return Err(Mistake::new("on_blank", problem));
            }
            column.default = Some(column.checked_default(&default.0)?);
        }
        if column.unique && !column.kind.is_like_text() {
            let problem = "is for `text` without `allowed`, `email` and `phone`";
            return Err(Mistake::new("unique", problem));
        }
        Ok(column)
    }

    fn checked_default(&self, text: &str) -> Result<Value, Mistake> {
        let mistake = |problem: &str| Err(Mistake::new("default", problem));
        if self.required {
            return mistake("a `required` column is never blank: leave out one of both");
        }
        if self.unique {
            return mistake("all rows that are blank would have it, and the column is `unique`");
        }
        match self.read(text, &Conventions::of_none()) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => mistake("is blank: leave it out"),
            Err(problems) => mistake(&problems[0].message),
        }
    }

    fn checked_example(&self, text: String) -> Result<String, Mistake> {
        match self.read(&text, &Conventions::of_none()) {
            Ok(Some(_)) => Ok(text),
            Ok(None) => Err(Mistake::new("example", "is blank: leave it out")),
            Err(problems) => Err(Mistake::new("example", &problems[0].message)),
        }
    }

    /// A value that is right: the definition's, or one of the type.
    pub fn example(&self) -> &str {
        self.example.as_deref().unwrap_or(self.kind.example())
    }

    /// The column's name and synonyms, as headers are compared.
    pub(super) fn normalized_headers(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(&self.name)
            .chain(&self.headers)
            .map(|header| normalize(header))
    }

    /// Makes a value of a field's text, or tells all that is wrong with it. An empty field has
    /// the default, or none.
    pub(super) fn read(
        &self,
        text: &str,
        conventions: &Conventions,
    ) -> Result<Option<Value>, Vec<Problem>> {
        let text = trim(text);
        if text.is_empty() {
            return if self.required {
                let problem = (ProblemCode::Required, "a value is required");
                Err(vec![Problem::new(&self.name, problem.0, problem.1)])
            } else {
                Ok(self.default.clone())
            };
        }
        let problem = |fault: Fault| Problem::new(&self.name, fault.code, fault.message);
        match self.kind.read(text, conventions) {
            Ok(value) => Ok(Some(value)),
            Err(faults) => Err(faults.into_iter().map(problem).collect()),
        }
    }
}
