//! The pages of the mailbox.

use crate::service::{Service, entry};

async fn get(service: &Service, path: &str) -> reqwest::Response {
    let url = format!("{}{path}", service.url);
    reqwest::get(url).await.unwrap()
}

#[tokio::test]
async fn a_person_finds_an_e_mail_and_reads_it() {
    let service = Service::start().await;
    service.send(&["ann@example.com", "bob@example.com"]).await;
    let mail = service.ses.mails().unwrap().remove(0);
    let all = get(&service, "/mailbox").await.text().await.unwrap();
    assert!(
        all.contains("2 e-mails") && all.contains("bob@example.com"),
        "{all}"
    );
    let found = get(&service, "/mailbox?search=ANN%40example").await;
    let found = found.text().await.unwrap();
    assert!(
        found.contains("ann@example.com") && !found.contains("bob@"),
        "{found}"
    );
    let one = get(&service, &format!("/mailbox/{}", mail.message_id)).await;
    let one = one.text().await.unwrap();
    assert!(
        one.contains("row=7") && one.contains("<iframe sandbox"),
        "{one}"
    );
    let html = get(&service, &format!("/mailbox/{}/html", mail.message_id)).await;
    assert_eq!(html.text().await.unwrap(), "<p>Dear ann@example.com</p>");
    let file = get(&service, &format!("/mailbox/{}/eml", mail.message_id)).await;
    assert_eq!(file.headers()["content-type"], "message/rfc822");
    assert!(file.text().await.unwrap().contains("To: ann@example.com"));
    assert_eq!(get(&service, "/mailbox/unknown").await.status(), 404);
}

#[tokio::test]
async fn an_e_mail_does_nothing_on_the_page_that_shows_it() {
    let service = Service::start().await;
    let evil = "<script>alert(1)</script>";
    let call = service.call_with(evil, evil);
    let call = call.bulk_email_entries(entry("ann@example.com", evil));
    call.send().await.unwrap();
    let mail = service.ses.mails().unwrap().remove(0);
    for path in [
        "/mailbox".to_owned(),
        format!("/mailbox/{}", mail.message_id),
    ] {
        let page = get(&service, &path).await;
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let page = page.text().await.unwrap();
        assert!(
            !page.contains("<script>") && page.contains("&lt;script&gt;"),
            "{page}"
        );
    }
    let html = get(&service, &format!("/mailbox/{}/html", mail.message_id)).await;
    let policy = html.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("sandbox;"), "{policy}");
}

#[tokio::test]
async fn a_long_mailbox_has_pages() {
    let service = Service::start().await;
    for call in 0..3 {
        let addresses: Vec<String> = (0..40)
            .map(|n| format!("m{call}-{n}@example.com"))
            .collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        service.ses.set_quota(local_ses::Quota {
            max_24_hours: 1_000,
            max_per_second: 1_000,
        });
        service.send(&addresses).await;
    }
    let first = get(&service, "/mailbox").await.text().await.unwrap();
    assert_eq!(first.matches("<tr><td>").count(), 100);
    let link = first.split("href=\"/mailbox?before=").nth(1).unwrap();
    let before = link.split('&').next().unwrap();
    let rest = get(&service, &format!("/mailbox?before={before}")).await;
    assert_eq!(rest.text().await.unwrap().matches("<tr><td>").count(), 20);
}
