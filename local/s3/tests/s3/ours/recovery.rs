//! What remains when the process is killed.

use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use local_s3::{OpenError, S3};

use super::running::{BUCKET, Running, blobs, config};
use crate::contract::checksums::OF_DIGITS;
use crate::contract::parts::put_in_parts;
use crate::contract::uploads::{MIB, list_of};
use crate::service::{SECRET_KEY, Server, bytes, client_with_secret};

const FOLDER: &str = "LOCAL_S3_TEST_FOLDER";
const KEYS: usize = 4;

/// Not a test of its own: the process that the test below kills.
#[tokio::test]
#[ignore = "serves until it is killed"]
async fn serve_until_killed() {
    let folder = std::env::var(FOLDER).unwrap();
    let s3 = S3::open(config(folder.as_ref())).unwrap();
    s3.create_bucket(BUCKET).unwrap();
    let server = Server::start(s3.router()).await;
    let unfinished = format!("{folder}/endpoint.new");
    fs::write(&unfinished, &server.endpoint).unwrap();
    fs::rename(unfinished, format!("{folder}/endpoint")).unwrap();
    std::future::pending::<()>().await;
}

/// A process that is killed when this is dropped, also by a test that fails.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn_server(folder: &str) -> (Killed, String) {
    let _ = fs::remove_file(format!("{folder}/endpoint"));
    let server = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "ours::recovery::serve_until_killed"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let server = Killed(server.unwrap());
    for _ in 0..400 {
        if let Ok(endpoint) = fs::read_to_string(format!("{folder}/endpoint")) {
            return (server, endpoint);
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("the server did not start");
}

/// Writes one key over and over, each time with the next number in all of its bytes, until the
/// server is gone. Gives the last number that was acknowledged.
async fn write_until_killed(endpoint: String, key: String) -> u8 {
    let client = client_with_secret(&endpoint, SECRET_KEY);
    for number in 1..=u8::MAX {
        let put = client.put_object().bucket(BUCKET).key(&key);
        if put.body(vec![number; 700_000].into()).send().await.is_err() {
            return number - 1;
        }
    }
    u8::MAX
}

#[tokio::test]
async fn a_killed_process_leaves_the_old_or_the_new_object_and_all_events() {
    for round in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let (server, endpoint) = spawn_server(folder.path().to_str().unwrap());
        let writers = (0..KEYS).map(|key| {
            let key = format!("key-{key}");
            tokio::spawn(write_until_killed(endpoint.clone(), key))
        });
        let writers: Vec<_> = writers.collect();
        tokio::time::sleep(Duration::from_millis(300 + 170 * round)).await;
        drop(server);

        let s3 = S3::open(config(folder.path())).unwrap();
        let reading = Server::start(s3.router()).await;
        let client = client_with_secret(&reading.endpoint, SECRET_KEY);
        let mut stored = HashMap::new();
        for (key, writer) in writers.into_iter().enumerate() {
            let acknowledged = writer.await.unwrap();
            let key = format!("key-{key}");
            let get = client.get_object().bucket(BUCKET).key(&key).send().await;
            let Ok(object) = get else {
                assert_eq!(acknowledged, 0, "{key} is lost");
                continue;
            };
            let bytes = object.body.collect().await.unwrap().to_vec();
            let number = bytes[0];
            assert!(bytes == vec![number; 700_000], "{key} is mixed");
            // What was being written at the end may have been stored without an answer.
            assert!(
                number == acknowledged || number == acknowledged + 1,
                "{key} is stale"
            );
            stored.insert(key, usize::from(number));
        }
        assert!(!stored.is_empty(), "killed before anything was stored");
        let events = s3.next_events(10_000).await;
        for (key, writes) in &stored {
            let of_key = events.iter().filter(|event| event.key == *key);
            assert_eq!(of_key.count(), *writes, "events of {key}");
        }
        assert_eq!(blobs(folder.path()), stored.len(), "orphans are removed");
    }
}

#[tokio::test]
async fn a_folder_is_open_only_once() {
    let running = Running::start().await;
    let again = S3::open(config(running.folder.path()));
    assert!(matches!(again, Err(OpenError::InUse { .. })));
}

#[tokio::test]
async fn objects_survive_a_restart_with_their_checksums() {
    let running = Running::start().await;
    let etag = running.put("file", b"bytes").await;
    running.put_plainly("digits", b"123456789").await;
    let running = running.reopen().await;
    running.assert_crc64nvme("digits", OF_DIGITS).await;
    assert_eq!(running.get("file").await, b"bytes");
    let head = running
        .client
        .head_object()
        .bucket(BUCKET)
        .key("file")
        .send()
        .await
        .unwrap();
    assert_eq!(head.e_tag, Some(etag));
}

#[tokio::test]
async fn an_object_of_parts_survives_a_restart_and_leaves_nothing_when_deleted() {
    let running = Running::start().await;
    let written = bytes(11 * MIB);
    put_in_parts(&running, "file", &written).await;
    let running = running.reopen().await;
    assert!(running.get("file").await == written);
    running
        .client
        .delete_object()
        .bucket(BUCKET)
        .key("file")
        .send()
        .await
        .unwrap();
    assert_eq!(running.settled_blobs(0).await, 0);
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let running = Running::start().await;
    let id = running.start_upload("file").await;
    let first = running.upload_part("file", &id, 1, vec![1; 5 * MIB]).await;
    let running = running.reopen().await;
    let second = running.upload_part("file", &id, 2, vec![2; 10]).await;
    let complete = running
        .client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key("file");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(list_of(vec![first, second]));
    complete.send().await.unwrap();
    assert_eq!(running.get("file").await.len(), 5 * MIB + 10);
}
