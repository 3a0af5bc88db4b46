//! The export function on Lambda.

use export::Export;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Export>()
}
