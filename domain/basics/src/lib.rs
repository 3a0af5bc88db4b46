//! What all of the domain names: ids, texts, counts, problems, the settings of a station.

#![warn(missing_docs)]

pub mod characters;
pub mod fingerprint;
pub mod ids;
pub mod json;
pub mod limits;
pub mod metric;
pub mod notify;
pub mod object_key;
pub mod origin;
pub mod pattern;
pub mod plan;
pub mod prices;
pub mod problem;
pub mod quote;
pub mod rows;
pub mod station;
pub mod text;
pub mod trace;
pub mod used;

pub use fingerprint::fingerprint;
