//! The upload function on Lambda.

use upload::Upload;

fn main() -> Result<(), lambda_runtime::Error> {
    sluice_lambda::serve::<Upload>()
}
