//! The HTTP API as an `OpenAPI` 3.1 document, made from the types that the functions read and
//! write. `infra/openapi.json` is what [`document`] gives; a test compares the two.

#![warn(missing_docs)]

mod businesses;
mod document;
mod example;
mod exports;
mod mails;
mod operation;
mod orders;
mod parameter;
mod refusals;
mod schemas;
mod scores;
mod services;
mod stations;
mod tasks;
#[cfg(test)]
mod tests;
mod uploads;

use operation::Operation;

pub use document::document;

/// The method and the path of every operation, such as `("GET", "/task/get")`.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    all()
        .into_iter()
        .map(|operation| (operation.method.as_str(), operation.path))
}

fn all() -> Vec<Operation> {
    let mut operations = businesses::operations();
    operations.extend(uploads::operations());
    operations.extend(exports::operations());
    operations.extend(orders::operations());
    operations.extend(tasks::operations());
    operations.extend(scores::operations());
    operations.extend(services::operations());
    operations.extend(stations::operations());
    operations.extend(mails::operations());
    operations
}
