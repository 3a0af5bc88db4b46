//! The same bytes in the inbox: noticed whatever their name is and however they were sent.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{BUCKET, Caller, Sluice, eventually, ids, members};
use crate::repeat_import::assert_refused;

/// Puts an object in parts of 5 MiB, as clients of S3 do with large files; S3 keeps the checksum
/// that they name, or its own.
async fn put_in_parts(
    sluice: &Sluice,
    key: &str,
    file: &[u8],
    checksum: Option<ChecksumAlgorithm>,
) {
    let s3 = sluice.clients().await.s3;
    let created = s3
        .create_multipart_upload()
        .bucket(BUCKET)
        .key(key)
        .set_checksum_algorithm(checksum.clone());
    let upload_id = created.send().await.expect("an upload").upload_id;
    let mut parts = CompletedMultipartUpload::builder();
    for (number, bytes) in (1..).zip(file.chunks(5 << 20)) {
        let sent = s3
            .upload_part()
            .bucket(BUCKET)
            .key(key)
            .set_upload_id(upload_id.clone())
            .part_number(number)
            .set_checksum_algorithm(checksum.clone())
            .body(ByteStream::from(bytes.to_vec()))
            .send()
            .await
            .expect("a part is sent");
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc64_nvme(sent.checksum_crc64_nvme.filter(|_| checksum.is_some()));
        parts = parts.parts(part.build());
    }
    s3.complete_multipart_upload()
        .bucket(BUCKET)
        .key(key)
        .set_upload_id(upload_id)
        .multipart_upload(parts.build())
        .send()
        .await
        .expect("the parts are joined");
}

/// The newest task of a station that has as many.
async fn newest_of(caller: &Caller, count: usize) -> TaskView {
    let newest = eventually("the task of the inbox", async || {
        let list = ids(&caller.get("/task/list?limit=100").await.ok());
        assert!(list.len() <= count, "{list:?}");
        (list.len() == count).then(|| list[0])
    });
    caller.ended(newest.await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_in_the_inbox_is_noticed_whatever_its_name_and_its_parts() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // Two parts; its rows are wrong but for one, so that there is little to write.
    let mut file = b"member_no,name,address\nA1,Ann,here\n".to_vec();
    let junk = format!("B2,,{}\n", "x".repeat(500));
    while file.len() < (5 << 20) + 1_000 {
        file.extend_from_slice(junk.as_bytes());
    }
    let first = demo.import(&file).await;
    assert_eq!(first.status, TaskStatus::PartlySucceeded, "{first:?}");
    let before = sluice.items().await;
    let at = |name: &str| format!("inbox/demo/member_import/{name}");
    for (count, checksum) in [(2, None), (3, Some(ChecksumAlgorithm::Crc64Nvme))] {
        put_in_parts(&sluice, &at("parts.csv"), &file, checksum).await;
        let second = newest_of(&demo, count).await;
        assert_eq!(second.status, TaskStatus::Failed, "{second:?}");
        let reason = second.reason.expect("a reason");
        assert!(reason.contains("was imported in part"), "{reason}");
        assert!(reason.contains(&first.task_id.to_string()), "{reason}");
        assert!(sluice.items().await == before, "something was written");
    }

    let small = members(30, 404);
    sluice.put_object(&at("one.csv"), &small).await;
    let first = newest_of(&demo, 4).await;
    assert_eq!(first.status, TaskStatus::Finished, "{first:?}");
    for (count, name) in [(5, "one.csv"), (6, "two.csv"), (7, "2026/one.csv")] {
        sluice.put_object(&at(name), &small).await;
        assert_refused(&newest_of(&demo, count).await, &first);
    }
    assert_eq!(sluice.items().await.len(), before.len() + 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_inbox_is_the_same_as_an_upload_however_a_client_checks_its_sending() {
    let sluice = Sluice::start().await;
    let s3 = sluice.clients().await.s3;
    let file = members(30, 405);
    for algorithm in [
        None,
        Some(ChecksumAlgorithm::Crc64Nvme),
        Some(ChecksumAlgorithm::Crc32),
        Some(ChecksumAlgorithm::Sha256),
    ] {
        let name = algorithm
            .as_ref()
            .map_or("usual", ChecksumAlgorithm::as_str);
        let caller = sluice.caller(name);
        let first = caller.import(&file).await;
        assert_eq!(first.status, TaskStatus::Finished, "{name}: {first:?}");
        s3.put_object()
            .bucket(BUCKET)
            .key(format!("inbox/{name}/member_import/m.csv"))
            .set_checksum_algorithm(algorithm.clone())
            .body(ByteStream::from(file.clone()))
            .send()
            .await
            .expect("an object is stored");
        assert_refused(&newest_of(&caller, 2).await, &first);
    }
}
