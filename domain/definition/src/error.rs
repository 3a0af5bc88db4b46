//! What is wrong with a definition file, and on which line of it.

use std::borrow::Cow;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in a definition file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", self.without_line())]
pub struct DefinitionError {
    /// The line, from 1.
    pub line: usize,
    /// The field, such as `columns.phone.headers`; empty where the file is not TOML.
    pub field: String,
    /// What is wrong with it, and what to do where that is not plain.
    pub problem: String,
}

impl DefinitionError {
    /// Returns field and problem.
    pub fn without_line(&self) -> String {
        with_field(&self.field, &self.problem)
    }

    /// Looks up the line and the field of a mistake.
    fn of_mistake(mistake: Mistake, root: &DeTable<'_>, text: &str) -> Self {
        let mut place = Place::default();
        match mistake.offset {
            Some(offset) => {
                find_last(root, offset, &Place::default(), &mut place);
                place.offset = offset;
            }
            None => place.descend(root, &mistake.path),
        }
        Self {
            line: line_of(text, place.offset),
            field: place.names.join("."),
            problem: mistake.problem,
        }
    }
}

/// All mistakes in a definition file, by their lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionErrors(Vec<DefinitionError>);

impl DefinitionErrors {
    /// Returns each of them.
    pub fn iter(&self) -> impl Iterator<Item = &DefinitionError> {
        self.0.iter()
    }

    /// Looks up the lines and the fields of mistakes in a file that is TOML.
    pub(super) fn of_mistakes(mistakes: Vec<Mistake>, root: &DeTable<'_>, text: &str) -> Self {
        let found = mistakes.into_iter();
        let found = found.map(|mistake| DefinitionError::of_mistake(mistake, root, text));
        let mut errors: Vec<DefinitionError> = found.collect();
        errors.sort_by_key(|error| error.line);
        Self(errors)
    }

    /// Says what is wrong with a field of a file whose own text is right.
    pub(super) fn of_field(field: &'static str, problem: &str, text: &str) -> Self {
        match DeTable::parse(text) {
            Ok(root) => {
                let mistake = Mistake::new(field, problem);
                Self::of_mistakes(vec![mistake], root.get_ref(), text)
            }
            Err(error) => Self::of_syntax(&error, text),
        }
    }

    /// Says where a file stops being TOML. What is behind that is unknown.
    pub(super) fn of_syntax(error: &toml::de::Error, text: &str) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self(vec![DefinitionError {
            line: line_of(text, offset),
            field: String::new(),
            problem: one_line(error.message()),
        }])
    }
}

impl fmt::Display for DefinitionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let between = if place > 0 { "\n" } else { "" };
            write!(f, "{between}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DefinitionErrors {}

fn one_line(text: &str) -> String {
    text.replace('\n', "; ")
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
    /// The exact place, where a value says it.
    offset: Option<usize>,
    problem: String,
}

/// Fails with mistakes, if there are any.
pub(super) fn none_of(mistakes: Vec<Mistake>) -> Result<(), Vec<Mistake>> {
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes)
    }
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
            offset: None,
            problem: problem.into(),
        }
    }

    /// A mistake in a table as a whole, such as a field that it lacks.
    pub(super) fn of_table(problem: String) -> Self {
        Self {
            path: Vec::new(),
            offset: None,
            problem,
        }
    }

    /// A value that cannot be read.
    pub(super) fn of_value(field: &'static str, error: &toml::de::Error) -> Self {
        Self {
            offset: error.span().map(|span| span.start),
            ..Self::new(field, one_line(error.message()))
        }
    }

    /// The same in a table of this name.
    pub(super) fn within(mut self, table: &'static str) -> Self {
        self.path.insert(0, Step::Key(Cow::Borrowed(table)));
        self
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
