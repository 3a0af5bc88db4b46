//! What becomes of an e-mail that is sent.

use aws_sdk_sesv2::types::BulkEmailStatus;
use local_ses::{Fate, Ses};

use crate::service::{Service, entry, statuses};

#[tokio::test]
async fn each_recipient_has_a_file_with_its_own_values_and_headers() {
    let service = Service::start().await;
    let call = service
        .call()
        .bulk_email_entries(entry("ann@example.com", "Ann & Co"))
        .bulk_email_entries(entry("Bob <bob@example.com>", "Bob"));
    let answer = call.send().await.unwrap();
    let results = answer.bulk_email_entry_results();
    assert_eq!(statuses(results), vec![BulkEmailStatus::Success; 2]);

    let mails = service.ses.mails().unwrap();
    let ids: Vec<_> = results
        .iter()
        .map(|result| result.message_id().unwrap())
        .collect();
    let kept: Vec<_> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(ids, kept);
    assert_eq!(mails[0].subject, "Hello Ann & Co");
    assert_eq!(mails[0].html.as_deref(), Some("<p>Dear Ann & Co</p>"));
    assert_eq!(mails[1].recipient, "Bob <bob@example.com>");
    assert_eq!(mails[1].tags["row"], "7");
    let file = String::from_utf8(service.ses.eml(&mails[0]).unwrap().unwrap()).unwrap();
    assert!(
        file.contains("List-Unsubscribe: <https://example.com/unsubscribe/7>"),
        "{file}"
    );
    assert!(file.contains("To: ann@example.com"), "{file}");
}

#[tokio::test]
async fn the_same_call_twice_sends_twice() {
    let service = Service::start().await;
    for _ in 0..2 {
        service.send(&["ann@example.com"]).await;
    }
    assert_eq!(service.sent().len(), 2);
}

#[tokio::test]
async fn addresses_of_the_simulator_have_their_fate() {
    let service = Service::start().await;
    let addresses = ["success", "bounce+1", "complaint", "suppressionlist"];
    let addresses = addresses.map(|name| format!("{name}@simulator.amazonses.com"));
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let results = service.send(&addresses).await;
    assert_eq!(statuses(&results), vec![BulkEmailStatus::Success; 4]);
    let fates: Vec<Fate> = service.sent().into_iter().map(|(_, fate)| fate).collect();
    let wanted = [
        Fate::Delivered,
        Fate::Bounced,
        Fate::Complained,
        Fate::Suppressed,
    ];
    assert_eq!(fates, wanted);
}

#[tokio::test]
async fn a_bad_address_fails_alone() {
    let service = Service::start().await;
    let results = service
        .send(&["ann@example.com", "nobody", "zoë@example.com"])
        .await;
    let invalid = BulkEmailStatus::InvalidParameter;
    let wanted = [BulkEmailStatus::Success, invalid.clone(), invalid];
    assert_eq!(statuses(&results), wanted);
    assert!(results[1].message_id().is_none());
    assert!(results[1].error().is_some());
    assert_eq!(service.sent().len(), 1);
}

#[tokio::test]
async fn a_variable_without_a_value_is_accepted_and_not_sent() {
    let service = Service::start().await;
    let call = service.call_with("Hello {{{name}}}", "{{{other}}}");
    let call = call.bulk_email_entries(entry("ann@example.com", "Ann"));
    let answer = call.send().await.unwrap();
    assert_eq!(
        statuses(answer.bulk_email_entry_results()),
        [BulkEmailStatus::Success]
    );
    let mail = service.ses.mails().unwrap().remove(0);
    assert_eq!(mail.fate, Fate::NotRendered);
    assert_eq!(service.ses.eml(&mail).unwrap(), None);
    let events = service.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["detail-type"], "Email Rendering Failed");
    let why = events[0]["detail"]["failure"]["errorMessage"]
        .as_str()
        .unwrap();
    assert!(why.contains("'other'"), "{why}");
}

#[tokio::test]
async fn what_was_sent_outlives_the_process() {
    let service = Service::start().await;
    service.send(&["ann@example.com"]).await;
    // The files as they are: the state in which `kill -9` leaves them.
    let copy = copy_of(service.folder.path());
    let ses = Ses::open(copy.path()).unwrap();
    let mail = ses.mails().unwrap().remove(0);
    assert_eq!(mail.recipient, "ann@example.com");
    assert_eq!(
        ses.eml(&mail).unwrap(),
        service.ses.eml(&mail).unwrap(),
        "the file is the same"
    );
    let events = ses.next_events(10).await;
    assert_eq!(events.len(), 2, "they were not acknowledged");
    assert!(Ses::open(copy.path()).is_err(), "the folder is in use");
}

#[tokio::test]
async fn files_that_a_version_before_kept_beside_the_database_are_taken_in() {
    let service = Service::start().await;
    service.send(&["ann@example.com"]).await;
    let copy = copy_of(service.folder.path());
    let mail = service.ses.mails().unwrap().remove(0);
    let before = rusqlite::Connection::open(copy.path().join("ses.sqlite")).unwrap();
    before
        .execute("ALTER TABLE mails DROP COLUMN eml", [])
        .unwrap();
    drop(before);
    let files = copy.path().join("eml");
    std::fs::create_dir(&files).unwrap();
    std::fs::write(files.join(format!("{}.eml", mail.message_id)), "its file").unwrap();
    std::fs::write(files.join("never-accepted.eml"), "half an e-mail").unwrap();
    let ses = Ses::open(copy.path()).unwrap();
    assert_eq!(ses.eml(&mail).unwrap().unwrap(), b"its file");
    assert!(!files.exists());
    drop(ses);
    let again = Ses::open(copy.path()).unwrap();
    assert_eq!(again.eml(&mail).unwrap().unwrap(), b"its file");
}

/// A copy of a mailbox's files.
fn copy_of(folder: &std::path::Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in folder.read_dir().unwrap() {
        let file = file.unwrap().path();
        std::fs::copy(&file, copy.path().join(file.file_name().unwrap())).unwrap();
    }
    copy
}
