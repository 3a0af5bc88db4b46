//! One of a list: the values there are, and the words that people write for them.

use std::collections::{BTreeMap, HashMap};

use sluice_basics::problem::ProblemCode;

use super::fold::{fold, trim};
use super::{Fault, Value};
use crate::error::{Mistake, none_of};
use crate::file::ColumnTable;

/// The values of a column, each with its synonyms.
#[derive(Clone, Debug)]
pub struct List {
    allowed: Vec<String>,
    /// The index in `allowed` by value or synonym, as words are compared.
    words: HashMap<String, usize>,
}

/// Words are compared without case, width and spaces at the ends.
fn comparable(word: &str) -> String {
    trim(&fold(word)).to_lowercase()
}

impl List {
    pub(super) fn of_table(table: &mut ColumnTable) -> Result<Self, Vec<Mistake>> {
        let mut list = Self {
            allowed: table.allowed.take().unwrap_or_default(),
            words: HashMap::new(),
        };
        let mut mistakes = Vec::new();
        let mut mistake = |problem: String| mistakes.push(Mistake::new("allowed", problem));
        if list.allowed.is_empty() {
            mistake("name at least one value".to_owned());
        }
        for (index, value) in list.allowed.iter().enumerate() {
            if value.is_empty() || trim(value) != value {
                mistake(format!("`{value}` is blank or has spaces around it"));
            } else if list.words.insert(comparable(value), index).is_some() {
                mistake(format!("`{value}` is there twice; case does not matter"));
            }
        }
        list.add_synonyms(table.synonyms.take().unwrap_or_default(), &mut mistakes);
        none_of(mistakes).map(|()| list)
    }

    /// The values there are; at least one.
    pub(super) fn allowed(&self) -> &[String] {
        &self.allowed
    }

    fn add_synonyms(&mut self, synonyms: BTreeMap<String, String>, mistakes: &mut Vec<Mistake>) {
        for (word, value) in synonyms {
            let mut mistake = |problem| mistakes.push(Mistake::new("synonyms", problem).at(&word));
            let Some(index) = self.allowed.iter().position(|allowed| *allowed == value) else {
                mistake(format!("`{value}` is not in `allowed`"));
                continue;
            };
            let comparable = comparable(&word);
            if comparable.is_empty() {
                mistake("is blank".to_owned());
                continue;
            }
            if let Some(other) = self.words.insert(comparable, index) {
                let other = &self.allowed[other];
                mistake(format!(
                    "already stands for `{other}`; case does not matter"
                ));
            }
        }
    }

    pub(super) fn read(&self, text: &str) -> Result<Value, Fault> {
        let exact = self.allowed.iter().find(|allowed| *allowed == text);
        let meant = || Some(&self.allowed[*self.words.get(&comparable(text))?]);
        let value = exact.or_else(meant).ok_or_else(|| {
            let message = format!("must be one of: {}", self.allowed.join(", "));
            Fault::new(ProblemCode::NotAllowed, message)
        })?;
        Ok(Value::Text(value.clone()))
    }
}
