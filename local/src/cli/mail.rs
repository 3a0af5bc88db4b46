//! Sending e-mails.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use sluice_basics::ids::{BusinessId, UserTaskId};
use sluice_basics::text::Line;
use sluice_export::Wanted;
use sluice_mail::{Language, OnUnknown, TemplateName};

use super::Asked;

/// Sending e-mails.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("audience").args(["to", "business"]).required(true)))]
pub struct Mail {
    /// The template, whose latest version is sent.
    pub template: TemplateName,
    /// The language of the template, such as en.
    #[arg(long)]
    pub language: Language,
    /// An address that gets it (may be repeated).
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
    /// What a variable of the template is for each `--to`, such as `name="Ann Lee"` (may be repeated).
    #[arg(long, value_name = "NAME=VALUE", value_parser = named, conflicts_with = "business")]
    pub value: Vec<(String, String)>,
    /// The business whose rows get it: the name of a definition with a column of e-mail addresses. The columns of a
    /// row are the variables.
    #[arg(long)]
    pub business: Option<BusinessId>,
    /// What rows must be: `tier=gold`, `points=100..` or, for rows without a value, `phone=` (may be repeated).
    #[arg(
        long = "where",
        value_name = "COLUMN=VALUE|FROM..TO",
        value_parser = super::condition::condition,
        requires = "business"
    )]
    pub filter: Vec<(String, Wanted)>,
    /// The sender's name.
    #[arg(long, value_name = "NAME")]
    pub from_name: Option<Line<64>>,
    /// Where answers go.
    #[arg(long, value_name = "ADDRESS")]
    pub reply_to: Option<String>,
    /// What happens to recipients of whom nobody knows whether they were sent to.
    #[arg(long, default_value = "hold")]
    pub on_unknown: UnknownRule,
    /// Save the list of those who were not sent to, if there are any.
    #[arg(long, value_name = "FILE")]
    pub not_sent: Option<PathBuf>,
    /// Your own id for this mailing: the same one again gives the same mailing.
    #[arg(long)]
    pub user_task_id: Option<UserTaskId>,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}

/// As [`OnUnknown`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum UnknownRule {
    /// They are left out.
    Hold,
    /// They are sent to again, and some may get two.
    Resend,
}

impl From<UnknownRule> for OnUnknown {
    fn from(rule: UnknownRule) -> Self {
        match rule {
            UnknownRule::Hold => Self::Hold,
            UnknownRule::Resend => Self::Resend,
        }
    }
}

impl Mail {
    /// Returns what contradicts itself in the options.
    pub fn contradiction(&self) -> Option<String> {
        let mut columns = BTreeSet::new();
        if let Some((twice, _)) = self.filter.iter().find(|one| !columns.insert(&one.0)) {
            return Some(format!(
                "--where names the column `{twice}` twice: say once what it must be"
            ));
        }
        let mut names = BTreeSet::new();
        if let Some((twice, _)) = self.value.iter().find(|one| !names.insert(&one.0)) {
            return Some(format!(
                "--value names the variable `{twice}` twice: say once what it is"
            ));
        }
        self.asked.place.contradiction()
    }
}

/// Reads `NAME=VALUE`.
fn named(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or("write it as NAME=VALUE: a variable of the template, and what it is")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}
