//! Writes member files for `definitions/member_import.toml`, and lists of orders: people, scripts and quoting as a
//! merchant's export has them, and a chosen share of rows that an import must refuse. The same
//! options give the same bytes on every machine and in every later version, and memory does not
//! grow with the rows.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod column;
mod csv_text;
mod draw;
mod flaw;
mod generate;
mod locale;
mod member_no;
mod options;
mod orders;
mod plan;
mod record;
mod spoil;
mod template;
#[cfg(test)]
mod tests;

pub use flaw::{Defect, FlawKind, Flawed};
pub use generate::{GenerateError, Summary, generate};
pub use options::{InvalidOption, MAX_ROWS, Options};
pub use orders::{BadOrder, OrderFlaw, OrderSummary, generate_orders};
