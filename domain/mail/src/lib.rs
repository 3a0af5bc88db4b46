//! E-mails: templates in versions and languages, and how they are filled.
//!
//! A template is Jinja without anything that could grow or loop: variables, a few filters, and conditions. What
//! a preview shows is what is sent, byte for byte, since both call [`Renderer::render`].

#![warn(missing_docs)]

mod audience;
mod batch;
mod built_in;
mod check;
mod created;
mod error;
mod event;
mod list;
mod mailing;
mod render;
mod suppression;
mod syntax;
mod template;
mod unsubscribe;
mod values;

pub use audience::{AudienceError, audience_of_rows, definition_of};
pub use batch::{
    Answer, Counts, Marker, MarkerState, Outcome, Refused, Standing, fitting, settle_answer,
};
pub use built_in::{ADDRESS, UNSUBSCRIBE_URL, built_in, with_examples};
pub use created::{CannotMail, check_columns, check_import, check_rows, mailing_of};
pub use error::{RenderError, TemplateError};
pub use event::{BATCH_TAG, MailEvent, MailEventError, PLACE_TAG, STATION_TAG};
pub use list::{ListError, MOST_LIST_BYTES, RecipientList};
pub use mailing::{Audience, Frozen, Line, MailingInput, MailingPlan, Recipient, sender};
pub use render::{Rendered, Renderer};
pub use sluice_basics::notify::{Language, NameError, Notify, NotifyPlan, OnUnknown, TemplateName};
pub use suppression::{Suppression, SuppressionReason};
pub use syntax::{Part, SyntaxError};
pub use template::{MAX_BODY_BYTES, MAX_SUBJECT_CHARS};
pub use template::{MailTemplate, Texts};
pub use unsubscribe::{UnsubscribeKey, UnsubscribeToken};
pub use values::{MailValue, ValueError, Values};
