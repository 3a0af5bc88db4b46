//! Calling an endpoint with batches of rows, without the call itself: how rows are cut into
//! batches, what a request says and how it is signed, and what an answer means.
//! `docs/endpoints.md` is the page for those who write the other side.

mod answer;
mod batch;
mod quotes;
mod request;
mod signature;
mod status;

pub use answer::{MAX_ANSWER_BYTES, RowOutcome, Unusable, judge};
pub use batch::{Batcher, idempotency_key};
pub use request::{AUTH_KEY, BatchRequest, IDEMPOTENCY_KEY, SIGNATURE, TIMESTAMP};
pub use signature::{EmptyKey, SignatureError, SignedRequest, SigningKey, TOLERANCE_SECONDS};
pub use status::{LONGEST_RETRY_AFTER, StatusMeaning, asked_wait, retry_after};
