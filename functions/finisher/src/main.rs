//! The finisher on Lambda.

use finisher::Finisher;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Finisher>()
}
