//! What can be imported, as front ends show it: businesses and their columns.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::BusinessId;
use sluice_definition::OnDuplicate;
use sluice_definition::{Catalog, Column, Definition};

/// The answer to `GET /import/businesses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Businesses {
    /// By their names.
    pub businesses: Vec<BusinessView>,
}

/// What a business imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BusinessView {
    /// Its name in requests.
    pub business: BusinessId,
    /// Its name for people, in English.
    pub title: String,
    /// The same in other languages, by their tags, such as `zh`.
    pub titles: BTreeMap<String, String>,
    /// The columns that together identify a row.
    pub key: Vec<String>,
    /// The rule for rows whose key is taken, unless an import says otherwise.
    pub on_duplicate: OnDuplicate,
    /// Its columns.
    pub columns: Vec<ColumnView>,
}

/// A column of a business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnView {
    /// Its name in mappings and reports, which is a header of it, too.
    pub name: String,
    /// Other headers that mean it. Case, spaces, `_`, `-` and `*` do not matter.
    pub headers: Vec<String>,
    /// What its values are: `text`, `list`, `integer`, `decimal`, `boolean`, `date`, `date_time`,
    /// `email` or `phone`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether the file must have it, with a value in each row.
    pub required: bool,
    /// Whether no two rows of a station may have the same value.
    pub unique: bool,
    /// Whether its values are masked in what people see.
    pub sensitive: bool,
    /// The values that there are; empty where any may be.
    pub allowed: Vec<String>,
    /// A value that is right.
    pub example: String,
}

impl Businesses {
    /// All that was compiled in.
    pub fn of_catalog(catalog: &Catalog) -> Self {
        Self {
            businesses: catalog.definitions().map(BusinessView::of).collect(),
        }
    }
}

impl BusinessView {
    fn of(definition: &Definition) -> Self {
        Self {
            business: definition.business.clone(),
            title: definition.title.clone(),
            titles: definition.titles.clone(),
            key: definition.key.clone(),
            on_duplicate: definition.on_duplicate,
            columns: definition.columns.iter().map(ColumnView::of).collect(),
        }
    }
}

impl ColumnView {
    fn of(column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            headers: column.headers.clone(),
            kind: column.kind.name().to_owned(),
            required: column.required,
            unique: column.unique,
            sensitive: column.sensitive,
            allowed: column.kind.allowed().to_vec(),
            example: column.example().to_owned(),
        }
    }
}
