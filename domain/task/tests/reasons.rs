//! The list of reasons in the documents.

use std::fmt::Write;

use sluice_task::reason;

/// `docs/reasons.md` ends with the table. `UPDATE_DOCS=1 cargo test -p sluice-task --test reasons` writes it there.
#[test]
fn every_reason_is_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reasons.md");
    let document = std::fs::read_to_string(path).expect("the document is there");
    let mut table = "| `reason_code` | `reason` |\n|---|---|\n".to_owned();
    for (code, pattern) in reason::patterns() {
        let words = pattern.replace("#}", "}");
        writeln!(table, "| `{code}` | {words} |").expect("a string takes it");
    }
    writeln!(
        table,
        "| `{}` | words of a business service |",
        reason::OTHER
    )
    .expect("a string takes it");
    let (text, documented) = document.split_once("| `reason_code`").expect("a table");
    let documented = format!("| `reason_code`{documented}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{text}{table}")).expect("the document can be written");
    } else {
        assert_eq!(documented, table, "UPDATE_DOCS=1 writes it");
    }
}
