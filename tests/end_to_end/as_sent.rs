//! Files as people send them, in `tests/data/files`: what becomes of each is written in the table
//! there, with what was detected, how many rows there are, what is told, and what is stored.

use std::fs;
use std::path::PathBuf;

use sluice_api::TaskView;
use sluice_import::DetectedFile;

use crate::harness::{Rows, Sluice};

/// The table's first line, before which the page says what it is.
const HEAD: &str = "| file | detected | status: rows | told | first row stored |";

/// What makes the files and says what they are.
const NO_FILES: [&str; 3] = [".gitattributes", "README.md", "make_files.py"];

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "data/files"].iter().collect()
}

/// The names of the files.
fn names() -> Vec<String> {
    let entries = folder().read_dir().expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        name.into_string().expect("a UTF-8 name")
    };
    let mut names: Vec<String> = entries
        .map(name)
        .filter(|name| !NO_FILES.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_files_as_people_send_them_is_what_the_table_says() {
    let sluice = Sluice::start().await;
    let names = names();
    assert!(names.len() >= 20, "{names:?}");
    let mut table = format!("{HEAD}\n|---|---|---|---|---|\n");
    for (number, name) in names.iter().enumerate() {
        let file = fs::read(folder().join(name)).expect("a file");
        let station = format!("file-{number}");
        let task = sluice.caller(&station).import(&file).await;
        let stored = sluice.rows_of(&station).await;
        let succeeded = task.rows.expect("rows").succeeded;
        assert_eq!(stored.len() as u64, succeeded, "{name}: {task:?}");
        table.push_str(&line(name, &task, &stored));
    }
    println!("{table}");
    let page = folder().join("README.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (before, written) = text.split_at(text.find(HEAD).expect("the table"));
    if std::env::var_os("UPDATE_FILES").is_some() {
        fs::write(&page, format!("{before}{table}")).expect("a page is written");
    } else {
        for (written, is) in written.lines().zip(table.lines()) {
            assert_eq!(is, written, "UPDATE_FILES=1 writes the table anew");
        }
        assert_eq!(table.lines().count(), written.lines().count());
    }
}

fn line(name: &str, task: &TaskView, stored: &Rows) -> String {
    let detected = task.detected.as_ref().map_or(String::new(), words);
    let rows = task.rows.expect("rows");
    let mut outcome = vec![format!("{} stored", rows.succeeded)];
    for (count, word) in [(rows.failed, "failed"), (rows.duplicate, "duplicate")] {
        outcome.extend((count > 0).then(|| format!("{count} {word}")));
    }
    let outcome = format!("{}: {}", serde_json::json!(task.status), outcome.join(", "));
    let problem = task.result.as_ref().map(|result| &result["problems"][0]);
    let told = match problem.filter(|problem| problem.is_object()) {
        Some(problem) => {
            let message = problem["message"].as_str().expect("a message");
            format!("row {}: {message}", problem["row"])
        }
        None => task.reason.clone().unwrap_or_default(),
    };
    let first = stored
        .first_key_value()
        .map_or(String::new(), |(row, columns)| {
            let column = |(name, value): (&String, &String)| format!("{name} {value:?}");
            let columns: Vec<String> = columns.iter().map(column).collect();
            format!("row {row}: {}", columns.join(", "))
        });
    let cells = [&format!("`{name}`"), &detected, &outcome, &told, &first];
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace(['\r', '\n'], " "));
    format!("| {} |\n", cells.join(" | "))
}

/// What was detected, in words.
fn words(file: &DetectedFile) -> String {
    let mut words = vec![format!("{:?}", file.format).to_lowercase()];
    words.extend(file.encoding.map(|encoding| encoding.to_string()));
    words.extend(file.sheet.as_ref().map(|sheet| format!("sheet {sheet}")));
    words.push(file.delimiter.to_string());
    words.extend(file.header_row.map(|row| format!("header in row {row}")));
    for (count, what) in [
        (file.replaced, "replaced"),
        (file.uncalculated_formulas, "formulas without a value"),
    ] {
        words.extend((count > 0).then(|| format!("{count} {what}")));
    }
    words.join(", ")
}
