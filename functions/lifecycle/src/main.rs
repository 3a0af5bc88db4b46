//! The lifecycle function on Lambda.

use lifecycle::Lifecycle;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Lifecycle>()
}
