//! The mailer function on Lambda.

use mailer::Mailer;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Mailer>()
}
