#!/usr/bin/env bash
# Runs the contracts of local/s3 and local/sqs against MiniStack, which must be on the PATH: see
# tests/deployed.sh. What it does otherwise than AWS is in the tables of the suites.
set -euo pipefail
cd "$(dirname "$0")/.."

# Built before the emulator starts.
cargo test --workspace --locked --test s3 --test sqs --no-run

folder="$(mktemp -d)"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
url="http://127.0.0.1:$port"
# It listens on all addresses unless told otherwise.
AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 \
  BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 GATEWAY_PORT="$port" SERVICES=s3,sqs \
  TMPDIR="$folder" S3_DATA_DIR="$folder/s3" STATE_DIR="$folder/state" \
  ministack >"$folder/log" 2>&1 &
ministack=$!
trap 'kill "$ministack"; wait "$ministack" || true; rm -rf "$folder"' EXIT
for _ in $(seq 300); do
  curl --silent --fail --output /dev/null "$url/_ministack/health" && break
  kill -0 "$ministack" || { cat "$folder/log"; exit 1; }
  sleep 0.2
done

SLUICE_S3_ENDPOINT="$url" SLUICE_SQS_ENDPOINT="$url" \
  cargo test --workspace --locked --test s3 --test sqs -- --ignored --nocapture ministack::
