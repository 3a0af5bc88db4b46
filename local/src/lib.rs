//! The whole of Sluice in one process, for a laptop and for tests: embedded DynamoDB, S3 and
//! SQS, the real handlers through the AWS SDK, and the wiring of `infra/template.yaml`.

pub mod cli;
pub mod client;
mod connection;
mod data_folder;
pub mod definition;
pub mod demo;
mod door;
pub mod environment;
pub mod evaluate;
pub mod export;
pub mod faults;
mod functions;
pub mod gateway;
pub mod generate;
pub mod import;
mod keys;
pub mod mail;
mod outcome;
pub mod permissions;
pub mod profiles;
mod progress;
mod records;
pub mod reference;
pub mod rehearse;
pub mod serve;
mod source_file;
pub mod sources;
pub mod system;
mod table;
pub mod tasks;
pub mod template;
pub mod undo;
mod urls;
