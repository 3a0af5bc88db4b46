//! Sluice's domain, free of AWS: identifiers, the task state machine, exact CSV splitting,
//! import definitions, the messages between functions, and the books that must balance.

#![warn(missing_docs)]

pub mod api;
pub mod books;
pub mod contest;
pub mod correction;
pub mod costs;
pub mod csv;
pub mod definition;
pub mod encoding;
pub mod endpoint;
pub mod estimate;
mod fingerprint;
pub mod ids;
pub mod import;
pub mod limits;
pub mod manifest;
pub mod message;
pub mod metric;
pub mod object_key;
pub mod origin;
pub mod report;
pub mod rows;
pub mod search;
pub mod station;
pub mod task;
pub mod timeline;
pub mod trace;
pub mod used;
pub mod work;

pub use fingerprint::fingerprint;
