//! The scores function on Lambda.

use scores::Scores;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Scores>()
}
