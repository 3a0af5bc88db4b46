//! What is wrong with a definition file, and on which line of it.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in a definition file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", with_field(.field, .problem))]
pub struct DefinitionError {
    /// The line, from 1.
    pub line: usize,
    /// The field, such as `columns.phone.headers`; empty where the file is not TOML.
    pub field: String,
    /// What is wrong with it, and what to do where that is not plain.
    pub problem: String,
}

impl DefinitionError {
    /// Field and problem.
    pub(super) fn without_line(&self) -> String {
        with_field(&self.field, &self.problem)
    }

    /// A mistake in a file that could be read.
    pub(super) fn of_mistake(mistake: Mistake, text: &str) -> Self {
        let mut place = Place::default();
        if let Ok(root) = DeTable::parse(text) {
            place.descend(root.get_ref(), &mistake.path);
        }
        Self {
            line: line_of(text, place.offset),
            field: place.names.join("."),
            problem: mistake.problem,
        }
    }

    /// A file that is not TOML, or not in the form of a definition.
    pub(super) fn of_toml(error: &toml::de::Error, text: &str) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        let mut field = String::new();
        if let Ok(root) = DeTable::parse(text) {
            let mut last = Place::default();
            find_last(root.get_ref(), offset, &Place::default(), &mut last);
            field = last.names.join(".");
        }
        Self {
            line: line_of(text, offset),
            field,
            problem: error.message().replace('\n', "; "),
        }
    }
}

fn with_field(field: &str, problem: &str) -> String {
    match field {
        "" => problem.to_owned(),
        field => format!("{field}: {problem}"),
    }
}

/// A mistake before its line is looked up.
#[derive(Debug)]
pub(super) struct Mistake {
    path: Vec<Step>,
    problem: String,
}

/// One step from a table or an array to what is in it.
#[derive(Debug)]
enum Step {
    Key(Cow<'static, str>),
    Item(usize),
}

impl Mistake {
    /// A mistake in a field; dots lead into tables.
    pub(super) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self {
            path: field
                .split('.')
                .map(|key| Step::Key(Cow::Borrowed(key)))
                .collect(),
            problem: problem.into(),
        }
    }

    /// The same of a key in that field.
    pub(super) fn at(mut self, key: &str) -> Self {
        self.path.push(Step::Key(Cow::Owned(key.to_owned())));
        self
    }

    /// The same in the column of this index.
    pub(super) fn in_column(mut self, index: usize) -> Self {
        let columns = [Step::Key(Cow::Borrowed("columns")), Step::Item(index)];
        self.path.splice(0..0, columns);
        self
    }
}

/// Where something stands.
#[derive(Clone, Debug, Default)]
struct Place {
    offset: usize,
    names: Vec<String>,
}

impl Place {
    /// Goes as far along the path as there is something.
    fn descend(&mut self, table: &DeTable<'_>, path: &[Step]) {
        let [Step::Key(key), rest @ ..] = path else {
            return;
        };
        self.names.push(key.clone().into_owned());
        let found = table.iter().find(|(name, _)| name.get_ref() == key);
        let Some((name, mut value)) = found else {
            return;
        };
        self.offset = name.span().start;
        let mut rest = rest;
        if let ([Step::Item(index), after @ ..], Some(items)) = (rest, value.get_ref().as_array())
            && let Some(item) = items.get(*index)
        {
            self.enter_item(*index, item);
            (value, rest) = (item, after);
        }
        if let Some(table) = value.get_ref().as_table() {
            self.descend(table, rest);
        }
    }

    fn enter_item(&mut self, index: usize, item: &Spanned<DeValue<'_>>) {
        self.offset = item.span().start;
        let name = item
            .get_ref()
            .get("name")
            .and_then(|name| name.as_ref().as_str());
        self.names.push(match name {
            Some(name) => name.to_owned(),
            None => (index + 1).to_string(),
        });
    }
}

/// The last thing that begins at `offset` or before it.
fn find_last(table: &DeTable<'_>, offset: usize, from: &Place, last: &mut Place) {
    let mut note = |place: &Place| {
        if (last.offset..=offset).contains(&place.offset) {
            *last = place.clone();
        }
    };
    let mut tables = Vec::new();
    for (name, value) in table {
        let mut place = from.clone();
        place.offset = name.span().start;
        place.names.push(name.get_ref().clone().into_owned());
        note(&place);
        if let Some(inner) = value.get_ref().as_table() {
            tables.push((inner, place));
            continue;
        }
        for (index, item) in value.get_ref().as_array().into_iter().flatten().enumerate() {
            if let Some(inner) = item.get_ref().as_table() {
                let mut place = place.clone();
                place.enter_item(index, item);
                note(&place);
                tables.push((inner, place));
            }
        }
    }
    for (inner, place) in tables {
        find_last(inner, offset, &place, last);
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}
