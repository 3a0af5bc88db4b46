//! The pages on which a person reads what was sent. They need no script, and show an e-mail's HTML in a frame that
//! may do nothing.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Ses;
use crate::protocol::parameter;
use crate::store::Mail;

/// E-mails on one page.
const PAGE: usize = 100;

const OF_PAGES: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'";
/// Pictures of other servers would tell them that the e-mail was read.
const OF_MAILS: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'";

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;\
    padding:0 1rem;color:#1c2430}h1{font-size:1.3rem}table{border-collapse:collapse;width:100%}\
    th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #dde3ea;vertical-align:top}\
    th{font-weight:600}a{color:#1d5fa8}iframe{width:100%;height:32rem;border:1px solid #dde3ea}\
    pre{white-space:pre-wrap;background:#f5f7fa;padding:1rem}input{font:inherit;padding:.3rem}";

/// A mailbox, and the path at which its pages are.
#[derive(Clone)]
struct Mailbox {
    ses: Ses,
    at: Arc<str>,
}

pub(crate) fn router(ses: Ses, at: &str) -> Router {
    Router::new()
        .route(at, get(list))
        .route(&format!("{at}/{{id}}"), get(one))
        .route(&format!("{at}/{{id}}/html"), get(html))
        .route(&format!("{at}/{{id}}/eml"), get(eml))
        .with_state(Mailbox { ses, at: at.into() })
}

async fn list(State(Mailbox { ses, at }): State<Mailbox>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let search = parameter(&query, "search").unwrap_or_default();
    let before = parameter(&query, "before").and_then(|before| before.parse().ok());
    let before = before.unwrap_or(i64::MAX);
    let wanted = search.clone();
    let found = ses.blocking(move |ses| {
        let store = ses.store();
        Ok((
            store.mail_count()?,
            store.mails_before(before, &wanted, PAGE)?,
        ))
    });
    let Ok((count, mails)) = found.await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let shown = escape(&search);
    let s = if count == 1 { "" } else { "s" };
    let mut body = format!(
        "<h1>Mailbox: {count} e-mail{s}</h1><form><input name=search value=\"{shown}\" \
         placeholder=\"address or subject\" aria-label=\"Search\"> <button>Search</button></form>\
         <table><tr><th>Accepted</th><th>To</th><th>Subject</th><th>What became of it</th></tr>"
    );
    for mail in &mails {
        let _ = write!(
            body,
            "<tr><td>{:.0}</td><td>{}</td><td><a href=\"{at}/{}\">{}</a></td><td>{}</td></tr>",
            mail.sent_at,
            escape(&mail.recipient),
            mail.message_id,
            if mail.subject.is_empty() {
                "(no subject)".to_owned()
            } else {
                escape(&mail.subject)
            },
            mail.fate.name(),
        );
    }
    body.push_str("</table>");
    if let Some(last) = mails.last().filter(|_| mails.len() == PAGE) {
        let search = utf8_percent_encode(&search, NON_ALPHANUMERIC);
        let _ = write!(
            body,
            "<p><a href=\"{at}?before={}&amp;search={search}\">Earlier</a></p>",
            last.seq
        );
    }
    page("Mailbox", &body)
}

async fn one(State(Mailbox { ses, at }): State<Mailbox>, Path(id): Path<String>) -> Response {
    let Some(mail) = find(&ses, id).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut body = format!(
        "<p><a href=\"{at}\">Mailbox</a></p><h1>{}</h1><table>",
        escape(&mail.subject)
    );
    let tags = mail.tags.iter();
    let tags: Vec<String> = tags
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    for (name, value) in [
        ("From", mail.sender.as_str()),
        ("To", &mail.recipient),
        ("Accepted", &format!("{:.0}", mail.sent_at)),
        ("What became of it", mail.fate.name()),
        ("Tags", &tags.join(", ")),
    ] {
        let _ = write!(body, "<tr><th>{name}</th><td>{}</td></tr>", escape(value));
    }
    let id = &mail.message_id;
    let _ = write!(
        body,
        "</table><p><a href=\"{at}/{id}/eml\">The file (.eml)</a></p>"
    );
    if mail.html.is_some() {
        let _ = write!(
            body,
            "<iframe sandbox title=\"The e-mail\" src=\"{at}/{id}/html\"></iframe>"
        );
    }
    if let Some(text) = &mail.text {
        let _ = write!(body, "<pre>{}</pre>", escape(text));
    }
    page(&mail.subject, &body)
}

async fn html(State(Mailbox { ses, .. }): State<Mailbox>, Path(id): Path<String>) -> Response {
    match find(&ses, id).await.and_then(|mail| mail.html) {
        Some(html) => respond("text/html; charset=utf-8", OF_MAILS, html.into_bytes()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn eml(State(Mailbox { ses, .. }): State<Mailbox>, Path(id): Path<String>) -> Response {
    let found = ses.blocking(move |ses| Ok(ses.store().eml(&id)?)).await;
    let Some(file) = found.ok().flatten() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = respond("message/rfc822", OF_MAILS, file);
    let attachment = HeaderValue::from_static("attachment; filename=\"message.eml\"");
    response
        .headers_mut()
        .insert(CONTENT_DISPOSITION, attachment);
    response
}

async fn find(ses: &Ses, id: String) -> Option<Mail> {
    let found = ses.blocking(move |ses| Ok(ses.store().mail(&id)?)).await;
    found.ok().flatten()
}

fn page(title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{}</title><style>{STYLE}</style>\
         <body>{body}</body></html>",
        escape(title)
    );
    respond("text/html; charset=utf-8", OF_PAGES, page.into_bytes())
}

fn respond(kind: &'static str, policy: &'static str, body: Vec<u8>) -> Response {
    let headers: [(HeaderName, &'static str); 5] = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
