//! The definitions that were compiled in.

use std::collections::BTreeMap;

use super::{Definition, DefinitionError, Target};
use crate::ids::BusinessId;

/// File name and text of each file in `definitions/`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

/// All definitions by business.
#[derive(Clone, Debug)]
pub struct Catalog {
    definitions: BTreeMap<BusinessId, Definition>,
}

/// A definition file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("definitions/{file}: {error}")]
pub struct CatalogError {
    file: &'static str,
    error: DefinitionError,
}

impl Catalog {
    /// Reads the definitions. Called once per cold start; a test calls it too, so that a
    /// mistake in a file fails the build's tests and not a function.
    pub fn load() -> Result<Self, CatalogError> {
        let mut definitions = BTreeMap::new();
        for &(file, text) in FILES {
            let definition =
                Definition::parse(text).map_err(|error| CatalogError { file, error })?;
            let business = definition.business.clone();
            if definitions.insert(business, definition).is_some() {
                let problem = "another file defines the same business";
                let error = DefinitionError::field("business", problem);
                return Err(CatalogError { file, error });
            }
        }
        Ok(Self { definitions })
    }

    /// The definition of a business.
    pub fn get(&self, business: &BusinessId) -> Option<&Definition> {
        self.definitions.get(business)
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
