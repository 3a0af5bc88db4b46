//! One column: its names, its type, and what a blank field means.

use sluice_basics::characters::{comparable_name, is_unwritten};
use sluice_basics::problem::{Problem, ProblemCode};
use sluice_basics::station::StationConfig;

use super::OnBlank;
use super::conventions::Conventions;
use super::error::Mistake;
use super::file::ColumnTable;
use super::types::{ColumnType, Fault, Value, unmark};

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
    /// The form of its values in words, where they have a pattern.
    pattern_hint: Option<String>,
}

/// Whether a text can name an attribute, a table, an endpoint and a part of an environment
/// variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Checks that people can be told in words what a pattern demands.
fn check_pattern(table: &ColumnTable, mistakes: &mut Vec<Mistake>) {
    if !table.kind.is_like_text() {
        return;
    }
    let mut mistake = |field, problem| mistakes.push(Mistake::new(field, problem));
    match (&table.pattern, &table.pattern_hint) {
        (None, Some(_)) => mistake("pattern_hint", "there is no `pattern` to explain"),
        (Some(_), None) if table.example.is_none() => mistake(
            "pattern",
            "reports never show the expression: add a `pattern_hint` or an `example`",
        ),
        (_, Some(hint)) if hint.trim().is_empty() => {
            mistake("pattern_hint", "is blank: leave it out");
        }
        _ => {}
    }
}

/// Checks what a column is called.
fn check_name(name: &str, mistakes: &mut Vec<Mistake>) {
    if !is_name(name) {
        let problem = "a name has lower-case letters, digits and `_`, and begins with a letter";
        mistakes.push(Mistake::new("name", problem));
    }
    if matches!(name, "pk" | "sk") {
        let problem = "`pk` and `sk` are taken by the table's key";
        mistakes.push(Mistake::new("name", problem));
    }
}

/// Checks whether a column with a `default` has a use for it.
fn check_default(table: &ColumnTable, mistakes: &mut Vec<Mistake>) {
    let mut mistake = |field, problem| mistakes.push(Mistake::new(field, problem));
    if table.on_blank == Some(OnBlank::Keep) {
        let problem = "a blank means the `default`, so there is nothing to keep";
        mistake("on_blank", problem);
    }
    if table.required {
        let problem = "a `required` column is never blank: leave out one of both";
        mistake("default", problem);
    }
    if table.unique {
        let problem = "all rows that are blank would have it, and the column is `unique`";
        mistake("default", problem);
    }
}

impl Column {
    /// Checks a column of a definition in which blanks mean `on_blank`, unless it says otherwise. There is none if
    /// nobody knows what its values are.
    pub(super) fn of_table(
        mut table: ColumnTable,
        on_blank: OnBlank,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Self> {
        check_name(&table.name, mistakes);
        if table.unique && !(table.kind.is_like_text() && table.allowed.is_none()) {
            let problem = "is for `text` without `allowed`, `email` and `phone`";
            mistakes.push(Mistake::new("unique", problem));
        }
        let kind = ColumnType::of_table(&mut table, mistakes);
        check_pattern(&table, mistakes);
        if table.default.is_some() {
            check_default(&table, mistakes);
        }
        let mut column = Self {
            name: table.name,
            headers: table.headers,
            kind: kind?,
            required: table.required,
            default: None,
            unique: table.unique,
            on_blank: table.on_blank.unwrap_or(on_blank),
            sensitive: table.sensitive,
            example: None,
            pattern_hint: table.pattern_hint,
        };
        if let Some(example) = table.example {
            let example = column.checked_example(example.0);
            column.example = example.map_err(|mistake| mistakes.push(mistake)).ok();
        }
        // A column that has no use for a default is told so alone.
        if let Some(default) = &table.default
            && !column.required
            && !column.unique
        {
            let default = column.checked_default(&default.0);
            column.default = default.map_err(|mistake| mistakes.push(mistake)).ok();
        }
        Some(column)
    }

    fn checked_default(&self, text: &str) -> Result<Value, Mistake> {
        let mistake = |problem: &str| Err(Mistake::new("default", problem));
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

    /// Makes a value of a text, as a field of a station's file would be read. None if the text is blank.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn value_of(
        &self,
        text: &str,
        config: &StationConfig,
    ) -> Result<Option<Value>, Vec<Problem>> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        self.read(text.trim(), &Conventions::from(config))
    }

    /// A value that is right: the definition's, or one of the type.
    pub fn example(&self) -> &str {
        self.example.as_deref().unwrap_or(self.kind.example())
    }

    /// Says in words which form a value must have. A column with a pattern has an example or a
    /// hint, or both.
    fn right_form(&self, message: String) -> String {
        match (&self.example, &self.pattern_hint) {
            (Some(example), Some(hint)) => format!("must look like {example}: {hint}"),
            (Some(example), None) => format!("must look like {example}"),
            (None, Some(hint)) => format!("{message}: {hint}"),
            (None, None) => message,
        }
    }

    /// The column's name and synonyms, as headers are compared.
    pub(super) fn normalized_headers(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(&self.name)
            .chain(&self.headers)
            .map(|header| comparable_name(header))
    }

    /// Makes a value of a field's text, or tells all that is wrong with it. An empty field has
    /// the default, or none.
    pub(super) fn read(
        &self,
        text: &str,
        conventions: &Conventions,
    ) -> Result<Option<Value>, Vec<Problem>> {
        let problem = |fault: Fault| {
            let message = match fault.code {
                ProblemCode::Pattern => self.right_form(fault.message),
                _ => fault.message,
            };
            Problem::new(&self.name, fault.code, message)
        };
        let text = unmark(text).map_err(|fault| vec![problem(fault)])?;
        if text.is_empty() {
            return if self.required {
                let problem = (ProblemCode::Required, "a value is required");
                Err(vec![Problem::new(&self.name, problem.0, problem.1)])
            } else {
                Ok(self.default.clone())
            };
        }
        if let Some(control) = text.chars().find(|c| is_unwritten(*c)) {
            let message = format!(
                "has the invisible control character U+{:04X}: delete it, or export the file again",
                u32::from(control)
            );
            return Err(vec![Problem::new(
                &self.name,
                ProblemCode::Encoding,
                message,
            )]);
        }
        match self.kind.read(&text, conventions) {
            Ok(value) => Ok(Some(value)),
            Err(faults) => Err(faults.into_iter().map(problem).collect()),
        }
    }
}
