//! The whole of Sluice in one process, for a laptop and for tests: embedded DynamoDB, S3 and
//! SQS, the real handlers through the AWS SDK, and the wiring of `infra/template.yaml`.

pub mod cli;
pub mod environment;
pub mod gateway;
pub mod generate;
pub mod import;
pub mod permissions;
pub mod serve;
pub mod sources;
pub mod system;
pub mod template;
