# Verbs for those who have just (https://just.systems); each is a command or two.
# docs/development.md tells them as a story.

lambda := "-A 127.0.0.1 -P 9321"

# What there is.
default:
    @just --list

# All tests, the end-to-end ones included.
test *OPTIONS:
    cargo test --workspace {{ OPTIONS }}

# Format, lints and documentation.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Every check, as the CI makes them.
check:
    .ci/run

# Known weaknesses of dependencies; needs cargo-deny and a network.
audit:
    cargo deny check advisories

# Write a member file: just generate members.csv --rows 20000
generate FILE *OPTIONS:
    cargo run -p sluice -- generate {{ FILE }} {{ OPTIONS }}

# Import a file: just import members.csv --on-duplicate skip
import FILE *OPTIONS:
    cargo run -p sluice -- import {{ FILE }} --business member_import {{ OPTIONS }}

# Serve the HTTP API and the AWS endpoints until Ctrl-C.
serve *OPTIONS:
    cargo run -p sluice -- {{ OPTIONS }}

# Benchmarks: just bench scanner, import, writing, memory or functions
bench NAME="scanner" *OPTIONS:
    cargo run --release -p bench -- {{ NAME }} {{ OPTIONS }}

# Run the functions as Lambda would, against what `just serve` serves.
watch *OPTIONS:
    (umask 077 && cargo run -p sluice -- env > target/functions.env)
    CARGO_LAMBDA_COMPILER=cargo cargo lambda watch {{ lambda }} --env-file target/functions.env {{ OPTIONS }}

# Send a function its sample event: just invoke status
invoke FUNCTION:
    cargo lambda invoke {{ lambda }} {{ FUNCTION }} --data-file tests/events/{{ FUNCTION }}.json

# The functions as zip files in target/lambda: just package --x86-64
package *OPTIONS="--arm64":
    cargo lambda build --release --output-format zip {{ OPTIONS }}

# The template against SAM's and CloudFormation's rules.
validate:
    sam validate --lint

# Build with SAM.
build:
    sam build

# Deploy what `just build` built: just deploy --guided
deploy *OPTIONS: build
    sam deploy {{ OPTIONS }}

# The documents as a site in target/site/book (needs Node 20 and mdBook).
site:
    cd docs/site && npm ci --no-audit --no-fund
    docs/site/build

# Build the site and show it at port 9330 until Ctrl-C.
serve-site: site
    python3 -m http.server --bind 127.0.0.1 --directory target/site/book 9330

# The clients' tests, against the runner.
clients:
    cargo build -p sluice
    cd clients/typescript && npm ci && npm run build && npm run check && npm test
    python3 -m pytest clients/python

# Build the console anew, after a change in web/ (needs Node 20).
console:
    cd web && npm ci && npm run types && npm run check && npm test && npm run build

# The console's tests in Chromium, against the runner.
browser:
    cargo build -p sluice
    cd web && npm run browser
