//! What each function may do, as the template's roles say, held against what it does: every
//! request of a function is checked before it leaves, as AWS checks it, and what was used of a
//! role is noted.

mod guard;
mod lambda;
mod policy;
mod request;
mod role;
#[cfg(test)]
mod tests;

pub use guard::Guard;
pub use policy::{Policy, Statement};
pub use request::Need;
