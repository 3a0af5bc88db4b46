//! One of a list: the values there are, and the words that people write for them.

use std::collections::{BTreeMap, HashMap};

use sluice_basics::problem::ProblemCode;

use super::fold::{fold, trim};
use super::{Fault, Value};
use crate::error::Mistake;
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
    pub(super) fn of_table(table: &mut ColumnTable) -> Result<Self, Mistake> {
        let mut list = Self {
            allowed: table.allowed.take().unwrap_or_default(),
            words: HashMap::new(),
        };
        if list.allowed.is_empty() {
            return Err(Mistake::new("allowed", "name at least one value"));
        }
        for (index, value) in list.allowed.iter().enumerate() {
            if value.is_empty() || trim(value) != value {
                let problem = format!("`{value}` is blank or has spaces around it");
                return Err(Mistake::new("allowed", problem));
            }
            if list.words.insert(comparable(value), index).is_some() {
                let problem = format!("`{value}` is there twice; case does not matter");
                return Err(Mistake::new("allowed", problem));
            }
        }
        list.add_synonyms(table.synonyms.take().unwrap_or_default())?;
        Ok(list)
    }

    /// The values there are; at least one.
    pub(super) fn allowed(&self) -> &[String] {
        &self.allowed
    }

    fn add_synonyms(&mut self, synonyms: BTreeMap<String, String>) -> Result<(), Mistake> {
        for (word, value) in synonyms {
            let mistake = |problem| Err(Mistake::new("synonyms", problem).at(&word));
            let Some(index) = self.allowed.iter().position(|allowed| *allowed == value) else {
                return mistake(format!("`{value}` is not in `allowed`"));
            };
            let comparable = comparable(&word);
            if comparable.is_empty() {
                return mistake("is blank".to_owned());
            }
            if let Some(other) = self.words.insert(comparable, index) {
                let other = &self.allowed[other];
                return mistake(format!(
                    "already stands for `{other}`; case does not matter"
                ));
            }
        }
        Ok(())
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
