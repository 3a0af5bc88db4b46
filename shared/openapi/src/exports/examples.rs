//! What is exported.

use std::collections::BTreeMap;

use sluice_api::{ExportAnswer, ExportRequest};
use sluice_export::{Bounds, ExportFormat, Scalar, Wanted};

use crate::example::{Example, valid};

pub(super) fn requests() -> Vec<Example> {
    let text = |text: &str| Scalar::Text(text.to_owned());
    let filter = [
        ("tier", Wanted::Is(Some(text("gold")))),
        (
            "joined_on",
            Wanted::Between(Bounds {
                from: Some(text("2026-01-01")),
                to: None,
            }),
        ),
    ];
    let filter = filter.map(|(column, wanted)| (column.to_owned(), wanted));
    vec![
        Example::new(
            "all",
            "All members, for another import.",
            ExportRequest {
                business: valid("member_import"),
                format: ExportFormat::Csv,
                filter: BTreeMap::new(),
                columns: None,
                user_task_id: Some(valid("members-2026-01-31")),
                start_at: None,
            },
        ),
        Example::new(
            "some",
            "Some columns of some members, as a workbook.",
            ExportRequest {
                business: valid("member_import"),
                format: ExportFormat::Xlsx,
                filter: BTreeMap::from(filter),
                columns: Some(["member_no", "name", "points"].map(str::to_owned).to_vec()),
                user_task_id: None,
                start_at: Some(valid("2026-02-01T02:00:00Z")),
            },
        ),
    ]
}

pub(super) fn answers() -> Vec<Example> {
    vec![Example::answer(
        "task",
        "A task makes the file.",
        ExportAnswer {
            is_async: 1,
            task_id: valid("890473042418166"),
            user_task_id: Some(valid("members-2026-01-31")),
            task_url: "/task/get?task_id=890473042418166".to_owned(),
        },
    )]
}
