//! What is sent and answered when files are sent.

use sluice_api::{
    CompleteRequest, PartTicket, SentPart, UploadAnswer, UploadRequest, UploadTicket,
};
use sluice_basics::used::Dollars;
use sluice_csv::Delimiter;
use sluice_definition::OnDuplicate;
use sluice_import::ImportOptions;
use sluice_import::encoding::Encoding;
use sluice_task::estimate::{Basis, Estimate};

use crate::example::{Example, valid};

/// The id of the multipart upload in these examples.
const UPLOAD_ID: &str = "2~Kq3vZx1mT0a";

pub(super) fn requests() -> Vec<Example> {
    let file = UploadRequest {
        business: valid("member_import"),
        file_name: "members.csv".to_owned(),
        size_bytes: 1_348_211,
        user_task_id: None,
        repeat: false,
        start_at: None,
        upload_id: None,
        options: ImportOptions::default(),
    };
    let with_options = UploadRequest {
        size_bytes: 734_003_200,
        user_task_id: Some(valid("members-2026-11-21")),
        repeat: true,
        options: ImportOptions {
            tolerated_failures: None,
            on_duplicate: Some(OnDuplicate::Skip),
            dry_run: true,
            undoable: false,
            notify: false,
            delimiter: Some(Delimiter::SEMICOLON),
            encoding: Some(Encoding::Gb18030),
            sheet: None,
            header: None,
            mapping: [("member_no".to_owned(), valid("Karte Nr."))].into(),
        },
        ..file.clone()
    };
    let without_header = UploadRequest {
        options: ImportOptions {
            tolerated_failures: None,
            header: Some(false),
            mapping: [("member_no", "A"), ("name", "C")]
                .map(|(column, field)| (column.to_owned(), valid(field)))
                .into(),
            ..ImportOptions::default()
        },
        ..file.clone()
    };
    let renewed = UploadRequest {
        upload_id: Some(UPLOAD_ID.to_owned()),
        ..with_options.clone()
    };
    vec![
        Example::new("file", "What is not said is detected.", file),
        Example::new("options", "A large file, with options.", with_options),
        Example::new("renewed", "New URLs for its parts, an hour later.", renewed),
        Example::new("headerless", "A file without a header.", without_header),
    ]
}

pub(super) fn files() -> Vec<Example> {
    let text = "member_no,name,email,points\nM1,Ann,ann@example.com,10\n";
    vec![Example::new("file", "The file itself.", text)]
}

pub(super) fn business() -> Vec<Example> {
    vec![Example::new("members", "Members.", "member_import")]
}

pub(super) fn file_name() -> Vec<Example> {
    vec![Example::new("file", "A file's name.", "small.csv")]
}

pub(super) fn tickets() -> Vec<Example> {
    let expires_at = valid("2026-11-21T06:04:05Z");
    let with = |upload| UploadAnswer {
        task_id: valid("890473042418166"),
        user_task_id: Some(valid("members-2026-11-21")),
        upload,
        estimate: Estimate {
            basis: Basis::FileSize,
            rows: 4_770_000,
            seconds: 1_193,
            write_units: 4_773_514,
            dollars: Dollars(3_778_872),
        },
    };
    let put = UploadTicket::Put {
        url: url(""),
        headers: [("if-none-match".to_owned(), "*".to_owned())].into(),
        expires_at,
    };
    let part = |part_number| PartTicket {
        part_number,
        url: url(&format!("partNumber={part_number}&")),
    };
    let multipart = UploadTicket::Multipart {
        upload_id: UPLOAD_ID.to_owned(),
        part_bytes: 16 << 20,
        parts: vec![part(1), part(2)],
        expires_at,
    };
    vec![
        Example::answer("put", "`PUT` the whole file there.", with(Some(put))),
        Example::answer("multipart", "`PUT` each part there.", with(Some(multipart))),
        Example::answer("arrived", "The file has arrived already.", with(None)),
    ]
}

fn url(parameters: &str) -> String {
    format!(
        "https://sluice-files.s3.amazonaws.com/uploads/demo/890473042418166/members.csv\
         ?{parameters}X-Amz-Signature=…"
    )
}

pub(super) fn sent_parts() -> Vec<Example> {
    let part = |part_number, etag: &str| SentPart {
        part_number,
        etag: format!("\"{etag}\""),
    };
    let request = CompleteRequest {
        task_id: valid("890473042418166"),
        upload_id: UPLOAD_ID.to_owned(),
        parts: vec![
            part(1, "9b2cf535f27731c974343645a3985328"),
            part(2, "d41d8cd98f00b204e9800998ecf8427e"),
        ],
    };
    vec![Example::new("parts", "Two parts, in order.", request)]
}

pub(super) fn joined() -> Vec<Example> {
    vec![Example::answer("joined", "The import starts now.", ())]
}
