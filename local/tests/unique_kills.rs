//! Imports of one station at the same time, over few keys and values, in a process that is killed by SIGKILL: at the
//! moment of each kill, and when all have ended, each value has one claim, that of the row that has it.
//!
//! `SLUICE_SEED` says with which batch a run begins, and `SLUICE_BATCHES` how many there are.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Client;
use serde_json::{Value, json};

const KEYS: u32 = 60;
const VALUES: u32 = 90;
const UNIQUE: [&str; 2] = ["phone", "email"];
/// A chunk whose worker was killed comes again after a minute, and one whose message was lost after a few.
const PATIENCE: Duration = Duration::from_mins(20);

fn number(variable: &str, default: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.map_or(default, |value| value.parse().expect("a number"))
}

/// A system in a process of its own.
struct Served {
    process: Child,
    printed: Value,
    http: Client,
}

impl Served {
    fn start(data: &Path) -> Self {
        let mut serve = Command::new(env!("CARGO_BIN_EXE_sluice"));
        serve.args(["--port", "0", "--json", "--chunk-bytes", "1024"]);
        serve.arg("--data-dir").arg(data);
        serve.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = serve.spawn().expect("it starts");
        let mut stdout = process.stdout.take().expect("a pipe");
        let (mut line, mut byte) = (Vec::new(), [0]);
        while byte != *b"\n" {
            stdout.read_exact(&mut byte).expect("it prints a line");
            line.push(byte[0]);
        }
        Self {
            process,
            printed: serde_json::from_slice(&line).expect("JSON"),
            http: Client::new(),
        }
    }

    fn kill(mut self) {
        self.process.kill().expect("it still runs");
        self.process.wait().expect("it ends");
    }

    fn text(&self, name: &str) -> &str {
        self.printed[name].as_str().expect(name)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.text("api"))
    }

    /// Makes an import and sends its file. The task's id.
    async fn send(&self, name: &str, rule: &str, file: Vec<u8>) -> u64 {
        let wanted = json!({
            "business": "staff_import", "file_name": "staff.csv", "size_bytes": file.len(), "user_task_id": name,
            "repeat": true, "options": { "on_duplicate": rule },
        });
        let begun = self.http.post(self.url("/upload")).json(&wanted);
        let begun = begun.bearer_auth(self.text("token")).send().await;
        let begun: Value = begun.expect("an answer").json().await.expect("JSON");
        let data = &begun["data"];
        // A request that is made again after the file has come needs no ticket.
        if let Some(url) = data["upload"]["url"].as_str() {
            let put = self.http.put(url).header("if-none-match", "*").body(file);
            let put = put.send().await.expect("an answer").status();
            assert!(put.is_success(), "{put}");
        }
        data["task_id"].as_u64().expect("a task")
    }

    async fn task(&self, task_id: u64) -> Value {
        let get = self
            .http
            .get(self.url(&format!("/task/get?task_id={task_id}")));
        let got = get.bearer_auth(self.text("token")).send().await;
        let got: Value = got.expect("an answer").json().await.expect("JSON");
        got["data"].clone()
    }
}

/// A file of rows that want keys and values that others want, too.
fn file(random: &mut StdRng) -> Vec<u8> {
    let mut file = "staff_no,name,phone,email\n".to_owned();
    for row in 0..random.random_range(10..70) {
        let mut value = |before: &str, after: &str| {
            let wants = random.random_bool(0.75);
            let number = random.random_range(0..VALUES);
            if wants {
                format!("{before}{number:04}{after}")
            } else {
                String::new()
            }
        };
        let (phone, email) = (value("1381234", ""), value("p", "@example.com"));
        let key = random.random_range(0..KEYS);
        writeln!(file, "K{key},row {row},{phone},{email}").expect("a line");
    }
    file.into_bytes()
}

/// The values of rows by their keys, which must be those that are claimed. Read past everything that is tested.
fn audit(data: &Path) -> usize {
    let database = rusqlite::Connection::open(data.join("dynamodb.sqlite")).expect("a database");
    let mut select = database
        .prepare("SELECT item_json FROM \"sluice-staff\"")
        .expect("a table");
    let items = select.query_map([], |row| row.get::<_, String>(0));
    let (mut had, mut claimed, mut rows) = (BTreeSet::new(), BTreeSet::new(), 0);
    for item in items.expect("items") {
        let item: Value = serde_json::from_str(&item.expect("an item")).expect("JSON");
        let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
        let sk = text("sk").expect("a key");
        if text("pk").expect("a key").contains("#u") {
            claimed.insert((sk, text("_key").expect("a holder")));
            continue;
        }
        rows += 1;
        for column in UNIQUE {
            if let Some(value) = text(column) {
                had.insert((format!("{column}#{value}"), sk.clone()));
            }
        }
    }
    let values: BTreeSet<&String> = had.iter().map(|(value, _)| value).collect();
    assert_eq!(values.len(), had.len(), "a value on several rows: {had:?}");
    assert_eq!(had, claimed);
    rows
}

/// One batch. How often it was killed.
async fn batch(data: &Path, seed: u64) -> u32 {
    let mut random = StdRng::seed_from_u64(seed);
    let mut served = Served::start(data);
    let mut tasks = Vec::new();
    for import in 0..random.random_range(5..=17) {
        let rule = ["reject", "skip", "overwrite", "overwrite"][random.random_range(0..4)];
        let name = format!("batch-{seed}-{import}");
        tasks.push(served.send(&name, rule, file(&mut random)).await);
    }
    let kills = random.random_range(1..=3);
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.random_range(20..900))).await;
        served.kill();
        audit(data);
        served = Served::start(data);
    }
    let began = Instant::now();
    for task_id in tasks {
        loop {
            let task = served.task(task_id).await;
            if task["status"].as_u64().expect("a status") >= 3 {
                let count = |name: &str| task["rows"][name].as_u64().expect(name);
                let told =
                    count("succeeded") + count("failed") + count("duplicate") + count("skipped");
                assert_eq!(count("read"), told, "seed {seed}: {task}");
                assert_eq!(count("failed"), 0, "seed {seed}: {task}");
                break;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "seed {seed} does not end: {task}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    served.kill();
    assert!(audit(data) > 0);
    kills
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute or two for each batch: a chunk whose worker was killed comes again after a minute"]
async fn values_belong_to_their_rows_at_every_kill_and_at_the_end() {
    let first = number("SLUICE_SEED", 1);
    let batches = number("SLUICE_BATCHES", 4);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut kills = 0;
    for seed in first..first + batches {
        println!("SLUICE_SEED={seed} SLUICE_BATCHES=1");
        kills += batch(&folder.path().join("data"), seed).await;
    }
    println!("{batches} batches, {kills} kills");
}
