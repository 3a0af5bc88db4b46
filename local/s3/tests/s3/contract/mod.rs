//! What S3 does, whoever implements it.

pub mod checksums;
pub mod checksums_of_parts;
mod integrity;
mod keys;
mod listing;
mod objects;
pub mod parts;
mod presigned;
pub mod uploads;
mod versions;
