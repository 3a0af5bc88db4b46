#!/usr/bin/env bash
# Builds the functions as they are deployed, deploys infra/template.yaml with SAM to MiniStack (an
# emulator of AWS) on this machine, and runs the tests in tests/end_to_end/deployed against it.
# Before that, what local/s3 and local/sqs say of S3 and SQS is asked of MiniStack as well.
# Needs what the other tests need, and Python 3 with its venv module; no AWS account, no Docker.
set -euo pipefail
cd "$(dirname "$0")/.."

tools="${XDG_CACHE_HOME:-$HOME/.cache}/sluice/aws"
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --requirement infra/requirements.txt
export PATH="$tools/bin:$PATH"
export SAM_CLI_TELEMETRY=0

tests/against_ministack.sh

# The emulator runs functions as processes of this machine: for its kind of processor, and linked
# by its own compiler.
architecture="$(uname -m | sed 's/aarch64/arm64/')"
CARGO_LAMBDA_COMPILER=cargo sam build --parameter-overrides "Architecture=$architecture"

# MiniStack knows no CodeDeploy, and its transform sees the defaults of parameters, not what is given.
built=.aws-sam/build/template.yaml
sed -i 's/Default: Canary10Percent5Minutes/Default: AllAtOnce/' "$built"
grep -q 'Default: AllAtOnce' "$built"

SLUICE_ARCHITECTURE="$architecture" \
  cargo test --workspace --locked --test end_to_end -- --ignored --nocapture deployed::
