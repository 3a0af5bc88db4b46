//! The contract against MiniStack.

#[path = "../../../tests/ministack/differences.rs"]
mod differences;

use crate::service::ENDPOINT;

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
const CRC64NVME: &str = "keeps no CRC64NVME of an object whose writer named no checksum";
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
const WHOLE: &str =
    "takes or computes the checksum of a whole upload as one of its parts' checksums";

/// Tests of the contract that MiniStack 1.5.33 fails, what it does otherwise than AWS, and AWS's page.
const EXCEPTIONS: [(&str, &str); 15] = [
    (
        "checksums::a_presigned_put_without_headers_is_told_the_crc64nvme",
        CRC64NVME,
    ),
    ("checksums::an_empty_object_has_a_crc64nvme_too", CRC64NVME),
    (
        "checksums::checksums_are_told_only_to_those_who_ask",
        CRC64NVME,
    ),
    (
        "checksums_of_parts::the_same_bytes_have_the_same_crc64nvme_whole_and_in_three_parts",
        CRC64NVME,
    ),
    (
        "checksums_of_parts::an_upload_that_names_no_algorithm_has_a_crc64nvme_whatever_its_parts_have",
        CRC64NVME,
    ),
    (
        "checksums_of_parts::the_crc64nvme_of_an_upload_that_names_it_is_that_of_the_whole",
        WHOLE,
    ),
    ("uploads::a_checksum_of_the_whole_object_is_verified", WHOLE),
    (
        "checksums::a_put_that_names_a_checksum_keeps_that_one_alone",
        "does not answer the checksum of what was put: \
         https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
    ),
    (
        "integrity::a_missing_trailer_is_malformed",
        "answers IncompleteBody where an announced trailer is missing: \
         https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html",
    ),
    (
        "keys::a_key_of_more_than_1024_bytes_is_refused",
        "takes longer keys: \
         https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
    ),
    (
        "listing::a_token_of_somebody_else_is_refused",
        "lists from a token that it never gave: \
         https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html",
    ),
    (
        "presigned::a_presigned_url_does_nothing_that_its_signature_does_not_cover",
        "follows headers that are not signed: \
         https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html",
    ),
    (
        "presigned::a_wrong_secret_and_an_unsigned_request_are_refused",
        "verifies presigned URLs only: \
         https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html",
    ),
    (
        "uploads::an_upload_is_not_completed_with_a_wrong_list",
        "sorts the list of parts: \
         https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html",
    ),
    (
        "uploads::every_part_but_the_last_has_at_least_5_mib",
        "joins parts of any size: \
         https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html",
    ),
];

#[test]
#[ignore = "needs MiniStack: run tests/deployed.sh"]
fn ministack_differs_only_where_the_table_says() {
    differences::assert_only(ENDPOINT, &EXCEPTIONS);
}
