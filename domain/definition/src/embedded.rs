//! The definitions that were compiled in.

use std::collections::BTreeMap;

use sluice_basics::ids::BusinessId;

use super::{Definition, DefinitionErrors, Target};

/// File name and text of each file in `definitions/`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

/// All definitions by business.
#[derive(Clone, Debug)]
pub struct Catalog {
    definitions: BTreeMap<BusinessId, Definition>,
}

/// A definition file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.lines())]
pub struct CatalogError {
    file: &'static str,
    errors: DefinitionErrors,
}

impl CatalogError {
    /// Returns a line for each mistake.
    fn lines(&self) -> String {
        let errors = self.errors.iter();
        let lines = errors.map(|error| {
            let (file, line) = (self.file, error.line);
            format!("definitions/{file}:{line}: {}", error.without_line())
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Catalog {
    /// Reads the definitions. Called once per cold start; a test calls it too, so that a
    /// mistake in a file fails the build's tests and not a function.
    pub fn load() -> Result<Self, CatalogError> {
        Self::of_files(FILES)
    }

    fn of_files(files: &[(&'static str, &str)]) -> Result<Self, CatalogError> {
        let mut definitions = BTreeMap::new();
        for &(file, text) in files {
            let definition =
                Definition::parse(text).map_err(|errors| CatalogError { file, errors })?;
            let business = definition.business.clone();
            if definitions.insert(business, definition).is_some() {
                let problem = "another file defines the same business";
                let errors = DefinitionErrors::of_field("business", problem, text);
                return Err(CatalogError { file, errors });
            }
        }
        Ok(Self { definitions })
    }

    /// The definition of a business.
    pub fn get(&self, business: &BusinessId) -> Option<&Definition> {
        self.definitions.get(business)
    }

    /// All definitions, by the names of their businesses.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.values()
    }

    /// The names of all businesses, for messages.
    pub fn names(&self) -> String {
        self.definitions
            .keys()
            .map(BusinessId::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The logical names of the tables that rows are stored in.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.targets().filter_map(|target| match target {
            Target::Table(table) => Some(table.as_str()),
            Target::Endpoint(_) => None,
        })
    }

    /// The logical names of the endpoints that rows are sent to.
    pub fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.targets().filter_map(|target| match target {
            Target::Table(_) => None,
            Target::Endpoint(endpoint) => Some(endpoint.name.as_str()),
        })
    }

    fn targets(&self) -> impl Iterator<Item = &Target> {
        self.definitions
            .values()
            .map(|definition| &definition.target)
    }
}

#[cfg(test)]
mod tests {
    use super::super::conventions::Conventions;
    use super::*;

    const GOOD: &str = "business = \"x\"\ntitle = \"X\"\ntable = \"t\"\nkey = [\"a\"]\n\
                        [[columns]]\nname = \"a\"\ntype = \"text\"\nrequired = true\n";

    #[test]
    fn every_definition_is_valid() {
        if let Err(error) = Catalog::load() {
            panic!("{error}");
        }
    }

    /// The file that front ends offer to begin with must not be refused.
    #[test]
    fn a_row_of_examples_is_a_good_row_of_its_business() {
        for definition in Catalog::load().unwrap().definitions() {
            for column in &definition.columns {
                let read = column.read(column.example(), &Conventions::of_none());
                let name = format!("{}.{}", definition.business, column.name);
                assert!(matches!(read, Ok(Some(_))), "{name}: {read:?}");
            }
        }
    }

    #[test]
    fn an_error_names_file_line_and_field() {
        let bad = GOOD.replace("required", "max_length = 0\nrequired");
        let error = Catalog::of_files(&[("good.toml", GOOD), ("bad.toml", &bad)]);
        assert_eq!(
            error.expect_err("a mistake").to_string(),
            "definitions/bad.toml:8: columns.a.max_length: must be at least 1"
        );
        let error = Catalog::of_files(&[("a.toml", GOOD), ("b.toml", GOOD)]);
        assert_eq!(
            error.expect_err("one business in two files").to_string(),
            "definitions/b.toml:1: business: another file defines the same business"
        );
    }
}
