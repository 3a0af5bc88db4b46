//! Sluice's domain, free of AWS: identifiers, the task state machine, exact CSV splitting,
//! import definitions, the messages between functions, and the books that must balance.

#![warn(missing_docs)]

pub mod actions;
pub mod api;
pub mod books;
pub mod cell;
pub mod characters;
pub mod conflict;
pub mod correction;
pub mod costs;
pub mod csv;
pub mod definition;
pub mod encoding;
pub mod endpoint;
pub mod estimate;
pub mod export;
mod fingerprint;
pub mod ids;
pub mod import;
pub mod json;
pub mod kind;
pub mod limits;
pub mod mail;
pub mod manifest;
pub mod message;
pub mod metric;
pub mod notify;
pub mod object_key;
pub mod orders;
pub mod origin;
mod pattern;
pub mod plan;
pub mod problem;
pub mod quote;
pub mod reason;
pub mod report;
pub mod reported;
pub mod rows;
pub mod schedule;
pub mod score;
pub mod search;
pub mod start_at;
pub mod station;
pub mod task;
pub mod text;
pub mod timeline;
pub mod tolerance;
pub mod trace;
pub mod undo;
pub mod used;
pub mod webhook;
pub mod work;

pub use fingerprint::fingerprint;
