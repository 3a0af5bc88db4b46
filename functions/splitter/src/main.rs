//! The splitter on Lambda.

use splitter::Splitter;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Splitter>()
}
