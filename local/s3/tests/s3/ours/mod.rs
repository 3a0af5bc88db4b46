//! What is said of the S3 of this crate alone.

mod earlier_versions;
mod events;
mod integrity;
mod leftovers;
mod recovery;
mod refused;
mod running;
