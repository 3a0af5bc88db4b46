//! The AWS side of Sluice: concrete structs with domain verbs over the SDK's clients. The same
//! code runs on Lambda, in the local runner and in tests, against another endpoint.

#![warn(missing_docs)]

mod clients;
mod error;
mod import_limits;
mod meter;
mod metered;
mod objects;
mod observed;
mod pace;
mod queue;
mod row_writer;
mod settings;
mod station_configs;
mod task_store;
mod traced;

pub use clients::Clients;
pub use error::{AwsError, chain};
pub use import_limits::ImportLimits;
pub use meter::{Meter, Usage};
pub use metered::{charge, metered, used_so_far};
pub use objects::{
    Bytestream, LARGEST_FILE_BYTES, ObjectError, ObjectInfo, ObjectReader, Objects, ReportWriter,
};
pub use observed::{Observations, observe, observe_rows, observed};
pub use pace::Pace;
pub use queue::{Queue, Received};
pub use row_writer::{
    BATCH, Expected, Holder, Inserted, Replaced, Row, RowWriter, Updated, WriteError,
};
pub use settings::{Settings, SettingsError, environment, row_tables};
pub use station_configs::StationConfigs;
pub use task_store::{
    Added, ChunkGate, Closing, Committed, Moved, NewTask, OpenTask, Page, Retried, Started,
    TaskFilter, TaskStore, TaskUpdate, Tries, cost_of_adding, cost_of_ending, task_of_image,
};
pub use traced::{current_trace, traced};
