# Verbs for those who have just (https://just.systems). Each is one cargo command.

# What there is.
default:
    @just --list

# All tests, the end-to-end ones included.
test:
    cargo test --workspace

# Format, lints and documentation.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Every check, as the CI makes them.
check:
    .ci/run

# Write a member file: just generate members.csv --rows 20000
generate FILE *OPTIONS:
    cargo run --release -p local -- generate {{ FILE }} {{ OPTIONS }}

# Import a file: just import members.csv --on-duplicate skip
import FILE *OPTIONS:
    cargo run --release -p local -- import {{ FILE }} --business member_import {{ OPTIONS }}

# Serve the HTTP API and the AWS endpoints until Ctrl-C.
serve *OPTIONS:
    cargo run --release -p local -- {{ OPTIONS }}

# Benchmarks against peers: just bench scanner
bench NAME="scanner" *OPTIONS:
    cargo run --release -p bench -- {{ NAME }} {{ OPTIONS }}
