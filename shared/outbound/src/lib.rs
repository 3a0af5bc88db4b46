//! HTTP requests to others: to endpoints that the operator names, and to webhooks that stations name. Neither
//! follows redirects, goes through proxies or shows an address in an error. What is different is who may be
//! called.

#![warn(missing_docs)]

mod public;

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};
use sluice_webhooks::UrlProblem;

pub use public::PublicClients;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What is wrong with an address. The address is not in it: it may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Not a URL.
    #[error("is not a URL")]
    NotAUrl,
    /// Neither `https` nor, on this machine, `http`.
    #[error("must begin with https:// (http:// is for loopback addresses only)")]
    Scheme,
    /// Not one that a station may name.
    #[error(transparent)]
    Refused(#[from] UrlProblem),
    /// No client can be made, such as when the system has no certificates.
    #[error("cannot be called")]
    Client(#[source] reqwest::Error),
}

/// What holds for every request.
fn builder() -> ClientBuilder {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
}

/// Reads an address that the operator names, which may be in a private network, and makes a client for it.
pub fn operators(url: &str) -> Result<(Url, Client), AddressError> {
    let url: Url = url.parse().map_err(|_| AddressError::NotAUrl)?;
    let client = match url.scheme() {
        "https" => builder().https_only(true),
        // Without TLS there is nothing to verify, so a machine without certificates will do.
        "http" if is_loopback(&url) => builder().tls_certs_only([]),
        _ => return Err(AddressError::Scheme),
    };
    Ok((url, client.build().map_err(AddressError::Client)?))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in [
            "http://localhost:1/rows",
            "http://127.0.0.1/",
            "http://127.8.9.1:80",
            "http://[::1]:9/",
        ] {
            assert!(operators(url).is_ok(), "{url}");
        }
        for url in [
            "http://shop.example/rows",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@shop.example/",
            "ftp://localhost/",
            "file:///etc/passwd",
        ] {
            let error = operators(url).expect_err(url);
            assert!(matches!(error, AddressError::Scheme), "{url}: {error}");
        }
        for url in ["shop.example", "/rows", "https://"] {
            let error = operators(url).expect_err(url);
            assert!(matches!(error, AddressError::NotAUrl), "{url}: {error}");
        }
    }
}
