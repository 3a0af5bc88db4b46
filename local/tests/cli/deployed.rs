//! Imports into a system that runs elsewhere: here, in another process.

use std::io::Read as _;
use std::process::{Child, Command};

use serde_json::Value;

use crate::{Folder, json, run, sluice};

/// A system that serves until it is dropped, and what it printed.
pub(crate) struct Served {
    process: Child,
    printed: Value,
}

impl Served {
    pub(crate) fn start(folder: &Folder) -> Self {
        let mut serve = sluice();
        serve.args(["--port", "0", "--json", "--data-dir"]);
        let mut process = serve.arg(folder.path("served")).spawn().expect("it starts");
        let mut stdout = process.stdout.take().expect("a pipe");
        let mut line = Vec::new();
        let mut byte = [0];
        while byte != *b"\n" {
            stdout.read_exact(&mut byte).expect("it prints a line");
            line.push(byte[0]);
        }
        let printed = serde_json::from_slice(&line).expect("JSON");
        Self { process, printed }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.printed[name].as_str().expect(name)
    }

    /// A command for this system.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sluice();
        command.args(arguments).args(["--api", self.text("api")]);
        command.env("SLUICE_TOKEN", self.text("token"));
        command
    }

    /// The command that imports a file there, from the folder.
    pub(crate) fn import(&self, folder: &Folder, file: &str) -> Command {
        let mut command = self.command(&["import", file, "--business", "member_import"]);
        command.current_dir(folder.path(""));
        command.env("XDG_STATE_HOME", folder.path("state"));
        command
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.process.kill().expect("it still runs");
        self.process.wait().expect("it ends");
    }
}

#[test]
fn a_file_is_imported_into_a_deployed_system_with_the_api_alone() {
    let folder = Folder::new();
    let served = Served::start(&folder);
    folder.file(
        "m.csv",
        "member_no,name,email\n1,a,\n2,b,no-address\n1,c,\n",
    );
    let (code, stdout, stderr) = run(served.import(&folder, "m.csv").arg("--dry-run"));
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stdout.contains("a dry run: nothing was written"),
        "{stdout}"
    );

    let (code, stdout, stderr) = run(served.import(&folder, "m.csv").arg("--json"));
    assert_eq!(code, 2, "{stderr}");
    let summary = json(&stdout);
    let rows = serde_json::json!({
        "read": 3, "succeeded": 1, "failed": 1, "duplicate": 1, "skipped": 0,
    });
    assert_eq!(summary["rows"], rows);
    assert_eq!(summary["requests"], Value::Null, "they are the other's");
    assert!(summary["write_units"].as_f64() >= Some(1.0), "{summary}");
    let report = summary["failed_rows_file"].as_str().expect("a path");
    let report = std::fs::read_to_string(folder.path(report)).expect("the failed rows");
    assert_eq!(report.lines().count(), 3, "{report}");
    assert!(
        !folder.path(".sluice").exists(),
        "no system was started here"
    );
    let kept = std::fs::read_dir(folder.path("state/sluice")).expect("a folder");
    assert_eq!(kept.count(), 0, "an import that has ended is forgotten");

    let (code, stdout, _) = run(served.import(&folder, "m.csv").arg("--json"));
    let reason = json(&stdout)["reason"].to_string();
    assert_eq!(code, 3, "{reason}");
    assert!(reason.contains("the same file was imported"), "{reason}");
    assert!(reason.contains("add --repeat"), "{reason}");
    assert!(!reason.contains("repeat: true"), "{reason}");
}

#[test]
fn a_deployed_system_that_refuses_or_is_not_there_is_told() {
    let folder = Folder::new();
    let served = Served::start(&folder);
    folder.file("m.csv", "member_no,name\n1,a\n");
    let secret = "eyJhbGciOiJIUzI1NiJ9.e30.secret";
    let mut import = served.import(&folder, "m.csv");
    let (code, stdout, stderr) = run(import.env("SLUICE_TOKEN", secret).env("RUST_LOG", "trace"));
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("the token is not valid"), "{stderr}");
    assert!(!stderr.contains("e30.secret"), "no log has the token");

    let mut import = served.import(&folder, "m.csv");
    let (code, _, stderr) = run(import.env_remove("SLUICE_TOKEN"));
    assert_eq!(code, 64);
    assert!(stderr.contains("SLUICE_TOKEN"), "{stderr}");
    for local in [
        &["--fresh"][..],
        &["--station", "other"],
        &["--data-dir", "x"],
    ] {
        let (code, _, stderr) = run(served.import(&folder, "m.csv").args(local));
        assert_eq!(code, 64);
        assert!(
            stderr.contains(local[0]) && stderr.contains("--api"),
            "{stderr}"
        );
    }

    let mut elsewhere = sluice();
    elsewhere.current_dir(folder.path(""));
    elsewhere.args(["import", "m.csv", "--business", "member_import"]);
    elsewhere.env("XDG_STATE_HOME", folder.path("state"));
    elsewhere.env("SLUICE_API", served.text("dynamodb"));
    let (code, _, stderr) = run(elsewhere.env("SLUICE_TOKEN", secret));
    assert_eq!(code, 1);
    assert!(
        stderr.contains("is it the address of a Sluice API"),
        "{stderr}"
    );
    let mut unknown = served.import(&folder, "m.csv");
    let (code, _, stderr) = run(unknown.args(["--mapping", "names=name"]));
    assert_eq!(code, 64);
    assert!(stderr.contains("did you mean `name`?"), "{stderr}");
}

#[test]
fn the_environment_that_is_printed_signs_in_to_the_system_that_runs() {
    let folder = Folder::new();
    let data = folder.path("served");
    let (code, stdout, stderr) = run(sluice().args(["env", "--data-dir"]).arg(&data));
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(
        stderr.contains("start `sluice` on this folder first"),
        "{stderr}"
    );

    let served = Served::start(&folder);
    let (code, stdout, _) = run(sluice().args(["env", "--json", "--data-dir"]).arg(&data));
    assert_eq!(code, 0);
    let printed = json(&stdout);
    assert_eq!(
        printed["AWS_ACCESS_KEY_ID"],
        served.printed["access_key_id"]
    );
    assert_eq!(
        printed["AWS_SECRET_ACCESS_KEY"],
        served.printed["secret_access_key"]
    );
    assert_eq!(printed["SLUICE_API"], served.printed["api"]);
    assert_eq!(
        printed["AWS_ENDPOINT_URL_DYNAMODB"],
        served.printed["dynamodb"]
    );
    assert_eq!(printed["AWS_ENDPOINT_URL_SQS"], served.printed["sqs"]);
    let mut named = sluice();
    named.args(["env", "--json", "--port", "9310", "--data-dir"]);
    let (_, stdout, _) = run(named.arg(&data));
    assert_eq!(json(&stdout)["SLUICE_API"], "http://127.0.0.1:9310");
    folder.file("m.csv", "member_no,name\n1,a\n");
    let mut import = served.import(&folder, "m.csv");
    import.env(
        "SLUICE_TOKEN",
        printed["SLUICE_TOKEN"].as_str().expect("a token"),
    );
    let (code, stdout, stderr) = run(&mut import);
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[cfg(unix)]
#[test]
fn a_profile_names_a_deployed_system_and_its_token() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let served = Served::start(&folder);
    std::fs::create_dir(folder.path("sluice")).expect("a folder");
    let [api, token] = ["api", "token"].map(|name| served.text(name));
    let text = format!("[profile.mine]\napi = \"{api}\"\ntoken = \"{token}\"\n");
    let file = folder.file("sluice/config.toml", text);
    let list = |more: &[&str]| {
        let mut list = sluice();
        list.args(["tasks", "list"]).args(more);
        list.env("XDG_CONFIG_HOME", folder.path(""));
        list
    };
    let closed = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&file, permissions).expect("a mode");
    };
    closed(0o644);
    let (code, _, stderr) = run(&mut list(&["--profile", "mine"]));
    assert_eq!(code, 64, "{stderr}");
    assert!(stderr.contains("chmod 600"), "{stderr}");
    closed(0o600);
    let (code, stdout, stderr) = run(&mut list(&["--profile", "mine"]));
    assert_eq!(
        (code, stdout.as_str()),
        (0, "there are no such tasks\n"),
        "{stderr}"
    );
    let (code, ..) = run(list(&[]).env("SLUICE_PROFILE", "mine"));
    assert_eq!(code, 0);
    let (code, _, stderr) = run(list(&["--profile", "mine"]).env("SLUICE_TOKEN", "e30.e30.x"));
    assert_eq!(code, 1, "the variable comes before the profile");
    assert!(stderr.contains("the token is not valid"), "{stderr}");
    let (code, _, stderr) = run(&mut list(&[
        "--profile",
        "mine",
        "--api",
        "https://127.0.0.1:1",
    ]));
    assert_eq!(code, 64, "the token is for the system of the profile alone");
    assert!(stderr.contains("asks for a token"), "{stderr}");
    let (code, _, stderr) = run(&mut list(&["--profile", "none"]));
    assert_eq!(code, 64);
    assert!(
        stderr.contains("no profile `none`: there are `mine`"),
        "{stderr}"
    );
    let (code, _, stderr) = run(&mut list(&["--profile", "mine", "--station", "demo"]));
    assert_eq!(code, 64);
    assert!(stderr.contains("leave out one of them"), "{stderr}");
}
