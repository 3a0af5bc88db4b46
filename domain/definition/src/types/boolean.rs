//! Yes or no.

use sluice_basics::problem::ProblemCode;

use super::fold::fold;
use super::{Fault, Value};

pub(super) fn read(text: &str) -> Result<Value, Fault> {
    match fold(text).to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "是" => Ok(Value::Boolean(true)),
        "false" | "no" | "n" | "0" | "否" => Ok(Value::Boolean(false)),
        _ => Err(Fault::new(ProblemCode::NotABoolean, "must be yes or no")),
    }
}
