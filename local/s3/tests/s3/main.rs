//! The local S3 as its clients see it: the AWS SDK, presigned URLs and a browser's requests over a
//! loopback connection.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod browsers;
mod buckets;
mod checksums;
mod copies;
mod events;
mod integrity;
mod keys;
mod listing;
mod objects;
mod parts;
mod presigned;
mod recovery;
mod running;
mod signing;
mod uploads;
