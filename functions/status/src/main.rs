//! The status function on Lambda.

use status::Status;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Status>()
}
