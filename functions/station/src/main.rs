//! The station function on Lambda.

use station::Station;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Station>()
}
