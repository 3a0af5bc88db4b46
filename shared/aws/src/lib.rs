//! The AWS side of Sluice: concrete structs with domain verbs over the SDK's clients. The same
//! code runs on Lambda, in the local runner and in tests, against another endpoint.

#![warn(missing_docs)]

mod clients;
mod error;
mod evaluations;
mod event_bus;
mod images;
mod import_limits;
mod mail_templates;
mod mailings;
mod meter;
mod metered;
mod objects;
mod observed;
mod orders;
mod pace;
mod queue;
mod row_reader;
mod row_writer;
mod schedules;
mod score_actions;
mod secret;
mod ses;
mod settings;
mod station_configs;
mod sums;
mod task_store;
mod traced;
mod webhooks;

// Features of third-party crates; see its documentation.
use sluice_features as _;

pub use clients::Clients;
pub use error::{AwsError, chain};
pub use evaluations::{Evaluations, Taken, Turn};
pub use event_bus::EventBus;
pub use images::{Image, Images};
pub use import_limits::ImportLimits;
pub use mail_templates::{MAX_TEMPLATES, MailTemplates, TemplatePage, TemplatePut};
pub use mailings::{BatchRef, MAILING_LASTS, Mailings, SuppressionPage};
pub use meter::{Meter, Usage};
pub use metered::{charge, metered, used_so_far};
pub use objects::{
    Bytestream, CSV, LARGEST_FILE_BYTES, ObjectError, ObjectInfo, ObjectReader, ObjectWriter,
    Objects, Written,
};
pub use observed::{Observations, observe, observe_rows, observed};
pub use orders::{
    FoundOrder, OrderFormatError, OrderTable, OrdersOfShard, ReadOrderError, Submitted,
    order_format,
};
pub use pace::Pace;
pub use queue::{Queue, Received};
pub use row_reader::{Partition, ReadError, ReadRow, RowReader};
pub use row_writer::{
    BATCH, Before, Change, FoundRow, Inserted, Journal, Place, Planned, Put, Row, RowWriter, Stamp,
    StoredRow, TakenBack, UniqueTable, Updated, WriteError,
};
pub use schedules::{DuePage, DueSchedule, ScheduleStore};
pub use score_actions::{ActionCursor, MemberCursor, MemberStanding, ScoreActions, StoredAction};
pub use secret::Secret;
pub use ses::{BulkMail, OneMail, SendError, SendQuota, Ses, fits_into_a_call};
pub use settings::{Settings, SettingsError, environment, row_tables};
pub use station_configs::StationConfigs;
pub use sums::{SumCursor, SumError, Sums};
pub use task_store::{
    Added, Admission, ChunkGate, Closing, Committed, Moved, NewTask, OpenTask, Page, Retried,
    Started, TaskFilter, TaskStore, TaskUpdate, Tries, cost_of_adding, cost_of_ending,
    task_of_image,
};
pub use traced::{current_trace, traced};
pub use webhooks::{
    ChangedWebhooks, DeliveryPage, LateNotices, SigningSecrets, WebhookSecrets, WebhookStore,
    notice_of_image,
};
