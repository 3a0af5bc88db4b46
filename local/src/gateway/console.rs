//! The web console, which is built in `web/` and committed in `web/dist`. It shares its origin with
//! the API and with S3: what is signed is for S3, and so is what the console does not have.

use axum::body::Body;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

/// What a page may load, and from where: from here, and nothing else.
/// <https://www.w3.org/TR/CSP3/>
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

#[derive(Embed)]
#[folder = "../web/dist"]
struct Files;

/// Answers what is the console's, and hands on the rest.
pub(super) async fn serve(request: Request<Body>, next: Next) -> Response {
    let Some(file) = file_of(&request) else {
        return next.run(request).await;
    };
    if let Some(elsewhere) = same_origin_as_s3(&request) {
        return (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, elsewhere)]).into_response();
    }
    let Some(found) = Files::get(&file) else {
        return next.run(request).await;
    };
    let headers = [
        (CONTENT_TYPE, content_type(&file)),
        (CACHE_CONTROL, caching(&file)),
        (HeaderName::from_static("content-security-policy"), POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    (headers, Body::from(found.data.into_owned())).into_response()
}

/// The file that a request is for: its own, or the one that draws all pages.
fn file_of(request: &Request<Body>) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let is_signed =
        request.headers().contains_key(AUTHORIZATION) || query.contains("X-Amz-Signature=");
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_signed || !is_read {
        return None;
    }
    let path = request.uri().path();
    if is_page(path) {
        return Some("index.html".to_owned());
    }
    Some(path.trim_start_matches('/').to_owned()).filter(|file| Files::get(file).is_some())
}

/// Pages with addresses of their own, beside that of a task. None may be the path of an operation: `CloudFront` tells
/// them apart by nothing else.
const PAGES: [&str; 6] = ["/", "/import", "/exports", "/tasks", "/scores", "/settings"];

/// As in `web/src/route.ts`.
fn is_page(path: &str) -> bool {
    let is_task = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    PAGES.contains(&path) || path.strip_prefix("/tasks/").is_some_and(is_task)
}

/// Where to go from `localhost`: presigned URLs name the address, which is another origin.
fn same_origin_as_s3(request: &Request<Body>) -> Option<HeaderValue> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let port = host.strip_prefix("localhost:")?;
    format!("http://127.0.0.1:{port}{}", request.uri())
        .parse()
        .ok()
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Files under `assets/` have the digest of their content in their names.
fn caching(file: &str) -> &'static str {
    if file.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../../infra/template.yaml");
    const CONSOLE: &str = include_str!("../../../infra/console.yaml");

    fn values<'a>(yaml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
        let lines = yaml
            .lines()
            .map(|line| line.trim().trim_start_matches("- "));
        lines.filter_map(move |line| line.strip_prefix(name).map(str::trim))
    }

    #[test]
    fn cloudfront_hands_every_operation_on_to_the_api_and_draws_every_page() {
        let behaviors: Vec<&str> = values(CONSOLE, "PathPattern:").collect();
        let is_handed_on = |path: &str| {
            behaviors
                .iter()
                .any(|pattern| match pattern.strip_suffix('*') {
                    Some(beginning) => path.starts_with(beginning),
                    None => path == *pattern,
                })
        };
        let mut operations = 0;
        for path in values(TEMPLATE, "Path:").filter(|path| path.starts_with('/')) {
            operations += 1;
            assert!(is_handed_on(path), "{path}");
            assert!(!PAGES.contains(&path), "{path} is a page, too");
        }
        assert!(operations > 30, "{operations}");
        let drawn = CONSOLE.lines().find(|line| line.contains("index.html'"));
        let drawn = drawn.expect("a function that draws pages");
        for page in PAGES.iter().skip(1) {
            let name = page.trim_start_matches('/');
            let names = drawn.split(['(', '|', ')']);
            assert!(names.into_iter().any(|one| one == name), "{page}: {drawn}");
            assert!(!is_handed_on(page), "{page} is handed on to the API");
        }
    }
}
