//! The summer function on Lambda.

use summer::Summer;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Summer>()
}
