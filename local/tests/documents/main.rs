//! The documents say what is so: their commands run in the order in which a reader pastes them and
//! print what is shown, and the commands, links, paths and parameters that they name are there.
//!
//! A reader needs bash and curl, as the pages say.
#![cfg(unix)]

mod names;
mod page;
mod session;
mod shown;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use page::Page;
use session::Session;

/// The pages whose blocks run, in the order in which a reader comes to them.
const RUN: [&str; 4] = [
    "README.md",
    "docs/local.md",
    "docs/api.md",
    "docs/orders.md",
];

/// Pages of which each begins with an empty system: the one for newcomers, and those about one thing to do.
const ALONE: [&str; 6] = [
    "docs/tutorial.md",
    "docs/how-to/add-an-import.md",
    "docs/how-to/be-told-when-a-task-ends.md",
    "docs/how-to/correct-failed-rows.md",
    "docs/how-to/import-from-a-program.md",
    "docs/how-to/undo-an-import.md",
];

/// Blocks of commands that do not run here: the page, the first line, and why not.
const NOT_RUN: [(&str, &str, &str); 30] = [
    (
        "README.md",
        "pip install -r infra/requirements.txt ziglang && rustup target add aarch64-unknown-linux-gnu",
        "needs an account of AWS",
    ),
    (
        "docs/definitions.md",
        "cargo test -p sluice-definition embedded",
        "is a test itself",
    ),
    (
        "docs/definitions.md",
        "printf '券号,类型,面值,Valid Until\\nA1,礼品券,５０,2026/12/31 下午6:00\\nA2,,12.5,31/12/2026\\na3,x,0,\\n' > coupons.csv",
        "needs a definition that is compiled in, and a table in the template",
    ),
    (
        "docs/deployment.md",
        "printf '{\"issuer\":\"https://login.yours.example/\",\"client_id\":\"console\",\"scope\":\"openid task:read task:write\"}' |",
        "needs an account of AWS",
    ),
    (
        "docs/deployment.md",
        "python3 -m venv .venv && . .venv/bin/activate",
        "needs an account of AWS",
    ),
    (
        "docs/deployment.md",
        "sam build --config-env prod",
        "needs an account of AWS",
    ),
    (
        "docs/deployment.md",
        "output() { aws cloudformation describe-stacks --stack-name \"$1\" \\",
        "needs an account of AWS",
    ),
    (
        "docs/deployment.md",
        "tests/deployed.sh",
        "takes many minutes; .ci/run has it as a step",
    ),
    (
        "docs/development.md",
        "python3 -m venv ~/.venvs/sluice && . ~/.venvs/sluice/bin/activate",
        "installs tools",
    ),
    (
        "docs/development.md",
        "cargo run -p sluice -- --without splitter --without worker",
        "is for cargo-lambda, which builds all functions",
    ),
    (
        "docs/development.md",
        "(umask 077 && cargo run -p sluice -- env > target/functions.env)",
        "needs cargo-lambda, which builds all functions",
    ),
    (
        "docs/development.md",
        "cargo lambda invoke -A 127.0.0.1 -P 9321 station --data-file tests/events/station.json",
        "needs cargo-lambda, which builds all functions",
    ),
    (
        "docs/development.md",
        "cargo build -p sluice",
        "installs packages; .ci/run has it as a step",
    ),
    (
        "docs/development.md",
        "cargo run -p sluice -- rehearse --rows 400 --seed 1 --seeds 5 --kinds import,undo",
        "takes minutes; tests/cli/rehearse.rs runs a short one",
    ),
    (
        "docs/development.md",
        "set -a; . target/functions.env; set +a",
        "needs cargo-lambda, which builds all functions",
    ),
    (
        "docs/endpoints.md",
        "aws secretsmanager create-secret --name sluice/back-office --query ARN --output text \\",
        "needs an account of AWS",
    ),
    (
        "docs/operations.md",
        "aws dynamodb put-item --table-name \"$TASKS_TABLE\" --item '{\"pk\":{\"S\":\"STATION#demo\"},\"sk\":{\"S\":\"LIMITS\"},",
        "needs an account of AWS",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- scanner",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- import",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- memory",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "pip install -r bench/requirements.txt",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo build --release -p worker",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- fairness",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- recovery",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- scores",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- mailings --rounds 2 --imports 2",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p bench -- model",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p sluice -- generate --rows 700000 --bad-percent 5 --duplicate-percent 2 faults.csv",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo run --release -p sluice -- generate --rows 700000 members.csv",
        "takes minutes",
    ),
    (
        "bench/RESULTS.md",
        "cargo lambda build --release --x86-64",
        "takes minutes",
    ),
];

/// A tool that pages use where it is there: blocks that begin with it do not run without it.
const OPTIONAL: &str = "aws";

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All pages below a folder.
fn pages_in(root: &Path, folder: &str, pages: &mut Vec<Page>) {
    const NOT_OURS: [&str; 3] = ["node_modules", "target", ".git"];
    let entries = std::fs::read_dir(root.join(folder)).expect("a folder");
    for entry in entries.map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}{name}");
        if entry.file_type().expect("a type").is_dir() {
            if !NOT_OURS.contains(&&*name) {
                pages_in(root, &format!("{path}/"), pages);
            }
        } else if Path::new(&name)
            .extension()
            .is_some_and(|kind| kind == "md")
        {
            pages.push(Page::read(root, &path));
        }
    }
}

/// All pages of the repository.
fn pages() -> Vec<Page> {
    let mut pages = Vec::new();
    pages_in(&root(), "", &mut pages);
    pages
}

fn is_there(tool: &str) -> bool {
    let version = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

/// Gives a session the blocks of a page that run here.
fn add<'a>(session: &mut Session<'a>, page: &'a Page) {
    for (block, steps) in page.commands() {
        let first = block.text.lines().next().unwrap_or_default();
        let listed = |(name, line, _): &(&str, &str, &str)| *name == page.name && *line == first;
        if NOT_RUN.iter().any(listed) {
            continue;
        }
        if first.split(' ').next() == Some(OPTIONAL) && !is_there(OPTIONAL) {
            eprintln!(
                "{}:{}: not run, {OPTIONAL} is not there",
                page.name, block.line
            );
            continue;
        }
        for step in steps {
            session.add(&page.name, step);
        }
    }
}

fn run(names: &[&str]) {
    let root = root();
    let pages: Vec<Page> = names.iter().map(|name| Page::read(&root, name)).collect();
    let mut session = Session::default();
    for page in &pages {
        add(&mut session, page);
    }
    session.run();
}

#[test]
fn the_pages_run_one_after_the_other() {
    run(&RUN);
}

#[test]
fn the_page_of_the_api_runs_by_itself() {
    run(&["docs/api.md"]);
}

#[test]
fn the_page_of_the_local_runner_runs_by_itself() {
    run(&["docs/local.md"]);
}

#[test]
fn the_tutorial_and_the_pages_about_one_thing_run_by_themselves() {
    for page in ALONE {
        run(&[page]);
    }
}

#[test]
fn every_block_of_commands_runs_or_is_listed_with_a_reason() {
    // What is no command of a terminal.
    const OTHER: [&str; 7] = ["", "json", "toml", "python", "js", "ts", "mermaid"];
    let mut listed = NOT_RUN.to_vec();
    for page in pages() {
        for block in page.blocks() {
            let (name, line) = (&page.name, block.line);
            if OTHER.contains(&&*block.language) {
                continue;
            }
            assert_eq!(
                block.language, "sh",
                "{name}:{line}: commands are `sh` here"
            );
            let first = block.text.lines().next().unwrap_or_default();
            let before = listed.len();
            listed.retain(|(page, command, _)| (*page, *command) != (name, first));
            let runs = RUN.contains(&&**name) || ALONE.contains(&&**name);
            assert!(
                runs || listed.len() < before,
                "{name}:{line}: no test runs this block, and it is not listed"
            );
        }
    }
    assert!(listed.is_empty(), "these blocks are not there: {listed:?}");
}
