//! The worker on Lambda.

use worker::Worker;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Worker>()
}
