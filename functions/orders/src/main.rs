//! The orders function on Lambda.

use orders::Orders;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Orders>()
}
