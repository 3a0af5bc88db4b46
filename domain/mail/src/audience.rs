//! The audience of a mailing whose recipients are stored rows.

use std::collections::{BTreeMap, BTreeSet};

use sluice_basics::ids::BusinessId;
use sluice_basics::station::StationConfig;
use sluice_definition::{Catalog, Definition};
use sluice_export::{Condition, FilterError, Wanted};

use super::created::{CannotMail, check_columns, check_rows};
use super::mailing::Audience;

/// Why there is no such audience.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    /// There is no such business.
    #[error("audience: `{business}` is not a known business; there are: {known}")]
    UnknownBusiness {
        /// What was asked for.
        business: BusinessId,
        /// The businesses that there are.
        known: String,
    },
    /// Its rows have no addresses.
    #[error("audience: {0}")]
    CannotMail(CannotMail),
    /// Its rows cannot fill the template.
    #[error("template: {0}")]
    Template(CannotMail),
    /// The filter is wrong.
    #[error("audience: {0}")]
    Filter(#[from] FilterError),
    /// Rows are chosen by what the caller may not see.
    #[error(
        "audience: filter: `{0}` is sensitive: rows are chosen by it for callers with the scope data:export"
    )]
    Sensitive(String),
}

/// The definition of an audience's rows.
///
/// # Errors
///
/// If there is no such business, or its rows have no addresses.
pub fn definition_of<'a>(
    catalog: &'a Catalog,
    business: &BusinessId,
) -> Result<&'a Definition, AudienceError> {
    let definition = catalog
        .get(business)
        .ok_or_else(|| AudienceError::UnknownBusiness {
            business: business.clone(),
            known: catalog.names(),
        })?;
    check_rows(definition).map_err(AudienceError::CannotMail)?;
    Ok(definition)
}

/// Returns the audience of the stored rows of a definition that meet a filter, for a template with these variables. Who
/// may filter by a sensitive column can find out what is in it.
///
/// # Errors
///
/// Says what the rows lack, or what is wrong with the filter.
pub fn audience_of_rows(
    definition: &Definition,
    wanted: &BTreeMap<String, Wanted>,
    variables: &BTreeSet<String>,
    config: &StationConfig,
    may_see_sensitive: bool,
) -> Result<Audience, AudienceError> {
    check_columns(definition, variables).map_err(AudienceError::Template)?;
    let (mut filter, mut sensitive) = (BTreeMap::new(), Vec::new());
    for (name, wanted) in wanted {
        let place = definition.column_index(name);
        let place = place.ok_or_else(|| FilterError::UnknownColumn(name.clone()))?;
        let column = &definition.columns[place];
        if column.sensitive && !may_see_sensitive {
            return Err(AudienceError::Sensitive(name.clone()));
        }
        if column.sensitive {
            sensitive.push(name.clone());
        }
        filter.insert(name.clone(), Condition::of(column, wanted, config)?);
    }
    Ok(Audience::Rows {
        business: definition.business.clone(),
        filter,
        sensitive,
    })
}
