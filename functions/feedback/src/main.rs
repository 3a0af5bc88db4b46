//! The feedback function on Lambda.

use feedback::Feedback;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Feedback>()
}
