//! A definition as it stands in its file, before its fields are compared with each other.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use sluice_basics::ids::BusinessId;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::error::Mistake;
use super::{OnBlank, OnDuplicate};

/// A definition whose fields are read one by one, so that one that cannot be read hides nothing of the others: it is
/// `None` here. Fields that the file does not have are as the file would have them.
#[derive(Debug)]
pub(super) struct DefinitionTable {
    pub(super) business: Option<BusinessId>,
    pub(super) title: Option<String>,
    pub(super) titles: BTreeMap<String, String>,
    pub(super) table: Option<String>,
    pub(super) endpoint: Option<EndpointTable>,
    /// Whether these two are all that the file says of where rows go.
    pub(super) is_target_read: bool,
    pub(super) key: Option<Vec<String>>,
    pub(super) shard_by: Option<Vec<String>>,
    pub(super) on_duplicate: OnDuplicate,
    pub(super) on_blank: OnBlank,
    pub(super) columns: Option<Vec<ReadColumn>>,
}

impl DefinitionTable {
    /// Reads what can be read, and adds what cannot to the mistakes.
    pub(super) fn read(root: &DeTable<'_>, mistakes: &mut Vec<Mistake>) -> Self {
        let mut fields = Fields::of(root);
        let (business, title) = (fields.required("business"), fields.required("title"));
        let titles = fields.or_default("titles").unwrap_or_default();
        let table = fields.or_default("table");
        let endpoint = fields.table("endpoint");
        let endpoint = endpoint.and_then(|table| EndpointTable::read(table, &mut fields.mistakes));
        let mut definition = Self {
            business,
            title,
            titles,
            is_target_read: table.is_some() && (endpoint.is_some() || !fields.has("endpoint")),
            table: table.flatten(),
            endpoint,
            key: fields.or_default("key"),
            shard_by: fields.or_default("shard_by"),
            on_duplicate: fields.or_default("on_duplicate").unwrap_or_default(),
            on_blank: fields.or_default("on_blank").unwrap_or_default(),
            columns: None,
        };
        definition.columns = fields.tables("columns").map(|tables| {
            let tables = tables.into_iter().enumerate();
            let read = tables.map(|(index, table)| {
                let mut of_column = Vec::new();
                let column = ReadColumn::read(table, &mut of_column);
                let of_column = of_column.into_iter();
                let in_column = of_column.map(|mistake| mistake.in_column(index));
                fields.mistakes.extend(in_column);
                column
            });
            read.collect()
        });
        mistakes.extend(fields.end());
        definition
    }

    /// Checks the names that people call it.
    pub(super) fn check_titles(&self, mistakes: &mut Vec<Mistake>) {
        let title = self.title.as_deref();
        if title.is_some_and(|title| title.trim().is_empty()) {
            mistakes.push(Mistake::new("title", "say what people call it"));
        }
        for (language, title) in &self.titles {
            if !language.bytes().all(|byte| byte.is_ascii_lowercase()) || language.is_empty() {
                let problem = format!("`{language}` is no language: write `zh`, for example");
                mistakes.push(Mistake::new("titles", problem));
            }
            if title.trim().is_empty() {
                mistakes.push(Mistake::new("titles", format!("`{language}` is blank")));
            }
        }
    }
}

/// `[endpoint]` as it stands in a definition file.
#[derive(Debug)]
pub(super) struct EndpointTable {
    pub(super) name: String,
    pub(super) batch_rows: Option<i64>,
    pub(super) timeout_seconds: Option<i64>,
}

impl EndpointTable {
    fn read(table: &DeTable<'_>, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::of(table);
        let read = (
            fields.required("name"),
            fields.or_default("batch_rows"),
            fields.or_default("timeout_seconds"),
        );
        let of_endpoint = fields.end().into_iter();
        mistakes.extend(of_endpoint.map(|mistake| mistake.within("endpoint")));
        let (Some(name), Some(batch_rows), Some(timeout_seconds)) = read else {
            return None;
        };
        Some(Self {
            name,
            batch_rows,
            timeout_seconds,
        })
    }
}

/// A column, and what it is called where not all of it can be read.
#[derive(Debug)]
pub(super) struct ReadColumn {
    pub(super) name: Option<String>,
    pub(super) headers: Vec<String>,
    pub(super) table: Option<ColumnTable>,
}

/// `[[columns]]`
#[derive(Debug)]
pub(super) struct ColumnTable {
    pub(super) name: String,
    pub(super) headers: Vec<String>,
    pub(super) kind: TypeName,
    pub(super) required: bool,
    pub(super) default: Option<Literal>,
    pub(super) max_length: Option<usize>,
    pub(super) pattern: Option<String>,
    pub(super) pattern_hint: Option<String>,
    pub(super) allowed: Option<Vec<String>>,
    pub(super) synonyms: Option<BTreeMap<String, String>>,
    pub(super) min: Option<Literal>,
    pub(super) max: Option<Literal>,
    pub(super) formats: Option<Vec<String>>,
    pub(super) unique: bool,
    pub(super) on_blank: Option<OnBlank>,
    pub(super) sensitive: bool,
    pub(super) example: Option<Literal>,
}

impl ReadColumn {
    fn read(table: &DeTable<'_>, mistakes: &mut Vec<Mistake>) -> Self {
        let mut fields = Fields::of(table);
        let name: Option<String> = fields.required("name");
        let kind: Option<TypeName> = fields.required("type");
        let read = ColumnTable {
            name: name.clone().unwrap_or_default(),
            headers: fields.or_default("headers").unwrap_or_default(),
            kind: kind.unwrap_or(TypeName::Text),
            required: fields.or_default("required").unwrap_or_default(),
            default: fields.or_default("default").flatten(),
            max_length: fields.or_default("max_length").flatten(),
            pattern: fields.or_default("pattern").flatten(),
            pattern_hint: fields.or_default("pattern_hint").flatten(),
            allowed: fields.or_default("allowed").flatten(),
            synonyms: fields.or_default("synonyms").flatten(),
            min: fields.or_default("min").flatten(),
            max: fields.or_default("max").flatten(),
            formats: fields.or_default("formats").flatten(),
            unique: fields.or_default("unique").unwrap_or_default(),
            on_blank: fields.or_default("on_blank").flatten(),
            sensitive: fields.or_default("sensitive").unwrap_or_default(),
            example: fields.or_default("example").flatten(),
        };
        // What could not be read would be missed by the fields that go with it, which are right.
        let headers = read.headers.clone();
        let table = fields.mistakes.is_empty().then_some(read);
        mistakes.extend(fields.end());
        Self {
            name,
            headers,
            table,
        }
    }
}

/// The fields of a table, as they are asked for.
struct Fields<'t, 'd> {
    table: &'t DeTable<'d>,
    asked: Vec<&'static str>,
    mistakes: Vec<Mistake>,
}

impl<'t, 'd> Fields<'t, 'd> {
    fn of(table: &'t DeTable<'d>) -> Self {
        Self {
            table,
            asked: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// Returns the value of a field, if the table has it.
    fn value(&mut self, field: &'static str) -> Option<&'t Spanned<DeValue<'d>>> {
        self.asked.push(field);
        let found = self.table.iter().find(|(name, _)| name.get_ref() == field);
        found.map(|(_, value)| value)
    }

    fn read<T: Deserialize<'d>>(
        &mut self,
        field: &'static str,
        value: &Spanned<DeValue<'d>>,
    ) -> Option<T> {
        let read = T::deserialize(ValueDeserializer::from(value.clone()));
        let read = read.map_err(|error| self.mistakes.push(Mistake::of_value(field, &error)));
        read.ok()
    }

    /// Reads a field that must be there.
    fn required<T: Deserialize<'d>>(&mut self, field: &'static str) -> Option<T> {
        if let Some(value) = self.value(field) {
            return self.read(field, value);
        }
        let missing = Mistake::of_table(format!("missing field `{field}`"));
        self.mistakes.push(missing);
        None
    }

    /// Reads a field that may be missing. `None` if it is there and cannot be read.
    fn or_default<T: Deserialize<'d> + Default>(&mut self, field: &'static str) -> Option<T> {
        match self.value(field) {
            Some(value) => self.read(field, value),
            None => Some(T::default()),
        }
    }

    fn has(&self, field: &str) -> bool {
        self.table.iter().any(|(name, _)| name.get_ref() == field)
    }

    /// Returns a table, if it is there and nothing else.
    fn table(&mut self, field: &'static str) -> Option<&'t DeTable<'d>> {
        let table = self.value(field)?.get_ref().as_table();
        if table.is_none() {
            let problem = format!("must be a table: begin it with `[{field}]`");
            self.mistakes.push(Mistake::new(field, problem));
        }
        table
    }

    /// Returns tables that may be missing. `None` if one of them is something else.
    fn tables(&mut self, field: &'static str) -> Option<Vec<&'t DeTable<'d>>> {
        let Some(value) = self.value(field) else {
            return Some(Vec::new());
        };
        let items = value.get_ref().as_array();
        let tables = items.and_then(|items| {
            let tables = items.iter().map(|item| item.get_ref().as_table());
            tables.collect()
        });
        if tables.is_none() {
            let problem = format!("must be tables: begin each with `[[{field}]]`");
            self.mistakes.push(Mistake::new(field, problem));
        }
        tables
    }

    /// Returns all mistakes, with the fields that nobody has asked for among them.
    fn end(mut self) -> Vec<Mistake> {
        for (name, _) in self.table {
            let name = name.get_ref();
            if !self.asked.iter().any(|asked| name == asked) {
                let known: Vec<String> = self
                    .asked
                    .iter()
                    .map(|asked| format!("`{asked}`"))
                    .collect();
                let known = known.join(", ");
                let problem = format!("unknown field `{name}`, expected one of {known}");
                let mistake = Mistake::of_table(problem).at(name);
                self.mistakes.push(mistake);
            }
        }
        self.mistakes
    }
}

/// The types by the names that files use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TypeName {
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Email,
    Phone,
}

impl TypeName {
    /// Whether values may have a pattern and a length.
    pub(super) fn is_like_text(self) -> bool {
        matches!(self, Self::Text | Self::Email | Self::Phone)
    }
}

/// A value in a definition, in the text that a file would have for it.
#[derive(Debug)]
pub(super) struct Literal(pub(super) String);

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsText;

        impl Visitor<'_> for AsText {
            type Value = Literal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text in quotes, a whole number, true or false")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Literal, E> {
                Ok(Literal(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Literal, E> {
                Ok(Literal(number.to_string()))
            }

            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Literal, E> {
                Ok(Literal(yes.to_string()))
            }
        }

        deserializer.deserialize_any(AsText)
    }
}
