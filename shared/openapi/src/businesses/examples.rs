//! What is answered about what can be imported.

use sluice_api::{
    BusinessView, Businesses, ColumnMatch, ColumnView, FilePreview, PreviewLine, PreviewRequest,
};
use sluice_basics::used::Dollars;
use sluice_csv::Delimiter;
use sluice_definition::OnDuplicate;
use sluice_import::encoding::Encoding;
use sluice_import::{FileFormat, ImportOptions};
use sluice_task::estimate::{Basis, Estimate};

use crate::example::{Example, valid};

pub(super) fn businesses() -> Vec<Example> {
    let column = |name: &str, kind: &str, headers: &[&str], example: &str| ColumnView {
        name: name.to_owned(),
        headers: headers.iter().map(|&header| header.to_owned()).collect(),
        kind: kind.to_owned(),
        required: name == "member_no",
        unique: false,
        sensitive: false,
        allowed: Vec::new(),
        example: example.to_owned(),
    };
    let members = BusinessView {
        business: valid("member_import"),
        title: "Members".to_owned(),
        titles: [("zh".to_owned(), "会员".to_owned())].into(),
        key: vec!["member_no".to_owned()],
        on_duplicate: OnDuplicate::Reject,
        columns: vec![
            column("member_no", "text", &["Member No", "会员号"], "M10001"),
            column("points", "integer", &["Balance", "积分"], "10"),
        ],
    };
    let answer = Businesses {
        businesses: vec![members],
    };
    vec![Example::answer("members", "One business of them.", answer)]
}

pub(super) fn estimates() -> Vec<Example> {
    let estimate = Estimate {
        basis: Basis::FileSize,
        rows: 742_759,
        seconds: 186,
        write_units: 743_288,
        dollars: Dollars(588_721),
    };
    vec![Example::answer("large", "107.7 MB of members.", estimate)]
}

pub(super) fn business() -> Vec<Example> {
    vec![Example::new("members", "Members.", "member_import")]
}

pub(super) fn file_name() -> Vec<Example> {
    vec![Example::new("file", "A file's name.", "members.csv")]
}

pub(super) fn size_bytes() -> Vec<Example> {
    vec![Example::new("large", "A large file.", 107_700_000)]
}

fn line(row: u64, fields: &[&str]) -> PreviewLine {
    PreviewLine {
        row,
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
    }
}

pub(super) fn previews() -> Vec<Example> {
    let text = PreviewRequest {
        business: valid("member_import"),
        head: Some("TWVtYnIgTm8sbmFtZQpNMSxBbm4K".to_owned()),
        whole: true,
        lines: None,
        options: ImportOptions::default(),
        header_row: None,
    };
    let sheet = PreviewRequest {
        head: None,
        whole: false,
        lines: Some(vec![
            line(1, &["Membr No", "name"]),
            line(2, &["M1", "Ann"]),
        ]),
        ..text.clone()
    };
    vec![
        Example::new("text", "The first bytes of a text.", text),
        Example::new("sheet", "The first rows of a workbook.", sheet),
    ]
}

pub(super) fn previewed() -> Vec<Example> {
    let column = |name: &str, field, suggested| ColumnMatch {
        column: name.to_owned(),
        field,
        suggested,
    };
    let seen = FilePreview {
        format: Some(FileFormat::Csv),
        encoding: Some(Encoding::Utf8),
        delimiter: Some(Delimiter::COMMA),
        header_row: Some(1),
        names: vec!["Membr No".to_owned(), "name".to_owned()],
        rows: vec![line(2, &["M1", "Ann"])],
        columns: vec![
            column("member_no", None, Some(0)),
            column("name", Some(1), None),
        ],
        missing: vec!["member_no".to_owned()],
        problem: Some(
            "the header lacks the required column `member_no`: found `Membr No`, `name`. Did you \
             mean `member_no` by `Membr No`? Then rename or map it"
                .to_owned(),
        ),
        ..FilePreview::default()
    };
    let refused = FilePreview {
        refusal: Some("this is an image; upload the table itself, as CSV or .xlsx".to_owned()),
        ..FilePreview::default()
    };
    vec![
        Example::answer("similar", "A name that is much like a column's.", seen),
        Example::answer("refused", "No table.", refused),
    ]
}
