//! The mail function on Lambda.

use mail::Mail;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Mail>()
}
