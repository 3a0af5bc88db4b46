//! What SQS does, whoever implements it.

mod batches;
mod dead_letters;
mod errors;
mod messages;
mod polling;
mod queues;
