//! What is answered about what can be imported.

use sluice_core::api::{BusinessView, Businesses, ColumnView};
use sluice_core::estimate::{Basis, Estimate};
use sluice_core::import::OnDuplicate;
use sluice_core::used::Dollars;

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
