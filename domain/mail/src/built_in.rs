//! The variables that every e-mail has.

use super::values::{MailValue, Values};

/// The variable with the recipient's address.
pub const ADDRESS: &str = "address";
/// The variable with the link by which the recipient unsubscribes.
pub const UNSUBSCRIBE_URL: &str = "unsubscribe_url";

/// Values to try a template with: for the variables that every e-mail has, examples.
pub fn with_examples(values: &Values) -> Values {
    let text = |text: &str| Some(MailValue::Text(text.to_owned()));
    let mut all = values.clone();
    for (name, example) in [
        (ADDRESS, "someone@example.com"),
        (UNSUBSCRIBE_URL, "https://example.com/unsubscribe"),
    ] {
        if !all.knows(name) {
            all.set(name, text(example));
        }
    }
    all
}

/// Whether every e-mail has a value for a variable.
pub fn built_in(variable: &str) -> bool {
    variable == ADDRESS || variable == UNSUBSCRIBE_URL
}
