//! The sweeper on Lambda.

use sweeper::Sweeper;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Sweeper>()
}
