//! Telling the members that an import has created: whether that can be done, and the mailing that follows.

use std::collections::BTreeSet;

use sluice_basics::ids::{BusinessId, TaskId};
use sluice_basics::notify::{Notify, NotifyPlan};
use sluice_definition::{ColumnType, Definition, OnDuplicate, Target};

use super::built_in::built_in;
use super::mailing::{Audience, MailingInput};

/// Why nobody can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotMail {
    /// The rows go elsewhere.
    #[error("the rows of `{0}` are sent to an endpoint and stored in no table")]
    Endpoint(String),
    /// There is nothing to send to.
    #[error("`{0}` has no column with e-mail addresses")]
    NoAddress(String),
    /// Which rows an import has created is not known.
    #[error("an import that overwrites does not know which rows it has created")]
    Overwrites,
    /// The template needs more than a row has.
    #[error("`{business}` has no column {missing}, which the template needs; it has: {columns}")]
    NoColumn {
        /// The business.
        business: String,
        /// The variables.
        missing: String,
        /// The columns.
        columns: String,
    },
}

/// Whether the rows of a definition have addresses to send to.
///
/// # Errors
///
/// Says what they lack.
pub fn check_rows(definition: &Definition) -> Result<(), CannotMail> {
    let business = || definition.business.to_string();
    if !matches!(definition.target, Target::Table(_)) {
        return Err(CannotMail::Endpoint(business()));
    }
    let mut columns = definition.columns.iter();
    if !columns.any(|column| matches!(column.kind, ColumnType::Email(_))) {
        return Err(CannotMail::NoAddress(business()));
    }
    Ok(())
}

/// Whether a template with these variables can be filled from the rows of a definition.
///
/// # Errors
///
/// Names the variables that are no columns.
pub fn check_columns(
    definition: &Definition,
    variables: &BTreeSet<String>,
) -> Result<(), CannotMail> {
    let is_missing = |name: &&String| !built_in(name) && definition.column_index(name).is_none();
    let missing: Vec<&str> = variables
        .iter()
        .filter(is_missing)
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let columns = definition.columns.iter().map(|column| column.name.as_str());
    Err(CannotMail::NoColumn {
        business: definition.business.to_string(),
        missing: missing.join(", "),
        columns: columns.collect::<Vec<_>>().join(", "),
    })
}

/// Whether the rows that an import creates can be told.
///
/// # Errors
///
/// Says why they cannot.
pub fn check_import(definition: &Definition, rule: Option<OnDuplicate>) -> Result<(), CannotMail> {
    check_rows(definition)?;
    if rule.unwrap_or(definition.on_duplicate) == OnDuplicate::Overwrite {
        return Err(CannotMail::Overwrites);
    }
    Ok(())
}

/// The mailing to those that an import of a business has created.
pub fn mailing_of(plan: &NotifyPlan, import: TaskId, business: &BusinessId) -> MailingInput {
    let Notify {
        template,
        language,
        from_name,
        reply_to,
        on_unknown,
    } = plan.notify.clone();
    MailingInput {
        template,
        language,
        version: Some(plan.version),
        audience: Audience::Import {
            task_id: import,
            business: business.clone(),
        },
        from_name: from_name.map(String::from),
        reply_to,
        on_unknown,
    }
}
