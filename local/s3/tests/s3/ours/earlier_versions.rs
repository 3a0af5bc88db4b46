//! Objects and parts that a version of this crate without checksums had stored.

use super::running::Running;
use crate::contract::checksums_of_parts::OF_11_MIB;
use crate::contract::uploads::MIB;
use crate::service::bytes;

impl Running {
    /// Makes objects and parts look as if a version without these checksums had stored them.
    fn forget_checksums(&self) {
        let index = self.folder.path().join("index.sqlite");
        let index = rusqlite::Connection::open(index).unwrap();
        index
            .execute_batch("UPDATE objects SET checksums = '{}'; UPDATE parts SET checksums = '{}'")
            .unwrap();
    }
}

#[tokio::test]
async fn an_object_of_an_earlier_version_is_read_without_a_checksum() {
    let running = Running::start().await;
    running.put_plainly("digits", b"123456789").await;
    running.forget_checksums();
    let head = running.head_with_checksums("digits").await;
    assert_eq!(head.checksum_crc64_nvme(), None);
    assert_eq!(head.checksum_type(), None);
    assert_eq!(running.get("digits").await, b"123456789");
}

#[tokio::test]
async fn an_upload_that_an_earlier_version_began_is_completed_with_a_checksum() {
    let running = Running::start().await;
    let id = running.start_upload_with("file", None).await;
    let upload = ("file", id.as_str());
    let written = bytes(11 * MIB);
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(written.chunks(5 * MIB)) {
        parts.push(running.upload_part_plainly(upload, number, part).await);
        if number == 2 {
            running.forget_checksums();
        }
    }
    let completed = running.complete(upload, parts).await;
    assert_eq!(completed.0.as_deref(), Some(OF_11_MIB));
    running.assert_crc64nvme("file", OF_11_MIB).await;
}
