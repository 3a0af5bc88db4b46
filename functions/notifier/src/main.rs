//! The notifier function on Lambda.

use notifier::Notifier;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Notifier>()
}
